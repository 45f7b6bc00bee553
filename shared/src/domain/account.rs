//! Accounts: everything that holds value.

pub mod statement;

use crate::domain::bill::Measure;
use crate::value::code::{codes, text_form};
use crate::value::id::{CardId, CouponId, CustomerId, PartnerId, QuotaId};
use crate::value::money::{Currency, Money};
use crate::value::time::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Which account: one for each thing that can hold value.
///
/// The text form is a letter and the identity of the holder. It is stable: records, keys and the
/// wire's `account_id` use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountId {
    /// Everything that is not in the ledger. The only account that may be negative: its balance is
    /// the negative of what the operator has booked in.
    Outside,
    /// A partner's cash.
    PartnerBalance(PartnerId),
    /// What is available of a partner's credit.
    PartnerCredit(PartnerId),
    /// A customer's cash.
    CustomerBalance(CustomerId),
    /// What is left to issue of a coupon quota.
    Quota(QuotaId),
    /// What is left of a coupon.
    Coupon(CouponId),
    /// What is available of a customer's credit that can be used until then, or always.
    CustomerCredit(CustomerId, Option<Timestamp>),
    /// What is left of a stored-value card.
    StoredValueCard(CardId),
    /// What customers of a partner have paid for orders, as long as it can come back: for lines that
    /// are not provisioned, and for terms that are not settled.
    CloudClearing(PartnerId),
    /// What the cloud has earned of a partner's customers: terms that are over, and fees.
    CloudRevenue(PartnerId),
    /// What a customer owes.
    Receivable(CustomerId),
}

/// A text is not the text form of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an account")]
pub struct InvalidAccountId;

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => formatter.write_str("O"),
            Self::PartnerBalance(id) => write!(formatter, "B{id}"),
            Self::PartnerCredit(id) => write!(formatter, "R{id}"),
            Self::CustomerBalance(id) => write!(formatter, "C{id}"),
            Self::Quota(id) => write!(formatter, "Q{id}"),
            Self::Coupon(id) => write!(formatter, "K{id}"),
            Self::CustomerCredit(id, None) => write!(formatter, "E{id}~-"),
            Self::CustomerCredit(id, Some(expire_time)) => {
                write!(formatter, "E{id}~{expire_time}")
            }
            Self::StoredValueCard(id) => write!(formatter, "V{id}"),
            Self::CloudClearing(id) => write!(formatter, "G{id}"),
            Self::CloudRevenue(id) => write!(formatter, "H{id}"),
            Self::Receivable(id) => write!(formatter, "D{id}"),
        }
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, InvalidAccountId> {
        fn id<T: FromStr>(text: &str) -> Result<T, InvalidAccountId> {
            text.parse().map_err(|_| InvalidAccountId)
        }
        match text.split_at_checked(1).ok_or(InvalidAccountId)? {
            ("O", "") => Ok(Self::Outside),
            ("B", holder) => id(holder).map(Self::PartnerBalance),
            ("R", holder) => id(holder).map(Self::PartnerCredit),
            ("C", holder) => id(holder).map(Self::CustomerBalance),
            ("Q", holder) => id(holder).map(Self::Quota),
            ("K", holder) => id(holder).map(Self::Coupon),
            ("E", credit) => {
                // No time has the separator in it, an id may.
                let (holder, expire_time) = credit.rsplit_once('~').ok_or(InvalidAccountId)?;
                let expire_time = match expire_time {
                    "-" => None,
                    time => Some(id(time)?),
                };
                Ok(Self::CustomerCredit(id(holder)?, expire_time))
            }
            ("V", holder) => id(holder).map(Self::StoredValueCard),
            ("G", holder) => id(holder).map(Self::CloudClearing),
            ("H", holder) => id(holder).map(Self::CloudRevenue),
            ("D", holder) => id(holder).map(Self::Receivable),
            _ => Err(InvalidAccountId),
        }
    }
}

impl AccountId {
    /// Identity of its holder: a partner, a customer, a quota or a coupon. The outside has none.
    pub fn holder(&self) -> Option<&str> {
        match self {
            Self::Outside => None,
            Self::PartnerBalance(id)
            | Self::PartnerCredit(id)
            | Self::CloudClearing(id)
            | Self::CloudRevenue(id) => Some(id.as_str()),
            Self::CustomerBalance(id) | Self::CustomerCredit(id, _) | Self::Receivable(id) => {
                Some(id.as_str())
            }
            Self::Quota(id) => Some(id.as_str()),
            Self::Coupon(id) => Some(id.as_str()),
            Self::StoredValueCard(id) => Some(id.as_str()),
        }
    }

    /// The account whose statement by time has its changes: all credit of a customer is in one,
    /// whenever it expires.
    pub fn statement(&self) -> Self {
        match self {
            Self::CustomerCredit(id, _) => Self::CustomerCredit(id.clone(), None),
            other => other.clone(),
        }
    }

    /// True for the accounts of partners and customers, whose statements they read by time.
    pub fn holds_money(&self) -> bool {
        match self {
            Self::PartnerBalance(_)
            | Self::PartnerCredit(_)
            | Self::CustomerBalance(_)
            | Self::CustomerCredit(..) => true,
            Self::Outside
            | Self::Quota(_)
            | Self::Coupon(_)
            | Self::StoredValueCard(_)
            | Self::CloudClearing(_)
            | Self::CloudRevenue(_)
            | Self::Receivable(_) => false,
        }
    }
}

text_form!(AccountId);

/// An account with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which account.
    pub id: AccountId,
    /// What it holds; for a credit account, what is available.
    pub balance: Money,
    /// The limit of a credit account. Only those have one.
    pub credit_limit: Option<Money>,
}

impl Account {
    /// A new account, which holds nothing.
    pub fn open(id: AccountId) -> Self {
        let is_credit = matches!(id, AccountId::PartnerCredit(_) | AccountId::CustomerCredit(..));
        let credit_limit = is_credit.then_some(Money::ZERO);
        Self { id, balance: Money::ZERO, credit_limit }
    }

    /// True for the one account whose balance may be below zero.
    pub fn may_be_negative(&self) -> bool {
        self.id == AccountId::Outside
    }
}

codes! {
    /// The kind of an account that holds money.
    AccountType: integer {
        /// Cash.
        Balance = 1,
        /// Credit.
        Credit = 2,
    }
}

/// One account of a partner or customer, as `ListPartnerBalances` and
/// `ShowCustomerAccountBalances` answer it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountBalance {
    /// Which account.
    #[serde(serialize_with = "as_text")]
    pub account_id: AccountId,
    /// Its kind.
    pub account_type: AccountType,
    /// What is available, with at least two decimals.
    pub amount: Money,
    /// Currency of all its amounts.
    pub currency: Currency,
    /// What is set aside of it. Nothing is, so far.
    pub designated_amount: Money,
    /// The limit of a credit account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_amount: Option<Money>,
    /// Unit of all its amounts.
    pub measure_id: Measure,
}

fn as_text<S: Serializer>(account: &AccountId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(account)
}

impl AccountBalance {
    /// What its holder is shown of an account.
    pub fn new(account_type: AccountType, account: Account) -> Self {
        Self {
            account_id: account.id,
            account_type,
            amount: account.balance.at_least_two_decimals(),
            currency: account.balance.currency(),
            designated_amount: Money::ZERO.at_least_two_decimals(),
            credit_amount: account.credit_limit.map(Money::at_least_two_decimals),
            measure_id: Measure::Yuan,
        }
    }

    /// Whether what is not set aside suffices for an amount.
    pub fn covers(&self, amount: Money) -> bool {
        self.amount.checked_sub(self.designated_amount).is_ok_and(|free| free >= amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(AccountId, &'static str)> {
        vec![
            (AccountId::Outside, "O"),
            (AccountId::PartnerBalance("p1".parse().expect("id")), "Bp1"),
            (AccountId::PartnerCredit("p1".parse().expect("id")), "Rp1"),
            (AccountId::CustomerBalance("O".parse().expect("id")), "CO"),
            (AccountId::Quota("a/b".parse().expect("id")), "Qa/b"),
            (AccountId::Coupon("K".parse().expect("id")), "KK"),
            (AccountId::CustomerCredit("c~1".parse().expect("id"), None), "Ec~1~-"),
            (
                AccountId::CustomerCredit(
                    "c".parse().expect("id"),
                    Some("2027-01-01T15:59:59Z".parse().expect("a time")),
                ),
                "Ec~2027-01-01T15:59:59Z",
            ),
            (AccountId::StoredValueCard("v".parse().expect("id")), "Vv"),
            (AccountId::CloudClearing("p1".parse().expect("id")), "Gp1"),
            (AccountId::CloudRevenue("p1".parse().expect("id")), "Hp1"),
            (AccountId::Receivable("c".parse().expect("id")), "Dc"),
        ]
    }

    #[test]
    fn the_text_form_is_stable_and_unambiguous() {
        for (id, text) in all() {
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse::<AccountId>(), Ok(id));
        }
        for text in ["", "O1", "B", "Z1", "é1", "B\n", "Ec", "E~-", "Ec~", "Ec~1"] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidAccountId), "{text}");
        }
    }

    #[test]
    fn all_credit_of_a_customer_has_one_statement() {
        for (id, text) in all() {
            let expected = if text.starts_with('E') && text != "Ec~1~-" { "Ec~-" } else { text };
            assert_eq!(id.statement().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_set_aside_cannot_be_drawn_on() {
        let money = |text: &str| text.parse::<Money>().expect(text);
        let account = Account::open("Bp1".parse().expect("id"));
        let account = Account { balance: money("100"), ..account };
        let whole = AccountBalance::new(AccountType::Balance, account);
        let partly = AccountBalance { designated_amount: money("30.01"), ..whole.clone() };
        for (balance, most, too_much) in [(whole, "100.00", "100.01"), (partly, "69.99", "70.00")] {
            assert!(balance.covers(money(most)) && !balance.covers(money(too_much)));
        }
    }

    #[test]
    fn only_outside_may_be_negative_and_only_credit_has_a_limit() {
        for (id, text) in all() {
            let account = Account::open(id);
            assert!(account.balance.is_zero());
            assert_eq!(account.may_be_negative(), text == "O");
            assert_eq!(account.credit_limit.is_some(), text.starts_with(['R', 'E']), "{text}");
        }
    }
}
