//! What statements and records of money say: how a transfer is named, and who it concerns.

use super::{AccountId, AccountType};
use crate::domain::bill::BalanceType;
use crate::domain::error::Reason;
use crate::domain::ledger::{TradeType, Transfer, TransferCode, TransferId};
use crate::value::code::codes;
use crate::value::time::{Date, Period};

codes! {
    /// The groups of changes that a statement can be narrowed to (`trade_type`).
    ChangeType: text {
        /// Top-up.
        Recharge = "RECHARGE",
        /// Consumption (the contract's spelling).
        Deduct = "DEDEUCT",
        /// Refund.
        Refund = "REFUND",
        /// Freeze.
        Freeze = "RFROZEN",
        /// Transfer between balance and deposit.
        Transfer = "TRANS",
        /// Adjustment, of a credit limit as well.
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
        /// Cleared on expiry. Only a customer's statement can be asked for these.
        Expired = "EXPIRED",
        /// Deposit. Only a customer's statement can be asked for these.
        Deposit = "DEPOSIT",
    }
}

codes! {
    /// How a statement names a change (`trade_detail_type`; the spelling is the contract's).
    DetailType: text {
        /// Top-up.
        Recharge = "SOURCE_OPERAIION_RECHARGE",
        /// Consumption.
        Deduct = "SOURCE_OPERAIION_DEDEUCT",
        /// Refund.
        Refund = "SOURCE_OPERAIION_REFUND",
        /// Usage.
        Usage = "SOURCE_OPERAIION_USAGE",
        /// Payment of what was owed.
        WriteOff = "SOURCE_OPERAIION_WRITEOFF",
        /// Refund of an order that was given back.
        Unsubscribe = "SOURCE_OPERAIION_UNSUBSCRIBE",
        /// Freeze.
        Freeze = "SOURCE_OPERAIION_RFROZEN",
        /// Deposit to balance.
        Transfer = "SOURCE_OPERAIION_TRANS_TO_BALANCE",
        /// Adjustment of a balance.
        Adjust = "SOURCE_OPERAIION_ADJUST",
        /// Adjustment of a credit limit.
        AdjustCredit = "SOURCE_OPERAIION_ADJUST_CREDIT",
        /// Partner allocation.
        Allocate = "SOURCE_OPERATION_BEADJUST",
        /// Partner reclaim.
        Reclaim = "SOURCE_OPERATION_BERETRIEVE",
        /// Reclaim on unbind or mode switch.
        Unbind = "SOURCE_OPERATION_BEUNBIND",
        /// Bonus conversion.
        BonusConversion = "SOURCE_OPERAIION_CONVERT_BONUS",
        /// Trade mode change.
        TradeModeTransfer = "SOURCE_OPERATION_TRADEMODE_TRANSFER",
        /// Transfer from the master of an enterprise to a member.
        EnterpriseTransfer = "SOURCE_OPERATION_TRANSFER",
        /// What the master took back of it.
        EnterpriseRetrieval = "SOURCE_OPERATION_RETRIEVE",
    }
}

codes! {
    /// Whether money came or went (`revenue_expense_type`).
    Direction: text {
        /// It came.
        Revenue = "REVENUE",
        /// It went.
        Expense = "EXPENSE",
    }
}

codes! {
    /// Kind of an allocation record (`operation_type`).
    AdjustType: text {
        /// Allocation.
        Allocate = "SOURCE_OPERATION_BEADJUST",
        /// Reclaim.
        Reclaim = "SOURCE_OPERATION_BERETRIEVE",
        /// Reclaim on unbind or mode switch.
        Unbind = "SOURCE_OPERATION_BEUNBIND",
    }
}

impl ChangeType {
    /// The value with this wire value, if a partner's statement can be narrowed to it.
    pub fn of_partner(code: &str) -> Option<Self> {
        Self::from_code(code).filter(|kind| !matches!(kind, Self::Expired | Self::Deposit))
    }
}

impl DetailType {
    /// How a transfer is named on the statement of an account that holds money.
    pub fn of(transfer: &Transfer) -> Self {
        match (transfer.code, transfer.trade_type) {
            (TransferCode::CustomerAllocation | TransferCode::ResellerAllocation, _) => {
                Self::Allocate
            }
            (TransferCode::CustomerReclaim | TransferCode::ResellerReclaim, _) => Self::Reclaim,
            (TransferCode::AssociationReturn, _) => Self::Unbind,
            (TransferCode::EnterpriseTransfer, _) => Self::EnterpriseTransfer,
            (TransferCode::EnterpriseRetrieval, _) => Self::EnterpriseRetrieval,
            (TransferCode::OrderPayment, _) => Self::Deduct,
            (TransferCode::OrderRefund, _) => Self::Unsubscribe,
            (TransferCode::UsageCharge, _) => Self::Usage,
            (TransferCode::DebtRepayment, _) => Self::WriteOff,
            (_, Some(trade_type)) => Self::of_trade(trade_type),
            (TransferCode::CreditGrant, None) => Self::AdjustCredit,
            _ => Self::Recharge,
        }
    }

    fn of_trade(trade_type: TradeType) -> Self {
        match trade_type {
            TradeType::Recharge => Self::Recharge,
            TradeType::CreditGrant => Self::AdjustCredit,
            TradeType::Deduct => Self::Deduct,
            TradeType::Refund => Self::Refund,
            TradeType::Freeze => Self::Freeze,
            TradeType::Transfer => Self::Transfer,
            TradeType::Adjust => Self::Adjust,
            TradeType::Allocate => Self::Allocate,
            TradeType::Reclaim => Self::Reclaim,
            TradeType::Unbind => Self::Unbind,
            TradeType::BonusConversion => Self::BonusConversion,
            TradeType::TradeModeTransfer => Self::TradeModeTransfer,
        }
    }

    /// The group that it belongs to.
    pub fn change_type(self) -> ChangeType {
        match self {
            Self::Recharge => ChangeType::Recharge,
            Self::Deduct | Self::Usage | Self::WriteOff => ChangeType::Deduct,
            Self::Refund | Self::Unsubscribe => ChangeType::Refund,
            Self::Freeze => ChangeType::Freeze,
            Self::Transfer | Self::EnterpriseTransfer | Self::EnterpriseRetrieval => {
                ChangeType::Transfer
            }
            Self::Adjust | Self::AdjustCredit => ChangeType::Adjust,
            Self::Allocate => ChangeType::Allocate,
            Self::Reclaim => ChangeType::Reclaim,
            Self::Unbind => ChangeType::Unbind,
            Self::BonusConversion => ChangeType::BonusConversion,
            Self::TradeModeTransfer => ChangeType::TradeModeTransfer,
        }
    }
}

impl Direction {
    /// What a transfer is for this account.
    pub fn of(transfer: &Transfer, account: &AccountId) -> Self {
        let enters = transfer.credit_account.statement() == account.statement();
        if enters { Self::Revenue } else { Self::Expense }
    }
}

impl AdjustType {
    /// The kind of a transfer that is an allocation or a reclaim.
    pub fn of(transfer: &Transfer) -> Option<Self> {
        let is_given = *transfer.receiver()? == transfer.credit_account;
        Some(match transfer.code {
            TransferCode::AssociationReturn => Self::Unbind,
            _ if is_given => Self::Allocate,
            _ => Self::Reclaim,
        })
    }
}

/// The kind of account that a statement is asked of (`balance_type`).
pub fn account_type_of(balance_type: &str) -> Option<AccountType> {
    match BalanceType::from_code(balance_type)? {
        BalanceType::Cash => Some(AccountType::Balance),
        BalanceType::Credit => Some(AccountType::Credit),
        _ => None,
    }
}

/// The dates of UTC+8 that a statement is asked for: by default the year that ends `today`.
///
/// # Errors
/// [`Reason::Field`] when the end lies before the begin.
pub fn period_of(
    [trade_time_begin, trade_time_end]: [Option<Date>; 2],
    today: Date,
) -> Result<Period, Reason> {
    let first = trade_time_begin.unwrap_or_else(|| today.one_year_before());
    let last = trade_time_end.unwrap_or(today);
    if last < first {
        return Err(Reason::field("trade_time_end", "must not be before trade_time_begin"));
    }
    Ok(Period::of_dates_utc_plus_8(first, last))
}

/// Which changes of an account are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Those of one group.
    pub change_type: Option<ChangeType>,
    /// Those that brought money, or those that took it.
    pub direction: Option<Direction>,
    /// Those of one trade, compared literally.
    pub trade_id: Option<String>,
    /// True when a value was asked for that no change has: a payment channel, of which the ledger
    /// keeps none, or a literal that the contract compares.
    pub leaves_nothing: bool,
}

impl ChangeFilter {
    /// Whether a change of `account` by this transfer is asked for.
    pub fn passes(&self, id: TransferId, transfer: &Transfer, account: &AccountId) -> bool {
        let change_type = DetailType::of(transfer).change_type();
        self.change_type.is_none_or(|asked| asked == change_type)
            && self.direction.is_none_or(|asked| asked == Direction::of(transfer, account))
            && self.trade_id.as_ref().is_none_or(|asked| *asked == trade_id(id, transfer))
    }
}

/// The trade that a change belongs to: the operator's booking, or the movement itself.
pub fn trade_id(id: TransferId, transfer: &Transfer) -> String {
    transfer.reference.clone().unwrap_or_else(|| id.to_string())
}

/// Which allocations and reclaims are asked for.
#[derive(Clone, Debug)]
pub struct AdjustFilter {
    /// Those of one customer or reseller, compared literally.
    pub customer_id: Option<String>,
    /// Those of one kind.
    pub operation_type: Option<AdjustType>,
    /// That of one transfer, compared literally.
    pub trans_id: Option<String>,
    /// Those of some time.
    pub period: Period,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::money::Money;

    fn transfer(code: TransferCode, trade_type: Option<TradeType>) -> Transfer {
        Transfer {
            debit_account: "Bp".parse().expect("an account"),
            credit_account: "Cc".parse().expect("an account"),
            amount: "1.00".parse::<Money>().expect("an amount"),
            code,
            time: "2026-01-01T00:00:00Z".parse().expect("a time"),
            memo: None,
            reference: None,
            trade_type,
        }
    }

    #[test]
    fn names_a_change_by_what_it_is_for() {
        use TransferCode::{
            CreditGrant, CustomerReclaim, EnterpriseRetrieval, EnterpriseTransfer, OrderPayment,
            OrderRefund, ResellerAllocation, TopUp,
        };
        for (code, trade_type, detail, group) in [
            (TopUp, None, "SOURCE_OPERAIION_RECHARGE", "RECHARGE"),
            (TopUp, Some("RECHARGE"), "SOURCE_OPERAIION_RECHARGE", "RECHARGE"),
            (TopUp, Some("DEDEUCT"), "SOURCE_OPERAIION_DEDEUCT", "DEDEUCT"),
            (TopUp, Some("REFUND"), "SOURCE_OPERAIION_REFUND", "REFUND"),
            (TopUp, Some("RFROZEN"), "SOURCE_OPERAIION_RFROZEN", "RFROZEN"),
            (TopUp, Some("TRANS"), "SOURCE_OPERAIION_TRANS_TO_BALANCE", "TRANS"),
            (TopUp, Some("ADJUST"), "SOURCE_OPERAIION_ADJUST", "ADJUST"),
            (TopUp, Some("BEADJUST"), "SOURCE_OPERATION_BEADJUST", "BEADJUST"),
            (TopUp, Some("BEUNBIND"), "SOURCE_OPERATION_BEUNBIND", "BEUNBIND"),
            (TopUp, Some("BONUSCONVERT"), "SOURCE_OPERAIION_CONVERT_BONUS", "BONUSCONVERT"),
            (CreditGrant, None, "SOURCE_OPERAIION_ADJUST_CREDIT", "ADJUST"),
            (CreditGrant, Some("CREDIT_GRANT"), "SOURCE_OPERAIION_ADJUST_CREDIT", "ADJUST"),
            (ResellerAllocation, None, "SOURCE_OPERATION_BEADJUST", "BEADJUST"),
            (CustomerReclaim, None, "SOURCE_OPERATION_BERETRIEVE", "BERETRIEVE"),
            (EnterpriseTransfer, None, "SOURCE_OPERATION_TRANSFER", "TRANS"),
            (EnterpriseRetrieval, None, "SOURCE_OPERATION_RETRIEVE", "TRANS"),
            (OrderPayment, None, "SOURCE_OPERAIION_DEDEUCT", "DEDEUCT"),
            (OrderRefund, None, "SOURCE_OPERAIION_UNSUBSCRIBE", "REFUND"),
        ] {
            let trade_type = trade_type.map(|text| TradeType::from_code(text).expect(text));
            let named = DetailType::of(&transfer(code, trade_type));
            assert_eq!((named.code(), named.change_type().code()), (detail, group));
        }
    }

    #[test]
    fn a_partner_cannot_ask_for_what_only_customers_have() {
        assert_eq!(ChangeType::of_partner("BEADJUST"), Some(ChangeType::Allocate));
        for code in ["EXPIRED", "DEPOSIT", "CREDIT_GRANT", ""] {
            assert_eq!(ChangeType::of_partner(code), None, "{code}");
        }
    }

    #[test]
    fn a_statement_is_of_the_year_that_ends_today() {
        let date = |text: &str| text.parse::<Date>().expect(text);
        let today = date("2026-11-21");
        for (begin, end, first, last) in [
            (None, None, "2025-11-21", "2026-11-21"),
            (Some("2026-02-03"), None, "2026-02-03", "2026-11-21"),
            (None, Some("2026-02-03"), "2025-11-21", "2026-02-03"),
            (Some("2026-02-03"), Some("2026-02-03"), "2026-02-03", "2026-02-03"),
        ] {
            let period = period_of([begin.map(date), end.map(date)], today);
            assert_eq!(period, Ok(Period::of_dates_utc_plus_8(date(first), date(last))));
        }
        for (begin, end) in [(Some("2026-02-03"), Some("2026-02-02")), (Some("2026-11-22"), None)] {
            let refused = period_of([begin.map(date), end.map(date)], today);
            assert!(matches!(refused, Err(Reason::Field { name: "trade_time_end", .. })));
        }
    }

    #[test]
    fn only_two_kinds_of_account_have_statements() {
        assert_eq!(account_type_of("BALANCE_TYPE_DEBIT"), Some(AccountType::Balance));
        assert_eq!(account_type_of("BALANCE_TYPE_CREDIT"), Some(AccountType::Credit));
        for code in ["BALANCE_TYPE_BONUS", "1", ""] {
            assert_eq!(account_type_of(code), None, "{code}");
        }
    }
}
