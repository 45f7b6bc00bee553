//! Meter usage: tickets of what resources have used are rated, taken out of resource packages,
//! collected and billed, each once.
//!
//! `POST /operator/v1/usage?tenant_id=…`, one JSON object per line, of any number.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { POST Everything => meter }

async fn meter(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let metered = operator::meter(call).await?;
    Answer::ok(&metered)
}
