//! Access keys as they are stored: whose they are, and the secret key, sealed.
//!
//! The **register** decides: an access key is created and changed in its transactions, one after
//! another, and each change gives it a higher version. Secret key and owner are part of the entry,
//! so of two operators who create one id at the same time one is refused.
//!
//! A request does not look into the register. It reads a copy, the **credential**, one key per
//! access key. The copy is brought in line by [`settle`], after a change and whenever it is
//! repeated, under rules that let a writer die or sleep anywhere:
//!
//! - A key-value store cannot create a key atomically. What is written without comparing is only
//!   ever a *pending* credential, which opens nothing; it carries random bytes, so that it never
//!   equals another one.
//! - All else is swapped in, and only what the register said *after* the credential was read for
//!   the swap. A swap that succeeds therefore never brings back an older version.
//!
//! So the worst that a late write can do is to make a key pending, and the next request that
//! presents it settles it again.

use super::caller::Caller;
use super::refusal::Refusal;
use crate::domain::error::Reason;
use crate::domain::partner::Principal;
use crate::operations::import::Outcome;
use crate::security::secret::{KeyRing, NONCE_BYTES, Sealed, Secret, SecretError, same_token};
use crate::store::register::credential_key;
use crate::store::{Backend, Environment, Frame, KeyValue, Register, StoreError, Swap};
use crate::value::code::codes;
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use minicbor::{Decode, Encode};
use std::time::Duration;

/// Longest key that every key-value store takes.
const KEY_BYTES_MAX: usize = 255;

/// The kind of secret that is sealed here.
const PURPOSE: &str = "secret key";

/// Wrong signatures in a row that lock a key.
const FAILURES_MAX: u8 = 5;

/// How long a key is locked.
const LOCK_MINUTES: i64 = 5;

/// How often a swap of a credential is tried while others change it.
const SWAPS_MAX: u32 = 32;

/// Longest pause between two swaps, microseconds.
const PAUSE_US_MAX: u64 = 20_000;

codes! {
    /// Whether an access key opens anything.
    KeyStatus: text {
        /// It does.
        Active = "active",
        /// The operator has disabled it.
        Inactive = "inactive",
    }
}

/// An access key as the register has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AccessKey {
    #[n(0)]
    pub(crate) tenant_id: TenantId,
    /// Key of the tenant's head.
    #[n(1)]
    head_key: String,
    #[n(2)]
    pub(crate) principal: Principal,
    #[n(3)]
    secret_key: Sealed,
    #[n(4)]
    pub(crate) status: KeyStatus,
    #[n(5)]
    pub(crate) created_at: Timestamp,
    /// Raised by each change.
    #[n(6)]
    pub(crate) version: u64,
    /// Raised when the key is disabled: tokens issued before are worth nothing from then on.
    #[n(7)]
    pub(crate) token_epoch: u32,
}

impl AccessKey {
    /// The name of the master key that the secret key is sealed under.
    pub(crate) fn master_key_id(&self) -> String {
        hex::encode(self.secret_key.key_id())
    }
}

/// The copy of an access key that requests read, with what they leave in it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Credential {
    #[n(0)]
    pub(crate) key: AccessKey,
    /// Wrong signatures since the last right one or the last lock.
    #[n(1)]
    failures: u8,
    /// Until when the key is locked, milliseconds since 1970; in the past when it no longer is.
    #[n(2)]
    locked_until_ms: i64,
}

const FRAME: Frame = Frame { magic: *b"PC", format: 1 };

/// The stored form of a credential, in a frame.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum Stored {
    /// On its way from the register.
    #[n(0)]
    Pending(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]),
    #[n(1)]
    Settled(#[n(0)] Credential),
}

impl Credential {
    /// The secret key in the clear.
    pub(crate) fn secret_key(
        &self,
        ring: &KeyRing,
        access_key_id: &str,
    ) -> Result<Secret, SecretError> {
        ring.open(PURPOSE, access_key_id.as_bytes(), &self.key.secret_key)
    }

    /// Until when the key is locked, if it is.
    pub(crate) fn locked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.locked_until_ms).filter(|until| *until > now)
    }

    /// Whether there are wrong signatures to be forgotten.
    pub(crate) fn has_failures(&self) -> bool {
        self.failures > 0
    }

    pub(crate) fn into_caller(self) -> Caller {
        let AccessKey { tenant_id, head_key, principal, .. } = self.key;
        Caller { tenant_id, head_key, principal }
    }
}

/// Creates an access key for the caller that it will authenticate, or finds that it is there. The
/// journal names `operator`.
///
/// # Errors
/// [`Refusal::MasterKey`], [`Reason::ContentDiffers`] for another owner or secret key under this
/// id, store failures.
pub(crate) async fn create<B: Backend>(
    (backend, operator): (&B, &str),
    ring: &KeyRing,
    access_key_id: &str,
    secret_key: &[u8],
    caller: Caller,
) -> Result<Outcome, Refusal> {
    let aad = access_key_id.as_bytes();
    let key = AccessKey {
        tenant_id: caller.tenant_id,
        head_key: caller.head_key,
        principal: caller.principal,
        secret_key: ring.current().seal(PURPOSE, aad, nonce(backend), secret_key),
        status: KeyStatus::Active,
        created_at: backend.now().into(),
        version: 1,
        token_epoch: 0,
    };
    let content = encoded(&key)?;
    let register = Register::new(backend).by(operator);
    let tenant_id = key.tenant_id.as_str();
    let before = register.claim_access_key(tenant_id, access_key_id, &content).await?;
    let outcome = match before {
        None => Outcome::Applied,
        Some(before) => {
            let before: AccessKey = decoded(access_key_id, &before)?;
            let same_owner = before.tenant_id == key.tenant_id && before.principal == key.principal;
            if !same_owner {
                return Err(Reason::ContentDiffers.into());
            }
            let kept = ring.open(PURPOSE, aad, &before.secret_key)?;
            if !same_token(kept.expose(), secret_key) {
                return Err(Reason::ContentDiffers.into());
            }
            Outcome::Skipped
        }
    };
    settle(backend, access_key_id).await?;
    Ok(outcome)
}

/// Enables or disables an access key. None if there is no such key.
pub(crate) async fn set_status<B: Backend>(
    (backend, operator): (&B, &str),
    access_key_id: &str,
    status: KeyStatus,
) -> Result<Option<Credential>, Refusal> {
    let register = Register::new(backend).by(operator);
    if register.access_key(access_key_id).await?.is_none() {
        return Ok(None);
    }
    let ids = [access_key_id.to_owned()];
    register
        .change_access_keys("change access key", &ids, |id, content| {
            let mut key: AccessKey = decoded(id, content)?;
            if key.status == status {
                return Ok(None);
            }
            key.status = status;
            key.version = key.version.saturating_add(1);
            if status == KeyStatus::Inactive {
                key.token_epoch = key.token_epoch.saturating_add(1);
            }
            encoded(&key).map(Some)
        })
        .await?;
    settle(backend, access_key_id).await
}

/// What came of sealing a part of the access keys under the current master key.
pub(crate) struct Resealed {
    /// Those that another key had sealed.
    pub(crate) resealed: u64,
    /// Those after this part.
    pub(crate) left: u64,
    /// The last one of this part.
    pub(crate) last: Option<String>,
    /// How many there were in this part.
    pub(crate) read: usize,
}

/// Re-encrypts the secret keys of at most `limit` access keys after `after` under the current
/// master key. Their credentials are written even where the register is up to date: the writer of
/// the register may have died before it wrote the credential.
pub(crate) async fn reseal<B: Backend>(
    (backend, operator): (&B, &str),
    ring: &KeyRing,
    after: Option<&str>,
    limit: usize,
) -> Result<Resealed, Refusal> {
    let register = Register::new(backend).by(operator);
    let (count, keys) = register.access_keys_after(after, limit).await?;
    let mut due = Vec::new();
    for (id, content) in &keys {
        let key: AccessKey = decoded(id, content)?;
        if key.secret_key.key_id() != ring.current().id() {
            due.push(id.clone());
        }
    }
    // The secret key of an id never changes: a nonce is not used for two contents even if the
    // transaction runs again.
    let nonces: Vec<_> = due.iter().map(|_| nonce(backend)).collect();
    if !due.is_empty() {
        register
            .change_access_keys("rotate master key", &due, |id, content| {
                let mut key: AccessKey = decoded(id, content)?;
                let place = due.iter().position(|known| known == id).unwrap_or_default();
                let sealed = ring.reseal(PURPOSE, id.as_bytes(), nonces[place], &key.secret_key)?;
                let Some(sealed) = sealed else {
                    return Ok::<_, Refusal>(None);
                };
                key.secret_key = sealed;
                key.version = key.version.saturating_add(1);
                encoded(&key).map(Some)
            })
            .await?;
    }
    for (id, _) in &keys {
        settle(backend, id).await?;
    }
    let read = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    Ok(Resealed {
        resealed: u64::try_from(due.len()).unwrap_or(u64::MAX),
        left: count.saturating_sub(read),
        read: keys.len(),
        last: keys.into_iter().last().map(|(id, _)| id),
    })
}

/// Brings the credential of an access key in line with the register. None if there is no such
/// access key.
///
/// # Errors
/// Store failures; a repeat goes on where this ended.
pub(crate) async fn settle<B: Backend>(
    backend: &B,
    access_key_id: &str,
) -> Result<Option<Credential>, Refusal> {
    let store_key = credential_key(access_key_id);
    let register = Register::new(backend);
    for _ in 0..SWAPS_MAX {
        let (value, watch) = backend.watch(&store_key).await?;
        // After the watch, and never before: see above.
        let entry = register.access_key(access_key_id).await?;
        let Some(entry) = entry else {
            return Ok(None);
        };
        let key: AccessKey = decoded(access_key_id, &entry)?;
        let before = match value.as_deref().map(|bytes| stored(&store_key, bytes)).transpose()? {
            None => {
                let pending = framed(&Stored::Pending(backend.random()))?;
                backend.set(&store_key, &pending).await?;
                continue;
            }
            Some(Stored::Pending(_)) => None,
            Some(Stored::Settled(credential)) => Some(credential),
        };
        let fresh = match before {
            Some(credential) if credential.key.version >= key.version => {
                return Ok(Some(credential));
            }
            // A lock outlives a change, but not one of the status: that is the operator's word.
            Some(credential) if credential.key.status == key.status => {
                Credential { key, ..credential }
            }
            Some(_) | None => Credential { key, failures: 0, locked_until_ms: 0 },
        };
        let value = framed(&Stored::Settled(fresh.clone()))?;
        if backend.swap(watch, &value).await == Ok(Swap::Done) {
            return Ok(Some(fresh));
        }
        pause(backend).await;
    }
    Err(StoreError::Contended.into())
}

/// The credential of an access key, if there is one: one read of one key.
///
/// # Errors
/// Store failures.
pub(crate) async fn find<B: Backend>(
    backend: &B,
    access_key_id: &str,
) -> Result<Option<Credential>, Refusal> {
    let key = credential_key(access_key_id);
    if key.len() > KEY_BYTES_MAX {
        return Ok(None);
    }
    match backend.get(&key).await?.map(|bytes| stored(&key, &bytes)).transpose()? {
        None => Ok(None),
        Some(Stored::Settled(credential)) => Ok(Some(credential)),
        Some(Stored::Pending(_)) => settle(backend, access_key_id).await,
    }
}

/// The credentials of access keys in one read; those that are pending are left out.
///
/// # Errors
/// Store failures.
pub(crate) async fn find_all<K: KeyValue>(
    store: &K,
    access_key_ids: &[String],
) -> Result<Vec<(String, Credential)>, Refusal> {
    let keys: Vec<String> = access_key_ids.iter().map(|id| credential_key(id)).collect();
    let mut found = Vec::new();
    for (key, bytes) in store.get_many(&keys).await? {
        let place = keys.iter().position(|asked| *asked == key);
        if let (Some(place), Stored::Settled(credential)) = (place, stored(&key, &bytes)?) {
            found.push((access_key_ids[place].clone(), credential));
        }
    }
    Ok(found)
}

/// Counts a wrong signature; the fifth in a row locks the key. A lock is not made longer.
///
/// # Errors
/// Store failures.
pub(crate) async fn count_failure<B: Backend>(
    backend: &B,
    access_key_id: &str,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    amend(backend, access_key_id, |credential| {
        if credential.locked_until(now).is_some() {
            return false;
        }
        credential.failures = credential.failures.saturating_add(1);
        if credential.failures >= FAILURES_MAX {
            let until = now + TimeDelta::minutes(LOCK_MINUTES);
            credential.failures = 0;
            credential.locked_until_ms = until.timestamp_millis();
        }
        true
    })
    .await
}

/// Forgets the wrong signatures before a right one.
///
/// # Errors
/// Store failures.
pub(crate) async fn forget_failures<B: Backend>(
    backend: &B,
    access_key_id: &str,
) -> Result<(), Refusal> {
    amend(backend, access_key_id, |credential| std::mem::take(&mut credential.failures) > 0).await
}

/// Changes what requests leave in a credential, by swap. `change` says whether it did.
async fn amend<B: Backend>(
    backend: &B,
    access_key_id: &str,
    change: impl Fn(&mut Credential) -> bool,
) -> Result<(), Refusal> {
    let key = credential_key(access_key_id);
    for _ in 0..SWAPS_MAX {
        let (value, watch) = backend.watch(&key).await?;
        let value = value.map(|bytes| stored(&key, &bytes)).transpose()?;
        let Some(Stored::Settled(mut credential)) = value else {
            return Ok(());
        };
        if !change(&mut credential) {
            return Ok(());
        }
        let value = framed(&Stored::Settled(credential))?;
        if backend.swap(watch, &value).await? == Swap::Done {
            return Ok(());
        }
        pause(backend).await;
    }
    Err(StoreError::Contended.into())
}

async fn pause<E: Environment>(environment: &E) {
    let [first, ..] = environment.random();
    let share = PAUSE_US_MAX / 256 * (u64::from(first) + 1);
    environment.pause(Duration::from_micros(share)).await;
}

/// A nonce for [`MasterKey::seal`](crate::security::secret::MasterKey::seal).
pub(crate) fn nonce<E: Environment>(environment: &E) -> [u8; NONCE_BYTES] {
    let random = [environment.random(), environment.random()];
    let mut nonce = [0; NONCE_BYTES];
    nonce.copy_from_slice(&random.as_flattened()[..NONCE_BYTES]);
    nonce
}

fn encoded<T: Encode<()>>(value: &T) -> Result<Vec<u8>, Refusal> {
    minicbor::to_vec(value).map_err(unencodable)
}

fn unencodable(error: impl std::fmt::Display) -> Refusal {
    Refusal::Internal(format!("credential as CBOR: {error}"))
}

/// An access key from its entry in the register.
pub(crate) fn decoded(access_key_id: &str, bytes: &[u8]) -> Result<AccessKey, Refusal> {
    minicbor::decode(bytes).map_err(|error| corrupt(&format!("access key {access_key_id}"), error))
}

/// Reads a stored credential; `key` names it in errors.
fn stored(key: &str, bytes: &[u8]) -> Result<Stored, Refusal> {
    minicbor::decode(FRAME.open(key, bytes)?).map_err(|error| corrupt(key, error))
}

/// The bytes of a stored credential.
fn framed(stored: &Stored) -> Result<Vec<u8>, Refusal> {
    FRAME.wrap(|bytes| minicbor::encode(stored, bytes)).map_err(unencodable)
}

fn corrupt(key: &str, error: minicbor::decode::Error) -> Refusal {
    StoreError::Corrupt { key: key.to_owned(), detail: error.to_string() }.into()
}
