//! Demo tenants: the faults that their requests meet on purpose, the limits of the live service, and
//! the requests that they have sent.
//!
//! All of it lies beside a tenant's books, under keys of its own, and only a demo tenant's request
//! reads it. None of it is money: who changes it at the same moment as another is only counted later.

use super::blanked;
use super::call::Call;
use super::host::Host;
use super::is_demo_tenant;
use super::message::{Answer, Response};
use super::refusal::Refusal;
use super::request_log::RequestLog;
use crate::books::record::{Stored, stored};
use crate::domain::error::Reason;
use crate::domain::sandbox::{Left, Lost, Moment, REQUESTS_KEPT, Sandbox};
use crate::store::{Frame, StoreError, Swap};
use crate::value::id::TenantId;
use minicbor::{Decode, Encode};
use serde::Serialize;
use std::cell::RefCell;
use std::time::Duration;

const FRAME: Frame = Frame { magic: *b"PX", format: 1 };

/// How often a change is tried that others are faster with.
const ATTEMPTS_MAX: u32 = 64;

/// Requests that are read in one call.
const REQUESTS_PER_READ: usize = 100;

/// What is to be told of a request beside its answer.
#[derive(Debug, Default)]
pub struct Aside {
    /// A header that says how many requests are left.
    pub rate_limit: RefCell<Option<String>>,
    /// Where the request is recorded, if it is.
    pub recorded: RefCell<Option<Place>>,
    /// The code of the fault that the request was answered with.
    pub fault: RefCell<Option<String>>,
}

/// Where a request is recorded.
#[derive(Debug)]
pub struct Place {
    /// The demo tenant.
    pub tenant_id: TenantId,
    /// The number of the request there.
    pub number: u64,
    /// What is recorded of what was asked.
    pub request: Option<String>,
}

/// Lets a call meet what the operator has asked for in a demo tenant, and hands it on.
///
/// # Errors
/// What `handler` refuses, [`Refusal::TooManyRequests`], failures of the store.
pub async fn play(
    call: Call,
    aside: &Aside,
    handler: impl AsyncFnOnce(Call) -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let (host, tenant_id) = (call.host(), call.caller().tenant_id.clone());
    if !is_demo_tenant(host, &tenant_id)? {
        return handler(call).await;
    }
    let (name, second) = (call.operation().name, host.now().timestamp());
    let met = change(host, &tenant_id, |sandbox| Ok(sandbox.meet(name, second))).await?;
    let Some(met) = met else {
        return handler(call).await;
    };
    if let Some(number) = met.number {
        let asked = blanked::query(&call.head.query);
        let request = asked.or_else(|| blanked::body(&call.body));
        aside.recorded.replace(Some(Place { tenant_id, number, request }));
    }
    if let Some(left) = met.left {
        if call.head.header("x-apig-mode")? == Some("debug") {
            aside.rate_limit.replace(Some(told(left)));
        }
        if left.remaining.is_none() {
            return Err(Refusal::TooManyRequests);
        }
    }
    let Some(fault) = met.fault else {
        return handler(call).await;
    };
    host.pause(Duration::from_millis(fault.latency_ms.into())).await;
    match (fault.moment, fault.lost) {
        (_, None) => handler(call).await,
        (Moment::Before, Some(lost)) => answer(&lost, aside),
        // What is refused is refused: there is nothing to be lost.
        (Moment::AfterCommit, Some(lost)) => handler(call).await.and_then(|_| answer(&lost, aside)),
    }
}

/// As the gateway tells it.
fn told(left: Left) -> String {
    let Left { limit, remaining } = left;
    format!("remain:{},limit:{limit},time:1 second", remaining.unwrap_or_default())
}

fn answer(lost: &Lost, aside: &Aside) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    struct Body<'l> {
        error_code: &'l str,
        error_msg: &'static str,
    }
    aside.fault.replace(Some(lost.error_code.clone()));
    let error_msg = "a fault that the operator has asked for";
    Answer::with_status(lost.status, &Body { error_code: &lost.error_code, error_msg })
}

/// What a tenant's requests meet; nothing where nothing was asked for.
///
/// # Errors
/// Failures of the store.
pub(crate) async fn sandbox(host: &dyn Host, tenant_id: &TenantId) -> Result<Sandbox, Refusal> {
    let key = key(tenant_id);
    let stored = host.get(&key).await?;
    Ok(stored.map(|bytes| decode(&key, &bytes)).transpose()?.unwrap_or_default())
}

/// Changes what a tenant's requests meet, if there is anything.
async fn change<T>(
    host: &dyn Host,
    tenant_id: &TenantId,
    change: impl Fn(&mut Sandbox) -> Result<T, Reason>,
) -> Result<Option<T>, Refusal> {
    let key = key(tenant_id);
    for _ in 0..ATTEMPTS_MAX {
        let (bytes, watch) = host.watch(&key).await?;
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let before: Sandbox = decode(&key, &bytes)?;
        let mut after = before.clone();
        let changed = change(&mut after)?;
        if after == before || host.swap(watch, &encode(&after)?).await? == Swap::Done {
            return Ok(Some(changed));
        }
        let random = u64::from(host.random()[0]);
        host.pause(Duration::from_micros(100 + random * 20)).await;
    }
    Err(StoreError::Contended.into())
}

/// As the operator asks for it: what is not there yet is made first.
///
/// # Errors
/// What `ask` refuses, failures of the store.
pub(crate) async fn ask(
    host: &dyn Host,
    tenant_id: &TenantId,
    ask: impl Fn(&mut Sandbox) -> Result<(), Reason>,
) -> Result<(), Refusal> {
    let asked = |sandbox: &mut Sandbox| ask(sandbox);
    if change(host, tenant_id, asked).await?.is_none() {
        let mut first = Sandbox::default();
        ask(&mut first)?;
        host.create(&key(tenant_id), &encode(&first)?).await?;
    }
    Ok(())
}

/// A request that was recorded, with its answer, without secrets and personal data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Recorded {
    /// Its number, from 1.
    #[n(0)]
    pub number: u64,
    /// When it was answered.
    #[n(1)]
    pub time: String,
    /// As the header `X-Request-Id` of the answer has it.
    #[n(2)]
    pub request_id: String,
    /// The operation.
    #[n(3)]
    pub operation: String,
    /// The kind of caller.
    #[n(4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// HTTP status.
    #[n(5)]
    pub status: u16,
    /// The wire code of a refusal, or of a fault.
    #[n(6)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// How long it took.
    #[n(7)]
    pub milliseconds: u64,
    /// Its parameters or its body, as JSON that may break off.
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The body of its answer, in the same way.
    #[n(9)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Recorded {
    /// What the log says of a request, without the client's address and causes, with what it was
    /// and what it was answered.
    pub fn of(
        (log, number): (&RequestLog, u64),
        request: Option<String>,
        response: &Response,
    ) -> Self {
        Self {
            number,
            time: log.time.to_string(),
            request_id: log.request_id.clone(),
            operation: log.operation.unwrap_or_default().to_owned(),
            principal: log.principal.map(str::to_owned),
            status: log.status,
            error_code: log.error_code.as_deref().map(str::to_owned),
            milliseconds: u64::try_from(log.milliseconds).unwrap_or(u64::MAX),
            request,
            answer: blanked::body(&response.body),
        }
    }
}

/// Records a request. The last [`REQUESTS_KEPT`] are kept.
///
/// # Errors
/// Failures of the store.
pub async fn record(
    host: &dyn Host,
    tenant_id: &TenantId,
    recorded: &Recorded,
) -> Result<(), Refusal> {
    Ok(host.set(&request_key(tenant_id, recorded.number), &encode(recorded)?).await?)
}

/// The requests that were recorded and are kept, the newest first. One that is under way is not
/// among them.
///
/// # Errors
/// Failures of the store.
pub(crate) async fn recorded(
    host: &dyn Host,
    tenant_id: &TenantId,
) -> Result<Vec<Recorded>, Refusal> {
    let newest = sandbox(host, tenant_id).await?.recorded;
    let oldest = newest.saturating_sub(REQUESTS_KEPT) + 1;
    let keys: Vec<String> =
        (oldest..=newest).map(|number| request_key(tenant_id, number)).collect();
    let mut found: Vec<Recorded> = Vec::new();
    for keys in keys.chunks(REQUESTS_PER_READ) {
        for (key, bytes) in host.get_all(keys).await? {
            found.push(decode(&key, &bytes)?);
        }
    }
    // A key that is used again has one of a thousand before until the new one is written.
    found.retain(|recorded| (oldest..=newest).contains(&recorded.number));
    found.sort_by_key(|recorded| std::cmp::Reverse(recorded.number));
    Ok(found)
}

fn key(tenant_id: &TenantId) -> String {
    format!("sandbox.{}", hex::encode(tenant_id.as_str()))
}

fn request_key(tenant_id: &TenantId, number: u64) -> String {
    format!("{}.{}", key(tenant_id), number % REQUESTS_KEPT)
}

stored! {
    Recorded, Sandbox,
}

fn encode<T: Stored>(value: &T) -> Result<Vec<u8>, Refusal> {
    FRAME
        .wrap(|bytes| value.to_bytes().map(|content| bytes.extend(content)))
        .map_err(|error| Refusal::Internal(format!("sandbox as CBOR: {error}")))
}

fn decode<T: Stored>(key: &str, bytes: &[u8]) -> Result<T, StoreError> {
    T::from_bytes(FRAME.open(key, bytes)?)
        .map_err(|error| StoreError::Corrupt { key: key.to_owned(), detail: error.to_string() })
}
