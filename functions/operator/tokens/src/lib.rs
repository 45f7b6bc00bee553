//! Issue a token that stands for an access key for a while.
//!
//! `POST /operator/v1/tokens`.

use billing::api::{self, Answer, Refusal};
use billing::component::OperatorCall;

billing::operator! { POST => issue }

async fn issue(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    api::issue_token(call).await
}
