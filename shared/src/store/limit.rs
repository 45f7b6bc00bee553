//! Limits that only large books reach. Tests lower them, to reach them with small ones.

/// Limits of folds, and of how long one waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Replaced pages that the head names itself, and that one list page names.
    pub pages_per_list: usize,
    /// Pages that one transaction may replace: the references of all their lists stay below a
    /// tenth of what a head may be.
    pub replaced_max: usize,
    /// How often a transaction looks at the turn of another one until it takes it over: in a
    /// quarter of a second most who have not made use of theirs have died.
    pub looks_at_turn: u32,
    /// Transactions of one part of a sweep.
    pub swept_at_once: u64,
    /// Pages of a build that are written in one go, after which it is saved.
    pub built_at_once: usize,
    /// Pages of one request that a build says beforehand: one record more can close a node of each
    /// level.
    pub reserved_at_once: u32,
}

impl Limits {
    /// Outside of tests they are always these.
    pub(crate) const USUAL: Self = Self {
        pages_per_list: 1024,
        replaced_max: 512 * 1024,
        looks_at_turn: 128,
        swept_at_once: 64 * 1024,
        built_at_once: 512,
        reserved_at_once: 1024,
    };
}

#[cfg(test)]
thread_local! {
    static LOWERED: std::cell::Cell<Limits> = const { std::cell::Cell::new(Limits::USUAL) };
}

/// The limits in force.
#[cfg(test)]
pub(crate) fn limits() -> Limits {
    LOWERED.get()
}

/// The limits in force.
#[cfg(not(test))]
pub(crate) const fn limits() -> Limits {
    Limits::USUAL
}

/// Sets the limits of this thread.
#[cfg(test)]
pub(crate) fn set(limits: Limits) {
    LOWERED.set(limits);
}
