//! Lists read from their end: the newest first.

use super::Books;
use super::statement::Record;
use crate::bill::Page;
use crate::error::Reason;
use crate::store::{Range, Reader};
use std::ops::Deref;

/// Records read in one call while a filter looks into what they stand for.
const FILTERED_PER_READ: usize = 200;

/// A page of a list that is put together from parts, each with its newest record first.
pub(super) struct Collected<T> {
    page: Page<T>,
    offset: u64,
    limit: usize,
}

impl<T> Collected<T> {
    pub(super) fn new(offset: u64, limit: usize) -> Self {
        Self { page: Page { total_count: 0, items: Vec::new() }, offset, limit }
    }

    /// Adds the next item of the list.
    pub(super) fn push(&mut self, item: T) {
        if self.page.total_count >= self.offset && self.page.items.len() < self.limit {
            self.page.items.push(item);
        }
        self.page.total_count = self.page.total_count.saturating_add(1);
    }

    /// The page, with the number of items of the whole list.
    pub(super) fn page(self) -> Page<T> {
        self.page
    }

    /// How many of the next `count` items lie before the page, and how many of the rest on it.
    fn portion(&self, count: u64) -> (u64, usize) {
        let skipped = self.offset.saturating_sub(self.page.total_count).min(count);
        let rest = usize::try_from(count - skipped).unwrap_or(usize::MAX);
        (skipped, self.limit.saturating_sub(self.page.items.len()).min(rest))
    }
}

impl<D: Deref<Target: Reader>> Books<D> {
    /// Adds a whole range: this costs the depth of the store and what `follow` reads, which makes
    /// items of records, one of each and in the same order.
    pub(super) async fn collect<T>(
        &self,
        collected: &mut Collected<T>,
        range: &Range,
        follow: impl AsyncFn(&[Record]) -> Result<Vec<T>, Reason>,
    ) -> Result<(), Reason> {
        let count = self.store.count(range).await?;
        let (skipped, taken) = collected.portion(count);
        if taken > 0 {
            let records = self.newest(range, count, skipped, taken).await?;
            collected.page.items.extend(follow(&records).await?);
        }
        let total_count = &mut collected.page.total_count;
        *total_count = total_count.saturating_add(count);
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
        let count = self.store.count(range).await?;
        let mut read = 0_u64;
        while read < count {
            let records = self.newest(range, count, read, FILTERED_PER_READ).await?;
            read = read.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX).max(1));
            for item in follow(&records).await? {
                if passes(&item) {
                    collected.push(item);
                }
            }
        }
        Ok(())
    }
}
