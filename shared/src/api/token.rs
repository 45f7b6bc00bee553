//! Tokens: what a client presents in `X-Auth-Token` in place of a signature.
//!
//! A token names its access key and the time of its expiry, under a MAC whose key is derived
//! from the master key for this alone. Nothing of it is stored, and a request with one costs the
//! same single read as a signed one: the credential tells whether the key is still active, and
//! whether it was disabled since the token was issued.

use super::caller::Caller;
use super::credential::{self, AccessKey, KeyStatus};
use super::message::Head;
use super::refusal::Refusal;
use crate::security::secret::{KeyRing, MasterKey, SecretError};
use crate::store::Backend;
use crate::value::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;
use std::rc::Rc;

/// The header that clients send it in.
const HEADER: &str = "x-auth-token";

/// Begins each token, so that one that has leaked into a file is recognised.
const PREFIX: &str = "pbtoken1_";

/// Longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 512;

/// Bytes of the MAC at a token's end.
const MAC_BYTES: usize = 32;

/// Longest life of a token: 24 hours.
pub(crate) const TTL_SECONDS_MAX: i64 = 24 * 60 * 60;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Claims {
    /// The master key that its MAC depends on.
    #[cbor(n(0), with = "minicbor::bytes")]
    master_key_id: [u8; 8],
    #[n(1)]
    access_key_id: String,
    #[n(2)]
    token_epoch: u32,
    /// From this time on it is worth nothing.
    #[n(3)]
    expires_at: Timestamp,
}

/// A token as a client presented it, of the right form and not yet verified.
#[derive(Debug)]
pub(crate) struct Token {
    claims: Claims,
    /// What the MAC is over.
    signed: Vec<u8>,
    mac: [u8; MAC_BYTES],
}

/// Issues a token for an active access key, with the time from which it is worth nothing.
pub(crate) fn issue(
    master_key: &MasterKey,
    access_key_id: &str,
    key: &AccessKey,
    now: chrono::DateTime<Utc>,
    ttl: TimeDelta,
) -> Result<(String, Timestamp), Refusal> {
    let claims = Claims {
        master_key_id: master_key.id(),
        access_key_id: access_key_id.to_owned(),
        token_epoch: key.token_epoch,
        expires_at: (now + ttl).into(),
    };
    let mut bytes = minicbor::to_vec(&claims)
        .map_err(|error| Refusal::Internal(format!("token as CBOR: {error}")))?;
    let mac = mac(master_key, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&mac);
    Ok((format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)), claims.expires_at))
}

impl Token {
    /// The token of a request, if it has one.
    ///
    /// # Errors
    /// [`Refusal::BadToken`] for a header that is none.
    pub(super) fn presented(head: &Head) -> Result<Option<Self>, Refusal> {
        match head.header(HEADER) {
            Ok(None) => Ok(None),
            Ok(Some(text)) => Self::parse(text).map(Some).ok_or_else(|| bad("not a token")),
            Err(_) => Err(bad("sent twice, or no text")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(PREFIX).filter(|text| text.len() <= TOKEN_BYTES_MAX)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signed, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        let claims = minicbor::decode(signed).ok()?;
        Some(Self { claims, signed: signed.to_vec(), mac: *mac })
    }

    /// The owner of the token's access key.
    ///
    /// # Errors
    /// [`Refusal::BadToken`] for a token that this installation has not issued, that has expired,
    /// or whose access key is disabled or was since; store failures.
    pub(super) async fn verify<B: Backend>(
        &self,
        backend: &B,
        ring: &Result<Rc<KeyRing>, SecretError>,
    ) -> Result<Caller, Refusal> {
        let Claims { master_key_id, access_key_id, token_epoch, expires_at } = &self.claims;
        let ring = ring.as_deref().map_err(|error| bad(&error.to_string()))?;
        let master_key = ring.key(*master_key_id).map_err(|error| bad(&error.to_string()))?;
        mac(master_key, &self.signed)
            .verify_slice(&self.mac)
            .map_err(|_| bad("not issued by this installation"))?;
        if backend.now() >= expires_at.instant() {
            return Err(bad("expired"));
        }
        match credential::find(backend, access_key_id).await? {
            Some(credential)
                if credential.key.status == KeyStatus::Active
                    && credential.key.token_epoch == *token_epoch =>
            {
                Ok(credential.into_caller())
            }
            _ => Err(bad("its access key is disabled, or was since")),
        }
    }
}

fn bad(fault: &str) -> Refusal {
    Refusal::BadToken(fault.to_owned())
}

/// The MAC over a token's claims, under a key that serves nothing else.
fn mac(master_key: &MasterKey, claims: &[u8]) -> Hmac<Sha256> {
    let key = master_key.derived("access token");
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(&*key).expect("HMAC takes a key of any length");
    mac.update(claims);
    mac
}
