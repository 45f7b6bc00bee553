//! Issue a token that stands for an access key for a while.
//!
//! `POST /operator/v1/tokens`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => issue }

async fn issue(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::issue_token(call).await
}
