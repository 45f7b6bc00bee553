//! Take a file away: the statement of an account, or the bills of a month.
//!
//! `GET /operator/v1/exports?tenant_id=…&kind=…`, and what the kind of file needs.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => export }

async fn export(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::export(call, &[]).await
}
