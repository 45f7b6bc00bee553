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
//! # Floors
//!
//! Imports run down only; the test `layers` sees to it.
//!
//! | floor, from the top | holds |
//! | --- | --- |
//! | [`mod@component`] | the only place that knows Spin |
//! | [`api`], [`mod@operator`], [`mod@console`] | the wire of the partner API: status codes, wire codes, envelopes, admission; the operator's routes and the console's sessions, built of the same parts |
//! | [`operations`] | one file for each thing that happens to the books: issue coupons, reclaim, adjust money, submit, import, audit, deliver |
//! | [`books`] | the records of a tenant, their lists, what is read ahead; the only place that books a transfer |
//! | [`domain`] | accounts, transfers, partners, coupons, bills, real-name reviews, and why something is refused: types and pure rules |
//! | [`store`] | transactions on one compare-and-swap; the only place that knows bytes and swaps, and nothing of the domain |
//! | [`security`] | secrets and personal data at rest, signatures, signed webhooks |
//! | [`value`] | money, times, identities, pages of lists, codes of the wire |
//!
//! A new rule about money goes to `domain`, pure; what it does to the books to `operations`; what a
//! request looks like to the function of its path.
//!
//! # Words of the house
//!
//! - **Tenant**: one top-level partner with its resellers and customers; everything that must
//!   change together lies in one.
//! - **Head**: a tenant's one mutable key. Swapping it is the only commit.
//! - **Log**: the newest transactions, in the head. To **fold** moves them into the tree.
//! - **Page**: a node of the tree; written once under a fresh key and never changed. The **sweep**
//!   deletes pages that no head reaches.
//! - **Overlay**: the log's writes as they lie over the tree; a reader looks there first.
//! - **Hot** records: small ones that most requests need, kept in the head beside the log.
//! - **Register**: the list of tenants and access keys, under a head of its own.
//! - **Named** head: a snapshot that an operator has taken, to be put back or forked.
//! - **Snapshot**: what one reading of a head sees. **Transaction**: a snapshot with writes.
//! - **Journal**: one entry for each transaction, chained by hashes. **Statement**: an account's
//!   lines in it.
//! - **Book**: a file of lines that the operator imports; the **demo book** is one.
//! - **Vault**: seals personal data under the master key.
//! - **Client token**: a header that makes a repeated write get its first answer.
//! - **Delivery**: a signed message to the operator's webhook receiver, tried until it arrives.

pub mod api;
pub mod books;
pub mod component;
pub mod console;
pub mod domain;
pub mod operations;
pub mod operator;
pub mod security;
pub mod store;
pub mod value;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
mod simulation;
