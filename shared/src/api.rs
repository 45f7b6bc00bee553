//! The wire: what a request must be before a handler sees it, and the one place that knows status
//! codes, wire codes and envelopes.
//!
//! - `message`: requests, answers, and how either becomes bytes.
//! - `admission`: method, bounds, signature or token. `credential`: the access keys as they are
//!   stored. `token`: what stands for a signature.
//! - `call`: a verified caller with its request, and the books of its tenant.
//! - `client_token`: the answer to a repeated request.
//! - `query`, `body`, `fields`: parameters and fields, each read once, strictly.
//! - `operator`, `book`, `lines`: the operator's calls, and the import of books. `access_key`,
//!   `rotation`: access keys, their tokens, and another master key.
//! - `webhook`, `code_delivery`: messages to a system of the operator's. `deliveries`: each until
//!   it has arrived.
//! - `refusal`: why a request gets no answer, as status, wire code and text.
//!
//! Nothing here knows Spin, [`component`](crate::component) does: the tests run on the host.

mod access_key;
mod admission;
mod body;
mod book;
mod call;
mod client_token;
mod code_delivery;
pub(crate) mod credential;
mod deliveries;
pub mod fields;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod lines;
mod message;
mod operator;
mod query;
mod refusal;
mod rotation;
mod token;
mod webhook;

pub use access_key::{change_access_key, create_access_key, issue_token, list_access_keys};
pub use admission::{BODY_BYTES_MAX, Host, OutboundError, admit, check_method};
pub use body::Object;
pub use book::{Imported, import_book};
pub use call::{Call, Caller, Decision};
pub use code_delivery::{CodeDelivery, is_demo_tenant};
pub use deliveries::{Ran, deliver_one, run_deliveries};
pub use message::{Answer, Body, BodyError, Head, Response, respond};
pub use operator::{OperatorCall, TenantBooks, admit_operator};
pub use query::{Literal, Page, PageRule, Query, Text};
pub use refusal::{ErrorDetail, Refusal};
pub use rotation::rotate_master_key;
pub use webhook::Webhook;

#[cfg(test)]
mod tests;
