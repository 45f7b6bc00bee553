//! What statements and records of money say: how a transfer is named, and who it concerns.

use super::{AccountBalance, AccountId, AccountType};
use crate::bill::{BalanceType, Page};
use crate::books::{Books, Entry, Only};
use crate::code::codes;
use crate::error::Reason;
use crate::id::{CustomerId, PartnerId};
use crate::ledger::{TradeType, Transfer, TransferCode, TransferId};
use crate::money::Money;
use crate::partner::{AssociationType, CallingCustomer, Customer, Partner, PartnerKind};
use crate::store::Reader;
use crate::time::{Date, Period};
use std::collections::BTreeSet;
use std::ops::Deref;

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
        /// Reclaim on unbind. This ledger unbinds nobody.
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
            Self::Deduct => ChangeType::Deduct,
            Self::Refund => ChangeType::Refund,
            Self::Freeze => ChangeType::Freeze,
            Self::Transfer => ChangeType::Transfer,
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
    fn of(transfer: &Transfer, account: &AccountId) -> Self {
        if transfer.credit_account == *account { Self::Revenue } else { Self::Expense }
    }
}

impl AdjustType {
    /// The kind of a transfer that is an allocation or a reclaim.
    pub fn of(transfer: &Transfer) -> Option<Self> {
        let is_given = *transfer.receiver()? == transfer.credit_account;
        Some(if is_given { Self::Allocate } else { Self::Reclaim })
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
    trade_time_begin: Option<Date>,
    trade_time_end: Option<Date>,
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
    fn passes(&self, id: TransferId, transfer: &Transfer, account: &AccountId) -> bool {
        let change_type = DetailType::of(transfer).change_type();
        self.change_type.is_none_or(|asked| asked == change_type)
            && self.direction.is_none_or(|asked| asked == Direction::of(transfer, account))
            && self.trade_id.as_ref().is_none_or(|asked| *asked == trade_id(id, transfer))
    }
}

/// A change of an account, as statements show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The line and its transfer.
    pub entry: Entry,
    /// Who was allocated to or reclaimed from, for such changes alone.
    pub receiver: Option<Receiver>,
}

impl Change {
    /// How the change is named.
    pub fn detail_type(&self) -> DetailType {
        DetailType::of(&self.entry.transfer)
    }

    /// Whether it brought money or took it.
    pub fn direction(&self) -> Direction {
        if self.entry.amount.is_negative() { Direction::Expense } else { Direction::Revenue }
    }

    /// How much it was, without the sign that [`direction`](Self::direction) says.
    pub fn amount(&self) -> Money {
        self.entry.transfer.amount.at_least_two_decimals()
    }

    /// The trade it belongs to: the operator's booking, or the movement itself.
    pub fn trade_id(&self) -> String {
        trade_id(self.entry.transfer_id, &self.entry.transfer)
    }
}

fn trade_id(id: TransferId, transfer: &Transfer) -> String {
    transfer.reference.clone().unwrap_or_else(|| id.to_string())
}

/// A customer or reseller that money was allocated to or reclaimed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its identity.
    pub id: String,
    /// Its account name, if it has one.
    pub account_name: Option<String>,
    /// Its name, if it is known.
    pub name: Option<String>,
}

/// A list of changes of an account, newest first.
///
/// # Errors
/// Store failures.
pub async fn changes<D: Deref<Target: Reader>>(
    books: &Books<D>,
    account: &AccountId,
    period: Period,
    filter: &ChangeFilter,
    offset: u64,
    limit: usize,
) -> Result<Page<Change>, Reason> {
    if filter.leaves_nothing {
        return Ok(Page { total_count: 0, items: Vec::new() });
    }
    let passes = |id, transfer: &Transfer| filter.passes(id, transfer, account);
    let is_filtered = *filter != ChangeFilter::default();
    let only: Only<'_> = if is_filtered { Some(&passes) } else { None };
    let Page { total_count, items } = books.changes(account, period, only, offset, limit).await?;
    load_receivers(books, items.iter().map(|entry| &entry.transfer)).await?;
    let mut changes = Vec::with_capacity(items.len());
    for entry in items {
        let receiver = receiver(books, &entry.transfer).await?;
        changes.push(Change { entry, receiver });
    }
    Ok(Page { total_count, items: changes })
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

/// An allocation or a reclaim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustRecord {
    /// Its place in the ledger.
    pub transfer_id: TransferId,
    /// The movement.
    pub transfer: Transfer,
    /// Which of the two it is.
    pub operation_type: Option<AdjustType>,
    /// Who was allocated to or reclaimed from.
    pub receiver: Option<Receiver>,
}

/// The allocations and reclaims of a partner, newest first.
///
/// # Errors
/// Store failures.
pub async fn adjust_records<D: Deref<Target: Reader>>(
    books: &Books<D>,
    partner: &PartnerId,
    filter: &AdjustFilter,
    offset: u64,
    limit: usize,
) -> Result<Page<AdjustRecord>, Reason> {
    let trans_id = match filter.trans_id.as_deref().map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        // No transfer has such a name.
        Some(Err(_)) => return Ok(Page { total_count: 0, items: Vec::new() }),
    };
    let passes = |_, transfer: &Transfer| {
        let holder = transfer.receiver().and_then(AccountId::holder);
        filter.customer_id.as_deref().is_none_or(|asked| holder == Some(asked))
            && filter.operation_type.is_none_or(|asked| AdjustType::of(transfer) == Some(asked))
    };
    let is_filtered = filter.customer_id.is_some() || filter.operation_type.is_some();
    let only: Only<'_> = if is_filtered { Some(&passes) } else { None };
    let Page { total_count, items } =
        books.adjust_records(partner, trans_id, filter.period, only, offset, limit).await?;
    load_receivers(books, items.iter().map(|(_, transfer)| transfer)).await?;
    let mut records = Vec::with_capacity(items.len());
    for (transfer_id, transfer) in items {
        let receiver = receiver(books, &transfer).await?;
        let operation_type = AdjustType::of(&transfer);
        records.push(AdjustRecord { transfer_id, transfer, operation_type, receiver });
    }
    Ok(Page { total_count, items: records })
}

/// Reads in one go what naming the receivers needs. Partners are read with the head.
async fn load_receivers<'t, D: Deref<Target: Reader>>(
    books: &Books<D>,
    transfers: impl Iterator<Item = &'t Transfer>,
) -> Result<(), Reason> {
    let customers = transfers.filter_map(Transfer::receiver).filter_map(|account| match account {
        AccountId::CustomerBalance(id) => Some(id.clone()),
        _ => None,
    });
    let customers: BTreeSet<CustomerId> = customers.collect();
    books.load_customers(&customers.into_iter().collect::<Vec<_>>()).await
}

async fn receiver<D: Deref<Target: Reader>>(
    books: &Books<D>,
    transfer: &Transfer,
) -> Result<Option<Receiver>, Reason> {
    Ok(match transfer.receiver() {
        Some(AccountId::CustomerBalance(id)) => {
            let customer = known_customer(books, id).await?;
            let (account_name, name) = (customer.account_name, customer.customer);
            Some(Receiver { id: id.to_string(), account_name, name })
        }
        Some(AccountId::PartnerBalance(id)) => {
            let reseller = known_partner(books, id).await?;
            let (account_name, name) = (reseller.account_name, reseller.name);
            Some(Receiver { id: id.to_string(), account_name, name })
        }
        _ => None,
    })
}

/// The balances of those of these customers that the partner funds, in the order given. The others
/// are left out, whether they exist or not.
///
/// # Errors
/// Store failures.
pub async fn customer_balances<D: Deref<Target: Reader>>(
    books: &Books<D>,
    partner: &PartnerId,
    customer_ids: &[CustomerId],
) -> Result<Vec<(CustomerId, Money)>, Reason> {
    books.load_customer_balances(customer_ids).await?;
    let mut balances = Vec::with_capacity(customer_ids.len());
    for id in customer_ids {
        let funded = books.customer(id).await?.is_some_and(|customer| {
            customer.partner_id == *partner && customer.association_type == AssociationType::Resale
        });
        if funded {
            let account = books.held(&AccountId::CustomerBalance(id.clone())).await?;
            balances.push((id.clone(), account.balance.at_least_two_decimals()));
        }
    }
    Ok(balances)
}

/// The accounts of a customer, as it sees them: its cash alone.
///
/// # Errors
/// [`Reason::BilledByReseller`] for a customer of a reseller.
pub async fn own_balances<D: Deref<Target: Reader>>(
    books: &Books<D>,
    caller: &CallingCustomer,
) -> Result<Vec<AccountBalance>, Reason> {
    books.load_own_balances(caller).await?;
    if known_partner(books, &caller.partner_id).await?.partner_kind == PartnerKind::Reseller {
        return Err(Reason::BilledByReseller);
    }
    let account = books.held(&AccountId::CustomerBalance(caller.customer_id.clone())).await?;
    Ok(vec![AccountBalance::new(AccountType::Balance, account)])
}

/// What a customer reads of its own changes: the list, and the account name that each line bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnChanges {
    /// The customer's account name, if it has one.
    pub account_name: Option<String>,
    /// The list, newest first.
    pub changes: Page<Change>,
}

/// The changes of a customer's own account. It has no credit account, and so no changes of one.
///
/// # Errors
/// [`Reason::ResaleStatement`] for a customer that its partner funds.
pub async fn own_changes<D: Deref<Target: Reader>>(
    books: &Books<D>,
    caller: &CallingCustomer,
    account_type: AccountType,
    period: Period,
    filter: &ChangeFilter,
    offset: u64,
    limit: usize,
) -> Result<OwnChanges, Reason> {
    if account_type == AccountType::Balance && !filter.leaves_nothing {
        books.load_customer_changes(&caller.customer_id, period, offset, limit).await?;
    }
    let customer = known_customer(books, &caller.customer_id).await?;
    if customer.association_type == AssociationType::Resale {
        return Err(Reason::ResaleStatement);
    }
    let changes = match account_type {
        AccountType::Balance => {
            let account = AccountId::CustomerBalance(caller.customer_id.clone());
            changes(books, &account, period, filter, offset, limit).await?
        }
        AccountType::Credit => Page { total_count: 0, items: Vec::new() },
    };
    Ok(OwnChanges { account_name: customer.account_name, changes })
}

/// A customer that a record or a key names.
async fn known_customer<D: Deref<Target: Reader>>(
    books: &Books<D>,
    id: &CustomerId,
) -> Result<Customer, Reason> {
    let customer = books.customer(id).await?;
    customer.ok_or_else(|| Reason::Corrupt(format!("customer {id}, which is not there")))
}

/// A partner that a record or a key names.
async fn known_partner<D: Deref<Target: Reader>>(
    books: &Books<D>,
    id: &PartnerId,
) -> Result<Partner, Reason> {
    let partner = books.partner(id).await?;
    partner.ok_or_else(|| Reason::Corrupt(format!("partner {id}, which is not there")))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        use TransferCode::{CreditGrant, CustomerReclaim, ResellerAllocation, TopUp};
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
            let period = period_of(begin.map(date), end.map(date), today);
            assert_eq!(period, Ok(Period::of_dates_utc_plus_8(date(first), date(last))));
        }
        for (begin, end) in [(Some("2026-02-03"), Some("2026-02-02")), (Some("2026-11-22"), None)] {
            let refused = period_of(begin.map(date), end.map(date), today);
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
