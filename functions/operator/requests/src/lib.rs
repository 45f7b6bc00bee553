//! The last requests of a demo tenant, so that a test can see what its client did.
//!
//! `GET /operator/v1/requests?tenant_id=…`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => list }

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::list_requests(call).await
}
