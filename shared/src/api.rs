//! The wire: what a request must be before a handler sees it, and the one place that knows status
//! codes, wire codes and envelopes.
//!
//! - `host`: what a call runs on. `message`: requests and answers, free of any HTTP library.
//!   `download`: files, which are sent as they are made. `exports`: what requests for them have in
//!   common.
//! - `operation`: which one a request is for. `admission`: bounds, signature or token. `credential`: the
//!   access keys as they are stored. `token`: what can be presented in place of a signature.
//! - `issued`: texts that come back as they were issued: those tokens, and the tickets of
//!   `authentication_page`, which a customer opens without a key.
//! - `caller`, `call`: a verified caller with its request, and the books of its tenant.
//! - `client_token`: the answer to a repeated request.
//! - `query`, `body`, `fields`: parameters and fields, each read once, strictly. `lenient`: unless the
//!   operator says otherwise.
//! - `sandbox`: what a demo tenant's requests meet, and the record of them. `blanked`: what that keeps
//!   of requests and answers.
//! - `pricing`, `bills`, `coupons`, `placing`, `renewal`, `orders`: what requests for prices, for bills
//!   and coupons, and to place or renew, and answers about orders have in common.
//! - `standing`: accounts as they stood at a moment. `reconciliation`: a month that is uploaded to be
//!   compared.
//! - `webhook`, `code_delivery`: messages to the operator's webhook receiver. `notification`: a
//!   partner's own address for events. `deliveries`: how lists show what became of them.
//!   `second_factor`: the codes that dangerous operations of the partner centre ask for.
//! - `refusal`: why a request gets no answer, as status, wire code and text. `respond`: the
//!   envelope that says so. `request_log`: the line of the log that does.
//!
//! Nothing here knows Spin, [`component`](mod@crate::component) does: the tests run on the host.

pub(crate) mod admission;
mod authentication_page;
pub mod bills;
mod blanked;
pub(crate) mod body;
mod call;
mod caller;
mod client_token;
mod code_delivery;
pub mod coupons;
pub(crate) mod credential;
pub mod deliveries;
mod download;
pub mod exports;
pub mod fields;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod host;
mod issued;
mod lenient;
pub(crate) mod message;
pub(crate) mod notification;
mod operation;
pub mod orders;
pub mod placing;
pub mod pricing;
pub(crate) mod query;
pub mod reconciliation;
pub(crate) mod refusal;
pub mod renewal;
mod request_log;
mod respond;
pub mod sandbox;
pub(crate) mod second_factor;
pub mod standing;
pub(crate) mod token;
mod webhook;

pub use admission::{BODY_BYTES_MAX, admit, check_path, count_wrong_signature};
pub use authentication_page::Visit;
pub use body::Object;
pub use call::{Call, Decision};
pub use caller::{Caller, Door};
pub use code_delivery::{CodeDelivery, CodeMessage, is_demo_tenant};
pub use credential::Client;
pub use download::Download;
pub use host::{ClientGone, Host, OutboundError};
pub use message::{Answer, Body, File, Head, Headers, Response};
pub use operation::Operation;
pub use query::{Literal, PageRule, Query, Text};
pub use refusal::{BodyError, ErrorDetail, FailedResource, Refusal};
pub use request_log::{RequestLog, client_address, kind_of};
pub use respond::{respond, respond_in_pieces};
pub use webhook::Webhook;

#[cfg(test)]
pub(crate) mod tests;
