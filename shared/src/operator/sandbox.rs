//! What the operator asks for in a demo tenant: faults, the limits of the live service, and a record
//! of what was requested.

use crate::api::sandbox::{Recorded, ask, recorded, sandbox};
use crate::api::{Answer, Body, Host, Refusal, is_demo_tenant};
use crate::domain::error::Reason;
use crate::domain::sandbox::{Counted, Rule, Sandbox};
use crate::operator::call::OperatorCall;
use crate::value::id::TenantId;
use crate::value::page::Page;
use serde::{Deserialize, Serialize};

/// Requests of one answer, at most.
const REQUESTS_PER_ANSWER: u32 = 1_000;

/// Requests of one answer, where nothing else is said.
const REQUESTS_USUAL: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsRequest {
    tenant_id: TenantId,
    #[serde(default)]
    seed: u64,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Faults {
    seed: u64,
    faults: Vec<Counted>,
}

/// Shows the rules of a demo tenant, and how often each has applied.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownTenant`], [`Reason::NotADemoTenant`], store failures.
pub async fn show_faults<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let tenant_id = demo_tenant(&call).await?;
    faults(call.host(), &tenant_id).await
}

/// Replaces the rules of a demo tenant. None of them has applied yet.
///
/// # Errors
/// As of [`show_faults`], and [`Reason::Field`] for rules that make no sense.
pub async fn set_faults<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let FaultsRequest { tenant_id, seed, rules } = call.json().await?;
    plays(&call, &tenant_id).await?;
    ask(call.host(), &tenant_id, |sandbox| sandbox.set_rules(seed, rules.clone())).await?;
    faults(call.host(), &tenant_id).await
}

/// Takes all rules of a demo tenant away.
///
/// # Errors
/// As of [`show_faults`].
pub async fn remove_faults<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let tenant_id = demo_tenant(&call).await?;
    ask(call.host(), &tenant_id, |sandbox| sandbox.set_rules(0, Vec::new())).await?;
    Ok(Answer::no_content())
}

async fn faults(host: &dyn Host, tenant_id: &TenantId) -> Result<Answer, Refusal> {
    let Sandbox { seed, rules: faults, .. } = sandbox(host, tenant_id).await?;
    Answer::ok(&Faults { seed, faults })
}

/// What is on in a demo tenant.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Switches {
    tenant_id: TenantId,
    /// The limits of the live service.
    limits: bool,
    /// The record of what was requested.
    records_requests: bool,
}

/// Shows what is on in a demo tenant.
///
/// # Errors
/// As of [`show_faults`].
pub async fn show_sandbox<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let tenant_id = demo_tenant(&call).await?;
    let sandbox = sandbox(call.host(), &tenant_id).await?;
    let (limits, records_requests) = (sandbox.limits, sandbox.records_requests);
    Answer::ok(&Switches { tenant_id, limits, records_requests })
}

/// Turns limits and the record of requests on or off.
///
/// # Errors
/// As of [`show_faults`].
pub async fn set_sandbox<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let switches: Switches = call.json().await?;
    plays(&call, &switches.tenant_id).await?;
    ask(call.host(), &switches.tenant_id, |sandbox| {
        sandbox.limits = switches.limits;
        sandbox.records_requests = switches.records_requests;
        Ok(())
    })
    .await?;
    Answer::ok(&switches)
}

#[derive(Serialize)]
struct Requests {
    total_count: u64,
    requests: Vec<Recorded>,
}

/// Lists the requests of a demo tenant that are kept, the newest first: all, or those of an
/// operation, with a status, after a number.
///
/// # Errors
/// As of [`show_faults`].
pub async fn list_requests<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (tenant_id, operation, status, after, slice) = call.query(|query| {
        let tenant_id: TenantId = query.required("tenant_id")?;
        let operation: Option<String> = query.value("operation")?;
        let status: Option<u16> = query.value("status")?;
        let after: Option<u64> = query.value("after")?;
        let slice = query.slice(REQUESTS_USUAL, 1..=REQUESTS_PER_ANSWER)?;
        Ok((tenant_id, operation, status, after, slice))
    })?;
    plays(&call, &tenant_id).await?;
    let mut requests = recorded(call.host(), &tenant_id).await?;
    requests.retain(|request| {
        operation.as_ref().is_none_or(|operation| *operation == request.operation)
            && status.is_none_or(|status| status == request.status)
            && after.is_none_or(|after| after < request.number)
    });
    let Page { total_count, items } = Page::of(requests, slice);
    Answer::ok(&Requests { total_count, requests: items })
}

/// The demo tenant that a query of nothing else names.
async fn demo_tenant<S: Body>(call: &OperatorCall<'_, S>) -> Result<TenantId, Refusal> {
    let tenant_id = call.query(|query| query.required("tenant_id"))?;
    plays(call, &tenant_id).await?;
    Ok(tenant_id)
}

/// Refuses tenants that are not there, or do not only play.
async fn plays<S: Body>(call: &OperatorCall<'_, S>, tenant_id: &TenantId) -> Result<(), Refusal> {
    call.head_key(tenant_id).await?;
    if is_demo_tenant(call.host(), tenant_id)? {
        Ok(())
    } else {
        Err(Reason::NotADemoTenant.into())
    }
}
