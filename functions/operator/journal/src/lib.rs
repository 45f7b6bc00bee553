//! List a tenant's journal: who did what and when, and the chain that ties it together.
//!
//! `GET /operator/v1/journal?tenant_id=…[&from=…&limit=…&link_before=…]`.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => list }

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::list_journal(call).await
}
