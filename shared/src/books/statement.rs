//! Lists of transfers, newest first: statements by time, and the allocations of a partner.

use super::list::{Collected, Record, looked_up};
use super::record::LineRecord;
use super::{Books, Entry, key};
use crate::domain::account::AccountId;
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferId};
use crate::store::Range;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::Period;

/// Records read in one call while a filter looks into their transfers.
const FILTERED_PER_READ: usize = 500;

/// A transfer and its place in the ledger.
pub type Listed = (TransferId, Transfer);

/// Which transfers of a list are asked for: all of them, or those that pass.
pub type Only<'f> = Option<&'f dyn Fn(TransferId, &Transfer) -> bool>;

impl Entry {
    pub(super) fn new((transfer_id, transfer): Listed, line: LineRecord) -> Self {
        let LineRecord { amount, balance_after } = line;
        Self { transfer_id, amount, balance_after, transfer }
    }
}

impl Books<'_> {
    /// Changes of an account that holds money, by the time of their transfers, newest first. What
    /// was booked for a time in the past stands there, with the balance after it was booked. This
    /// costs the depth of the store, unless `only` looks into the transfers.
    ///
    /// # Errors
    /// Store failures.
    pub async fn changes(
        &self,
        account: &AccountId,
        period: Period,
        only: Only<'_>,
        slice: Slice,
    ) -> Result<Page<Entry>, Reason> {
        let range = changes_within(account, period).reversed();
        let lines_of = Some(account);
        let Page { total_count, items } = self.listed(&range, only, lines_of, slice).await?;
        let side = |transfer: &Transfer| {
            let Transfer { debit_account, credit_account, .. } = transfer;
            let leaves = debit_account.statement() == account.statement();
            if leaves { debit_account.clone() } else { credit_account.clone() }
        };
        let line = |(id, transfer): &Listed| key::line(&side(transfer), *id);
        let keys: Vec<Vec<u8>> = items.iter().map(line).collect();
        self.load(&keys).await?;
        let mut entries = Vec::with_capacity(items.len());
        for (listed, key) in items.into_iter().zip(keys) {
            let line = self.record(&key).await?.ok_or_else(|| missing(&key))?;
            entries.push(Entry::new(listed, line));
        }
        Ok(Page { total_count, items: entries })
    }

    /// The next changes of an account that holds money, by the time of their transfers, the oldest
    /// first, after the first `offset`.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn changes_in_order(
        &self,
        account: &AccountId,
        period: Period,
        offset: u64,
    ) -> Result<Vec<Listed>, Reason> {
        let range = changes_within(account, period);
        let records = self.store().scan(&range, offset, FILTERED_PER_READ).await?;
        self.transfers_at_end(&records, Vec::new()).await
    }

    /// Allocations and reclaims of a partner, newest first; with `trans_id`, that one alone. This
    /// costs the depth of the store, unless `only` looks into the transfers.
    ///
    /// # Errors
    /// Store failures.
    pub async fn adjust_records(
        &self,
        partner: &PartnerId,
        trans_id: Option<TransferId>,
        period: Period,
        only: Only<'_>,
        slice: Slice,
    ) -> Result<Page<Listed>, Reason> {
        let mut range = Range::between(
            key::adjust_records_from(partner, period.begin),
            key::adjust_records_from(partner, period.end),
        )
        .reversed();
        if let Some(id) = trans_id {
            let transfer: Option<Transfer> = self.record(&key::transfer(id)).await?;
            let Some(transfer) = transfer.filter(|transfer| period.contains(transfer.time)) else {
                return Ok(Page { total_count: 0, items: Vec::new() });
            };
            range = Range::prefix(&key::adjust_record(partner, transfer.time, id));
        }
        self.listed(&range, only, None, slice).await
    }

    /// Reads in one go what looking this customer up and then listing changes of an account of its
    /// will need.
    pub(crate) async fn load_customer_changes(
        &self,
        customer: &CustomerId,
        account: &AccountId,
        period: Period,
        slice: Slice,
    ) -> Result<(), Reason> {
        let changes = changes_within(account, period).reversed();
        Ok(self.load_with_part(key::customer(customer), &changes, slice).await?)
    }

    /// Transfers that the keys of a range end with. Unless they are filtered, the lines of this
    /// account are read ahead with them.
    async fn listed(
        &self,
        range: &Range,
        only: Only<'_>,
        lines_of: Option<&AccountId>,
        slice: Slice,
    ) -> Result<Page<Listed>, Reason> {
        let mut collected = Collected::new(slice).filtering(FILTERED_PER_READ);
        match only {
            None => {
                let follow = async |records: &[Record]| {
                    let mut further = looked_up(records)?;
                    if let Some(account) = lines_of {
                        let ids =
                            records.iter().filter_map(|(key, _)| key::transfer_id_at_end(key));
                        further.extend(ids.map(|id| key::line(account, id)));
                    }
                    self.transfers_at_end(records, further).await
                };
                self.collect(&mut collected, range, follow).await?;
            }
            Some(only) => {
                let follow =
                    async |records: &[Record]| self.transfers_at_end(records, Vec::new()).await;
                let passes = |(id, transfer): &Listed| only(*id, transfer);
                self.collect_if(&mut collected, range, follow, passes).await?;
            }
        }
        Ok(collected.page())
    }

    /// The transfers that the keys of these records end with. What `further` names is read ahead in
    /// the same calls.
    pub(super) async fn transfers_at_end(
        &self,
        records: &[Record],
        further: Vec<Vec<u8>>,
    ) -> Result<Vec<Listed>, Reason> {
        self.transfers_in(records, key::transfer_id_at_end, further).await
    }

    /// The transfers that `id_in` finds in the keys of these records. What `further` names is read
    /// ahead in the same calls.
    pub(super) async fn transfers_in(
        &self,
        records: &[Record],
        id_in: impl Fn(&[u8]) -> Option<TransferId>,
        further: Vec<Vec<u8>>,
    ) -> Result<Vec<Listed>, Reason> {
        let mut ids = Vec::with_capacity(records.len());
        for (key, _) in records {
            ids.push(id_in(key).ok_or_else(|| missing(key))?);
        }
        let keys: Vec<Vec<u8>> = ids.iter().map(|id| key::transfer(*id)).collect();
        self.load(&[keys.as_slice(), &further].concat()).await?;
        let mut transfers = Vec::with_capacity(ids.len());
        for (id, key) in ids.into_iter().zip(keys) {
            transfers.push((id, self.record(&key).await?.ok_or_else(|| missing(&key))?));
        }
        Ok(transfers)
    }
}

/// The lines of an account from the first transactions, that number of them, newest first.
pub(super) fn lines_until(account: &AccountId, transactions: u64) -> Range {
    let lines = key::lines(account);
    match transactions.checked_add(1) {
        None => Range::prefix(&lines),
        Some(sequence) => {
            let end = key::line(account, TransferId { sequence, index: 0 });
            Range::between(lines, end)
        }
    }
    .reversed()
}

/// The changes of an account in a period, the oldest first.
fn changes_within(account: &AccountId, period: Period) -> Range {
    let from = |time| key::changes_from(account, time);
    Range::between(from(period.begin), from(period.end))
}

fn missing(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}
