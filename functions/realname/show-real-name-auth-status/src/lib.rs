//! Show how far the calling customer's own real-name authentication has come.
//!
//! `ShowRealNameAuthStatus`, `GET /v2/customers/real-name-auth-status`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::partner::CustomerType;
use billing::domain::realname::Status;
use billing::operations::realname_status;
use serde::Serialize;

billing::component! { GET ShowRealNameAuthStatus => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    call.query(|_| Ok(()))?;

    let status =
        call.read(async |books| realname_status::status(books, &caller.customer_id).await).await?;

    Answer::ok(&ShowRealNameAuthStatusResponse::from(status))
}

#[derive(Serialize)]
struct ShowRealNameAuthStatusResponse {
    verified_status: i8,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_type: Option<CustomerType>,
}

impl From<Status> for ShowRealNameAuthStatusResponse {
    fn from(status: Status) -> Self {
        Self {
            verified_status: status.verified_status.number(),
            verified_type: status.customer_type,
        }
    }
}
