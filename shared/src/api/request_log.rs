//! One line of the log for each request.

use super::caller::Caller;
use super::message::{Head, Response};
use super::refusal::Refusal;
use crate::domain::partner::{PartnerKind, Principal};
use crate::value::text::log_text;
use crate::value::time::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The header in which Spin tells the address and port of the client.
const CLIENT_ADDRESS: &str = "spin-client-addr";

/// What a request was and what became of it, as one JSON object on one line.
///
/// Holds no secret, no body and no personal datum: a path has ids in it, and a query has more, so
/// the operation stands for both.
#[derive(Clone, Debug, Serialize)]
pub struct RequestLog {
    /// When it was answered.
    pub time: Timestamp,
    /// Repeats the header `X-Request-Id` of the answer.
    pub request_id: String,
    /// The operation; `None` where there is none for the path and method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// The caller's tenant, once the caller is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The kind of caller, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<&'static str>,
    /// The operator, as the journal names it, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The address that the request came from, where the host tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    /// HTTP status.
    pub status: u16,
    /// The wire code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Cow<'static, str>>,
    /// What the client is not told of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// From the request's arrival in the component to its answer.
    pub milliseconds: u128,
    /// Calls of the store.
    pub store_calls: u32,
}

impl RequestLog {
    /// The line of a request that has only just been answered.
    pub fn new(time: Timestamp, request_id: &str, response: &Response, took: Duration) -> Self {
        Self {
            time,
            request_id: request_id.to_owned(),
            operation: None,
            tenant: None,
            principal: None,
            operator: None,
            client: None,
            status: response.status,
            error_code: None,
            cause: None,
            milliseconds: took.as_millis(),
            store_calls: 0,
        }
    }

    /// Tells why the request was refused.
    pub fn refused(&mut self, refusal: &Refusal) {
        self.error_code = Some(refusal.error_code().into());
        self.cause = refusal.cause().map(|cause| log_text(&cause));
    }

    /// Tells that a wrong signature could not be counted.
    pub fn uncounted(&mut self, failure: &Refusal) {
        let cause = self.cause.as_deref().unwrap_or_default();
        let failure = failure.log_message();
        self.cause = Some(log_text(&format!("{cause}, and that was not counted: {failure}")));
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        // Texts and numbers can always be written as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The address that a request came from, if the host tells it. Spin appends what it knows to what a
/// client may have sent under the same name.
pub fn client_address(head: &Head) -> Option<IpAddr> {
    let told = head.headers.iter().rfind(|(name, _)| name == CLIENT_ADDRESS)?;
    let text = str::from_utf8(&told.1).ok()?;
    text.parse().map(|address: SocketAddr| address.ip()).or_else(|_| text.parse()).ok()
}

/// The kind of a caller, as the log names it.
pub fn kind_of(caller: &Caller) -> &'static str {
    match &caller.principal {
        Principal::Customer(_) => "customer",
        Principal::Partner(partner) => match partner.kind {
            PartnerKind::Distributor => "distributor",
            PartnerKind::SolutionProvider => "solution_provider",
            PartnerKind::Reseller => "reseller",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_that_the_host_tells() {
        let head = |values: &[&str]| {
            let headers =
                values.iter().map(|it| (CLIENT_ADDRESS.to_owned(), it.as_bytes().to_vec()));
            Head { headers: headers.collect(), ..Head::default() }
        };
        let told =
            |values: &[&str]| client_address(&head(values)).map(|address| address.to_string());
        assert_eq!(told(&["10.0.0.1:4000"]), Some("10.0.0.1".to_owned()));
        assert_eq!(told(&["[::1]:4000"]), Some("::1".to_owned()));
        assert_eq!(told(&["10.0.0.1"]), Some("10.0.0.1".to_owned()));
        // A client may send the header, too; what the host tells comes after it.
        assert_eq!(told(&["1.2.3.4:5", "10.0.0.1:4000"]), Some("10.0.0.1".to_owned()));
        for none in [&[][..], &["nonsense"], &["1.2.3.4:5", ""]] {
            assert_eq!(told(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_and_bounded() {
        let time = "2026-06-01T00:00:00Z".parse().expect("a time");
        let response = Response { status: 500, headers: Vec::new(), body: Vec::new() };
        let mut log = RequestLog::new(time, "r1", &response, Duration::from_micros(2_900));
        log.refused(&Refusal::Internal(format!("a\nb\u{7}{}", "x".repeat(1_000))));
        let line = log.line();
        assert!(!line.contains(char::is_control) && !line.contains("\\n"), "{line}");
        assert!(line.len() < 1_000, "{line}");
        let expected = r#"{"time":"2026-06-01T00:00:00Z","request_id":"r1","status":500,"error_code":"CBC.0999","cause":"a b x"#;
        assert!(line.starts_with(expected), "{line}");
        assert!(line.ends_with(r#""milliseconds":2,"store_calls":0}"#), "{line}");
    }
}
