//! Transactions over a key-value store that can only compare and swap one key.
//!
//! Everything that must change together lies under one **head**: a key that is written once and
//! from then on only swapped. The head holds the newest transactions (the *log*), the most used
//! records (the *hot* ones) and the root of a copy-on-write B+tree of write-once *pages* with all
//! the rest. Reading the head once gives one consistent snapshot; swapping it is the only commit.
//!
//! - [`key_value`]: what is asked of the host, and how it may fail.
//! - [`memory`]: the same in memory, for tests.
//! - `page`, `head`, `overlay`: the stored forms. `frame`: how damage to them is noticed.
//! - `reader`: lookups, counts and scans; log first, then tree.
//! - `fold`: moves the log into the tree. `replaced`: what becomes of the pages that it replaces.
//! - `tree`: snapshots and transactions. `tree/commit`: how a transaction is committed.
//! - [`journal`]: one entry for each transaction, hash-chained.
//! - [`register`]: which tenants and access keys exist, under a head of its own.
//! - `self_test`: whether a host can be trusted at all.
//! - `named`: snapshots, and what a restore makes of them. `build`: a tree that is built of an
//!   export's records.
//! - `walk`: reads every page, for the audit.
//! - `begun`: where a writer says that it writes pages. `sweep`: finds those that died writers left
//!   behind.

mod begun;
mod build;
pub(crate) mod defect;
mod error;
mod fold;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod head;
pub mod journal;
pub mod key_value;
pub(crate) mod limit;
pub mod memory;
mod named;
mod order;
mod overlay;
mod page;
mod reader;
pub mod register;
mod replaced;
mod self_test;
mod sweep;
mod tree;
mod walk;

pub use build::{Build, Built};
pub use error::StoreError;
pub(crate) use frame::Frame;
#[cfg(test)]
pub(crate) use frame::checksum as frame_checksum;
pub use journal::{JournalEntry, Meta};
pub(crate) use key_value::watched_elsewhere;
pub use key_value::{Backend, Environment, KeyValue, KeyValueError, Swap, Watch};
#[cfg(test)]
pub(crate) use limit::Limits;
pub use named::{Named, SNAPSHOTS_MAX, Untaken};
pub use reader::{KnownPages, Part, Range, Reader, Snapshot};
pub use register::Register;
pub use self_test::{Fitness, check_fitness, self_test};
pub use sweep::{Swept, sweep};
#[cfg(test)]
pub(crate) use tests::reach;
#[cfg(test)]
pub(crate) use tree::{LOG_BYTES_FOLD_ALWAYS, LOG_BYTES_QUIET};
pub use tree::{Transaction, Tree};

#[cfg(test)]
mod tests;
