//! The clock of a demo tenant.

use crate::api::{Body, Refusal, is_demo_tenant};
use crate::domain::error::Reason;
use crate::operations::manage_tenant::set_clock;
use crate::operator::call::OperatorCall;
use crate::value::id::TenantId;
use crate::value::time::Timestamp;

/// Moves the clock of a demo tenant forward.
///
/// # Errors
/// [`Refusal::UnknownTenant`], [`Reason::NotADemoTenant`], what [`set_clock`] refuses; failures of
/// the store and of the host.
pub async fn move_clock<S: Body>(
    call: &OperatorCall<'_, S>,
    tenant_id: &TenantId,
    now: Timestamp,
) -> Result<(), Refusal> {
    let books = call.tenant(tenant_id).await?;
    if !is_demo_tenant(call.host(), tenant_id)? {
        return Err(Reason::NotADemoTenant.into());
    }
    books.update("set clock", async |books| set_clock(books, now).await).await
}
