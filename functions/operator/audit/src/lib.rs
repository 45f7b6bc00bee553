//! Audit a tenant: recompute from its store that no money appeared or vanished.
//!
//! `GET /operator/v1/audit?tenant_id=…`. A page or head that is not what was written answers 500 and
//! names it.

use billing::api::{Answer, Refusal};
use billing::component::OperatorCall;
use billing::operations::audit;
use billing::store::{Register, Tree};
use billing::value::id::TenantId;

billing::operator! { GET Read => audit_tenant }

async fn audit_tenant(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let tenant_id: TenantId = call.query(|query| query.required("tenant_id"))?;

    let register = Register::new(call.host());
    let head_key = register.tenant(tenant_id.as_str()).await;
    let head_key = head_key.map_err(|error| Refusal::of_audit(error.into()))?;
    let head_key = head_key.ok_or(Refusal::UnknownTenant)?;
    let audit = Tree::new(call.host(), head_key)
        .read(async |snapshot| audit::audit(snapshot).await)
        .await
        .map_err(Refusal::of_audit)?;

    Answer::ok(&audit)
}
