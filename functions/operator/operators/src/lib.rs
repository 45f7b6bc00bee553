//! Operators with tokens of their own: make one, list them, renew a token or disable one.
//!
//! `POST`, `GET` and `PUT /operator/v1/operators`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! {
    POST Everything => create,
    GET Everything => list,
    PUT Everything => change,
}

async fn create(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::create_operator(call).await
}

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::list_operators(call).await
}

async fn change(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::change_operator(call).await
}
