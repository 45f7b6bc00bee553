//! The library behind every component of the partner operations bundle: a ledger that others
//! trust with money, in the wire format of the partner operations API.
//!
//! # Invariants
//!
//! 1. An acknowledged write is never lost; a refused or crashed one leaves no trace that a reader
//!    can see.
//! 2. Transactions of a tenant are serialisable, in the order of its journal.
//! 3. A process that dies or stalls between any two calls of the store, for any length of time,
//!    harms nobody.
//! 4. Money is conserved: every movement is a transfer between two accounts. The sum over all
//!    accounts of a tenant changes only by what the operator books from outside.
//! 5. No balance, quota or coupon is negative, ever.
//! 6. Each balance equals the sum of its journal, and the journal's hash chain verifies from the
//!    first transaction on.
//!
//! # Reading order
//!
//! - [`money`], [`id`], [`time`]: values that are right once they exist. [`error`]: why an
//!   operation is refused, without a word of HTTP.
//! - [`account`], [`ledger`]: accounts, and the pure rule that posts a transfer.
//! - [`partner`], [`coupon`], [`bill`], [`realname`], [`registration`]: the rest of the domain.
//! - [`store`]: transactions on one compare-and-swap; the only place that knows bytes and swaps.
//! - [`books`]: the domain's records in a transaction; the only place that books a transfer.
//! - [`import`], [`audit`]: the operator's book, and the proof that invariants 4 to 6 hold.
//! - [`secret`], [`vault`], [`signature`]: secrets and personal data at rest, and requests that are
//!   who they say they are. [`webhook`], [`delivery`]: signed messages to the operator's own
//!   systems, delivered at least once.
//! - [`api`]: status codes, wire codes and envelopes; a call that has been admitted.
//! - [`component`]: the one place that knows the Spin SDK.
//!
//! Dependencies point one way: functions, then `api`, then `books` and `store`, then the domain.

pub mod account;
pub mod api;
pub mod audit;
pub mod bill;
pub mod books;
mod code;
pub mod component;
pub mod coupon;
pub mod delivery;
pub mod error;
pub mod id;
pub mod import;
pub mod ledger;
pub mod money;
pub mod partner;
pub mod realname;
pub mod registration;
pub mod secret;
pub mod signature;
pub mod store;
pub mod time;
pub mod vault;
pub mod webhook;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
mod simulation;
