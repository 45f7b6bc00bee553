//! The address of a partner that is told of what happens to its customers.

use crate::domain::error::Reason;
use crate::security::vault::Private;
use crate::security::webhook::{AllowedHost, WebhookSecret};
use crate::value::time::Timestamp;
use chrono::TimeDelta;
use http::Uri;
use minicbor::{Decode, Encode};

/// Longest address, in characters.
const URL_CHARACTERS_MAX: usize = 512;

/// Test events of one address within an hour, at most: each is posted while its request waits.
pub const TESTS_PER_HOUR_MAX: u32 = 20;

/// An address that events can be posted to, as far as its text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationUrl(String);

impl NotificationUrl {
    /// Reads an address below an allowed host.
    ///
    /// # Errors
    /// [`Reason::Field`].
    pub fn parse(text: &str, allowed: &AllowedHost) -> Result<Self, Reason> {
        let fault = |fault: &'static str| Reason::field("url", fault);
        if text.chars().count() > URL_CHARACTERS_MAX
            || !text.bytes().all(|it| it.is_ascii_graphic())
        {
            return Err(fault("must have at most 512 printable characters, without blanks"));
        }
        let url: Uri = text.parse().map_err(|_| fault("must be an address"))?;
        let is_web = matches!(url.scheme_str(), Some("https" | "http"));
        let is_plain = url.authority().is_some_and(|it| !it.as_str().contains('@'));
        if !is_web || !is_plain || text.contains('#') {
            return Err(fault("must begin with https:// or http:// and have no user or fragment"));
        }
        if !allowed.allows(&url) {
            return Err(fault("must be at a host that the operator allows"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address that is bound.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Notification {
    /// Where events are posted.
    #[n(0)]
    pub url: String,
    #[n(1)]
    secret: Private,
    /// When it was bound.
    #[n(2)]
    pub bound_at: Timestamp,
    /// When the hour of the tests began that are counted,
    #[n(3)]
    tested_since: Timestamp,
    /// and how many there were.
    #[n(4)]
    tests: u32,
}

impl Notification {
    /// A new binding, with a secret of these fresh bytes.
    pub fn new(url: &NotificationUrl, random: &[u8; 32], now: Timestamp) -> Self {
        Self {
            url: url.as_str().to_owned(),
            secret: Private::from(WebhookSecret::text_of(random).as_str()),
            bound_at: now,
            tested_since: now,
            tests: 0,
        }
    }

    /// The secret that signs its events, as text.
    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// With one more test event.
    ///
    /// # Errors
    /// [`Reason::TestedTooOften`].
    pub fn tested(self, now: Timestamp) -> Result<Self, Reason> {
        let is_over = now.instant() - self.tested_since.instant() >= TimeDelta::hours(1);
        let (tested_since, tests) =
            if is_over { (now, 0) } else { (self.tested_since, self.tests) };
        if tests >= TESTS_PER_HOUR_MAX {
            return Err(Reason::TestedTooOften);
        }
        Ok(Self { tested_since, tests: tests.saturating_add(1), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_below_an_allowed_host_and_says_nothing_but_where() {
        let allowed = AllowedHost::parse("https://*.example.com").expect("a host");
        for (url, is_allowed) in [
            ("https://hooks.example.com/events?of=billing", true),
            ("https://a.b.example.com:443", true),
            ("https://hooks.example.com:8443/", false),
            ("http://hooks.example.com/", false),
            ("https://example.com/", false),
            ("https://example.com.attacker.net/", false),
            ("https://user:secret@hooks.example.com/", false),
            ("https://hooks.example.com/#fragment", false),
            ("https://hooks.example.com/a b", false),
            ("ftp://hooks.example.com/", false),
            ("/events", false),
            ("", false),
        ] {
            assert_eq!(NotificationUrl::parse(url, &allowed).is_ok(), is_allowed, "{url}");
        }
        let long = format!("https://hooks.example.com/{}", "a".repeat(512));
        assert!(NotificationUrl::parse(&long, &allowed).is_err());
    }

    #[test]
    fn is_tested_twenty_times_an_hour_and_prints_no_secret() {
        let allowed = AllowedHost::parse("*://*:*").expect("a host");
        let url = NotificationUrl::parse("http://127.0.0.1:8080/", &allowed).expect("an address");
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
        let mut bound = Notification::new(&url, &[7; 32], now);
        assert!(WebhookSecret::parse(bound.secret()).is_ok());
        assert!(!format!("{bound:?}").contains("whsec_"), "{bound:?}");
        for _ in 0..TESTS_PER_HOUR_MAX {
            bound = bound.tested(now).expect("tested");
        }
        assert_eq!(bound.clone().tested(now), Err(Reason::TestedTooOften));
        assert!(bound.tested("2026-06-01T01:00:00Z".parse().expect("a time")).is_ok());
    }
}
