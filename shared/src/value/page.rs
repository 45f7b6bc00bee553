//! Lists in parts.

/// One page of a longer list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Number of items in the whole list.
    pub total_count: u64,
    /// The items asked for.
    pub items: Vec<T>,
}
