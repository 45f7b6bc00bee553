//! The rules of the ledger: pure, never waits, knows no key, clock or random number.
//!
//! A transfer moves an amount between two accounts: value **leaves the debit account and enters the
//! credit account**. This is the only convention; nothing in the ledger is signed the other way.

use crate::domain::account::{Account, AccountId};
use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::id::CouponId;
use crate::value::money::{Money, MoneyError};
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

codes! {
    /// What a transfer is for.
    TransferCode: integer {
        /// The operator books money into a partner's balance.
        TopUp = 1,
        /// The operator grants credit: the limit rises with what is available.
        CreditGrant = 2,
        /// The operator grants a coupon quota.
        QuotaFromOutside = 3,
        /// A distributor gives part of a quota to a reseller.
        QuotaGrant = 4,
        /// A distributor takes the rest of such a quota back.
        QuotaReclaim = 5,
        /// A coupon is issued from a quota.
        CouponIssue = 6,
        /// A partner takes the rest of a coupon back.
        CouponReclaim = 7,
        /// What is left of an expired coupon goes back to its quota.
        CouponExpiry = 8,

        /// A partner allocates money to a customer.
        CustomerAllocation = 9,
        /// A partner takes money back from a customer.
        CustomerReclaim = 10,
        /// A distributor allocates money to a reseller.
        ResellerAllocation = 11,
        /// A distributor takes money back from a reseller.
        ResellerReclaim = 12,
        /// A master transfers money to a member.
        EnterpriseTransfer = 40,
        /// A master takes money back from a member.
        EnterpriseRetrieval = 41,
        /// A master transfers part of a coupon to a member.
        CouponTransfer = 42,
        /// A master takes back what a member has left of that.
        CouponRetrieval = 43,
        /// What is given back into a coupon that its partner has taken back goes on to its quota.
        CouponUnsubscription = 44,
        /// A part of an order is paid.
        OrderPayment = 13,
        /// A part of what was paid for an order goes back.
        OrderRefund = 14,
        /// What was paid for a term that is used up, or for the used hours of one, is earned.
        OrderConsumed = 15,
        /// The fee of an unsubscription is earned.
        OrderFee = 16,
        /// A part of what was used is paid.
        UsageCharge = 17,
        /// What was used and could not be collected is owed. The value comes from outside: the
        /// cloud has advanced it.
        UsageDebt = 18,
        /// A part of what was owed is paid.
        DebtRepayment = 19,
        /// What was owed and is paid goes back to where it was advanced.
        DebtCleared = 20,
        /// A customer has bought a stored-value card.
        CardFromOutside = 30,
        /// What a customer has left goes back to the partner that no longer funds it.
        AssociationReturn = 50,
        /// What is left of a coupon goes back to its quota: the customer has left its partner,
        CouponUnbind = 51,
        /// or pays the cloud itself from now on.
        CouponModeSwitch = 52,
    }
}

codes! {
    /// Why money came from outside, as a partner's statement shows it.
    TradeType: text {
        /// Top-up.
        Recharge = "RECHARGE",
        /// Credit granted.
        CreditGrant = "CREDIT_GRANT",
        /// Consumption (the contract's spelling).
        Deduct = "DEDEUCT",
        /// Refund.
        Refund = "REFUND",
        /// Freeze.
        Freeze = "RFROZEN",
        /// Transfer between balance and deposit.
        Transfer = "TRANS",
        /// Adjustment.
        Adjust = "ADJUST",
        /// Partner allocation.
        Allocate = "BEADJUST",
        /// Partner reclaim.
        Reclaim = "BERETRIEVE",
        /// Reclaim on unbind or mode switch.
        Unbind = "BEUNBIND",
        /// Bonus conversion.
        BonusConversion = "BONUSCONVERT",
        /// Trade mode change.
        TradeModeTransfer = "TRADE_MODE_TRANSFER",
    }
}

/// Place of a transfer in the ledger: which transaction booked it, and as which of its transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId {
    /// Number of the transaction, from 1.
    pub sequence: u64,
    /// Number within the transaction, from 0.
    pub index: u32,
}

/// A text is not the text form of a transfer's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTransferId;

impl FromStr for TransferId {
    type Err = InvalidTransferId;

    /// Reads only what [`Display`](fmt::Display) writes, so that a transfer has one name.
    fn from_str(text: &str) -> Result<Self, InvalidTransferId> {
        let (sequence, index) = text.split_once('-').ok_or(InvalidTransferId)?;
        let sequence = sequence.parse().map_err(|_| InvalidTransferId)?;
        let id = Self { sequence, index: index.parse().map_err(|_| InvalidTransferId)? };
        if id.to_string() == text { Ok(id) } else { Err(InvalidTransferId) }
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.sequence, self.index)
    }
}

/// A movement of value from one account to another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transfer {
    /// Where value leaves.
    #[n(0)]
    pub debit_account: AccountId,
    /// Where it enters.
    #[n(1)]
    pub credit_account: AccountId,
    /// How much, above zero.
    #[n(2)]
    pub amount: Money,
    /// What for.
    #[n(3)]
    pub code: TransferCode,
    /// When, as the partner sees it; for bookings of the past before the transaction's time.
    #[n(4)]
    pub time: Timestamp,
    /// The operator's or the caller's words.
    #[n(5)]
    pub memo: Option<String>,
    /// What it belongs to elsewhere, for example a booking.
    #[n(6)]
    pub reference: Option<String>,
    /// How a statement names money from outside.
    #[n(7)]
    pub trade_type: Option<TradeType>,
}

/// What of a bill line a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BilledKind {
    /// Paid in cash.
    Cash,
    /// Paid on credit.
    Credit,
    /// Paid with a coupon of either kind.
    Coupon,
    /// Paid with a stored-value card.
    StoredCard,
    /// Owed.
    Debt,
}

impl Transfer {
    /// What it is on a bill, and how much: below zero where something goes back or is no longer
    /// owed. `None` for what no bill tells of.
    pub fn billed(&self) -> Option<(BilledKind, Money)> {
        let (account, amount) = match self.code {
            TransferCode::OrderPayment
            | TransferCode::UsageCharge
            | TransferCode::DebtRepayment => (&self.debit_account, self.amount),
            TransferCode::OrderRefund => (&self.credit_account, self.amount.negated()),
            TransferCode::UsageDebt => (&self.credit_account, self.amount),
            TransferCode::DebtCleared => (&self.debit_account, self.amount.negated()),
            _ => return None,
        };
        let kind = match account {
            AccountId::PartnerBalance(_) | AccountId::CustomerBalance(_) => BilledKind::Cash,
            AccountId::PartnerCredit(_) | AccountId::CustomerCredit(..) => BilledKind::Credit,
            AccountId::Coupon(_) => BilledKind::Coupon,
            AccountId::StoredValueCard(_) => BilledKind::StoredCard,
            AccountId::Receivable(_) => BilledKind::Debt,
            AccountId::Outside
            | AccountId::Quota(_)
            | AccountId::CloudClearing(_)
            | AccountId::CloudRevenue(_) => return None,
        };
        Some((kind, amount))
    }

    /// The coupon that it fills or draws on, if it does.
    pub fn coupon(&self) -> Option<&CouponId> {
        [&self.debit_account, &self.credit_account].into_iter().find_map(|account| match account {
            AccountId::Coupon(id) => Some(id),
            _ => None,
        })
    }

    /// The account that a partner's money was allocated to or reclaimed from, if it was.
    pub fn receiver(&self) -> Option<&AccountId> {
        match self.code {
            TransferCode::CustomerAllocation | TransferCode::ResellerAllocation => {
                Some(&self.credit_account)
            }
            TransferCode::CustomerReclaim
            | TransferCode::ResellerReclaim
            | TransferCode::AssociationReturn => Some(&self.debit_account),
            _ => None,
        }
    }
}

/// What a transfer makes of its two accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The debit account afterwards.
    pub debit: Account,
    /// The credit account afterwards.
    pub credit: Account,
}

/// Applies a transfer to its accounts.
///
/// # Errors
/// In this order: [`Reason::AmountNotPositive`], [`Reason::SameAccount`],
/// [`Reason::CurrencyMismatch`], [`Reason::InsufficientBalance`], [`Reason::AmountTooLarge`].
pub fn post(debit: Account, credit: Account, transfer: &Transfer) -> Result<Posting, Reason> {
    debug_assert_eq!(debit.id, transfer.debit_account);
    debug_assert_eq!(credit.id, transfer.credit_account);
    let amount = transfer.amount;
    if !amount.is_positive() {
        return Err(Reason::AmountNotPositive);
    }
    if debit.id == credit.id {
        return Err(Reason::SameAccount);
    }
    if [debit.balance, credit.balance].iter().any(|held| held.currency() != amount.currency()) {
        return Err(Reason::CurrencyMismatch);
    }
    let left = debit.balance.checked_sub(amount);
    if !debit.may_be_negative() && left.is_ok_and(Money::is_negative) {
        return Err(Reason::InsufficientBalance);
    }
    let left = left.map_err(out_of_range)?;
    let held = credit.balance.checked_add(amount).map_err(out_of_range)?;
    Ok(Posting {
        debit: Account { balance: left, credit_limit: lowered(&debit, transfer)?, ..debit },
        credit: Account { balance: held, credit_limit: raised(&credit, transfer)?, ..credit },
    })
}

/// The limit of a credit account that a transfer draws on. Credit that moves from one customer to
/// another takes its limit along.
fn lowered(debit: &Account, transfer: &Transfer) -> Result<Option<Money>, Reason> {
    match (transfer.code, debit.credit_limit) {
        (TransferCode::EnterpriseTransfer | TransferCode::EnterpriseRetrieval, Some(limit)) => {
            let left = limit.checked_sub(transfer.amount).map_err(out_of_range)?;
            if left.is_negative() { Err(Reason::InsufficientBalance) } else { Ok(Some(left)) }
        }
        (_, unchanged) => Ok(unchanged),
    }
}

/// The limit of a credit account that a transfer fills.
fn raised(credit: &Account, transfer: &Transfer) -> Result<Option<Money>, Reason> {
    match (transfer.code, credit.credit_limit) {
        (
            TransferCode::CreditGrant
            | TransferCode::EnterpriseTransfer
            | TransferCode::EnterpriseRetrieval,
            Some(limit),
        ) => Ok(Some(limit.checked_add(transfer.amount).map_err(out_of_range)?)),
        (_, unchanged) => Ok(unchanged),
    }
}

fn out_of_range(error: MoneyError) -> Reason {
    match error {
        MoneyError::CurrencyMismatch => Reason::CurrencyMismatch,
        MoneyError::NotANumber
        | MoneyError::TooManyDecimals
        | MoneyError::TooLarge
        | MoneyError::NotPositive => Reason::AmountTooLarge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn account(id: &str, balance: &str) -> Account {
        Account { balance: money(balance), ..Account::open(id.parse().expect(id)) }
    }

    fn transfer(debit: &Account, credit: &Account, amount: &str, code: TransferCode) -> Transfer {
        Transfer {
            debit_account: debit.id.clone(),
            credit_account: credit.id.clone(),
            amount: money(amount),
            code,
            time: "2026-01-01T00:00:00Z".parse().expect("a time"),
            memo: None,
            reference: None,
            trade_type: None,
        }
    }

    /// Debit account and balance, credit account and balance, amount, balances afterwards.
    type Case = (
        (&'static str, &'static str),
        (&'static str, &'static str),
        &'static str,
        Result<(&'static str, &'static str), Reason>,
    );

    #[test]
    fn posts_or_refuses_in_a_fixed_order() {
        let most = "10000000000000";
        let cases: Vec<Case> = vec![
            (("Bp", "100"), ("Cc", "0"), "40.5", Ok(("59.5", "40.5"))),
            (("Bp", "100"), ("Cc", "0"), "100.00", Ok(("0.00", "100.00"))),
            (("O", "0"), ("Bp", "0"), "7", Ok(("-7", "7"))),
            (("Bp", "7"), ("O", "-7"), "7", Ok(("0", "0"))),
            (("Bp", "1"), ("Bp", "1"), "0", Err(Reason::AmountNotPositive)),
            (("Bp", "1"), ("Bp", "1"), "-1", Err(Reason::AmountNotPositive)),
            (("Bp", "1"), ("Bp", "1"), "2", Err(Reason::SameAccount)),
            (("O", "0"), ("O", "0"), "1", Err(Reason::SameAccount)),
            (("Bp", "1"), ("Cc", most), "1.01", Err(Reason::InsufficientBalance)),
            (("Bp", "1"), ("Cc", most), "1", Err(Reason::AmountTooLarge)),
            (("O", "-10000000000000"), ("Bp", "0"), "1", Err(Reason::AmountTooLarge)),
        ];
        for ((debit, had), (credit, held), amount, answer) in cases {
            let (debit, credit) = (account(debit, had), account(credit, held));
            let asked = transfer(&debit, &credit, amount, TransferCode::TopUp);
            let posted = post(debit, credit, &asked)
                .map(|posting| (posting.debit.balance, posting.credit.balance));
            let answer = answer.map(|(debit, credit)| (money(debit), money(credit)));
            assert_eq!(posted, answer, "{asked:?}");
        }
    }

    #[test]
    fn only_a_credit_grant_raises_the_limit() {
        let outside = account("O", "0");
        let credit = account("Rp", "0");
        for (code, limit) in [(TransferCode::CreditGrant, "5"), (TransferCode::TopUp, "0")] {
            let asked = transfer(&outside, &credit, "5", code);
            let posting = post(outside.clone(), credit.clone(), &asked).expect("posts");
            assert_eq!(posting.credit.credit_limit, Some(money(limit)));
            assert_eq!(posting.credit.balance, money("5"));
        }
        let balance = account("Bp", "0");
        let asked = transfer(&outside, &balance, "5", TransferCode::CreditGrant);
        assert_eq!(post(outside, balance, &asked).expect("posts").credit.credit_limit, None);
    }

    #[test]
    fn credit_that_moves_takes_its_limit_along() {
        let credit = |id: &str, balance: &str, limit: &str| Account {
            credit_limit: Some(money(limit)),
            ..account(id, balance)
        };
        let (master, member) = (credit("Em~-", "60", "100"), credit("Ec~-", "1", "5"));
        for code in [TransferCode::EnterpriseTransfer, TransferCode::EnterpriseRetrieval] {
            let asked = transfer(&master, &member, "60", code);
            let posting = post(master.clone(), member.clone(), &asked).expect("posts");
            assert_eq!(posting.debit, credit("Em~-", "0", "40"));
            assert_eq!(posting.credit, credit("Ec~-", "61", "65"));
            // More is available than the limit says only in books that are damaged.
            let damaged = credit("Em~-", "60", "59");
            let refused = post(damaged, member.clone(), &asked);
            assert_eq!(refused, Err(Reason::InsufficientBalance));
        }
    }

    #[test]
    fn a_transfer_has_one_name() {
        let id = TransferId { sequence: 17, index: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "-", "17", "17-", "-3", "017-3", "17-03", "+17-3", "17-3-1", "17-3 "] {
            assert_eq!(text.parse::<TransferId>(), Err(InvalidTransferId), "{text}");
        }
    }

    #[test]
    fn a_transfer_record_is_small_and_reads_back() {
        let asked = transfer(
            &account("QCQ13C9CF0470CE399DEE", "0"),
            &account("KCPABABABABABABABABABABABABABABABAB", "0"),
            "100.00",
            TransferCode::CouponIssue,
        );
        let bytes = minicbor::to_vec(&asked).expect("encodes");
        assert!(bytes.len() < 80, "{}", bytes.len());
        assert_eq!(minicbor::decode::<Transfer>(&bytes).expect("decodes"), asked);
    }
}
