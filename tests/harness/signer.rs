//! `SDK-HMAC-SHA256` as `contract/README.md` describes it, written for these tests alone: nothing
//! of the code that verifies.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::harness::http::Request;

/// States the hash of a body, in place of the body's own.
pub const CONTENT_HASH: &str = "X-Sdk-Content-Sha256";

/// An access key, and whose it is.
#[derive(Clone, Debug)]
pub struct Key {
    pub access_key_id: String,
    pub secret_key: String,
    /// The partner or customer.
    pub principal_id: String,
}

/// Adds a signature over everything the request says now.
pub fn sign(request: Request, key: &Key, address: &str) -> Request {
    sign_at(request, key, address, Utc::now())
}

/// As [`sign`], with another date.
pub fn sign_at(request: Request, key: &Key, address: &str, at: DateTime<Utc>) -> Request {
    let mut request = request
        .with("Host", address)
        .with("X-Domain-Id", &key.principal_id)
        .with("X-Sdk-Date", &at.format("%Y%m%dT%H%M%SZ").to_string());
    if !request.headers.iter().any(|(name, _)| name == "Content-Type") {
        request = request.with("Content-Type", "application/json");
    }
    let mut names: Vec<String> =
        request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    let signature = signature(&request, &names, key);
    authorize(request, &key.access_key_id, &names, &signature)
}

/// Adds an `Authorization` header that says so.
pub fn authorize(request: Request, access_key: &str, names: &[String], signature: &str) -> Request {
    let names = names.join(";");
    let value = format!(
        "SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={names}, Signature={signature}"
    );
    request.with("Authorization", &value)
}

/// The signature over the headers of these names, in lower case and in order.
pub fn signature(request: &Request, names: &[String], key: &Key) -> String {
    let date = header(request, "x-sdk-date");
    let canonical = canonical_request(request, names);
    let digest = hex::encode(Sha256::digest(canonical));
    let string_to_sign = format!("SDK-HMAC-SHA256\n{}\n{digest}", String::from_utf8_lossy(&date));
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.secret_key.as_bytes()).expect("any length will do");
    mac.update(string_to_sign.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn canonical_request(request: &Request, names: &[String]) -> Vec<u8> {
    let mut path = request.path().split('/').map(recoded).collect::<Vec<_>>().join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    let mut pairs: Vec<(String, String)> = request
        .query()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (recoded(name), recoded(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();

    let mut canonical = format!("{}\n{path}\n{}\n", request.method, pairs.join("&")).into_bytes();
    for name in names {
        canonical.extend_from_slice(name.as_bytes());
        canonical.push(b':');
        canonical.extend_from_slice(header(request, name).trim_ascii());
        canonical.push(b'\n');
    }
    canonical.extend_from_slice(format!("\n{}\n", names.join(";")).as_bytes());
    let stated = header(request, CONTENT_HASH);
    if request.body.is_empty() || stated.is_empty() {
        canonical.extend_from_slice(hex::encode(Sha256::digest(&request.body)).as_bytes());
    } else {
        canonical.extend_from_slice(&stated);
    }
    canonical
}

fn header(request: &Request, name: &str) -> Vec<u8> {
    let mut headers = request.headers.iter();
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Percent-decoded, and encoded again the one way that counts.
fn recoded(text: &str) -> String {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.and_then(|digits| hex::decode(digits).ok());
        rest = if escaped.is_some() { &tail[2..] } else { tail };
        decoded.extend_from_slice(escaped.as_deref().unwrap_or(&[*first]));
    }
    quote(&decoded)
}

/// Percent-encodes all but unreserved characters.
pub fn quote(bytes: impl AsRef<[u8]>) -> String {
    let mut quoted = String::new();
    for byte in bytes.as_ref() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            quoted.push(char::from(*byte));
        } else {
            quoted.push_str(&format!("%{byte:02X}"));
        }
    }
    quoted
}
