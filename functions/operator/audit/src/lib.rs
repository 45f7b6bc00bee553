//! Audit a tenant, or the catalogue: recompute from its store that nothing appeared or vanished.
//!
//! `GET /operator/v1/audit?tenant_id=…`, or `?books=catalogue`. A page or head that is not what was
//! written answers 500 and names it.

use billing::api::{Answer, Query, Refusal};
use billing::component::OperatorCall;
use billing::operations::audit;
use billing::store::register::CATALOGUE;
use billing::store::{Register, Tree};
use billing::value::id::TenantId;

billing::operator! { GET Read => audit_books }

async fn audit_books(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let head_key = match call.query(tenant)? {
        None => CATALOGUE.to_owned(),
        Some(tenant_id) => {
            let head_key = Register::new(call.host()).tenant(tenant_id.as_str()).await;
            let head_key = head_key.map_err(|error| Refusal::of_audit(error.into()))?;
            head_key.ok_or(Refusal::UnknownTenant)?
        }
    };
    let audit = Tree::new(call.host(), head_key)
        .read(async |snapshot| audit::audit(snapshot).await)
        .await
        .map_err(Refusal::of_audit)?;

    Answer::ok(&audit)
}

/// The tenant whose books are audited; the catalogue without one.
fn tenant(query: &mut Query) -> Result<Option<TenantId>, Refusal> {
    let tenant_id: Option<TenantId> = query.value("tenant_id")?;
    let catalogue = query.choice("books", |books| (books == "catalogue").then_some(()))?;
    if tenant_id.is_some() == catalogue.is_some() {
        return Err(Refusal::parameter("tenant_id", "is required, or else books=catalogue"));
    }
    Ok(tenant_id)
}
