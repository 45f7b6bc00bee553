//! The books of a tenant: typed records over a snapshot or a transaction.
//!
//! Keys and stored forms are known here and nowhere else. [`Books::book`] is the one place where
//! value moves: it posts a transfer to both accounts and writes the transfer and one statement line
//! for each side. Statements are read from these; nothing is written a second time.

mod associations;
mod authorisations;
mod bandwidth;
mod billing;
mod bills;
mod cards;
mod catalogue;
mod codes;
mod costs;
mod coupons;
mod customers;
mod deliveries;
mod discounts;
mod enterprise;
pub(crate) mod key;
mod list;
mod notifications;
mod orders;
mod packages;
mod passage;
mod personal;
pub(crate) mod record;
mod resources;
mod reviews;
mod statement;
mod tickets;
mod tokens;

pub(crate) use bandwidth::peak_day_key;
pub use billing::CostLine;
pub(crate) use billing::{Bills, LineSums};
pub(crate) use bills::{fee_record_key, monthly_bill_key};
pub use catalogue::{
    Catalogue, CatalogueMut, Described, OpenCatalogue, PolicyOf, Priced, SpecQuery, Specs, UsageOf,
};
pub use enterprise::SeenMember;
pub(crate) use key::DueSubject;
pub(crate) use orders::Due;
pub use orders::OrderOwner;
pub use passage::{Passage, RECORDS_VERSION, upgraded};
pub use personal::Resealed;
pub use statement::{Listed, Only};
pub use tokens::{TOKEN_HOURS, TokenUse};

use crate::domain::account::{Account, AccountBalance, AccountId, AccountType};
use crate::domain::coupon::{Coupon, Quota};
use crate::domain::error::Reason;
use crate::domain::ledger::{self, Transfer, TransferId};
use crate::domain::partner::{CallingCustomer, CallingPartner, Customer, Partner};
use crate::domain::realname::Review;
use crate::security::vault::{Contact, Subject, Vault};
use crate::store::{Part, Range, Reader, Snapshot, StoreError, Transaction, journal};
use crate::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use record::{AccountRecord, LineRecord, Stored, decode, encode};
use sha2::{Digest, Sha256};
use std::ops::Deref;

/// The books of a tenant, open over `&Snapshot`, to read, or over `&mut Transaction`, to write as
/// well. One transaction is opened once: its books number the transfers.
///
/// What reads takes [`Books`], which both are behind a pointer, and so is compiled once. What writes
/// takes [`BooksMut`].
pub struct OpenBooks<S: ?Sized> {
    /// For the personal data in it. Closed unless it was given.
    vault: Vault,
    /// How far the tenant's clock is ahead of the store's.
    ahead: TimeDelta,
    /// Transfers booked so far.
    transfers: u32,
    /// Over their stored forms.
    transfers_sha256: Sha256,
    store: S,
}

/// The books of a tenant, to read.
pub type Books<'s> = OpenBooks<dyn Source + 's>;

/// The books of a tenant, to read and to write.
pub type BooksMut<'t, 'b> = OpenBooks<&'t mut Transaction<'b>>;

/// What books are read from.
pub trait Source {
    /// The snapshot, or the transaction.
    fn reader(&self) -> &dyn Reader;
}

impl Source for &Snapshot<'_> {
    fn reader(&self) -> &dyn Reader {
        *self
    }
}

impl Source for &mut Transaction<'_> {
    fn reader(&self) -> &dyn Reader {
        *self
    }
}

impl<'s> Deref for OpenBooks<&'s Snapshot<'_>> {
    type Target = Books<'s>;

    fn deref(&self) -> &Self::Target {
        self
    }
}

impl<'t> Deref for BooksMut<'t, '_> {
    type Target = Books<'t>;

    fn deref(&self) -> &Self::Target {
        self
    }
}

/// One side of a transfer, and whether its account is stored already.
struct Side {
    account: Account,
    stored: bool,
}

/// One line of an account's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The transfer it belongs to.
    pub transfer_id: TransferId,
    /// What the account gained; negative where value left.
    pub amount: Money,
    /// What it held afterwards.
    pub balance_after: Money,
    /// The transfer.
    pub transfer: Transfer,
}

impl<S: Source> OpenBooks<S> {
    /// Opens the books, personal data in them closed: see [`OpenBooks::with_vault`].
    pub fn new(store: S) -> Self {
        let (vault, ahead) = (Vault::closed(), TimeDelta::zero());
        Self { store, vault, ahead, transfers: 0, transfers_sha256: Sha256::new() }
    }

    /// Opens the books with the tenant's own clock, which is ahead of all others in a demo tenant
    /// whose time was moved.
    ///
    /// # Errors
    /// Store failures.
    pub async fn with_clock(self) -> Result<Self, Reason> {
        let books: &Books<'_> = &self;
        let ahead = books.clock_ahead().await?;
        Ok(Self { ahead, ..self })
    }
}

impl Books<'_> {
    async fn clock_ahead(&self) -> Result<TimeDelta, Reason> {
        let seconds: Option<i64> = self.record(&key::clock()).await?;
        Ok(seconds.and_then(TimeDelta::try_seconds).unwrap_or_default())
    }

    /// What the tenant's clock shows when others show this.
    pub fn at(&self, time: Timestamp) -> Timestamp {
        self.ahead_of(time.instant()).into()
    }

    fn ahead_of(&self, time: DateTime<Utc>) -> DateTime<Utc> {
        time.checked_add_signed(self.ahead).unwrap_or(time)
    }

    /// A partner.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn partner(&self, id: &PartnerId) -> Result<Option<Partner>, Reason> {
        self.record(&key::partner(id)).await
    }

    /// A customer.
    ///
    /// # Errors
    /// Store failures.
    pub async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, Reason> {
        self.record(&key::customer(id)).await
    }

    /// A coupon quota.
    ///
    /// # Errors
    /// Store failures.
    pub async fn quota(&self, id: &QuotaId) -> Result<Option<Quota>, Reason> {
        self.record(&key::quota(id)).await
    }

    /// A coupon.
    ///
    /// # Errors
    /// Store failures.
    pub async fn coupon(&self, id: &CouponId) -> Result<Option<Coupon>, Reason> {
        self.record(&key::coupon(id)).await
    }

    /// An account, once it has been opened.
    ///
    /// # Errors
    /// Store failures.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, Reason> {
        let record: Option<AccountRecord> = self.record(&key::account(id)).await?;
        Ok(record.map(|record| record.into_account(id.clone())))
    }

    /// The partner that a request is about: the caller, or the reseller it names.
    ///
    /// # Errors
    /// [`Reason::NotYourReseller`], the same whether there is such a reseller or not.
    pub async fn acting_for(
        &self,
        caller: &CallingPartner,
        indirect_partner_id: Option<&PartnerId>,
    ) -> Result<PartnerId, Reason> {
        match indirect_partner_id {
            None => Ok(caller.partner_id.clone()),
            Some(id) => caller.act_for(self.partner(id).await?),
        }
    }

    /// A customer of the caller's own, or of one of its resellers.
    ///
    /// # Errors
    /// [`Reason::Field`], the same whether there is such a customer or not.
    pub async fn customer_below(
        &self,
        caller: &CallingPartner,
        id: &CustomerId,
    ) -> Result<Customer, Reason> {
        let unknown = || Reason::field("customer_id", "must be a customer of this partner");
        let customer = self.customer(id).await?.ok_or_else(unknown)?;
        if customer.partner_id != caller.partner_id {
            let below = self.acting_for(caller, Some(&customer.partner_id)).await;
            below.map_err(|reason| match reason {
                Reason::NotYourReseller => unknown(),
                failure => failure,
            })?;
        }
        Ok(customer)
    }

    /// The accounts of a partner: always its balance, and its credit once any was granted.
    ///
    /// # Errors
    /// Store failures.
    pub async fn partner_balances(&self, id: &PartnerId) -> Result<Vec<AccountBalance>, Reason> {
        let balance_id = AccountId::PartnerBalance(id.clone());
        let balance = self.account(&balance_id).await?;
        let balance = balance.unwrap_or_else(|| Account::open(balance_id));
        let mut balances = vec![AccountBalance::new(AccountType::Balance, balance)];
        if let Some(credit) = self.account(&AccountId::PartnerCredit(id.clone())).await? {
            balances.push(AccountBalance::new(AccountType::Credit, credit));
        }
        Ok(balances)
    }

    /// The latest submission of a customer for real-name review.
    ///
    /// # Errors
    /// Store failures.
    pub async fn latest_review(&self, customer: &CustomerId) -> Result<Option<Review>, Reason> {
        let range = Range::prefix(&key::reviews(customer)).reversed();
        let found = self.part(&range, Slice::first(1)).await?.items;
        found.first().map(|(key, bytes)| decode(key, bytes)).transpose()
    }

    /// Part of an account's statement, newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn statement(
        &self,
        account: &AccountId,
        slice: Slice,
    ) -> Result<Page<Entry>, Reason> {
        self.statement_after(account, u64::MAX, slice).await
    }

    /// Part of an account's statement as it was after that number of transactions, newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn statement_after(
        &self,
        account: &AccountId,
        transactions: u64,
        slice: Slice,
    ) -> Result<Page<Entry>, Reason> {
        let range = statement::lines_until(account, transactions);
        let Page { total_count, items: lines } = self.part(&range, slice).await?;
        let transfers = self.transfers_at_end(&lines, Vec::new()).await?;
        let mut items = Vec::with_capacity(lines.len());
        for ((key, line), listed) in lines.iter().zip(transfers) {
            items.push(Entry::new(listed, decode(key, line)?));
        }
        Ok(Page { total_count, items })
    }

    /// What accounts held after that number of transactions, in the order given: `None` for one
    /// that nothing had moved until then. This costs the depth of the store once, whatever the number
    /// of their lines.
    ///
    /// # Errors
    /// Store failures.
    pub async fn balances_after(
        &self,
        accounts: &[AccountId],
        transactions: u64,
    ) -> Result<Vec<Option<Money>>, Reason> {
        let newest = Slice::first(1);
        let until = |account| statement::lines_until(account, transactions);
        let ranges: Vec<Range> = accounts.iter().map(until).collect();
        let parts: Vec<Part<'_>> = ranges.iter().map(|range| Part::of(range, newest)).collect();
        self.store().approach(&parts).await?;
        let mut balances = Vec::with_capacity(accounts.len());
        for range in &ranges {
            let found = self.part(range, newest).await?.items;
            let line: Option<LineRecord> =
                found.first().map(|(key, bytes)| decode(key, bytes)).transpose()?;
            balances.push(line.map(|line| line.balance_after));
        }
        Ok(balances)
    }

    /// How many transactions were committed before an instant, by the clock of the hosts.
    ///
    /// # Errors
    /// Store failures.
    pub async fn transactions_before(&self, time: Timestamp) -> Result<u64, Reason> {
        Ok(journal::count_before(self.store(), time.instant()).await?)
    }

    /// How many transactions the books have.
    pub fn transactions(&self) -> u64 {
        self.store().sequence()
    }

    /// Reads in one go what looking these keys up will need.
    pub(crate) async fn load(&self, keys: &[Vec<u8>]) -> Result<(), Reason> {
        Ok(self.store().load(keys).await?)
    }

    /// Reads in one go what looking these customers and their balances up will need.
    pub(crate) async fn load_customer_balances(&self, ids: &[CustomerId]) -> Result<(), Reason> {
        let balance = |id: &CustomerId| key::account(&AccountId::CustomerBalance(id.clone()));
        self.load(&ids.iter().flat_map(|id| [key::customer(id), balance(id)]).collect::<Vec<_>>())
            .await
    }

    /// Reads in one go what looking a customer's partner, its balance and its credit up will need.
    pub(crate) async fn load_own_balances(&self, of: &CallingCustomer) -> Result<(), Reason> {
        let balance = AccountId::CustomerBalance(of.customer_id.clone());
        let records =
            [key::customer(&of.customer_id), key::partner(&of.partner_id), key::account(&balance)];
        let keys = records.map(Range::key);
        let credits = Range::prefix(&key::customer_credits(&of.customer_id));
        Ok(self.approach_whole(keys.iter().chain([&credits])).await?)
    }

    /// Reads in one go what looking these customers up will need.
    pub(crate) async fn load_customers(&self, ids: &[CustomerId]) -> Result<(), Reason> {
        let keys: Vec<Vec<u8>> = ids.iter().map(key::customer).collect();
        self.load(&keys).await
    }

    /// What the books are read from.
    pub(crate) fn store(&self) -> &dyn Reader {
        self.store.reader()
    }

    pub(crate) async fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().get(key).await
    }

    async fn record<T: Stored>(&self, key: &[u8]) -> Result<Option<T>, Reason> {
        self.bytes(key).await?.map(|bytes| decode(key, &bytes)).transpose()
    }

    /// An account that must be there.
    pub(crate) async fn held(&self, id: &AccountId) -> Result<Account, Reason> {
        Ok(self.side(id).await?.account)
    }

    /// An account that must be there. Only the outside is not, before its first booking.
    async fn side(&self, id: &AccountId) -> Result<Side, Reason> {
        match self.account(id).await? {
            Some(account) => Ok(Side { account, stored: true }),
            None if *id == AccountId::Outside => {
                Ok(Side { account: Account::open(id.clone()), stored: false })
            }
            None => Err(Reason::Corrupt(format!("account {id}, which is not there"))),
        }
    }
}

impl BooksMut<'_, '_> {
    /// The transaction's time, to the second.
    pub fn now(&self) -> Timestamp {
        self.instant().into()
    }

    /// The transaction's time.
    pub fn instant(&self) -> DateTime<Utc> {
        self.ahead_of(self.store.now())
    }

    /// Moves the tenant's clock to a time.
    pub(crate) async fn set_clock(&mut self, now: Timestamp) -> Result<(), Reason> {
        self.ahead = now.instant() - Timestamp::from(self.store.now()).instant();
        self.set(key::clock(), encode(&self.ahead.num_seconds())?).await
    }

    /// Books a transfer: the only way in which value moves.
    ///
    /// # Errors
    /// As [`ledger::post`], with nothing changed; and store failures.
    pub async fn book(&mut self, transfer: &Transfer) -> Result<TransferId, Reason> {
        let credit = self.side(&transfer.credit_account).await?;
        self.book_to(credit, transfer).await
    }

    /// Books a transfer that opens its credit account, which the caller knows not to be there: a
    /// look for it would cost what the whole transfer costs.
    ///
    /// # Errors
    /// As [`ledger::post`], with nothing changed; and store failures.
    pub(crate) async fn book_opening(&mut self, transfer: &Transfer) -> Result<TransferId, Reason> {
        let account = Account::open(transfer.credit_account.clone());
        self.book_to(Side { account, stored: false }, transfer).await
    }

    /// Books a transfer whose credit account may not be there yet.
    ///
    /// # Errors
    /// As [`ledger::post`], with nothing changed; and store failures.
    pub(crate) async fn book_into(&mut self, transfer: &Transfer) -> Result<TransferId, Reason> {
        if self.account(&transfer.credit_account).await?.is_some() {
            self.book(transfer).await
        } else {
            self.book_opening(transfer).await
        }
    }

    /// Which transfer is booked next.
    pub(crate) fn next_transfer(&self) -> TransferId {
        TransferId { sequence: self.transactions().saturating_add(1), index: self.transfers }
    }

    async fn book_to(&mut self, credit: Side, transfer: &Transfer) -> Result<TransferId, Reason> {
        let debit = self.side(&transfer.debit_account).await?;
        let stored = [debit.stored, credit.stored];
        let posting = ledger::post(debit.account, credit.account, transfer)?;
        let id = self.next_transfer();
        let bytes = encode(transfer)?;
        let accounts = [posting.debit, posting.credit];
        let amounts = [transfer.amount.negated(), transfer.amount];
        for ((account, stored), amount) in accounts.into_iter().zip(stored).zip(amounts) {
            if account.id.holds_money() {
                let receiver = transfer.receiver().filter(|receiver| **receiver != account.id);
                let receiver = receiver.and_then(key::holder);
                self.add_entry(key::change(&account.id, transfer.time, id), receiver)?;
            }
            let line = LineRecord { amount, balance_after: account.balance };
            self.store.insert(key::line(&account.id, id), encode(&line)?);
            self.put(Side { account, stored })?;
        }
        self.transfers += 1;
        self.transfers_sha256.update(&bytes);
        let transfers_sha256 = self.transfers_sha256.clone().finalize().into();
        self.store.set_transfers(self.transfers, transfers_sha256);
        self.store.insert(key::transfer(id), bytes);
        Ok(id)
    }

    fn put(&mut self, side: Side) -> Result<(), Reason> {
        let key = key::account(&side.account.id);
        let record = encode(&AccountRecord::of(&side.account))?;
        if side.stored {
            self.store.replace(key, record);
        } else {
            self.store.insert(key, record);
        }
        Ok(())
    }

    /// Opens an account that is not there yet. It holds nothing.
    fn open(&mut self, id: AccountId) -> Result<(), Reason> {
        self.put(Side { account: Account::open(id), stored: false })
    }

    /// Adds a partner whose identity is free, with an empty balance.
    pub(crate) fn add_partner(
        &mut self,
        partner: &Partner,
        contact: &Contact,
    ) -> Result<(), Reason> {
        self.add_contact(Subject::Partner(&partner.partner_id), contact)?;
        self.store.insert(key::partner(&partner.partner_id), encode(partner)?);
        if let Some(distributor) = &partner.distributor_id {
            self.add_key(key::reseller(distributor, &partner.partner_id));
        }
        self.open(AccountId::PartnerBalance(partner.partner_id.clone()))
    }

    /// Adds a customer whose identity is free, with an empty balance.
    pub(crate) async fn add_customer(
        &mut self,
        customer: &Customer,
        contact: &Contact,
    ) -> Result<(), Reason> {
        self.add_contact(Subject::Customer(&customer.customer_id), contact)?;
        self.add_identities(customer, contact)?;
        self.store.insert(key::customer(&customer.customer_id), encode(customer)?);
        self.add_key(key::partner_customer(&customer.partner_id, &customer.customer_id));
        self.open(AccountId::CustomerBalance(customer.customer_id.clone()))
    }

    /// Adds a quota whose identity is free. `came_by` is the transfer that filled it.
    pub(crate) fn add_quota(&mut self, quota: &Quota, came_by: TransferId) -> Result<(), Reason> {
        self.store.insert(key::quota(&quota.quota_id), encode(quota)?);
        self.add_key(key::partner_quota(&quota.partner_id, came_by, &quota.quota_id));
        Ok(())
    }

    /// Adds a quota that is in nobody's list.
    pub(crate) fn add_unlisted_quota(&mut self, quota: &Quota) -> Result<(), Reason> {
        self.store.insert(key::quota(&quota.quota_id), encode(quota)?);
        Ok(())
    }

    /// Changes a quota that is there.
    pub(crate) fn replace_quota(&mut self, quota: &Quota) -> Result<(), Reason> {
        self.store.replace(key::quota(&quota.quota_id), encode(quota)?);
        Ok(())
    }

    /// Lists a quota among those that a distributor has granted.
    pub(crate) fn add_granted_quota(
        &mut self,
        distributor: &PartnerId,
        quota: &QuotaId,
        granted_by: TransferId,
    ) {
        self.add_key(key::granted_quota(distributor, granted_by, quota));
    }

    /// Lists a transfer among the grants and reclaims of a distributor: to or from this quota.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] when the entry cannot be encoded.
    pub(crate) fn add_quota_record(
        &mut self,
        distributor: &PartnerId,
        quota: &Quota,
        transfer_id: TransferId,
    ) -> Result<(), Reason> {
        let looked_up = [key::quota(&quota.quota_id), key::partner(&quota.partner_id)];
        self.add_entry(key::quota_record(distributor, transfer_id), looked_up)
    }

    /// Lists a transfer among the allocations and reclaims of a partner.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] when the entry cannot be encoded.
    pub(crate) fn add_adjust_record(
        &mut self,
        partner: &PartnerId,
        transfer: &Transfer,
        transfer_id: TransferId,
    ) -> Result<(), Reason> {
        let key = key::adjust_record(partner, transfer.time, transfer_id);
        self.add_entry(key, transfer.receiver().and_then(key::holder))
    }

    /// Adds a record in its stored form, whose key is absent.
    pub(crate) fn add_bytes(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.store.insert(key, value);
    }

    /// Changes a record behind the books' back, as no operation does.
    #[cfg(test)]
    pub(crate) fn forge(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.store.replace(key, value);
    }

    /// Adds an entry of a list: the key says all.
    fn add_key(&mut self, key: Vec<u8>) {
        self.store.insert(key, Vec::new());
    }

    /// Adds an entry of a list whose key says all. Its value names what a reader of the list looks
    /// up for this entry, so that it is prefetched: see [`list::looked_up`].
    fn add_entry(
        &mut self,
        key: Vec<u8>,
        looked_up: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<(), Reason> {
        self.store.insert(key, list::encode_looked_up(looked_up)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
