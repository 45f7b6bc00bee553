//! Lists in parts: a [`Slice`] is asked for, a [`Page`] is the answer.

/// The part of a list that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Records left out before the first one.
    pub offset: u64,
    /// Records at most.
    pub limit: usize,
}

impl Slice {
    /// The first records, so many at most.
    pub fn first(limit: usize) -> Self {
        Self { offset: 0, limit }
    }
}

/// One page of a longer list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Number of items in the whole list.
    pub total_count: u64,
    /// The items asked for.
    pub items: Vec<T>,
}

impl<T> Page<T> {
    /// The page of a list of nothing.
    pub fn empty() -> Self {
        Self { total_count: 0, items: Vec::new() }
    }

    /// Adds the next item of the list, which is kept if it lies in the part that is asked for.
    pub fn push(&mut self, item: T, slice: Slice) {
        if self.total_count >= slice.offset && self.items.len() < slice.limit {
            self.items.push(item);
        }
        self.total_count = self.total_count.saturating_add(1);
    }

    /// The page of a list that is there as a whole.
    pub fn of(items: Vec<T>, slice: Slice) -> Self {
        let total_count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let skipped = usize::try_from(slice.offset).unwrap_or(usize::MAX);
        Self { total_count, items: items.into_iter().skip(skipped).take(slice.limit).collect() }
    }
}
