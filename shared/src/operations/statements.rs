//! Balances and statements, as partners and customers read them.

use crate::books::{Books, Entry, Only};
use crate::domain::account::statement::{
    AdjustFilter, AdjustType, ChangeFilter, DetailType, Direction, trade_id,
};
use crate::domain::account::{AccountBalance, AccountId, AccountType};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferId};
use crate::domain::partner::{AssociationType, CallingCustomer, Customer, Partner, PartnerKind};
use crate::value::id::{CustomerId, PartnerId};
use crate::value::money::Money;
use crate::value::page::{Page, Slice};
use crate::value::time::{Period, Timestamp};
use std::collections::BTreeSet;

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
pub async fn changes(
    books: &Books<'_>,
    account: &AccountId,
    period: Period,
    filter: &ChangeFilter,
    slice: Slice,
) -> Result<Page<Change>, Reason> {
    if filter.leaves_nothing {
        return Ok(Page { total_count: 0, items: Vec::new() });
    }
    let passes = |id, transfer: &Transfer| filter.passes(id, transfer, account);
    let is_filtered = *filter != ChangeFilter::default();
    let only: Only<'_> = if is_filtered { Some(&passes) } else { None };
    let Page { total_count, items } = books.changes(account, period, only, slice).await?;
    load_receivers(books, items.iter().map(|entry| &entry.transfer)).await?;
    let mut changes = Vec::with_capacity(items.len());
    for entry in items {
        let receiver = receiver(books, &entry.transfer).await?;
        changes.push(Change { entry, receiver });
    }
    Ok(Page { total_count, items: changes })
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
pub async fn adjust_records(
    books: &Books<'_>,
    partner: &PartnerId,
    filter: &AdjustFilter,
    slice: Slice,
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
        books.adjust_records(partner, trans_id, filter.period, only, slice).await?;
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
async fn load_receivers<'t>(
    books: &Books<'_>,
    transfers: impl Iterator<Item = &'t Transfer>,
) -> Result<(), Reason> {
    let customers = transfers.filter_map(Transfer::receiver).filter_map(|account| match account {
        AccountId::CustomerBalance(id) => Some(id.clone()),
        _ => None,
    });
    let customers: BTreeSet<CustomerId> = customers.collect();
    books.load_customers(&customers.into_iter().collect::<Vec<_>>()).await
}

async fn receiver(books: &Books<'_>, transfer: &Transfer) -> Result<Option<Receiver>, Reason> {
    Ok(match transfer.receiver() {
        Some(AccountId::CustomerBalance(id)) => {
            let customer = known_customer(books, id).await?;
            let name = books.real_name(&customer).await?;
            let account_name = customer.account_name;
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
pub async fn customer_balances(
    books: &Books<'_>,
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

/// Refuses a customer whose money is no matter of the partner's.
///
/// # Errors
/// [`Reason::NotYourCustomer`], [`Reason::NoPermissionOnCustomer`]; store failures.
pub async fn check_funded(
    books: &Books<'_>,
    partner: &PartnerId,
    id: &CustomerId,
) -> Result<(), Reason> {
    let customer = books.customer(id).await?.filter(|it| it.partner_id == *partner);
    match customer.ok_or(Reason::NotYourCustomer)?.association_type {
        AssociationType::Resale => Ok(()),
        AssociationType::Referral => Err(Reason::NoPermissionOnCustomer),
    }
}

/// The accounts of a customer, as it sees them: its cash, and its credit by the times at which it
/// expires.
///
/// # Errors
/// [`Reason::BilledByReseller`] for a customer of a reseller.
pub async fn own_balances(
    books: &Books<'_>,
    caller: &CallingCustomer,
    now: Timestamp,
) -> Result<Vec<AccountBalance>, Reason> {
    books.load_own_balances(caller).await?;
    // Its key may be older than its association.
    let customer = known_customer(books, &caller.customer_id).await?;
    let partner = books.partner(&customer.partner_id).await?;
    if partner.is_some_and(|partner| partner.partner_kind == PartnerKind::Reseller) {
        return Err(Reason::BilledByReseller);
    }
    let account = books.held(&AccountId::CustomerBalance(caller.customer_id.clone())).await?;
    let mut balances = vec![AccountBalance::new(AccountType::Balance, account)];
    for credit in books.credits(&caller.customer_id, now).await? {
        balances.push(AccountBalance::new(AccountType::Credit, credit));
    }
    Ok(balances)
}

/// What a customer reads of its own changes: the list, and the account name that each line bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnChanges {
    /// The customer's account name, if it has one.
    pub account_name: Option<String>,
    /// The list, newest first.
    pub changes: Page<Change>,
}

/// The changes of a customer's own cash, or of all its credit.
///
/// # Errors
/// [`Reason::ResaleStatement`] for a customer that its partner funds.
pub async fn own_changes(
    books: &Books<'_>,
    caller: &CallingCustomer,
    account_type: AccountType,
    period: Period,
    filter: &ChangeFilter,
    slice: Slice,
) -> Result<OwnChanges, Reason> {
    let account = match account_type {
        AccountType::Balance => AccountId::CustomerBalance(caller.customer_id.clone()),
        AccountType::Credit => AccountId::CustomerCredit(caller.customer_id.clone(), None),
    };
    if !filter.leaves_nothing {
        books.load_customer_changes(&caller.customer_id, &account, period, slice).await?;
    }
    let customer = known_customer(books, &caller.customer_id).await?;
    if customer.association_type == AssociationType::Resale {
        return Err(Reason::ResaleStatement);
    }
    let changes = changes(books, &account, period, filter, slice).await?;
    Ok(OwnChanges { account_name: customer.account_name, changes })
}

/// A customer that a record or a key names.
async fn known_customer(books: &Books<'_>, id: &CustomerId) -> Result<Customer, Reason> {
    let customer = books.customer(id).await?;
    customer.ok_or_else(|| Reason::Corrupt(format!("customer {id}, which is not there")))
}

/// A partner that a record or a key names.
async fn known_partner(books: &Books<'_>, id: &PartnerId) -> Result<Partner, Reason> {
    let partner = books.partner(id).await?;
    partner.ok_or_else(|| Reason::Corrupt(format!("partner {id}, which is not there")))
}
