//! Requests and answers, free of any HTTP library.

use super::refusal::{BodyError, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// The status of an answer that has no body.
pub(super) const NO_CONTENT: u16 = 204;

/// A request without its body.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// In upper case.
    pub method: String,
    /// Host and port of the request URI, as the host of the component gives it.
    pub authority: String,
    /// As sent, not decoded.
    pub path: String,
    /// As sent, not decoded; empty when there is none.
    pub query: String,
    /// Names in lower case, in the order sent.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// The method, in upper case.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The value of a header that may be sent at most once.
    ///
    /// # Errors
    /// It was sent twice or is not text.
    pub fn header(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.headers.iter().filter(|(sent, _)| sent == name);
        let Some((_, value)) = values.next() else {
            return Ok(None);
        };
        match str::from_utf8(value) {
            Ok(value) if values.next().is_none() => Ok(Some(value.trim())),
            _ => Err(Refusal::parameter(name, "must be sent once, as text")),
        }
    }

    /// Whether a body may still be on its way.
    pub(super) fn announces_body(&self) -> bool {
        let announces = |(name, value): &(String, Vec<u8>)| match name.as_str() {
            "content-length" => value != b"0",
            name => name == "transfer-encoding",
        };
        self.headers.iter().any(announces)
    }
}

/// The body of a request, as it arrives.
#[expect(async_fn_in_trait, reason = "a component runs on one thread, futures need not be Send")]
pub trait Body {
    /// The next piece; `None` after the last. It waits for seconds at most.
    ///
    /// # Errors
    /// The body breaks off, or the next piece does not come in time.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError>;
}

/// A successful answer: a status and a body, which is JSON unless it is a page or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Headers in place of the usual ones of the same name, and beside the others; names in lower
    /// case.
    pub(super) headers: Vec<(&'static str, Cow<'static, str>)>,
}

/// What a file to be taken away is called, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Letters, digits, dots and hyphens.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
}

/// Headers that are always the same, names in lower case.
pub type Headers = &'static [(&'static str, &'static str)];

impl Answer {
    /// 200 with `body` as JSON.
    ///
    /// # Errors
    /// The body cannot be written as JSON, which is a fault of this program.
    pub fn ok<T: Serialize>(body: &T) -> Result<Self, Refusal> {
        Self::with_status(200, body)
    }

    /// 200 with a text that is no JSON; `headers` say what it is.
    pub fn text(text: &str, headers: Headers) -> Self {
        Self { status: 200, body: text.as_bytes().to_vec(), headers: Vec::new() }
            .with_headers(headers)
    }

    /// 200 with a file, or with the first piece of one.
    pub(super) fn file(file: &File, body: Vec<u8>) -> Self {
        let disposition = format!("attachment; filename=\"{}\"", file.name);
        let headers = vec![
            ("content-type", Cow::Borrowed(file.content_type)),
            ("content-disposition", Cow::Owned(disposition)),
            // A browser must not take the file for anything else.
            ("x-content-type-options", Cow::Borrowed("nosniff")),
        ];
        Self { status: 200, body, headers }
    }

    /// The same with these headers as well, in place of the usual ones of the same name.
    pub fn with_headers(mut self, headers: Headers) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, Cow::Borrowed(*value)));
        self.headers.extend(headers);
        self
    }

    /// A body that is JSON already.
    pub(super) fn json(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, headers: Vec::new() }
    }

    /// 204: done, and nothing to say.
    pub fn no_content() -> Self {
        Self { status: NO_CONTENT, body: Vec::new(), headers: Vec::new() }
    }

    /// Reads the body of an answer that was kept.
    ///
    /// # Errors
    /// The body is of another type, which is a fault of this program.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::Internal(format!("kept answer as JSON: {error}")))
    }

    /// As [`ok`](Self::ok), with another status.
    ///
    /// # Errors
    /// As [`ok`](Self::ok).
    pub fn with_status<T: Serialize>(status: u16, body: &T) -> Result<Self, Refusal> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Refusal::Internal(format!("answer as JSON: {error}")))?;
        Ok(Self::json(status, body))
    }
}

/// An answer ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, a page, or a file that is not long.
    pub body: Vec<u8>,
}
