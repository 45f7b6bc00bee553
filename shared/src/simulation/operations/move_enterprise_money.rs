//! `UpdateSubEnterpriseAmount` and `ReclaimSubEnterpriseAmount`.

use super::{Call, ClientBooks, Model, Operations, entry, operations};
use crate::domain::error::Reason;
use crate::domain::partner::CallingCustomer;
use crate::operations::import;
use crate::operations::move_enterprise_money::{EnterpriseMovement, MoveMoney, retrieve, transfer};
use crate::simulation::world::Rules;

/// Cash, and credit, of the master at the start; and cash of the member's own.
pub const MASTER: u64 = 20;
pub const OWN: u64 = 10;

/// A movement of money between a master and its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Three quarters of the master's cash, to the member.
    Out,
    /// More than half of that, back.
    Back,
    /// More than half of the master's cash, to the member, under a name.
    NamedOut,
    /// Some of it back, under the same name.
    NamedBack,
    /// Three quarters of the master's credit, to the member.
    CreditOut,
    /// More than half of that, back.
    CreditBack,
}

/// What a passage moves.
struct Terms {
    from: &'static str,
    to: &'static str,
    amount: u64,
    is_back: bool,
    is_named: bool,
}

impl Passage {
    fn terms(self) -> Terms {
        let (from, to, amount) = match self {
            Self::Out => ("CM", "CN", 15),
            Self::Back => ("CN", "CM", 10),
            Self::NamedOut => ("CM", "CN", 12),
            Self::NamedBack => ("CN", "CM", 4),
            Self::CreditOut => ("EM~-", "EN~-", 15),
            Self::CreditBack => ("EN~-", "EM~-", 10),
        };
        let is_back = matches!(self, Self::Back | Self::NamedBack | Self::CreditBack);
        let is_named = matches!(self, Self::NamedOut | Self::NamedBack);
        Terms { from, to, amount, is_back, is_named }
    }
}

/// Brings a master with one member in.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    let customer = |id: &str| {
        format!(
            r#"{{"kind":"customer","tenant_id":"t","customer_id":"{id}","partner_id":"D",
                "association_type":"1"}}"#
        )
    };
    let booking = |id: &str, customer: &str, account_type: u8, amount: u64| {
        format!(
            r#"{{"kind":"booking","tenant_id":"t","booking_id":"{id}","customer_id":"{customer}",
                "account_type":{account_type},"amount":"{amount}.00",
                "at":"2026-01-02T00:00:00Z"}}"#
        )
    };
    for line in [
        customer("M"),
        customer("N"),
        r#"{"kind":"enterprise","tenant_id":"t","customer_id":"M","org_id":"1"}"#.to_owned(),
        r#"{"kind":"enterprise_member","tenant_id":"t","master_id":"M","customer_id":"N",
            "joined_at":"2026-01-02T00:00:00Z"}"#
            .to_owned(),
        booking("M", "M", 1, MASTER),
        booking("N", "N", 1, OWN),
        booking("MC", "M", 2, MASTER),
    ] {
        import::apply(books, &entry(&line)).await?;
    }
    Ok(())
}

/// The answer is 1.
pub async fn perform(books: &mut ClientBooks<'_, '_>, passage: Passage) -> Result<u64, Reason> {
    let Terms { from, amount, is_back, is_named, .. } = passage.terms();
    let movement = EnterpriseMovement {
        customer_id: "N".parse().expect("id"),
        amount: amount.to_string().parse().expect("money"),
        trans_id: is_named.then(|| "name".parse().expect("name")),
        balance_type: from.starts_with('E').then(|| "BALANCE_TYPE_CREDIT".to_owned()),
        expire_time: None,
    };
    let caller = CallingCustomer {
        customer_id: "M".parse().expect("id"),
        partner_id: "D".parse().expect("id"),
    };
    let order = MoveMoney::check(caller, movement)?;
    if is_back {
        retrieve(books, &order).await?
    } else {
        transfer(books, &order).await?
    };
    Ok(1)
}

pub fn model(model: &mut Model, passage: Passage) -> Result<u64, Reason> {
    let Terms { from, to, amount, is_back, is_named } = passage.terms();
    if is_named && model.is_name_used {
        return Err(Reason::TransIdUsed);
    }
    let of_member = if is_back { from } else { to };
    let given = model.given.get(of_member).copied().unwrap_or_default();
    if model.balance(from) < amount || (is_back && given < amount) {
        return Err(Reason::InsufficientBalance);
    }
    *model.account(from) -= amount;
    *model.account(to) += amount;
    let left = if is_back { given - amount } else { given + amount };
    model.given.insert(of_member, left);
    model.is_name_used |= is_named;
    Ok(1)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    use Passage::{Back, CreditBack, CreditOut, NamedBack, NamedOut, Out};
    let [out, back, named_out, named_back, credit_out, credit_back] =
        [Out, Back, NamedOut, NamedBack, CreditOut, CreditBack].map(Call::MoveInEnterprise);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two transfers beyond what the master has", &[&[out], &[out]]),
        scenario("two retrievals of what was given once", &[&[out, back], &[back]]).faultless(),
        scenario("a transfer and the retrieval of an earlier one", &[&[named_out, out], &[back]])
            .faultless(),
        scenario("one name for two transfers", &[&[named_out], &[named_out]]),
        scenario("one name for a transfer and a retrieval", &[&[out, named_back], &[named_out]])
            .faultless(),
        scenario("credit out and back, folding", &[&[credit_out], &[credit_back]]).folding(),
        scenario("a transfer over two connections", &[&[out], &[out]]).of_one_token(),
    ]
}
