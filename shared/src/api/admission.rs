//! What a request must pass before a handler sees it.

use super::call::Call;
use super::caller::{Caller, Door};
use super::client_token;
use super::credential::{self, Client, Credential, KeyStatus};
use super::host::Host;
use super::message::{Body, Head};
use super::operation::Operation;
use super::refusal::{BodyError, Refusal};
use super::request_log::client_address;
use super::second_factor::AskedFactor;
use super::token::Token;
use crate::security::secret::{KeyRing, Secret, SecretError, same_token};
use crate::security::signature::{self, Authorization, SignatureError, SignedParts};
use crate::security::vault::Vault;
use crate::store::{Environment, KnownPages};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Display;
use std::rc::Rc;

/// Largest body of a signed request.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How long such a body may take to arrive, in seconds.
const BODY_SECONDS_MAX: i64 = 20;

/// Refuses a path with an empty segment, or a slash at its end.
///
/// Hosts lead `//operator/v1/health` and `/operator/v1/health/` to the same component as the path
/// without; a proxy that lets nobody to `/operator/` may compare with what it says. No client sends
/// such a path: the SDKs add the slash at the end to what they sign only.
///
/// # Errors
/// [`Refusal::NoSuchApi`].
pub fn check_path(head: &Head) -> Result<(), Refusal> {
    let segments = head.path.strip_prefix('/').map(|rest| rest.split('/'));
    if head.path == "/" || segments.is_some_and(|mut all| !all.any(str::is_empty)) {
        Ok(())
    } else {
        Err(Refusal::NoSuchApi)
    }
}

/// What a request presents to say who calls.
enum Presented {
    /// A token. It decides, whatever else there is: a client of the official SDK that sets
    /// `X-Auth-Token` still signs, with whatever key it was made with.
    Token(Token),
    Signature(Authorization),
}

/// Verifies the token, or reads the body and verifies the signature over the whole request.
///
/// What costs least is refused first, and all that can be refused without the body before it is
/// waited for: no well-formed signature or token, a body that announces itself as too large, a token
/// that opens nothing, a signature of another day.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for whatever is wrong with the signature, [`Refusal::BadToken`]
/// for a token that opens nothing, [`Refusal::BodyTooLarge`], [`Refusal::BodyIncomplete`],
/// [`Refusal::Parameter`] for an `X-Client-Token` that is not signed, and failures of the host.
pub async fn admit(
    operation: &'static Operation,
    head: Head,
    body: &mut impl Body,
    open: impl FnOnce() -> Result<Box<dyn Host>, Refusal>,
) -> Result<Call, Refusal> {
    let presented = match Token::presented(&head)? {
        Some(token) => Presented::Token(token),
        None => Presented::Signature(Authorization::parse(&head.headers).map_err(refused)?),
    };
    check_length(&head)?;
    let host = open()?;
    let ring = key_ring(&*host)?;
    let (caller, body) = match presented {
        Presented::Token(token) => {
            let caller = token.verify(&*host, &ring).await?;
            (caller, read_bounded(&*host, &head, body).await?)
        }
        Presented::Signature(authorization) => {
            if head.announces_body() {
                signature::check_head(&signed_parts(&head, &[]), &authorization, host.now())
                    .map_err(refused)?;
            }
            let body = read_bounded(&*host, &head, body).await?;
            let caller = verify(&*host, &ring, &authorization, &head, &body).await?;
            client_token::signed(&head, &authorization)?;
            (caller, body)
        }
    };
    let caller = Caller { door: Door::of(&head.path), ..caller };
    let vault = Vault::under(ring, host.random());
    let (factor, body) = AskedFactor::of_request(operation, caller.door, body)?;
    let known = KnownPages::default();
    Ok(Call { operation, host, caller, vault, head, body, factor, known })
}

/// The master keys that `spin.toml` gives, or what is wrong with them.
pub(crate) fn key_ring(host: &dyn Host) -> Result<Result<Rc<KeyRing>, SecretError>, Refusal> {
    let (current, previous) = (host.variable("master_key")?, host.variable("master_key_previous")?);
    Ok(KeyRing::parse(&current, &previous).map(Rc::new))
}

async fn verify(
    host: &dyn Host,
    ring: &Result<Rc<KeyRing>, SecretError>,
    authorization: &Authorization,
    head: &Head,
    body: &[u8],
) -> Result<Caller, Refusal> {
    let parts = signed_parts(head, body);
    let public_hosts = host.variable("public_hosts")?;
    let hosts = hosts_of(&public_hosts, &head.authority);
    let now = host.now();

    let id = authorization.access_key_id();
    let credential = credential::find(host, id).await?;
    let client = Client::from(client_address(head));
    let fault = match usable(credential, ring, (id, client), now) {
        Ok((credential, secret)) => {
            let fault = signature::verify(&parts, authorization, secret.expose(), &hosts, now);
            match fault {
                Ok(()) => {
                    if credential.has_failures(client) {
                        credential::forget_failures(host, id, client).await?;
                    }
                    return Ok(credential.into_caller());
                }
                // Nobody makes another one fail by sending its requests again, or too late.
                Err(SignatureError::Mismatch) => {
                    return Err(Refusal::WrongSignature { access_key_id: id.to_owned(), client });
                }
                Err(fault) => fault.to_string(),
            }
        }
        Err(cause) => {
            let fault = signature::verify_unknown_key(&parts, authorization, &hosts, now);
            cause.unwrap_or_else(|| fault.to_string())
        }
    };
    Err(refused(fault))
}

/// Verifies both halves of an access key, as someone types them. A wrong secret key counts as a
/// wrong signature does.
///
/// # Errors
/// [`Refusal::WrongSignature`] for a wrong secret key, [`Refusal::Unauthenticated`] for whatever else
/// is wrong with them; failures of the store.
pub(crate) async fn verify_pair(
    (host, head): (&dyn Host, &Head),
    ring: &Result<Rc<KeyRing>, SecretError>,
    access_key_id: &str,
    secret_key: &str,
) -> Result<Credential, Refusal> {
    let found = credential::find(host, access_key_id).await?;
    let client = Client::from(client_address(head));
    match usable(found, ring, (access_key_id, client), host.now()) {
        Ok((credential, secret)) if same_token(secret.expose(), secret_key.as_bytes()) => {
            if credential.has_failures(client) {
                credential::forget_failures(host, access_key_id, client).await?;
            }
            Ok(credential)
        }
        Ok(_) => Err(Refusal::WrongSignature { access_key_id: access_key_id.to_owned(), client }),
        Err(cause) => {
            Err(refused(cause.unwrap_or_else(|| "there is no such access key".to_owned())))
        }
    }
}

/// The names of this host, which a signed `host` may have: those of the variable `public_hosts`, or
/// else the authority that the host of the component tells, which is whatever `Host` the client has
/// sent.
pub(crate) fn hosts_of<'a>(public_hosts: &'a str, authority: &'a str) -> Vec<&'a str> {
    let public_hosts = public_hosts.split(',').map(str::trim).filter(|name| !name.is_empty());
    let public_hosts: Vec<&str> = public_hosts.collect();
    if public_hosts.is_empty() { vec![authority] } else { public_hosts }
}

fn signed_parts<'a>(head: &'a Head, body: &'a [u8]) -> SignedParts<'a> {
    let Head { method, path, query, headers, .. } = head;
    SignedParts { method, path, query, headers, body }
}

/// The credential of a key that can be used, with the secret key; or why it cannot, unless there
/// is no such key, which takes the same time.
fn usable(
    credential: Option<Credential>,
    ring: &Result<Rc<KeyRing>, SecretError>,
    (access_key_id, client): (&str, Client),
    now: DateTime<Utc>,
) -> Result<(Credential, Secret), Option<String>> {
    let Some(credential) = credential else {
        if let Ok(ring) = ring {
            credential::as_if_known(ring, access_key_id);
        }
        return Err(None);
    };
    if credential.key.status != KeyStatus::Active {
        return Err(Some("the access key is disabled".to_owned()));
    }
    if credential.is_locked_for(client, now) {
        return Err(Some("the access key is locked".to_owned()));
    }
    let ring = ring.as_deref().map_err(|error| Some(error.to_string()))?;
    let fault = |refusal: Refusal| Some(format!("the access key: {}", refusal.log_message()));
    credential.key.verify(ring, access_key_id).map_err(fault)?;
    match credential.secret_key(ring, access_key_id) {
        Ok(secret) => Ok((credential, secret)),
        Err(error) => Err(Some(error.to_string())),
    }
}

/// Counts a wrong signature, if that is why a request was refused. Only once it is answered: before,
/// the time that it takes would tell which access keys there are.
///
/// # Errors
/// Store failures, and failures of the host.
pub async fn count_wrong_signature(
    refusal: &Refusal,
    open: impl FnOnce() -> Result<Box<dyn Host>, Refusal>,
) -> Result<(), Refusal> {
    let Refusal::WrongSignature { access_key_id, client } = refusal else {
        return Ok(());
    };
    let host = open()?;
    credential::count_failure(&*host, access_key_id, *client, host.now()).await
}

/// One answer for every fault of a signature, and for a key that cannot be used: which one it was
/// would help only an attacker. The log has it.
fn refused(fault: impl Display) -> Refusal {
    Refusal::Unauthenticated(fault.to_string())
}

/// Refuses a body that says that it is larger than [`BODY_BYTES_MAX`].
fn check_length(head: &Head) -> Result<(), Refusal> {
    let announced = head.header("content-length")?.unwrap_or("0");
    if announced.parse().is_ok_and(|bytes: usize| bytes <= BODY_BYTES_MAX) {
        Ok(())
    } else {
        Err(Refusal::BodyTooLarge)
    }
}

/// Reads a body of at most [`BODY_BYTES_MAX`], none of it when it says that it is larger, and no
/// longer than a client that means it needs.
pub(crate) async fn read_bounded(
    host: &dyn Environment,
    head: &Head,
    body: &mut impl Body,
) -> Result<Vec<u8>, Refusal> {
    read_bounded_to(BODY_BYTES_MAX, host, head, body).await
}

/// As [`read_bounded`], with another limit below that one.
pub(crate) async fn read_bounded_to(
    bytes_max: usize,
    host: &dyn Environment,
    head: &Head,
    body: &mut impl Body,
) -> Result<Vec<u8>, Refusal> {
    check_length(head)?;
    let until = host.now() + TimeDelta::seconds(BODY_SECONDS_MAX);
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await.map_err(Refusal::BodyIncomplete)? {
        if bytes.len() + piece.len() > bytes_max {
            return Err(Refusal::BodyTooLarge);
        }
        if host.now() > until {
            return Err(Refusal::BodyIncomplete(BodyError::TooSlow));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
