//! Issue coupons of any kind in a batch, reclaim them in a batch, and list what was issued.
//!
//! `POST`, `PUT` and `GET /partner-centre/v1/issued-coupons`.

mod issue;
mod list;
mod reclaim;

use billing::api::ErrorDetail;
use billing::domain::error::Reason;

billing::partner_centre! { POST => issue::issue, PUT => reclaim::reclaim, GET => list::list }

/// Code and message of an item that failed.
fn failure(reason: &Reason) -> (Option<&'static str>, Option<String>) {
    let ErrorDetail { error_code, error_msg, .. } = ErrorDetail::new("", reason);
    (Some(error_code), Some(error_msg))
}
