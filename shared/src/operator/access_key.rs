//! The operator's calls about access keys: create, list, disable and enable, and issue tokens.

use crate::api::admission::key_ring;
use crate::api::credential::{self, AccessKey, Credential, KeyStatus};
use crate::api::token::{self, TTL_SECONDS_MAX};
use crate::api::{Answer, Body};
use crate::api::{Host, Refusal};
use crate::domain::error::Reason;
use crate::domain::partner::Principal;
use crate::operations::import::Outcome;
use crate::operator::book;
use crate::operator::call::OperatorCall;
use crate::security::secret::{KeyRing, SecretError, SecretKey};
use crate::store::Register;
use crate::value::id::{AccessKeyId, CustomerId, PartnerId, TenantId};
use crate::value::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Whose an access key is.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Owner {
    PartnerId(PartnerId),
    CustomerId(CustomerId),
}

impl From<Principal> for Owner {
    fn from(principal: Principal) -> Self {
        match principal {
            Principal::Partner(partner) => Self::PartnerId(partner.partner_id),
            Principal::Customer(customer) => Self::CustomerId(customer.customer_id),
        }
    }
}

/// An access key as the operator sees it: all but the secret key.
#[derive(Serialize)]
struct Shown {
    access_key_id: String,
    #[serde(flatten)]
    owner: Owner,
    status: KeyStatus,
    created_at: Timestamp,
    /// Which master key the secret key is sealed under.
    master_key_id: String,
    /// Until when wrong signatures have locked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<Timestamp>,
    /// Whether this installation has made the key as it is stored; one that it has not opens nothing.
    authentic: bool,
}

impl Shown {
    fn new(
        access_key_id: String,
        key: AccessKey,
        credential: Option<&Credential>,
        ring: &Result<Rc<KeyRing>, SecretError>,
        now: DateTime<Utc>,
    ) -> Self {
        let is_copied = credential.is_none_or(|credential| credential.key == key);
        let is_ours = ring.as_ref().is_ok_and(|ring| key.verify(ring, &access_key_id).is_ok());
        let locked_until = credential.and_then(|credential| credential.locked_until(now));
        let master_key_id = key.master_key_id();
        Self {
            access_key_id,
            owner: key.principal.into(),
            status: key.status,
            created_at: key.created_at,
            master_key_id,
            locked_until: locked_until.map(Timestamp::from),
            authentic: is_copied && is_ours,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    tenant_id: TenantId,
    partner_id: Option<PartnerId>,
    customer_id: Option<CustomerId>,
    access_key_id: Option<AccessKeyId>,
    secret_key: Option<SecretKey>,
}

#[derive(Serialize)]
struct Created {
    #[serde(flatten)]
    access_key: Shown,
    /// Only what was made here: it is never shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<String>,
}

/// Creates an access key; id and secret key are made unless they are given. A secret key that was
/// made is in this answer and in no other one.
///
/// # Errors
/// [`Reason::UnknownReference`], [`Reason::Contradiction`] without one owner,
/// [`Reason::ContentDiffers`] when the id is taken, [`Refusal::MasterKey`], store failures.
pub async fn create_access_key<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let request: NewKey = call.json().await?;
    let host = call.host();
    let ring = key_ring(host)??;
    let owner = (request.partner_id.as_ref(), request.customer_id.as_ref());
    let caller = book::caller(host, &request.tenant_id, owner).await?;

    let id = request.access_key_id.map_or_else(|| new_id(host.random()), |id| id.to_string());
    let is_made = request.secret_key.is_none();
    let secret_key =
        request.secret_key.unwrap_or_else(|| SecretKey::new([host.random(), host.random()]));
    let outcome =
        credential::create((host, call.caller()), &ring, &id, secret_key.expose(), caller).await?;

    let created = Created {
        access_key: shown(host, id).await?,
        secret_key: is_made.then(|| String::from_utf8_lossy(secret_key.expose()).into_owned()),
    };
    match outcome {
        Outcome::Applied => Answer::with_status(201, &created),
        Outcome::Skipped => Answer::ok(&created),
    }
}

/// Twenty characters, as the cloud's own.
fn new_id(random: [u8; 16]) -> String {
    hex::encode_upper(&random[..10])
}

#[derive(Serialize)]
struct Listed {
    access_keys: Vec<Shown>,
    total_count: u64,
}

/// Lists the access keys of a tenant in the order of their ids.
///
/// # Errors
/// [`Refusal::UnknownTenant`], [`Refusal::Parameter`], store failures.
pub async fn list_access_keys<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let (tenant_id, slice) = call.query(|query| {
        let tenant_id: TenantId = query.required("tenant_id")?;
        Ok((tenant_id, query.slice(10, 1..=100)?))
    })?;
    call.head_key(&tenant_id).await?;
    let host = call.host();
    let register = Register::new(host);
    let (total_count, keys) =
        register.access_keys_of(tenant_id.as_str(), slice.offset, slice.limit).await?;
    let ids: Vec<String> = keys.iter().map(|(id, _)| id.clone()).collect();
    let credentials: BTreeMap<String, Credential> =
        credential::find_all(host, &ids).await?.into_iter().collect();
    let ring = key_ring(host)?;
    let mut access_keys = Vec::with_capacity(keys.len());
    for (id, content) in keys {
        let key = credential::decoded(&id, &content)?;
        let credential = credentials.get(&id);
        access_keys.push(Shown::new(id, key, credential, &ring, host.now()));
    }
    Answer::ok(&Listed { access_keys, total_count })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    access_key_id: AccessKeyId,
    status: KeyStatus,
}

/// Disables or enables an access key, and ends its locks. A key that is disabled opens nothing
/// from the answer on, and tokens issued for it never do again; to end a lock alone, an active key is
/// enabled, and its tokens go on.
///
/// # Errors
/// [`Refusal::UnknownAccessKey`], [`Refusal::MasterKey`], store failures.
pub async fn change_access_key<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let change: Change = call.json().await?;
    let id = change.access_key_id.to_string();
    let ring = key_ring(call.host())??;
    let changed =
        credential::set_status((call.host(), call.caller()), &ring, &id, change.status).await?;
    changed.ok_or(Refusal::UnknownAccessKey)?;
    Answer::ok(&shown(call.host(), id).await?)
}

async fn shown(host: &dyn Host, access_key_id: String) -> Result<Shown, Refusal> {
    let key = registered(host, &access_key_id).await?;
    let credential = credential::find(host, &access_key_id).await?;
    Ok(Shown::new(access_key_id, key, credential.as_ref(), &key_ring(host)?, host.now()))
}

async fn registered(host: &dyn Host, access_key_id: &str) -> Result<AccessKey, Refusal> {
    let content = Register::new(host).access_key(access_key_id).await?;
    credential::decoded(access_key_id, &content.ok_or(Refusal::UnknownAccessKey)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    access_key_id: AccessKeyId,
    ttl_seconds: i64,
}

#[derive(Serialize)]
struct Issued {
    token: String,
    access_key_id: AccessKeyId,
    expires_at: Timestamp,
}

/// Issues a token for an access key, which opens what the key opens until it expires. It is in this
/// answer alone.
///
/// # Errors
/// [`Refusal::Parameter`] for a life that is too long, [`Refusal::UnknownAccessKey`],
/// [`Reason::Contradiction`] for a disabled key, [`Refusal::MasterKey`], store failures.
pub async fn issue_token<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let NewToken { access_key_id, ttl_seconds } = call.json().await?;
    if !(1..=TTL_SECONDS_MAX).contains(&ttl_seconds) {
        let fault = format!("must be a whole number from 1 to {TTL_SECONDS_MAX}");
        return Err(Refusal::parameter("ttl_seconds", &fault));
    }
    let host = call.host();
    let ring = key_ring(host)??;
    let key = registered(host, access_key_id.as_str()).await?;
    if key.status != KeyStatus::Active {
        return Err(Reason::Contradiction("the access key is disabled").into());
    }
    let (id, ttl) = (access_key_id.as_str(), TimeDelta::seconds(ttl_seconds));
    key.verify(&ring, id)?;
    let (token, expires_at) = token::issue(ring.current(), id, &key, host.now(), ttl)?;
    Answer::with_status(201, &Issued { token, access_key_id, expires_at })
}
