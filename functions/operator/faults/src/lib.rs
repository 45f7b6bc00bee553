//! Faults that a demo tenant's requests are to meet: show the rules, replace them, take them away.
//!
//! `GET` and `DELETE /operator/v1/faults?tenant_id=…` and `PUT /operator/v1/faults`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! {
    GET Read => show,
    PUT Support => replace,
    DELETE Support => remove,
}

async fn show(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::show_faults(call).await
}

async fn replace(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::set_faults(call).await
}

async fn remove(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::remove_faults(call).await
}
