//! Who is signed in, sealed in a cookie under the master key.
//!
//! A session holds what the routes know how to verify: a token of an access key, or the token of an
//! operator. It is verified with each request as theirs are, so a session ends with its access key
//! or its operator, and there is no list of sessions to be kept.
//!
//! A sign-in that a code must still prove holds the same, in a cookie of another kind: sealed under
//! another key, sent to the sign-in's own pages alone, and no session to any page.

use crate::api::admission::verify_pair;
use crate::api::credential::nonce;
use crate::api::token::{self, Token};
use crate::api::{Caller, Head, Host, Refusal};
use crate::console::visit::Visitor;
use crate::operator::bearer_of;
use crate::security::secret::{KeyRing, Sealed, SecretError};
use crate::value::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use minicbor::{Decode, Encode};
use std::rc::Rc;

/// Where one signs in.
pub const SIGN_IN: &str = "/console/sign-in";

/// Longest cookie that is looked at.
const COOKIE_BYTES_MAX: usize = 2_048;

/// A kind of cookie. What is sealed as one kind never opens as the other: its key is derived for its
/// purpose, and its name is authenticated with it.
pub(super) struct Kind {
    cookie: &'static str,
    purpose: &'static str,
    /// The paths that it is sent to.
    path: &'static str,
    /// How long it lasts, in seconds.
    seconds: i64,
}

/// Of a session.
pub(super) const SESSION: Kind = Kind {
    cookie: "console-session",
    purpose: "console session",
    path: "/console",
    seconds: 8 * 60 * 60,
};

/// Of a sign-in that a code must still prove. It lasts as long as a code does.
pub(super) const STARTED: Kind =
    Kind { cookie: "console-sign-in", purpose: "console sign-in", path: SIGN_IN, seconds: 10 * 60 };

/// What a session says, and a sign-in that a code must still prove.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Session {
    #[n(0)]
    bearer: Bearer,
    /// What the forms of its pages repeat, and no other page knows.
    #[cbor(n(1), with = "minicbor::bytes")]
    secret: [u8; 16],
    /// From this time on it is worth nothing.
    #[n(2)]
    expires_at: Timestamp,
}

/// What the routes would be presented.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Bearer {
    /// A token of an access key.
    #[n(0)]
    AccessKey(#[n(0)] String),
    /// The token of an operator.
    #[n(1)]
    Operator(#[n(0)] String),
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::AccessKey(_) => "AccessKey([redacted])",
            Self::Operator(_) => "Operator([redacted])",
        })
    }
}

/// An access key and its secret key, as someone types them.
pub struct Pair<'a> {
    /// The public half.
    pub access_key_id: &'a str,
    /// The secret half.
    pub secret_key: &'a str,
}

/// A sign-in that was right: what the browser keeps of it.
#[derive(Debug)]
pub struct AcceptedSignIn {
    /// Sets the cookie of the session.
    pub cookie: String,
}

impl Session {
    /// What a request presents of this kind, if it is of this installation and still lasts.
    pub(super) fn presented(
        kind: &Kind,
        head: &Head,
        ring: &Result<Rc<KeyRing>, SecretError>,
        now: Timestamp,
    ) -> Option<Self> {
        let text = cookie(head, kind.cookie).filter(|text| text.len() <= COOKIE_BYTES_MAX)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let sealed: Sealed = minicbor::decode(&bytes).ok()?;
        let ring = ring.as_ref().ok()?;
        let opened = ring.open(kind.purpose, kind.cookie.as_bytes(), &sealed).ok()?;
        let session: Self = minicbor::decode(opened.expose()).ok()?;
        Some(session).filter(|session| now < session.expires_at)
    }

    /// What the routes would be presented.
    pub(super) fn into_bearer(self) -> Bearer {
        self.bearer
    }

    /// What the forms of its pages repeat.
    pub(super) fn form_token(&self) -> String {
        hex::encode(self.secret)
    }

    /// Whose session it is; a stranger's, when its access key or its operator no longer opens
    /// anything.
    ///
    /// # Errors
    /// Failures of the store and of the host.
    pub(super) async fn visitor(
        &self,
        host: &dyn Host,
        ring: &Result<Rc<KeyRing>, SecretError>,
    ) -> Result<Visitor, Refusal> {
        match &self.bearer {
            Bearer::AccessKey(text) => {
                let Some(token) = Token::parse(text) else {
                    return Ok(Visitor::Stranger);
                };
                match token.verify(host, ring).await {
                    Ok(caller) => Ok(Visitor::Partner(caller)),
                    Err(Refusal::BadToken(_)) => Ok(Visitor::Stranger),
                    Err(failure) => Err(failure),
                }
            }
            Bearer::Operator(text) => match bearer_of(host, text).await {
                Ok(Some((name, role))) => Ok(Visitor::Operator { name, role }),
                Ok(None) | Err(Refusal::OperatorClosed(_)) => Ok(Visitor::Stranger),
                Err(failure) => Err(failure),
            },
        }
    }
}

/// Who knows both halves of a partner's access key, and what a session of it would hold.
///
/// # Errors
/// [`Refusal::WrongSignature`] where the secret key is wrong, [`Refusal::Unauthenticated`] where the
/// key cannot be used,
/// [`CallerNotPermitted`](crate::domain::error::Reason::CallerNotPermitted) for a customer's key;
/// failures of the store and of the host.
pub(super) async fn verified(
    (host, head): (&dyn Host, &Head),
    ring: &Result<Rc<KeyRing>, SecretError>,
    pair: &Pair<'_>,
) -> Result<(Caller, Bearer), Refusal> {
    let credential = verify_pair((host, head), ring, pair.access_key_id, pair.secret_key).await?;
    let master_key = ring.as_ref().map_err(|error| Refusal::from(*error))?.current();
    // The session may begin at the last moment at which a code can still prove the sign-in.
    let life = TimeDelta::seconds(STARTED.seconds + SESSION.seconds);
    let (token, _) =
        token::issue(master_key, pair.access_key_id, &credential.key, host.now(), life)?;
    let caller = credential.into_caller();
    caller.of_console()?;
    Ok((caller, Bearer::AccessKey(token)))
}

/// Signs in by an operator's token.
///
/// # Errors
/// [`Refusal::OperatorUnauthenticated`] for a token that opens nothing, [`Refusal::OperatorClosed`];
/// failures of the store and of the host.
pub(super) async fn sign_in_operator(
    (host, head): (&dyn Host, &Head),
    ring: &Result<Rc<KeyRing>, SecretError>,
    token: &str,
) -> Result<AcceptedSignIn, Refusal> {
    if bearer_of(host, token).await?.is_none() {
        return Err(Refusal::OperatorUnauthenticated("it opens nothing".to_owned()));
    }
    accepted((host, head), ring, Bearer::Operator(token.to_owned()))
}

/// A session begins.
///
/// # Errors
/// [`Refusal::MasterKey`].
pub(super) fn accepted(
    at: (&dyn Host, &Head),
    ring: &Result<Rc<KeyRing>, SecretError>,
    bearer: Bearer,
) -> Result<AcceptedSignIn, Refusal> {
    Ok(AcceptedSignIn { cookie: set_cookie(&SESSION, at, ring, bearer)? })
}

/// Makes the browser keep a cookie of this kind.
///
/// # Errors
/// [`Refusal::MasterKey`].
pub(super) fn set_cookie(
    kind: &Kind,
    (host, head): (&dyn Host, &Head),
    ring: &Result<Rc<KeyRing>, SecretError>,
    bearer: Bearer,
) -> Result<String, Refusal> {
    let ring = ring.as_ref().map_err(|error| Refusal::from(*error))?;
    let expires_at = host.now() + TimeDelta::seconds(kind.seconds);
    let session = Session { bearer, secret: host.random(), expires_at: expires_at.into() };
    let unencodable =
        |error: &dyn std::fmt::Display| Refusal::Internal(format!("cookie as CBOR: {error}"));
    let plain = minicbor::to_vec(&session).map_err(|error| unencodable(&error))?;
    let sealed = ring.current().seal(kind.purpose, kind.cookie.as_bytes(), nonce(host), &plain);
    let bytes = minicbor::to_vec(&sealed).map_err(|error| unencodable(&error))?;
    Ok(written(kind, head, &URL_SAFE_NO_PAD.encode(bytes), kind.seconds))
}

/// Makes the browser forget its cookie of this kind.
pub(super) fn forget_cookie(kind: &Kind, head: &Head) -> String {
    written(kind, head, "", 0)
}

/// A page that came encrypted has its cookie encrypted, too: the scheme of the form's `Origin` says
/// whether it did, whatever stands before the bundle.
fn written(kind: &Kind, head: &Head, value: &str, seconds: i64) -> String {
    let origin = head.header("origin").ok().flatten().unwrap_or_default();
    let secure = if origin.starts_with("https:") { "; Secure" } else { "" };
    let Kind { cookie, path, .. } = kind;
    let scope = format!("Path={path}; HttpOnly; SameSite=Strict");
    format!("{cookie}={value}; {scope}; Max-Age={seconds}{secure}")
}

/// The value of a cookie; none when it is sent twice, because then one of them is not the console's.
pub(super) fn cookie<'h>(head: &'h Head, name: &str) -> Option<&'h str> {
    let headers = head.headers.iter().filter(|(known, _)| known == "cookie");
    let texts = headers.filter_map(|(_, value)| str::from_utf8(value).ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(known, _)| known.trim() == name).map(|(_, value)| value.trim());
    let first = found.next();
    if found.next().is_some() { None } else { first }
}
