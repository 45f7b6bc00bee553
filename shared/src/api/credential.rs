//! Access keys as they are stored: whose they are, and the secret key, sealed.
//!
//! One record for each key, outside every tenant's tree, because a request names its key and not
//! its tenant. It is written once the register has granted the id, and read once per request.

use super::call::Caller;
use super::refusal::Refusal;
use crate::error::Reason;
use crate::id::TenantId;
use crate::import::Outcome;
use crate::partner::Principal;
use crate::secret::{KeyRing, MasterKey, NONCE_BYTES, Sealed, Secret, SecretError, same_token};
use crate::store::register::credential_key;
use crate::store::{Backend, KeyValue, StoreError};
use minicbor::{Decode, Encode};

/// Longest key that every key-value store takes.
const KEY_BYTES_MAX: usize = 255;

/// The kind of secret that is sealed here.
const PURPOSE: &str = "secret key";

/// The stored form of an access key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Credential {
    #[n(0)]
    tenant_id: TenantId,
    /// Key of the tenant's head.
    #[n(1)]
    head_key: String,
    #[n(2)]
    principal: Principal,
    #[n(3)]
    secret_key: Sealed,
}

impl Credential {
    /// Seals a secret key for the caller that it will authenticate.
    fn seal<B: Backend>(
        backend: &B,
        master_key: &MasterKey,
        access_key_id: &str,
        secret_key: &[u8],
        caller: Caller,
    ) -> Self {
        let random = [backend.random(), backend.random()];
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&random.as_flattened()[..NONCE_BYTES]);
        let secret_key = master_key.seal(PURPOSE, access_key_id.as_bytes(), nonce, secret_key);
        let Caller { tenant_id, head_key, principal } = caller;
        Self { tenant_id, head_key, principal, secret_key }
    }

    /// The secret key in the clear.
    pub(super) fn secret_key(
        &self,
        ring: &KeyRing,
        access_key_id: &str,
    ) -> Result<Secret, SecretError> {
        ring.open(PURPOSE, access_key_id.as_bytes(), &self.secret_key)
    }

    pub(super) fn into_caller(self) -> Caller {
        let Self { tenant_id, head_key, principal, secret_key: _ } = self;
        Caller { tenant_id, head_key, principal }
    }
}

/// What distinguishes one access key from another of the same id, its secret key aside.
pub(super) fn content(caller: &Caller) -> Result<Vec<u8>, Refusal> {
    encoded(&(&caller.tenant_id, &caller.principal))
}

/// Stores the secret key of a new access key, sealed; or compares it with the one that is there.
///
/// # Errors
/// [`Refusal::MasterKey`], [`Reason::ContentDiffers`] for another secret key, store failures.
pub(super) async fn keep<B: Backend>(
    backend: &B,
    ring: &KeyRing,
    access_key_id: &str,
    secret_key: &[u8],
    caller: Caller,
) -> Result<Outcome, Refusal> {
    if let Some(credential) = find(backend, access_key_id).await? {
        let kept = credential.secret_key(ring, access_key_id)?;
        return if same_token(kept.expose(), secret_key) {
            Ok(Outcome::Skipped)
        } else {
            Err(Reason::ContentDiffers.into())
        };
    }
    let credential = Credential::seal(backend, ring.current(), access_key_id, secret_key, caller);
    backend.set(&credential_key(access_key_id), &encoded(&credential)?).await?;
    Ok(Outcome::Applied)
}

fn encoded<T: Encode<()>>(value: &T) -> Result<Vec<u8>, Refusal> {
    minicbor::to_vec(value)
        .map_err(|error| Refusal::Internal(format!("credential as CBOR: {error}")))
}

/// The credential of an access key, if there is one.
pub(super) async fn find<K: KeyValue>(
    store: &K,
    access_key_id: &str,
) -> Result<Option<Credential>, Refusal> {
    let key = credential_key(access_key_id);
    if key.len() > KEY_BYTES_MAX {
        return Ok(None);
    }
    let Some(bytes) = store.get(&key).await? else {
        return Ok(None);
    };
    let credential = minicbor::decode(&bytes)
        .map_err(|error| StoreError::Corrupt { key, detail: error.to_string() })?;
    Ok(Some(credential))
}
