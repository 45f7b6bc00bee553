//! Access keys: create one, list a tenant's, disable or enable one. A secret key that was made is
//! shown once, in the answer to its creation.
//!
//! `POST`, `GET` and `PUT /operator/v1/access-keys`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => create, GET Read => list, PUT Support => change }

async fn create(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::create_access_key(call).await
}

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::list_access_keys(call).await
}

async fn change(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::change_access_key(call).await
}
