//! An answer of the console, with what the browser must be told about it.

use crate::api::{Answer, Headers, Refusal, Response, respond};

/// The header of what a page may load and do.
const CSP: &str = "content-security-policy";

/// Nothing is loaded but the stylesheet and the empty icon of the page itself, nothing runs, forms
/// go nowhere else, and no other page shows this one inside itself.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page with a script, which is a file of the console and asks the console alone.
const CONTENT_SECURITY_POLICY_WITH_SCRIPT: &str = "default-src 'none'; script-src 'self'; \
     connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// How long a browser keeps what is the same for everybody.
const ASSET_SECONDS: &str = "public, max-age=300";

/// What the browser is told of all answers.
pub const HEADERS: Headers = &[
    (CSP, CONTENT_SECURITY_POLICY),
    // With `no-referrer` browsers would send `Origin: null` with the console's own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// What a route answers.
#[derive(Debug)]
enum OfRoute {
    /// A file, which may have begun already: with [`HEADERS`].
    File(Answer),
    /// JSON, or the envelope of a refusal.
    Data(Result<Answer, Refusal>),
}

/// An answer: a page, a file of the console, what a route answers, or the way to another page.
#[derive(Debug)]
pub struct Screen {
    /// What a route would answer, in place of what follows.
    route: Option<OfRoute>,
    status: u16,
    content_type: &'static str,
    cache_control: &'static str,
    content_security_policy: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    refusal: Option<Refusal>,
}

impl Screen {
    /// A page.
    pub fn page(html: String) -> Self {
        Self {
            route: None,
            status: 200,
            content_type: "text/html; charset=utf-8",
            cache_control: "no-store",
            content_security_policy: CONTENT_SECURITY_POLICY,
            headers: Vec::new(),
            body: html.into_bytes(),
            refusal: None,
        }
    }

    /// A stylesheet, the same for everybody.
    pub fn stylesheet(text: &str) -> Self {
        Self::asset("text/css; charset=utf-8", text)
    }

    /// A script, the same for everybody.
    pub fn script(text: &str) -> Self {
        Self::asset("text/javascript; charset=utf-8", text)
    }

    fn asset(content_type: &'static str, text: &str) -> Self {
        Self { content_type, cache_control: ASSET_SECONDS, ..Self::page(text.to_owned()) }
    }

    /// The same page, on which scripts of the console run.
    pub fn with_script(self) -> Self {
        Self { content_security_policy: CONTENT_SECURITY_POLICY_WITH_SCRIPT, ..self }
    }

    /// A file as a route answers with it, made with [`HEADERS`]: the same bytes.
    pub fn file_of_route(answer: Answer) -> Self {
        Self { route: Some(OfRoute::File(answer)), ..Self::page(String::new()) }
    }

    /// What a route answers a program, also where it refuses: for a script of the console.
    pub fn data_of_route(outcome: Result<Answer, Refusal>) -> Self {
        Self { route: Some(OfRoute::Data(outcome)), ..Self::page(String::new()) }
    }

    /// The way to another page of the console: after a form was posted, what the browser shows can
    /// be loaded again without posting again.
    pub fn see(path: String) -> Self {
        let headers = vec![("location", path)];
        Self { status: 303, headers, ..Self::page(String::new()) }
    }

    /// The same, but with a page that tells of a refusal: with its status, and in the log.
    pub fn refused(self, refusal: Refusal) -> Self {
        Self { status: Problem::of(&refusal).status, refusal: Some(refusal), ..self }
    }

    /// The same, and the browser sets a cookie.
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.headers.push(("set-cookie", cookie));
        self
    }

    /// The response to be sent, and what the log tells of it.
    pub fn into_response(self, request_id: &str) -> (Response, Option<Refusal>) {
        match self.route {
            Some(OfRoute::File(answer)) => return (respond(Ok(answer), request_id), None),
            Some(OfRoute::Data(outcome)) => return data(outcome, request_id),
            None => {}
        }
        let mut headers = vec![
            ("content-type", self.content_type.to_owned()),
            ("content-length", self.body.len().to_string()),
            ("cache-control", self.cache_control.to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-request-id", request_id.to_owned()),
        ];
        headers.extend(HEADERS.iter().map(|(name, value)| match *name {
            CSP => (CSP, self.content_security_policy.to_owned()),
            name => (name, (*value).to_owned()),
        }));
        headers.extend(self.headers);
        (Response { status: self.status, headers, body: self.body }, self.refusal)
    }
}

/// The response with data, and what the log tells of it.
fn data(outcome: Result<Answer, Refusal>, request_id: &str) -> (Response, Option<Refusal>) {
    let refusal = outcome.as_ref().err().cloned();
    let mut response = respond(outcome, request_id);
    let headers = HEADERS.iter().chain(&[("x-content-type-options", "nosniff")]);
    response.headers.extend(headers.map(|(name, value)| (*name, (*value).to_owned())));
    (response, refusal)
}

/// What a refusal tells whoever is refused: the same as the API does.
#[derive(Debug)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// The wire code.
    pub code: &'static str,
    /// The text, in the API's words.
    pub text: String,
}

impl Problem {
    /// What a refusal tells. A refusal with the status of success is a conflict here.
    pub fn of(refusal: &Refusal) -> Self {
        let (status, code, text) = refusal.wire();
        Self { status: if status < 400 { 409 } else { status }, code, text }
    }
}
