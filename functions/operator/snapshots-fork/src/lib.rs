//! Make a new tenant whose books begin as those of another one are, or were in a snapshot.
//!
//! `POST /operator/v1/snapshots/fork`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => fork }

async fn fork(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::fork_tenant(call).await
}
