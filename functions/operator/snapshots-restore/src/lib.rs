//! Put a snapshot in the place of what a tenant's books hold now.
//!
//! `POST /operator/v1/snapshots/restore`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => restore }

async fn restore(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::restore_snapshot(call).await
}
