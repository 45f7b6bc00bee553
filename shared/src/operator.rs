//! The operator's routes: a caller with the operator token may create tenants, import books, make
//! access keys, decide reviews and look after the store.
//!
//! - `call`: a call that presented the token.
//! - `book`, `lines`: the import of books, streamed.
//! - `access_key`, `rotation`: access keys with their tokens, and another master key.
//! - `deliveries`: messages to the webhook receiver, each until it has arrived.

mod access_key;
mod book;
mod call;
mod deliveries;
mod lines;
mod rotation;

pub use access_key::{change_access_key, create_access_key, issue_token, list_access_keys};
pub use book::import_book;
pub use call::{OperatorCall, TenantBooks, admit_operator};
pub use deliveries::{Ran, deliver_one, run_deliveries};
pub use rotation::rotate_master_key;
