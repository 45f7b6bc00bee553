//! What a handler answered or refused, as a response: the one envelope of every error.

use super::message::{Answer, NO_CONTENT, Response};
use super::refusal::{Refusal, shortened};
use crate::value::id::CustomerId;
use serde::Serialize;

/// The status of an answer that may be another one soon.
const UNAVAILABLE: u16 = 503;

/// When to try again what the bundle could not do now, in seconds.
const RETRY_AFTER_SECONDS: &str = "2";

/// When to try again what was one request too many, in seconds.
const RETRY_THROTTLED_SECONDS: &str = "1";

/// Turns what a handler answered or refused into a response.
pub fn respond(outcome: Result<Answer, Refusal>, request_id: &str) -> Response {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("x-request-id", request_id.to_owned()),
        // Keys and tokens, balances, names: nothing that a cache may give to the next one.
        ("cache-control", "no-store".to_owned()),
    ];
    let answer = match outcome {
        Ok(answer) => answer,
        Err(refusal) => {
            if let Refusal::MethodNotAllowed(operations) = &refusal {
                let allowed: Vec<_> = operations.iter().map(|allowed| allowed.method).collect();
                headers.push(("allow", allowed.join(", ")));
            }
            if refusal == Refusal::TooManyRequests {
                headers.push(("retry-after", RETRY_THROTTLED_SECONDS.to_owned()));
            }
            refusal.envelope(request_id)
        }
    };
    headers.retain(|(name, _)| answer.headers.iter().all(|(own, _)| own != name));
    headers.extend(answer.headers.into_iter().map(|(name, value)| (name, value.into_owned())));
    if answer.status == UNAVAILABLE {
        headers.push(("retry-after", RETRY_AFTER_SECONDS.to_owned()));
    }
    if answer.status == NO_CONTENT {
        // RFC 9110, 8.6: an answer without content does not state a length either.
        headers.retain(|(name, _)| *name != "content-type");
    } else {
        headers.push(("content-length", answer.body.len().to_string()));
    }
    Response { status: answer.status, headers, body: answer.body }
}

/// The head of an answer whose body follows piece by piece, of a length that is not known yet.
pub fn respond_in_pieces(answer: Answer, request_id: &str) -> Response {
    let mut response = respond(Ok(answer), request_id);
    response.headers.retain(|(name, _)| *name != "content-length");
    response
}

impl Refusal {
    /// The refusal as the answer of a transaction that stands nevertheless.
    pub fn into_answer(self) -> Answer {
        // No rule has a gateway's code, which alone would need the request's id.
        self.envelope("")
    }

    /// The answer: status, and the envelope as the body.
    pub(super) fn envelope(&self, request_id: &str) -> Answer {
        let (status, error_code, error_msg) = self.wire();
        let (line, imported) = match self {
            Self::Line { line, imported, .. } => (Some(*line), Some(*imported)),
            _ => (None, None),
        };
        let created = match self {
            Self::AssociationUnknown { domain_id, domain_name } => Some((domain_id, domain_name)),
            _ => None,
        };
        let envelope = Envelope {
            error_code,
            error_msg: shortened(&error_msg),
            request_id: error_code.starts_with("APIGW.").then_some(request_id),
            line,
            applied: imported.map(|imported| imported.applied),
            skipped: imported.map(|imported| imported.skipped),
            domain_id: created.map(|(domain_id, _)| domain_id),
            domain_name: created.map(|(_, domain_name)| domain_name.as_str()),
        };
        Answer::json(status, serde_json::to_vec(&envelope).unwrap_or_default())
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    error_code: &'a str,
    error_msg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_id: Option<&'a CustomerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_name: Option<&'a str>,
}
