//! How verification codes get where they belong.

use super::host::Host;
use super::refusal::Refusal;
use super::webhook::Webhook;
use crate::domain::error::Reason;
use crate::value::id::TenantId;

/// The way that a tenant's codes take.
#[derive(Debug)]
pub enum CodeDelivery {
    /// They are posted to the operator's receiver, which sends the messages.
    Receiver(Webhook),
    /// The operator reads them: there is no receiver, and the tenant only plays.
    Operator,
}

impl CodeDelivery {
    /// The way that the variables give.
    ///
    /// # Errors
    /// [`Reason::NoCodeDelivery`] when there is none; as [`Webhook::configured`].
    pub fn of(host: &impl Host, tenant_id: &TenantId) -> Result<Self, Refusal> {
        if let Some(webhook) = Webhook::configured(host)? {
            Ok(Self::Receiver(webhook))
        } else if is_demo_tenant(host, tenant_id)? {
            Ok(Self::Operator)
        } else {
            Err(Reason::NoCodeDelivery.into())
        }
    }
}

/// Whether the variable `demo_tenants` names a tenant: ids, comma separated, each with a `*` at its
/// end if it means all that begin so.
///
/// # Errors
/// Failures of the host.
pub fn is_demo_tenant(host: &impl Host, tenant_id: &TenantId) -> Result<bool, Refusal> {
    let names = host.variable("demo_tenants")?;
    let is_named = names.split(',').map(str::trim).any(|name| match name.strip_suffix('*') {
        Some(beginning) => tenant_id.as_str().starts_with(beginning),
        None => tenant_id.as_str() == name,
    });
    Ok(is_named)
}
