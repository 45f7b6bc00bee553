//! Request signatures, both directions: `SDK-HMAC-SHA256` as the official SDKs make it.
//!
//! [`verify`] is what the routes trust, [`sign`] is what relay mode and the tests send. Both go
//! through the same three stages, each a pure function: [`canonical_request()`],
//! [`string_to_sign`], and the MAC over it. The stages are tested against the Python SDK's own
//! signer (`tests/vectors/signature.json`, `tests/whole/signature_parity.rs`).
//!
//! What the SDKs sign differs, so a request is verified over whatever `SignedHeaders` lists:
//! Python, Java and Node sign `host` and nearly every header they set; Go signs neither `host`
//! nor `content-type`. `x-sdk-date` is signed by all of them and is the one name required here.
//!
//! The signature leaves a few spellings of one request indistinguishable, and the code that
//! reads a verified request must not tell them apart either: the order of query parameters,
//! `%2F` and `/` in the path, one trailing `/`, `+` and `%20` in the query. Read the query with
//! [`decode_query`], so that the reader and the signature agree on every byte.
//! A header that is not listed is not protected: [`Authorization::signs`] tells.

use crate::value::text::hex_digits;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

mod authorization;
mod canonical_request;
#[cfg(test)]
mod tests;

pub use authorization::Authorization;
pub use canonical_request::{canonical_request, decode_query};

/// The only algorithm accepted; the SDKs' default.
pub const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// How far the signing time may lie from ours, in either direction, in minutes.
pub const CLOCK_SKEW_MINUTES_MAX: i64 = 15;

const AUTHORIZATION: &str = "authorization";
const HOST: &str = "host";
const X_SDK_CONTENT_SHA256: &str = "x-sdk-content-sha256";
const X_SDK_DATE: &str = "x-sdk-date";

/// The parts of a request that a signature covers, as they arrived.
#[derive(Clone, Copy)]
pub struct SignedParts<'a> {
    /// The method, in any case.
    pub method: &'a str,
    /// The path as on the request line, still percent-encoded, without the query.
    pub path: &'a str,
    /// The query as on the request line, still percent-encoded; empty when there is none.
    pub query: &'a str,
    /// All headers, names in lower case, values as raw bytes.
    pub headers: &'a [(String, Vec<u8>)],
    /// The whole body; empty when there is none.
    pub body: &'a [u8],
}

/// Why a signature is refused. For the log: the client gets one answer for all of them.
///
/// Names of headers appear here, values never do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no `Authorization` header.
    #[error("the request is not signed")]
    Missing,
    /// A part of the request is not spelled as the scheme requires.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// `Authorization` names another algorithm, or another scheme altogether.
    #[error("the algorithm is not {ALGORITHM}")]
    UnsupportedAlgorithm,
    /// `SignedHeaders` does not list a name that must be signed.
    #[error("the header {0} is not signed")]
    NotSigned(&'static str),
    /// A header that is listed in `SignedHeaders`, or needed, is not in the request.
    #[error("the header {0} is missing")]
    HeaderMissing(String),
    /// A header that must be there once is there, or is listed, more than once.
    #[error("the header {0} is repeated")]
    HeaderRepeated(String),
    /// `X-Sdk-Date` is more than [`CLOCK_SKEW_MINUTES_MAX`] before or after our time.
    #[error("the signing time is out of the window")]
    DateOutOfWindow,
    /// `X-Sdk-Content-Sha256` is not the hash of the body. `UNSIGNED-PAYLOAD` ends here too.
    #[error("the stated hash is not the body's")]
    BodyHash,
    /// The signature is not the one that this key makes for this request.
    #[error("the signature does not match")]
    Mismatch,
}

/// Checks that `authorization` was made for exactly this request with `secret`.
///
/// `hosts` are the values that the signed `host` may have, tried in order: the authority of the
/// request's URI first, then the public names. A WASI guest does not see the `Host` header, and
/// a client could send any, so `host` is never taken from the headers.
///
/// The body is always hashed. `X-Sdk-Content-Sha256` may repeat that hash in lower-case
/// hexadecimal; any other value is refused, `UNSIGNED-PAYLOAD` included, which the SDKs send for
/// bodies that are not JSON and which this API has no use for.
///
/// # Errors
///
/// Every reason of [`SignatureError`] but [`SignatureError::Missing`]. A date that differs by
/// exactly [`CLOCK_SKEW_MINUTES_MAX`] minutes is accepted.
pub fn verify(
    parts: &SignedParts<'_>,
    authorization: &Authorization,
    secret: &[u8],
    hosts: &[&str],
    now: DateTime<Utc>,
) -> Result<(), SignatureError> {
    if !authorization.signs(X_SDK_DATE) {
        return Err(SignatureError::NotSigned(X_SDK_DATE));
    }
    let date = signing_date(parts.headers)?;
    check_window(date, now)?;
    let body_hash = checked_body_hash(parts)?;

    // An empty secret is a valid MAC key that anyone could guess.
    if secret.is_empty() {
        return Err(SignatureError::Mismatch);
    }
    let hosts = if authorization.signs(HOST) { hosts } else { &[""] };
    for host in hosts {
        let names = authorization.signed_headers();
        let canonical_request = canonical_request(parts, names, host, &body_hash)?;
        let string_to_sign = string_to_sign(date, &canonical_request);
        let mac = mac(secret, &string_to_sign);
        if mac.verify_slice(authorization.signature()).is_ok() {
            return Ok(());
        }
    }
    Err(SignatureError::Mismatch)
}

/// Refuses what no body could make right, so that nobody waits for a body in vain: all that
/// [`verify`] refuses but the body's hash and the MAC. The body in `parts` is not looked at.
///
/// # Errors
///
/// Those of [`verify`], but for [`SignatureError::Mismatch`].
pub fn check_head(
    parts: &SignedParts<'_>,
    authorization: &Authorization,
    now: DateTime<Utc>,
) -> Result<(), SignatureError> {
    if !authorization.signs(X_SDK_DATE) {
        return Err(SignatureError::NotSigned(X_SDK_DATE));
    }
    check_window(signing_date(parts.headers)?, now)?;
    let stated = stated_body_hash(parts.headers)?;
    let is_hash = |text: &[u8]| {
        text.len() == 64 && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if stated.is_some_and(|text| !is_hash(text)) {
        return Err(SignatureError::BodyHash);
    }
    canonical_request(parts, authorization.signed_headers(), "", "").map(drop)
}

/// What [`verify`] answers for an access key that does not exist: the same work, never success.
///
/// So that neither the answer nor the time it takes tells which access keys exist.
pub fn verify_unknown_key(
    parts: &SignedParts<'_>,
    authorization: &Authorization,
    hosts: &[&str],
    now: DateTime<Utc>,
) -> SignatureError {
    // Whoever guesses this stand-in still gets `Mismatch`.
    let stand_in = [0x5a; 40];
    match verify(parts, authorization, &stand_in, hosts, now) {
        Ok(()) => SignatureError::Mismatch,
        Err(error) => error,
    }
}

/// Signs a request as the Python SDK would, and gives the two headers to add to it.
///
/// Signed are `host`, `x-sdk-date`, and every header given whose name has no `_` (the SDK leaves
/// those out, because proxies drop them). The headers must not yet contain `x-sdk-date` or
/// `authorization`; a `host` among them is passed over in favour of the argument, which carries
/// the port if it is not the scheme's own.
///
/// # Errors
///
/// [`SignatureError::Malformed`] for parts that could not be verified either,
/// [`SignatureError::HeaderRepeated`] for a header given twice, [`SignatureError::BodyHash`]
/// for an `X-Sdk-Content-Sha256` that is not the body's.
pub fn sign(
    parts: &SignedParts<'_>,
    host: &str,
    access_key_id: &str,
    secret: &[u8],
    now: DateTime<Utc>,
) -> Result<[(&'static str, String); 2], SignatureError> {
    if parts.headers.iter().any(|(name, _)| name == AUTHORIZATION) {
        return Err(SignatureError::HeaderRepeated(AUTHORIZATION.to_owned()));
    }
    let date = now.format("%Y%m%dT%H%M%SZ").to_string();
    let mut headers = parts.headers.to_vec();
    headers.push((X_SDK_DATE.to_owned(), date.clone().into_bytes()));

    let mut names: Vec<String> = headers
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| name != HOST && !name.contains('_'))
        .collect();
    names.push(HOST.to_owned());
    names.sort();

    let parts = SignedParts { headers: &headers, ..*parts };
    let body_hash = checked_body_hash(&parts)?;
    let canonical_request = canonical_request(&parts, &names, host, &body_hash)?;
    let string_to_sign = string_to_sign(&date, &canonical_request);
    let signature = mac(secret, &string_to_sign).finalize().into_bytes();
    let authorization = Authorization::new(access_key_id, names, signature.into())?;
    Ok([(X_SDK_DATE, date), (AUTHORIZATION, authorization.to_string())])
}

/// The second stage: algorithm, signing time and hash of the canonical request, one per line.
///
/// `date` is the value of `X-Sdk-Date`.
pub fn string_to_sign(date: &str, canonical_request: &[u8]) -> String {
    let hash = hex_digits(&Sha256::digest(canonical_request));
    format!("{ALGORITHM}\n{date}\n{hash}")
}

/// The third stage, ready to be compared in constant time or to be read.
fn mac(secret: &[u8], string_to_sign: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    mac
}

/// The value of `X-Sdk-Date`, which must be there exactly once.
fn signing_date(headers: &[(String, Vec<u8>)]) -> Result<&str, SignatureError> {
    let value = canonical_request::header_once(headers, X_SDK_DATE)?;
    std::str::from_utf8(value).map_err(|_| SignatureError::Malformed(X_SDK_DATE))
}

fn check_window(date: &str, now: DateTime<Utc>) -> Result<(), SignatureError> {
    let signed_at = parse_date(date).ok_or(SignatureError::Malformed(X_SDK_DATE))?;
    let skew = now.signed_duration_since(signed_at.and_utc()).abs();
    if skew > TimeDelta::minutes(CLOCK_SKEW_MINUTES_MAX) {
        return Err(SignatureError::DateOutOfWindow);
    }
    Ok(())
}

/// Reads `YYYYMMDDTHHMMSSZ` and nothing else: chrono's own parser takes signs and short fields,
/// and the text goes into the string to sign as it is.
fn parse_date(text: &str) -> Option<NaiveDateTime> {
    let shape_is_right = text.len() == 16
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    if !shape_is_right {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
    let year = i32::try_from(number(0, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?)?.and_hms_opt(
        number(9, 11)?,
        number(11, 13)?,
        number(13, 15)?,
    )
}

/// The body's hash in lower-case hexadecimal; a header that states it must state the same.
fn checked_body_hash(parts: &SignedParts<'_>) -> Result<String, SignatureError> {
    let hash = hex_digits(&Sha256::digest(parts.body));
    match stated_body_hash(parts.headers)? {
        Some(stated) if stated != hash.as_bytes() => Err(SignatureError::BodyHash),
        _ => Ok(hash),
    }
}

/// The value of `X-Sdk-Content-Sha256`, which may be there once.
fn stated_body_hash(headers: &[(String, Vec<u8>)]) -> Result<Option<&[u8]>, SignatureError> {
    match canonical_request::header_once(headers, X_SDK_CONTENT_SHA256) {
        Err(SignatureError::HeaderMissing(_)) => Ok(None),
        value => value.map(Some),
    }
}
