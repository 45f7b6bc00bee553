//! Lists of transfers, newest first: statements by time, and the allocations of a partner.

use super::record::LineRecord;
use super::{Books, Entry, key};
use crate::account::AccountId;
use crate::bill::Page;
use crate::error::Reason;
use crate::id::PartnerId;
use crate::ledger::{Transfer, TransferId};
use crate::store::{Range, Reader};
use crate::time::Period;
use std::ops::Deref;

/// Records read in one call while a filter looks into their transfers.
const FILTERED_PER_READ: u64 = 500;

/// A transfer and its place in the ledger.
pub type Listed = (TransferId, Transfer);

/// Which transfers of a list are asked for: all of them, or those that pass.
pub type Only<'f> = Option<&'f dyn Fn(TransferId, &Transfer) -> bool>;

/// A key and its value.
pub(super) type Record = (Vec<u8>, Vec<u8>);

impl Entry {
    pub(super) fn new((transfer_id, transfer): Listed, line: LineRecord) -> Self {
        let LineRecord { amount, balance_after } = line;
        Self { transfer_id, amount, balance_after, transfer }
    }
}

impl<D: Deref<Target: Reader>> Books<D> {
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
        offset: u64,
        limit: usize,
    ) -> Result<Page<Entry>, Reason> {
        let range = Range::between(
            key::changes_from(account, period.begin),
            key::changes_from(account, period.end),
        );
        let Page { total_count, items } = self.listed(&range, only, offset, limit).await?;
        let keys: Vec<Vec<u8>> = items.iter().map(|(id, _)| key::line(account, *id)).collect();
        self.store.load(&keys).await?;
        let mut entries = Vec::with_capacity(items.len());
        for (listed, key) in items.into_iter().zip(keys) {
            let line = self.record(&key).await?.ok_or_else(|| missing(&key))?;
            entries.push(Entry::new(listed, line));
        }
        Ok(Page { total_count, items: entries })
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
        offset: u64,
        limit: usize,
    ) -> Result<Page<Listed>, Reason> {
        let mut range = Range::between(
            key::adjust_records_from(partner, period.begin),
            key::adjust_records_from(partner, period.end),
        );
        if let Some(id) = trans_id {
            let transfer: Option<Transfer> = self.record(&key::transfer(id)).await?;
            let Some(transfer) = transfer.filter(|transfer| period.contains(transfer.time)) else {
                return Ok(Page { total_count: 0, items: Vec::new() });
            };
            range = Range::prefix(&key::adjust_record(partner, transfer.time, id));
        }
        self.listed(&range, only, offset, limit).await
    }

    /// Transfers that the keys of a range end with, newest first.
    async fn listed(
        &self,
        range: &Range,
        only: Only<'_>,
        offset: u64,
        limit: usize,
    ) -> Result<Page<Listed>, Reason> {
        let total = self.store.count(range).await?;
        let Some(only) = only else {
            let records = self.newest(range, total, offset, limit).await?;
            return Ok(Page { total_count: total, items: self.transfers_at_end(&records).await? });
        };
        let mut page = Page { total_count: 0, items: Vec::new() };
        let mut read = 0_u64;
        while read < total {
            let length = FILTERED_PER_READ.min(total - read);
            let records = self.newest(range, total, read, to_usize(length)).await?;
            read += length;
            for (id, transfer) in self.transfers_at_end(&records).await? {
                if !only(id, &transfer) {
                    continue;
                }
                if page.total_count >= offset && page.items.len() < limit {
                    page.items.push((id, transfer));
                }
                page.total_count += 1;
            }
        }
        Ok(page)
    }

    /// At most `limit` of a range's `total` records after the newest `offset`, newest first.
    pub(super) async fn newest(
        &self,
        range: &Range,
        total: u64,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Record>, Reason> {
        let end = total.saturating_sub(offset);
        let start = end.saturating_sub(u64::try_from(limit).unwrap_or(u64::MAX));
        if start == end {
            return Ok(Vec::new());
        }
        let mut records = self.store.scan(range, start, to_usize(end - start)).await?;
        records.reverse();
        Ok(records)
    }

    /// The transfers that the keys of these records end with.
    pub(super) async fn transfers_at_end(&self, records: &[Record]) -> Result<Vec<Listed>, Reason> {
        let mut ids = Vec::with_capacity(records.len());
        for (key, _) in records {
            ids.push(key::transfer_id_at_end(key).ok_or_else(|| missing(key))?);
        }
        let keys: Vec<Vec<u8>> = ids.iter().map(|id| key::transfer(*id)).collect();
        self.store.load(&keys).await?;
        let mut transfers = Vec::with_capacity(ids.len());
        for (id, key) in ids.into_iter().zip(keys) {
            transfers.push((id, self.record(&key).await?.ok_or_else(|| missing(&key))?));
        }
        Ok(transfers)
    }
}

fn missing(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
