//! What is on in a demo tenant: the limits of the live service, and the record of requests.
//!
//! `GET /operator/v1/sandbox?tenant_id=…` and `PUT /operator/v1/sandbox`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => show, PUT Support => set }

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::show_sandbox(call).await
}

async fn set(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::set_sandbox(call).await
}
