//! What a request must pass before a handler sees it.

use super::call::{Call, Caller};
use super::credential;
use super::message::{Body, Head};
use super::refusal::Refusal;
use crate::secret::{KeyRing, SecretError};
use crate::signature::{self, Authorization, SignedParts};
use crate::store::{Backend, KeyValueError};
use crate::vault::Vault;
use std::fmt::Display;
use std::rc::Rc;

/// Largest body of a signed request.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A request to a system of the operator's got no answer. Says why, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundError(pub String);

/// Where a call runs: its store, its clock, and the variables of `spin.toml`.
#[expect(async_fn_in_trait, reason = "a component runs on one thread, futures need not be Send")]
pub trait Host: Backend {
    /// A variable's value; empty when it is not set or not granted here.
    ///
    /// # Errors
    /// The host cannot tell.
    fn variable(&self, name: &str) -> Result<String, Refusal>;

    /// Posts a body to a system of the operator's and answers the status. It takes seconds at most.
    ///
    /// # Errors
    /// The host does not allow the address, or there was no answer. The request may have arrived.
    async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Result<u16, OutboundError>;
}

/// Refuses a method that the path does not have.
///
/// # Errors
/// [`Refusal::MethodNotAllowed`].
pub fn check_method(head: &Head, methods: &'static [&'static str]) -> Result<(), Refusal> {
    if methods.contains(&head.method.as_str()) {
        Ok(())
    } else {
        Err(Refusal::MethodNotAllowed(methods))
    }
}

/// Reads the body and verifies the signature over the whole request.
///
/// What costs least is refused first: a request without a well-formed signature before its body
/// is read, and a body that announces itself as too large likewise.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for whatever is wrong with the signature,
/// [`Refusal::BodyTooLarge`], [`Refusal::BodyInterrupted`], and failures of the host.
pub async fn admit<H: Host>(
    head: Head,
    body: &mut impl Body,
    open: impl FnOnce() -> Result<H, KeyValueError>,
) -> Result<Call<H>, Refusal> {
    let authorization = Authorization::parse(&head.headers).map_err(refused)?;
    let body = read_bounded(&head, body).await?;
    let host = open()?;
    let ring = key_ring(&host)?;
    let caller = verify(&host, &ring, &authorization, &head, &body).await?;
    let vault = Vault::under(ring, host.random());
    Ok(Call { host, caller, vault, head, body })
}

/// The master keys that `spin.toml` gives, or what is wrong with them.
pub(super) fn key_ring<H: Host>(host: &H) -> Result<Result<Rc<KeyRing>, SecretError>, Refusal> {
    let (current, previous) = (host.variable("master_key")?, host.variable("master_key_previous")?);
    Ok(KeyRing::parse(&current, &previous).map(Rc::new))
}

async fn verify<H: Host>(
    host: &H,
    ring: &Result<Rc<KeyRing>, SecretError>,
    authorization: &Authorization,
    head: &Head,
    body: &[u8],
) -> Result<Caller, Refusal> {
    let parts = SignedParts {
        method: &head.method,
        path: &head.path,
        query: &head.query,
        headers: &head.headers,
        body,
    };
    let public_hosts = host.variable("public_hosts")?;
    let public_hosts = public_hosts.split(',').map(str::trim).filter(|name| !name.is_empty());
    let hosts: Vec<&str> = std::iter::once(head.authority.as_str()).chain(public_hosts).collect();
    let now = host.now();

    let access_key_id = authorization.access_key_id();
    let credential = credential::find(host, access_key_id).await?;
    let secret = match &credential {
        Some(credential) => {
            let ring = ring.as_deref().map_err(|error| *error);
            ring.and_then(|ring| credential.secret_key(ring, access_key_id)).map(Some)
        }
        None => Ok(None),
    };
    match (credential, secret) {
        (Some(credential), Ok(Some(secret))) => {
            signature::verify(&parts, authorization, secret.expose(), &hosts, now)
                .map_err(refused)?;
            Ok(credential.into_caller())
        }
        (_, secret) => {
            let fault = signature::verify_unknown_key(&parts, authorization, &hosts, now);
            Err(secret.map_or_else(refused, |_| refused(fault)))
        }
    }
}

/// One answer for every fault of a signature, and for a key that cannot be used: which one it was
/// would help only an attacker. The log has it.
fn refused(fault: impl Display) -> Refusal {
    Refusal::Unauthenticated(fault.to_string())
}

/// Reads a body of at most [`BODY_BYTES_MAX`], none of it when it says that it is larger.
async fn read_bounded(head: &Head, body: &mut impl Body) -> Result<Vec<u8>, Refusal> {
    let announced = head.header("content-length")?.unwrap_or("0");
    if !announced.parse().is_ok_and(|bytes: usize| bytes <= BODY_BYTES_MAX) {
        return Err(Refusal::BodyTooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await.map_err(Refusal::BodyInterrupted)? {
        if bytes.len() + piece.len() > BODY_BYTES_MAX {
            return Err(Refusal::BodyTooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
