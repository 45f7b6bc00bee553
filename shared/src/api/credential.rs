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
//!
//! A MAC is over each access key, under a key derived from the master key: write access to the store
//! alone is not enough to make a key, or to give one to another principal. Without a right MAC a key
//! opens nothing, and nothing in the store can say otherwise, because a MAC that may be missing would
//! protect nothing. A key that an older version wrote has none: the operator trusts such keys once,
//! by [`reseal`], or gives them anew with their secret keys.

use super::caller::{Caller, Door};
use super::refusal::Refusal;
use crate::domain::error::Reason;
use crate::domain::partner::Principal;
use crate::operations::import::Outcome;
use crate::security::authentic::RecordMac;
use crate::security::secret::{
    KeyRing, MasterKey, NONCE_BYTES, Sealed, Secret, SecretError, same_token,
};
use crate::store::register::credential_key;
use crate::store::{Backend, Environment, Frame, Register, StoreError, Swap};
use crate::value::code::codes;
use crate::value::id::TenantId;
use crate::value::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Duration;

/// Longest key that every key-value store takes.
const KEY_BYTES_MAX: usize = 255;

/// The kind of secret that is sealed here.
const PURPOSE: &str = "secret key";

/// The kind of record that a MAC is over.
const RECORD: &str = "access key";

/// Wrong signatures of a client in a row that lock a key for it.
const FAILURES_MAX: u8 = 5;

/// Clients that a credential counts the failures of; the one whose last is oldest is forgotten.
const CLIENTS_MAX: usize = 8;

/// Access keys that are looked through in one call.
const KEYS_PER_READ: usize = 100;

/// How long a key is locked for a client.
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
    /// Over all else, and the id.
    #[n(8)]
    mac: Option<RecordMac>,
}

impl AccessKey {
    /// What the MAC is over.
    fn content(&self, access_key_id: &str) -> Result<Vec<u8>, Refusal> {
        encoded(&(access_key_id, Self { mac: None, ..self.clone() }))
    }

    /// The bytes to be stored, with a MAC over them.
    fn authenticated(mut self, ring: &KeyRing, access_key_id: &str) -> Result<Vec<u8>, Refusal> {
        self.mac = Some(ring.authenticate(RECORD, &self.content(access_key_id)?));
        encoded(&self)
    }

    /// Checks that this installation has made the key as it is.
    ///
    /// # Errors
    /// [`Refusal::MasterKey`].
    pub(crate) fn verify(&self, ring: &KeyRing, access_key_id: &str) -> Result<(), Refusal> {
        Ok(ring.verify(RECORD, &self.content(access_key_id)?, self.mac.as_ref())?)
    }

    /// As [`verify`](Self::verify): whether it is so, unless the master key cannot tell.
    fn is_authentic(&self, ring: &KeyRing, access_key_id: &str) -> Result<bool, Refusal> {
        match self.verify(ring, access_key_id) {
            Ok(()) => Ok(true),
            Err(Refusal::MasterKey(SecretError::NotAuthentic)) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    /// Whether [`reseal`] writes the key anew. One that is not ours opens nothing, and another master
    /// key does not make it right.
    fn is_due(
        &self,
        ring: &KeyRing,
        access_key_id: &str,
        without_mac: WithoutMac,
    ) -> Result<bool, Refusal> {
        if self.mac.is_none() && without_mac == WithoutMac::Trusted {
            ring.open(PURPOSE, access_key_id.as_bytes(), &self.secret_key)?;
            return Ok(true);
        }
        Ok(self.is_authentic(ring, access_key_id)? && !self.is_current(ring))
    }

    /// Whether all of it depends on the current master key.
    fn is_current(&self, ring: &KeyRing) -> bool {
        let current = ring.current().id();
        let mac = self.mac.as_ref().map(RecordMac::key_id);
        self.secret_key.key_id() == current && mac == Some(current)
    }

    /// As an older version would have written it.
    #[cfg(test)]
    pub(super) fn without_mac(self) -> Self {
        Self { mac: None, version: self.version.saturating_add(1), ..self }
    }

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
    /// Clients whose signatures were wrong; the one that was wrong last is the last. Numbers 1 and 2
    /// were counts for all clients alike.
    #[n(3)]
    failures: Option<Vec<Failures>>,
}

/// Wrong signatures of one client.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Failures {
    #[n(0)]
    client: Client,
    /// Since the last right one or the last lock.
    #[n(1)]
    count: u8,
    /// Until when the key is locked, milliseconds since 1970; in the past when it no longer is.
    #[n(2)]
    locked_until_ms: i64,
}

/// Where requests come from: a digest of the address, or of none where the host tells none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Client(#[cbor(n(0), with = "minicbor::bytes")] [u8; 8]);

impl From<Option<IpAddr>> for Client {
    fn from(address: Option<IpAddr>) -> Self {
        let text = address.map(|address| address.to_string()).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(text).into();
        let (half, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
        Self(*half)
    }
}

impl Failures {
    fn locked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.locked_until_ms).filter(|until| *until > now)
    }
}

const FRAME: Frame = Frame { magic: *b"PC", format: 1 };

/// The stored form of a credential, in a frame.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and not for long")]
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

    /// Of a key that was just settled.
    fn fresh(key: AccessKey) -> Self {
        Self { key, failures: None }
    }

    fn failures(&self) -> &[Failures] {
        self.failures.as_deref().unwrap_or_default()
    }

    fn of_client(&self, client: Client) -> Option<&Failures> {
        self.failures().iter().find(|failures| failures.client == client)
    }

    /// Until when the key is locked for anybody, if it is.
    pub(crate) fn locked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.failures().iter().filter_map(|failures| failures.locked_until(now)).max()
    }

    /// Whether the key is locked for this client.
    pub(crate) fn is_locked_for(&self, client: Client, now: DateTime<Utc>) -> bool {
        self.of_client(client).is_some_and(|failures| failures.locked_until(now).is_some())
    }

    /// Whether this client has wrong signatures to be forgotten.
    pub(crate) fn has_failures(&self, client: Client) -> bool {
        self.of_client(client).is_some_and(|failures| failures.count > 0)
    }

    /// Takes out what is counted of a client.
    fn take_failures(&mut self, client: Client) -> Option<Failures> {
        let failures = self.failures.as_mut()?;
        let at = failures.iter().position(|failures| failures.client == client)?;
        Some(failures.remove(at))
    }

    /// Puts it back as the newest.
    fn put_failures(&mut self, newest: Failures) {
        let failures = self.failures.get_or_insert_default();
        failures.push(newest);
        let surplus = failures.len().saturating_sub(CLIENTS_MAX);
        failures.drain(..surplus);
    }

    pub(crate) fn into_caller(self) -> Caller {
        let AccessKey { tenant_id, head_key, principal, .. } = self.key;
        Caller { tenant_id, head_key, principal, door: Door::Api }
    }
}

/// Creates an access key for the caller that it will authenticate, or finds that it is there. The
/// journal names `operator`.
///
/// # Errors
/// [`Refusal::MasterKey`], [`Reason::ContentDiffers`] for another owner or secret key under this
/// id, store failures.
pub(crate) async fn create(
    (backend, operator): (&dyn Backend, &str),
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
        mac: None,
    };
    let content = key.clone().authenticated(ring, access_key_id)?;
    let register = Register::new(backend).by(operator);
    let tenant_id = key.tenant_id.as_str();
    let before = register.claim_access_key(tenant_id, access_key_id, &content).await?;
    let outcome = match before {
        None => Outcome::Applied,
        Some(before) => {
            let before: AccessKey = decoded(access_key_id, &before)?;
            if before.tenant_id != key.tenant_id {
                return Err(Reason::ContentDiffers.into());
            }
            if before.is_authentic(ring, access_key_id)? {
                let kept = ring.open(PURPOSE, aad, &before.secret_key)?;
                if before.principal != key.principal || !same_token(kept.expose(), secret_key) {
                    return Err(Reason::ContentDiffers.into());
                }
                Outcome::Skipped
            } else {
                replace(&register, ring, access_key_id, &key).await?;
                Outcome::Applied
            }
        }
    };
    settle(backend, access_key_id).await?;
    Ok(outcome)
}

/// Puts a key in the place of one that this installation has not made.
async fn replace(
    register: &Register<'_>,
    ring: &KeyRing,
    access_key_id: &str,
    key: &AccessKey,
) -> Result<(), Refusal> {
    let ids = [access_key_id.to_owned()];
    register
        .change_access_keys("replace access key", &ids, |id, content| {
            let before: AccessKey = decoded(id, content)?;
            if before.is_authentic(ring, id)? {
                return Err(Refusal::from(Reason::ContentDiffers));
            }
            let version = before.version.saturating_add(1);
            let token_epoch = before.token_epoch.saturating_add(1);
            let key = AccessKey { version, token_epoch, ..key.clone() };
            key.authenticated(ring, id).map(Some)
        })
        .await
}

/// Enables or disables an access key, and ends its locks. None if there is no such key.
///
/// # Errors
/// [`Refusal::MasterKey`] for a key that this installation has not made, store failures.
pub(crate) async fn set_status(
    (backend, operator): (&dyn Backend, &str),
    ring: &KeyRing,
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
            key.verify(ring, id)?;
            if key.status == status {
                return Ok(None);
            }
            key.status = status;
            key.version = key.version.saturating_add(1);
            if status == KeyStatus::Inactive {
                key.token_epoch = key.token_epoch.saturating_add(1);
            }
            key.authenticated(ring, id).map(Some)
        })
        .await?;
    settle(backend, access_key_id).await?;
    let end_locks = |credential: &mut Credential| credential.failures.take().is_some();
    amend(backend, access_key_id, end_locks).await?;
    find(backend, access_key_id).await
}

/// What [`reseal`] does with access keys without a MAC, as an older version has written them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithoutMac {
    /// They stay as they are, and open nothing.
    Distrusted,
    /// They are the operator's word from now on, and get a MAC.
    Trusted,
}

/// What came of sealing a part of the access keys under the current master key.
pub(crate) struct Resealed {
    /// Keys that had no MAC and have one now.
    pub(crate) trusted: Vec<(String, AccessKey)>,
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
/// master key, and gives those a MAC that have none if they are trusted. Their credentials are
/// written even where the register is up to date: the writer of the register may have died before
/// it wrote the credential.
pub(crate) async fn reseal(
    (backend, operator): (&dyn Backend, &str),
    ring: &KeyRing,
    without_mac: WithoutMac,
    (after, limit): (Option<&str>, usize),
) -> Result<Resealed, Refusal> {
    let register = Register::new(backend).by(operator);
    let (count, keys) = register.access_keys_after(after, limit).await?;
    let (mut due, mut trusted) = (Vec::new(), Vec::new());
    for (id, content) in &keys {
        let key: AccessKey = decoded(id, content)?;
        if key.is_due(ring, id, without_mac)? {
            due.push(id.clone());
            if key.mac.is_none() {
                trusted.push((id.clone(), key));
            }
        }
    }
    // The secret key of an id never changes: a nonce is not used for two contents even if the
    // transaction runs again.
    let nonces: Vec<_> = due.iter().map(|_| nonce(backend)).collect();
    let operation = match without_mac {
        WithoutMac::Distrusted => "rotate master key",
        WithoutMac::Trusted => "trust access keys without a MAC",
    };
    if !due.is_empty() {
        register
            .change_access_keys(operation, &due, |id, content| {
                let mut key: AccessKey = decoded(id, content)?;
                let place = due.iter().position(|known| known == id).unwrap_or_default();
                if !key.is_due(ring, id, without_mac)? {
                    return Ok::<_, Refusal>(None);
                }
                let sealed = ring.reseal(PURPOSE, id.as_bytes(), nonces[place], &key.secret_key)?;
                key.secret_key = sealed.unwrap_or(key.secret_key);
                key.version = key.version.saturating_add(1);
                key.authenticated(ring, id).map(Some)
            })
            .await?;
    }
    for (id, _) in &keys {
        settle(backend, id).await?;
    }
    let read = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    Ok(Resealed {
        trusted,
        resealed: u64::try_from(due.len()).unwrap_or(u64::MAX),
        left: count.saturating_sub(read),
        read: keys.len(),
        last: keys.into_iter().last().map(|(id, _)| id),
    })
}

/// An access key on its way to another installation, its secret key under the key of the passage.
/// None of one that this installation has not made: it opens nothing here, nor shall it there.
///
/// # Errors
/// [`Refusal::MasterKey`] while the master key cannot tell.
pub(crate) fn exported(
    (ring, passage): (&KeyRing, &MasterKey),
    (access_key_id, content): (&str, &[u8]),
    nonce: [u8; NONCE_BYTES],
) -> Result<Option<Vec<u8>>, Refusal> {
    let key = decoded(access_key_id, content)?;
    if !key.is_authentic(ring, access_key_id)? {
        return Ok(None);
    }
    let aad = access_key_id.as_bytes();
    let secret_key = ring.open(PURPOSE, aad, &key.secret_key)?;
    let secret_key = passage.seal(PURPOSE, aad, nonce, secret_key.expose());
    encoded(&AccessKey { secret_key, head_key: String::new(), mac: None, ..key }).map(Some)
}

/// An access key that was on its way, as this installation stores it for a tenant's head.
///
/// # Errors
/// [`Refusal::MasterKey`] when its secret key cannot be opened or sealed.
pub(crate) fn arrived(
    (ring, passage): (&KeyRing, &MasterKey),
    (access_key_id, exported): (&str, &[u8]),
    head_key: &str,
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, Refusal> {
    let key = decoded(access_key_id, exported)?;
    let aad = access_key_id.as_bytes();
    let secret_key = passage.open(PURPOSE, aad, &key.secret_key)?;
    let secret_key = ring.current().seal(PURPOSE, aad, nonce, secret_key.expose());
    let key = AccessKey { secret_key, head_key: head_key.to_owned(), ..key };
    key.authenticated(ring, access_key_id)
}

/// Brings the credential of an access key in line with the register. None if there is no such
/// access key.
///
/// # Errors
/// Store failures; a repeat goes on where this ended.
pub(crate) async fn settle(
    backend: &dyn Backend,
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
            Some(credential) if is_in_line(&credential.key, &key) => return Ok(Some(credential)),
            // A lock outlives a change, but not one of the status: that is the operator's word.
            Some(credential) if credential.key.status == key.status => {
                Credential { key, ..credential }
            }
            Some(_) | None => Credential::fresh(key),
        };
        let value = framed(&Stored::Settled(fresh.clone()))?;
        if backend.swap(watch, &value).await == Ok(Swap::Done) {
            return Ok(Some(fresh));
        }
        pause(backend).await;
    }
    Err(StoreError::Contended.into())
}

/// Whether a copy need not be written again. Two keys of one version differ only if somebody else has
/// written one of them.
fn is_in_line(copy: &AccessKey, registered: &AccessKey) -> bool {
    copy.version > registered.version || copy == registered
}

/// The credential of an access key, if there is one: one read of one key.
///
/// # Errors
/// Store failures.
pub(crate) async fn find(
    backend: &dyn Backend,
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
pub(crate) async fn find_all(
    store: &dyn Backend,
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

/// The access keys of a tenant that this installation has not made as they are, and how many keys
/// there are.
///
/// # Errors
/// [`Refusal::MasterKey`] while the master key cannot tell, store failures.
pub(crate) async fn not_authentic(
    backend: &dyn Backend,
    ring: &KeyRing,
    tenant_id: &TenantId,
) -> Result<(u64, Vec<String>), Refusal> {
    let register = Register::new(backend);
    let (mut seen, mut wrong) = (0, Vec::new());
    loop {
        let (count, keys) =
            register.access_keys_of(tenant_id.as_str(), seen, KEYS_PER_READ).await?;
        let ids: Vec<String> = keys.iter().map(|(id, _)| id.clone()).collect();
        let credentials = find_all(backend, &ids).await?;
        for (id, content) in &keys {
            let key: AccessKey = decoded(id, content)?;
            let copy = credentials.iter().find(|(found, _)| found == id);
            let is_copied = copy.is_none_or(|(_, credential)| credential.key == key);
            if key.tenant_id != *tenant_id || !is_copied || !key.is_authentic(ring, id)? {
                wrong.push(id.clone());
            }
        }
        seen += u64::try_from(keys.len()).unwrap_or(u64::MAX);
        if keys.is_empty() || seen >= count {
            return Ok((count, wrong));
        }
    }
}

/// Counts a client's wrong signature; the fifth in a row locks the key for it. A lock is not made
/// longer.
///
/// # Errors
/// Store failures.
pub(crate) async fn count_failure(
    backend: &dyn Backend,
    access_key_id: &str,
    client: Client,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    amend(backend, access_key_id, |credential| {
        if credential.is_locked_for(client, now) {
            return false;
        }
        let before = credential.take_failures(client);
        let count = before.map_or(0, |before| before.count).saturating_add(1);
        let until = now + TimeDelta::minutes(LOCK_MINUTES);
        credential.put_failures(if count >= FAILURES_MAX {
            Failures { client, count: 0, locked_until_ms: until.timestamp_millis() }
        } else {
            Failures { client, count, locked_until_ms: 0 }
        });
        true
    })
    .await
}

/// Forgets a client's wrong signatures before a right one.
///
/// # Errors
/// Store failures.
pub(crate) async fn forget_failures(
    backend: &dyn Backend,
    access_key_id: &str,
    client: Client,
) -> Result<(), Refusal> {
    amend(backend, access_key_id, |credential| credential.take_failures(client).is_some()).await
}

/// Does for an unknown access key what takes the time for one that is known: to verify its MAC and to
/// open its secret key.
pub(crate) fn as_if_known(ring: &KeyRing, access_key_id: &str) {
    let unused = ring.authenticate(RECORD, access_key_id.as_bytes());
    let nonce = [0; NONCE_BYTES];
    let sealed =
        ring.current().seal("unknown access key", access_key_id.as_bytes(), nonce, &[0; 40]);
    std::hint::black_box((unused, sealed));
}

/// Changes what requests leave in a credential, by swap. `change` says whether it did. An unfit
/// store takes no write: there nothing is counted, and nothing forgotten.
async fn amend(
    backend: &dyn Backend,
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
        if !change(&mut credential) || Register::new(backend).is_unfit().await? {
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

async fn pause(environment: &dyn Environment) {
    let [first, ..] = environment.random();
    let share = PAUSE_US_MAX / 256 * (u64::from(first) + 1);
    environment.pause(Duration::from_micros(share)).await;
}

/// A nonce for [`MasterKey::seal`](crate::security::secret::MasterKey::seal).
pub(crate) fn nonce(environment: &dyn Environment) -> [u8; NONCE_BYTES] {
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
