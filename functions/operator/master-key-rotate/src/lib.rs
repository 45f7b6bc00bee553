//! Seal everything again under the current master key, a part with each call.
//!
//! `POST /operator/v1/master-key/rotate`. Safe at any time, whoever reads or writes meanwhile.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => rotate }

async fn rotate(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::rotate_master_key(call).await
}
