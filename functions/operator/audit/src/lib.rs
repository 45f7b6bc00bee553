//! Audit a tenant, or the catalogue: recompute from its store that nothing appeared or vanished.
//!
//! `GET /operator/v1/audit?tenant_id=…[&kept_link=…]`, or `?books=catalogue`. A page or head that is
//! not what was written answers 500 and names it.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operator;

billing::operator! { GET Read => audit_books }

async fn audit_books(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    operator::audit_books(call).await
}
