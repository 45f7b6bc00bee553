//! Operators with tokens of their own: made, listed, renewed and disabled.
//!
//! A token is `pboperator1_NAME_` and forty hexadecimal digits. Only a digest of it is kept, under a
//! key that is made for each operator and sealed under the master key, so that another master key
//! changes no token. A MAC is over the whole record: whoever can write the store makes no operator.

use crate::api::admission::key_ring;
use crate::api::credential::{KeyStatus, nonce};
use crate::api::{Answer, Body, Host, Refusal};
use crate::domain::error::Reason;
use crate::operator::call::OperatorCall;
use crate::operator::role::Role;
use crate::security::authentic::RecordMac;
use crate::security::secret::{KeyRing, Sealed, Secret, SecretError, same_token};
use crate::store::register::OPERATORS_MAX;
use crate::store::{Backend, Register, StoreError};
use crate::value::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::str::FromStr;

/// Begins each token, so that one that has leaked into a file is recognised.
const PREFIX: &str = "pboperator1_";

/// Longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 128;

/// Longest name, in characters.
const NAME_CHARACTERS_MAX: usize = 32;

/// Longest life of a token: a year.
const TTL_SECONDS_MAX: i64 = 366 * 24 * 60 * 60;

/// Longest time that the token before goes on beside a new one: a week.
const PREVIOUS_SECONDS_MAX: i64 = 7 * 24 * 60 * 60;

/// Tokens of an operator that are valid at a time.
const TOKENS_MAX: usize = 2;

/// What the key of an operator's digests is sealed for.
const DIGEST_KEY: &str = "digests of operator tokens";

/// The kind of record that a MAC is over.
const RECORD: &str = "operator";

/// An operator's name: it stands in the journal with all that the operator does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OperatorName(String);

impl OperatorName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OperatorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_of_name =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is_of_name) {
            return Ok(Self(text.to_owned()));
        }
        let most = NAME_CHARACTERS_MAX;
        Err(format!("must be 1 to {most} lower-case letters, digits and hyphens"))
    }
}

impl<'de> Deserialize<'de> for OperatorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct TokenRecord {
    #[cbor(n(0), with = "minicbor::bytes")]
    digest: [u8; 32],
    /// From this time on it opens nothing.
    #[n(1)]
    expires_at: Timestamp,
}

/// An operator, as the register keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Operator {
    #[n(0)]
    role: Role,
    #[n(1)]
    created_at: Timestamp,
    /// Newest first. A disabled operator has none.
    #[n(2)]
    tokens: Vec<TokenRecord>,
    /// Key of the digests.
    #[n(3)]
    digest_key: Sealed,
    #[n(4)]
    mac: Option<RecordMac>,
}

impl Operator {
    /// What the MAC is over.
    fn content(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        encoded(&(name, Self { mac: None, ..self.clone() }))
    }

    /// The bytes to be stored, with a MAC over them.
    fn stored(mut self, ring: &KeyRing, name: &str) -> Result<Vec<u8>, Refusal> {
        self.mac = Some(ring.authenticate(RECORD, &self.content(name)?));
        encoded(&self)
    }

    fn read(ring: &KeyRing, name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let operator: Self = decoded(name, bytes)?;
        ring.verify(RECORD, &operator.content(name)?, operator.mac.as_ref())?;
        Ok(operator)
    }

    fn digest(&self, ring: &KeyRing, name: &str, token: &str) -> Result<[u8; 32], SecretError> {
        Ok(digest(&ring.open(DIGEST_KEY, name.as_bytes(), &self.digest_key)?, token))
    }

    /// Puts a new token in front; the one before goes on for a while, at most until its own end.
    fn renew(&mut self, token: TokenRecord, previous_until: DateTime<Utc>) {
        self.tokens.insert(0, token);
        self.tokens.truncate(TOKENS_MAX);
        for before in self.tokens.iter_mut().skip(1) {
            before.expires_at = before.expires_at.min(previous_until.into());
        }
    }
}

fn digest(key: &Secret, token: &str) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose())
        .expect("HMAC takes a key of any length");
    mac.update(token.as_bytes());
    mac.finalize().into_bytes().into()
}

fn encoded<T: Encode<()>>(value: &T) -> Result<Vec<u8>, Refusal> {
    minicbor::to_vec(value).map_err(|error| Refusal::Internal(format!("operator as CBOR: {error}")))
}

fn decoded(name: &str, bytes: &[u8]) -> Result<Operator, Refusal> {
    let corrupt = |error: minicbor::decode::Error| StoreError::Corrupt {
        key: format!("operator {name}"),
        detail: error.to_string(),
    };
    Ok(minicbor::decode(bytes).map_err(corrupt)?)
}

/// Whose token this is and what it opens; nobody's, if it opens nothing. One that does not have the
/// form of a token is not looked up.
///
/// # Errors
/// Failures of the store and of the host.
pub(super) async fn bearer(
    host: &dyn Host,
    token: &str,
) -> Result<Option<(OperatorName, Role)>, Refusal> {
    let name = token.strip_prefix(PREFIX).filter(|text| text.len() <= TOKEN_BYTES_MAX);
    let name = name.and_then(|text| text.rsplit_once('_')?.0.parse::<OperatorName>().ok());
    let (Some(name), Ok(ring)) = (name, key_ring(host)?) else {
        return Ok(None);
    };
    let Some(content) = Register::new(host).operator(name.as_str()).await? else {
        return Ok(None);
    };
    let opened = Operator::read(&ring, name.as_str(), &content).and_then(|operator| {
        let digest = operator.digest(&ring, name.as_str(), token)?;
        Ok((operator, digest))
    });
    let (operator, digest) = match opened {
        Ok(opened) => opened,
        // Not one of ours, or of another master key: it opens nothing.
        Err(Refusal::MasterKey(_)) => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let now = Timestamp::from(host.now());
    let known = operator.tokens.iter().find(|known| same_token(&known.digest, &digest));
    Ok(known.filter(|known| known.expires_at > now).map(|_| (name, operator.role)))
}

/// Seals the keys of the digests under the current master key. Answers how many were not.
///
/// # Errors
/// [`Refusal::MasterKey`] for a record that neither key opens; store failures.
pub(super) async fn reseal(
    backend: &dyn Backend,
    ring: &KeyRing,
    caller: &str,
) -> Result<u64, Refusal> {
    let register = Register::new(backend).by(caller);
    let mut resealed = 0;
    for (name, content) in register.operators().await?.1 {
        let before = decoded(&name, &content)?;
        if before.digest_key.key_id() == ring.current().id() {
            continue;
        }
        let nonce = nonce(backend);
        let change = |content: Option<&[u8]>, _| {
            let Some(content) = content else {
                return Ok(None);
            };
            let mut operator = Operator::read(ring, &name, content)?;
            let sealed = ring.reseal(DIGEST_KEY, name.as_bytes(), nonce, &operator.digest_key)?;
            let Some(sealed) = sealed else {
                return Ok(None);
            };
            operator.digest_key = sealed;
            operator.stored(ring, &name).map(Some)
        };
        register.change_operator("rotate master key", &name, change).await?;
        resealed += 1;
    }
    Ok(resealed)
}

/// An operator as operators see it: all but the tokens.
#[derive(Serialize)]
struct Shown {
    name: String,
    role: Role,
    status: KeyStatus,
    created_at: Timestamp,
    /// When the newest token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// Until when the token before it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_until: Option<Timestamp>,
    /// Whether the record is one that this installation has made; one that is not opens nothing.
    authentic: bool,
}

impl Shown {
    fn new(name: String, operator: &Operator, authentic: bool, now: Timestamp) -> Self {
        let tokens = &operator.tokens;
        let previous = tokens.get(1).map(|token| token.expires_at);
        Self {
            name,
            role: operator.role,
            status: if tokens.is_empty() { KeyStatus::Inactive } else { KeyStatus::Active },
            created_at: operator.created_at,
            expires_at: tokens.first().map(|token| token.expires_at),
            previous_until: previous.filter(|until| *until > now),
            authentic,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOperator {
    name: OperatorName,
    role: Role,
    ttl_seconds: i64,
}

#[derive(Serialize)]
struct Issued {
    #[serde(flatten)]
    operator: Shown,
    /// Only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Makes an operator with a token, which is in this answer alone.
///
/// # Errors
/// [`Refusal::Parameter`] for a life that is too long, [`Reason::ContentDiffers`] when the name is
/// taken, [`Reason::Contradiction`] when there are too many, [`Refusal::MasterKey`], store failures.
pub async fn create_operator<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let NewOperator { name, role, ttl_seconds } = call.json().await?;
    let expires_at = call.host().now() + seconds("ttl_seconds", ttl_seconds, 1..=TTL_SECONDS_MAX)?;
    let host = call.host();
    let ring = key_ring(host)??;
    let made = new_token(host, &name);
    let digest_key = [host.random(), host.random()];
    let sealed = ring.current().seal(
        DIGEST_KEY,
        name.as_str().as_bytes(),
        nonce(host),
        digest_key.as_flattened(),
    );
    let digest = digest(&Secret::from(digest_key.as_flattened().to_vec()), &made);
    let operator = Operator {
        role,
        created_at: call.now(),
        tokens: vec![TokenRecord { digest, expires_at: expires_at.into() }],
        digest_key: sealed,
        mac: None,
    };
    let stored = operator.clone().stored(&ring, name.as_str())?;
    let register = Register::new(host).by(call.caller());
    let change = |before: Option<&[u8]>, count: u64| match before {
        Some(_) => Err(Refusal::from(Reason::ContentDiffers)),
        None if count >= u64::try_from(OPERATORS_MAX).unwrap_or(u64::MAX) => {
            Err(Reason::Contradiction("there are as many operators as there can be").into())
        }
        None => Ok(Some(stored.clone())),
    };
    register.change_operator("create operator", name.as_str(), change).await?;
    let operator = Shown::new(name.0, &operator, true, call.now());
    Answer::with_status(201, &Issued { operator, token: Some(made) })
}

#[derive(Serialize)]
struct Listed {
    operators: Vec<Shown>,
    total_count: u64,
}

/// Lists the operators in the order of their names.
///
/// # Errors
/// [`Refusal::Parameter`], store failures.
pub async fn list_operators<S: Body>(call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    call.query(|_| Ok(()))?;
    let ring = key_ring(call.host())?;
    let (total_count, found) = Register::new(call.host()).operators().await?;
    let mut operators = Vec::with_capacity(found.len());
    for (name, content) in found {
        let authentic =
            ring.as_ref().is_ok_and(|ring| Operator::read(ring, &name, &content).is_ok());
        let operator = decoded(&name, &content)?;
        operators.push(Shown::new(name, &operator, authentic, call.now()));
    }
    Answer::ok(&Listed { operators, total_count })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: OperatorName,
    status: KeyStatus,
    ttl_seconds: Option<i64>,
    previous_seconds: Option<i64>,
}

/// Disables an operator, whose tokens never open anything again; or gives it another token, beside
/// which the one before goes on for a while, so that there is no moment without a right one.
///
/// # Errors
/// [`Refusal::Parameter`], [`Refusal::UnknownOperator`], [`Refusal::MasterKey`], store failures.
pub async fn change_operator<S: Body>(mut call: OperatorCall<'_, S>) -> Result<Answer, Refusal> {
    let Change { name, status, ttl_seconds, previous_seconds } = call.json().await?;
    let host = call.host();
    let ring = key_ring(host)??;
    let (now, made) = (host.now(), new_token(host, &name));
    let lives = match (status, ttl_seconds) {
        (KeyStatus::Inactive, None) if previous_seconds.is_none() => None,
        (KeyStatus::Active, Some(ttl)) => {
            let ttl = seconds("ttl_seconds", ttl, 1..=TTL_SECONDS_MAX)?;
            let previous = previous_seconds.unwrap_or(0);
            let previous = seconds("previous_seconds", previous, 0..=PREVIOUS_SECONDS_MAX)?;
            Some((now + ttl, now + previous))
        }
        (KeyStatus::Active, None) => return Err(Refusal::parameter("ttl_seconds", "is required")),
        (KeyStatus::Inactive, _) => {
            return Err(Refusal::parameter("status", "`inactive` goes with no other field"));
        }
    };
    let operation = if lives.is_some() { "renew operator token" } else { "disable operator" };
    let change = |before: Option<&[u8]>, _| {
        let before = before.ok_or(Refusal::UnknownOperator)?;
        let mut operator = Operator::read(&ring, name.as_str(), before)?;
        match lives {
            None => operator.tokens.clear(),
            Some((expires_at, previous_until)) => {
                let digest = operator.digest(&ring, name.as_str(), &made)?;
                let token = TokenRecord { digest, expires_at: expires_at.into() };
                operator.renew(token, previous_until);
            }
        }
        let after = operator.stored(&ring, name.as_str())?;
        Ok::<_, Refusal>(Some(after).filter(|after| after.as_slice() != before))
    };
    let register = Register::new(host).by(call.caller());
    register.change_operator(operation, name.as_str(), change).await?;
    let content = register.operator(name.as_str()).await?.ok_or(Refusal::UnknownOperator)?;
    let operator = Operator::read(&ring, name.as_str(), &content)?;
    let operator = Shown::new(name.0, &operator, true, call.now());
    Answer::ok(&Issued { operator, token: lives.map(|_| made) })
}

fn new_token(host: &dyn Host, name: &OperatorName) -> String {
    let random = [host.random(), host.random()];
    format!("{PREFIX}{}_{}", name.as_str(), hex::encode(&random.as_flattened()[..20]))
}

fn seconds(
    name: &str,
    seconds: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<TimeDelta, Refusal> {
    if range.contains(&seconds) {
        return Ok(TimeDelta::seconds(seconds));
    }
    let fault = format!("must be a whole number from {} to {}", range.start(), range.end());
    Err(Refusal::parameter(name, &fault))
}
