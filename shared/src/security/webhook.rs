//! Signed messages to the webhook receiver, after the Standard Webhooks specification.
//!
//! The receiver checks `webhook-signature` over `webhook-id`, `webhook-timestamp` and the exact
//! body, refuses old timestamps, and forgets repeats of an id: delivery is at least once.

use crate::value::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::Uri;
use serde::Serialize;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// Prefix of a secret in its text form.
const SECRET_PREFIX: &str = "whsec_";

/// Shortest and longest secret that the specification allows, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The identity of a message about an event, under which each attempt to deliver it is made. The
/// bytes must be fresh.
pub fn message_id(random: &[u8; 16]) -> String {
    format!("msg_{}", hex::encode(random))
}

/// Something that happened, as the body of a message tells it:
/// `{"type": "...", "timestamp": "...", "data": {...}}`.
#[derive(Debug, Serialize)]
pub struct Event<'a, T> {
    /// What kind of thing, as `subject.what_happened_to_it`.
    #[serde(rename = "type")]
    pub event_type: &'a str,
    /// When it happened, not when it is sent.
    pub timestamp: Timestamp,
    /// What there is to tell.
    pub data: T,
}

impl<T: Serialize> Event<'_, T> {
    /// The body. It is signed as it is: a repeat sends these same bytes.
    ///
    /// # Errors
    /// The data cannot be written as JSON, which is a fault of this program.
    pub fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// Why a secret cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and 24 to 64 bytes in base64")]
pub struct InvalidWebhookSecret;

/// The secret that a receiver shares with the bundle.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// The text form of a secret of these bytes, which must be fresh.
    pub fn text_of(random: &[u8; 32]) -> Zeroizing<String> {
        Zeroizing::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(random)))
    }

    /// Reads `whsec_` and the secret in base64.
    ///
    /// # Errors
    /// [`InvalidWebhookSecret`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidWebhookSecret> {
        let encoded = text.strip_prefix(SECRET_PREFIX).ok_or(InvalidWebhookSecret)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| InvalidWebhookSecret)?);
        if SECRET_BYTES.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(InvalidWebhookSecret)
        }
    }

    /// The headers of a message: its identity, the same for each attempt to deliver it, the time of
    /// this attempt, and the signature over both and the body.
    pub fn headers(
        &self,
        id: &str,
        now: DateTime<Utc>,
        body: &[u8],
    ) -> [(&'static str, String); 3] {
        let timestamp = now.timestamp().to_string();
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0)
            .expect("HMAC takes a key of any length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", signature),
        ]
    }
}

/// A host, or several, as an entry of the manifest's `allowed_outbound_hosts` names them: scheme, host
/// and port, `*` for any of each, and `*.` for all below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    scheme: String,
    host: String,
    port: String,
}

impl AllowedHost {
    /// Reads an entry; `None` for what is none.
    pub fn parse(entry: &str) -> Option<Self> {
        let (scheme, rest) = entry.trim().split_once("://")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let well_formed = !scheme.is_empty() && !host.is_empty() && !rest.contains(['/', '@']);
        well_formed.then(|| Self {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            port: port.to_owned(),
        })
    }

    /// Whether it is a host that never exists (RFC 2606), as the manifest's default is.
    pub fn is_nowhere(&self) -> bool {
        self.host.ends_with(".invalid")
    }

    /// Whether an address is at one of them. The host of components asks again when something is sent.
    pub fn allows(&self, url: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (url.scheme_str(), url.host()) else {
            return false;
        };
        let host = host.to_ascii_lowercase();
        let is_host = match self.host.strip_prefix('*') {
            Some("") => true,
            Some(domain) => domain.starts_with('.') && host.ends_with(domain),
            None => self.host == host,
        };
        let usual = |scheme: &str| match scheme {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        };
        let port = url.port_u16().or_else(|| usual(scheme));
        let is_port = match self.port.as_str() {
            "*" => true,
            "" => port.is_some() && port == usual(scheme),
            number => number.parse().ok() == port && port.is_some(),
        };
        (self.scheme == "*" || self.scheme == scheme) && is_host && is_port
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementation.
    #[test]
    fn signs_as_the_specification_says() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("valid");
        let now = DateTime::from_timestamp(1_614_265_330, 0).expect("a time");
        let headers =
            secret.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", now, b"{\"test\": 2432232314}");
        assert_eq!(headers[1].1, "1614265330");
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn an_event_says_what_happened_and_when() {
        let event = Event {
            event_type: "thing.changed",
            timestamp: "2026-09-21T14:13:20Z".parse().expect("a time"),
            data: [("name", "x")].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        };
        let expected =
            r#"{"type":"thing.changed","timestamp":"2026-09-21T14:13:20Z","data":{"name":"x"}}"#;
        assert_eq!(event.body().expect("JSON"), expected.as_bytes());
    }

    #[test]
    fn refuses_what_is_no_secret() {
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ", "whsec_é"] {
            assert_eq!(WebhookSecret::parse(text).err(), Some(InvalidWebhookSecret), "{text}");
        }
    }

    #[test]
    fn never_prints() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("valid");
        assert_eq!(format!("{secret:?}"), "[redacted]");
    }
}
