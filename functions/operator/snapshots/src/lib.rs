//! Take, list and drop snapshots of a tenant.
//!
//! `PUT`, `GET` and `DELETE /operator/v1/snapshots?tenant_id=…&name=…`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! {
    GET Read => list,
    PUT Support => take,
    DELETE Support => discard,
}

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::list_snapshots(call).await
}

async fn take(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::take_snapshot(call).await
}

async fn discard(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::drop_snapshot(call).await
}
