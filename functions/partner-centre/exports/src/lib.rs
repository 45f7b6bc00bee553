//! Take a file away of what is the calling partner's own, or one of its resellers': the statement of
//! an account, or the bills of a month.
//!
//! `GET /partner-centre/v1/exports?kind=…`, and what the kind of file needs.

use billing::api::exports::export_of_partner;
use billing::api::{Answer, Refusal};
use billing::component::Call;

billing::partner_centre! { GET => export }

async fn export(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    export_of_partner(&call, caller, &[]).await
}
