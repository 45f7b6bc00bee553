//! Parts of lists, and lists whose entries are followed to what they stand for.

use super::Books;
use super::record::{Stored, decode, encode};
use crate::domain::error::Reason;
use crate::store::{Part, Range, StoreError};
use crate::value::page::{Page, Slice};
use minicbor::bytes::ByteVec;

/// Records read in one call while a filter looks into what they stand for, unless told otherwise.
pub(super) const FILTERED_PER_READ: usize = 200;

/// Records read in one call while all of a range is read.
const WHOLE_PER_READ: usize = 500;

/// A key and its value.
pub(super) type Record = (Vec<u8>, Vec<u8>);

/// The value of an entry of a list: the keys of records, none for an empty value.
pub(super) fn encode_looked_up(keys: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<u8>, Reason> {
    let keys: Vec<ByteVec> = keys.into_iter().map(ByteVec::from).collect();
    if keys.is_empty() { Ok(Vec::new()) } else { encode(&keys) }
}

/// What entries of a list name to be read ahead, besides what their keys say.
pub(super) fn looked_up(entries: &[Record]) -> Result<Vec<Vec<u8>>, Reason> {
    let mut keys = Vec::new();
    for (key, value) in entries.iter().filter(|(_, value)| !value.is_empty()) {
        let named: Vec<ByteVec> = decode(key, value)?;
        keys.extend(named.into_iter().map(Vec::from));
    }
    Ok(keys)
}

/// What reading all of a short range asks for.
pub(super) fn whole_part(range: &Range) -> Part<'_> {
    Part { range, offset: 0, limit: WHOLE_PER_READ }
}

/// A page of a list that is put together from ranges.
pub(super) struct Collected<T> {
    page: Page<T>,
    slice: Slice,
    filtered_per_read: usize,
}

impl<T> Collected<T> {
    pub(super) fn new(slice: Slice) -> Self {
        let page = Page::empty();
        Self { page, slice, filtered_per_read: FILTERED_PER_READ }
    }

    /// Reads so many records in one call while a filter looks into what they stand for.
    pub(super) fn filtering(self, filtered_per_read: usize) -> Self {
        Self { filtered_per_read, ..self }
    }

    /// Adds the next item of the list.
    pub(super) fn push(&mut self, item: T) {
        self.page.push(item, self.slice);
    }

    /// Adds so many items, of which those are given that lie on the page.
    fn extend(&mut self, count: u64, items: Vec<T>) {
        self.page.items.extend(items);
        self.page.total_count = self.page.total_count.saturating_add(count);
    }

    /// Whether no further item comes onto the page.
    fn is_full(&self) -> bool {
        self.page.items.len() >= self.slice.limit
    }

    /// The page, with the number of items of the whole list.
    pub(super) fn page(self) -> Page<T> {
        self.page
    }

    /// How many of the next items lie before the page, and how many of the rest on it, at most.
    fn next_part(&self) -> Slice {
        let skipped = self.slice.offset.saturating_sub(self.page.total_count);
        Slice { offset: skipped, limit: self.slice.limit.saturating_sub(self.page.items.len()) }
    }
}

impl Books<'_> {
    /// Part of a range, and how many records all of it has, in one descent.
    pub(super) async fn part(
        &self,
        range: &Range,
        slice: Slice,
    ) -> Result<Page<Record>, StoreError> {
        let part = Part::of(range, slice);
        self.store().approach(&[part]).await?;
        let (total_count, items) = self.store().part(part).await?;
        Ok(Page { total_count, items })
    }

    /// All records of a range.
    pub(super) async fn whole(&self, range: &Range) -> Result<Vec<Record>, StoreError> {
        let mut records: Vec<Record> = Vec::new();
        loop {
            let offset = u64::try_from(records.len()).unwrap_or(u64::MAX);
            let slice = Slice { offset, limit: WHOLE_PER_READ };
            let Page { total_count, items } = self.part(range, slice).await?;
            records.extend(items);
            if u64::try_from(records.len()).unwrap_or(u64::MAX) >= total_count {
                return Ok(records);
            }
        }
    }

    /// What all records of a range stand for.
    pub(super) async fn all<T: Stored>(&self, range: &Range) -> Result<Vec<T>, Reason> {
        self.whole(range).await?.iter().map(|(key, bytes)| decode(key, bytes)).collect()
    }

    /// Reads in one go what [`whole`](Self::whole) of each of these ranges needs, as long as they
    /// are short.
    pub(super) async fn approach_whole<'r>(
        &self,
        ranges: impl IntoIterator<Item = &'r Range>,
    ) -> Result<(), StoreError> {
        self.store().approach(&ranges.into_iter().map(whole_part).collect::<Vec<_>>()).await
    }

    /// Reads in one go what looking this key up and then reading part of a range will need.
    pub(super) async fn load_with_part(
        &self,
        key: Vec<u8>,
        range: &Range,
        slice: Slice,
    ) -> Result<(), StoreError> {
        let record = Range::key(key);
        let record = Part { range: &record, offset: 0, limit: 1 };
        self.store().approach(&[record, Part::of(range, slice)]).await
    }

    /// Adds a whole range: this costs the depth of the store and what `follow` reads, which makes
    /// items of records, one of each and in the same order.
    pub(super) async fn collect<T>(
        &self,
        collected: &mut Collected<T>,
        range: &Range,
        follow: impl AsyncFn(&[Record]) -> Result<Vec<T>, Reason>,
    ) -> Result<(), Reason> {
        let slice = collected.next_part();
        let Page { total_count, items } = self.part(range, slice).await?;
        collected.extend(total_count, follow(&items).await?);
        Ok(())
    }

    /// Adds what passes a filter. Reads the whole range, a piece at a time.
    pub(super) async fn collect_if<T>(
        &self,
        collected: &mut Collected<T>,
        range: &Range,
        follow: impl AsyncFn(&[Record]) -> Result<Vec<T>, Reason>,
        passes: impl Fn(&T) -> bool,
    ) -> Result<(), Reason> {
        let per_read = collected.filtered_per_read;
        let mut read = 0_u64;
        loop {
            let Page { total_count, items } =
                self.part(range, Slice { offset: read, limit: per_read }).await?;
            for item in follow(&items).await? {
                if passes(&item) {
                    collected.push(item);
                }
            }
            read = read.saturating_add(u64::try_from(items.len()).unwrap_or(u64::MAX));
            if items.is_empty() || read >= total_count {
                return Ok(());
            }
        }
    }

    /// Adds what passes a filter, where it is known how many items do. Reads the ranges only as far
    /// as the page goes, and nothing once all of them are found.
    pub(super) async fn collect_known<T>(
        &self,
        collected: &mut Collected<T>,
        ranges: &[Range],
        known: u64,
        follow: impl AsyncFn(&[Record]) -> Result<Vec<T>, Reason>,
        passes: impl Fn(&T) -> bool,
    ) -> Result<(), Reason> {
        let per_read = collected.filtered_per_read;
        let mut left = known;
        for range in ranges {
            let mut read = 0_u64;
            while left > 0 && !collected.is_full() {
                let records = self.store().scan(range, read, per_read).await?;
                for item in follow(&records).await? {
                    if passes(&item) {
                        collected.push(item);
                        left = left.saturating_sub(1);
                    }
                }
                read = read.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
                if records.len() < per_read {
                    break;
                }
            }
        }
        collected.extend(left, Vec::new());
        Ok(())
    }
}
