//! The operator's routes: a caller with the operator token may create tenants, import books, make
//! access keys, decide reviews and look after the store.
//!
//! - `call`: a call that presented a token.
//! - `role`, `operators`: what a token opens, and operators with tokens of their own.
//! - `book`, `lines`: the import of books, streamed.
//! - `journal`: who did what.
//! - `metrics`: figures for a monitoring system.
//! - `exports`: files for finance.
//! - `audit`: whether a tenant's books, or the catalogue, are what was written.
//! - `access_key`, `rotation`: access keys with their tokens, and another master key.
//! - `clock`: the time of a demo tenant. `tick`: what time does.
//! - `usage`: tickets of what resources have used, streamed.
//! - `months`: closing the months. `reconciliations`: a month that is uploaded to be compared, streamed.
//! - `snapshots`: of a tenant, put back, and made another tenant of. `sandbox`: faults, limits and
//!   recorded requests of demo tenants.
//! - `backup`: books handed out whole, and built again of that.
//! - `deliveries`: messages to the webhook receiver, each until it has arrived. `reviews`: the decision
//!   about a real-name submission, with its message.

mod access_key;
mod audit;
mod backup;
mod book;
mod call;
mod clock;
mod deliveries;
mod exports;
mod journal;
mod lines;
mod metrics;
mod months;
mod operators;
mod reconciliations;
mod reviews;
mod role;
mod rotation;
mod sandbox;
mod snapshots;
mod tick;
mod usage;

pub use access_key::{change_access_key, create_access_key, issue_token, list_access_keys};
pub use audit::{audit_books, audit_tenant};
pub use backup::{drop_restore, export_books, restore_books, show_restore};
pub use book::import_book;
pub(crate) use call::bearer_of;
pub use call::{OperatorCall, TenantBooks, admit_operator};
pub use clock::move_clock;
pub(crate) use deliveries::deliver_one;
pub use deliveries::{Ran, run_deliveries};
pub use exports::export;
#[cfg(feature = "parquet")]
pub use exports::export_parquet;
pub use journal::list_journal;
pub use metrics::{show_metrics, tenant_metrics};
pub use months::close as close_month;
pub use operators::{OperatorName, change_operator, create_operator, list_operators};
pub use reviews::decide_review;
pub use role::Role;
pub use rotation::rotate_master_key;
pub use sandbox::{
    list_requests, remove_faults, set_faults, set_sandbox, show_faults, show_sandbox,
};
pub use snapshots::{drop_snapshot, fork_tenant, list_snapshots, restore_snapshot, take_snapshot};
pub use tick::run_tick;
pub use usage::meter;
