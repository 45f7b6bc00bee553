//! Tokens: what a client presents in `X-Auth-Token` in place of a signature.
//!
//! A token names its access key and the time of its expiry. Nothing of it is stored, and a request
//! with one costs the same single read as a signed one: the credential tells whether the key is
//! still active, and whether it was disabled since the token was issued.

use super::caller::Caller;
use super::credential::{self, AccessKey, KeyStatus};
use super::issued::{self, Kind, Presented};
use super::message::Head;
use super::refusal::Refusal;
use crate::security::secret::{KeyRing, MasterKey, SecretError};
use crate::store::Backend;
use crate::value::time::Timestamp;
use chrono::{TimeDelta, Utc};
use minicbor::{Decode, Encode};
use std::rc::Rc;

/// The header that clients send it in.
const HEADER: &str = "x-auth-token";

const KIND: Kind = Kind { prefix: "pbtoken1_", purpose: "access token" };

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

impl issued::Claims for Claims {
    fn master_key_id(&self) -> [u8; 8] {
        self.master_key_id
    }
}

/// A token as a client presented it, of the right form and not yet verified.
#[derive(Debug)]
pub(crate) struct Token(Presented<Claims>);

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
    Ok((KIND.issue(master_key, &claims)?, claims.expires_at))
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

    /// A token of the right form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        KIND.parse(text).map(Self)
    }

    /// The owner of the token's access key.
    ///
    /// # Errors
    /// [`Refusal::BadToken`] for a token that this installation has not issued, that has expired,
    /// or whose access key is disabled or was since; store failures.
    pub(crate) async fn verify(
        &self,
        backend: &dyn Backend,
        ring: &Result<Rc<KeyRing>, SecretError>,
    ) -> Result<Caller, Refusal> {
        let Claims { access_key_id, token_epoch, expires_at, .. } = &self.0.claims;
        let ring = ring.as_deref().map_err(|error| bad(&error.to_string()))?;
        KIND.verify(&self.0, ring).map_err(|fault| bad(&fault))?;
        if backend.now() >= expires_at.instant() {
            return Err(bad("expired"));
        }
        match credential::find(backend, access_key_id).await? {
            Some(credential)
                if credential.key.status == KeyStatus::Active
                    && credential.key.token_epoch == *token_epoch
                    && credential.key.verify(ring, access_key_id).is_ok() =>
            {
                Ok(credential.into_caller())
            }
            _ => Err(bad("its access key is disabled, was since, or is not authentic")),
        }
    }
}

fn bad(fault: &str) -> Refusal {
    Refusal::BadToken(fault.to_owned())
}
