//! Where to start, and what there is to call: the same for everybody, without a key.
//!
//! `GET /` says what this is, as a page for a browser and as JSON for a program. `GET /openapi.json`
//! is the description that `cargo xtask openapi` writes.

use billing::api::{Answer, Head, Headers, Refusal};

const PAGE: &str = include_str!("start.html");
const START: &str = include_str!("start.json");
const DESCRIPTION: &str = include_str!("openapi.json");

/// A browser loads the console's stylesheet beside the page, and nothing else.
const PAGE_HEADERS: Headers = &[
    ("content-type", "text/html; charset=utf-8"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("vary", "accept"),
];

const START_HEADERS: Headers = &[("x-content-type-options", "nosniff"), ("vary", "accept")];

/// Nothing in it is secret: a viewer of descriptions on another site may read it.
const DESCRIPTION_HEADERS: Headers = &[
    ("access-control-allow-origin", "*"),
    ("cache-control", "public, max-age=300"),
    ("x-content-type-options", "nosniff"),
];

billing::open! { GET => show }

async fn show(head: Head) -> Result<Answer, Refusal> {
    if head.path == "/openapi.json" {
        return Ok(json(DESCRIPTION, DESCRIPTION_HEADERS));
    }
    Ok(if wants_page(&head) {
        Answer::text(PAGE, PAGE_HEADERS)
    } else {
        json(START, START_HEADERS)
    })
}

/// JSON is what an answer is unless its headers say otherwise.
fn json(text: &str, headers: Headers) -> Answer {
    Answer::text(text, headers)
}

/// Browsers name pages among what they accept; programs name JSON, anything, or nothing.
fn wants_page(head: &Head) -> bool {
    let accepted = head.headers.iter().filter(|(name, _)| name == "accept");
    let mut texts = accepted.filter_map(|(_, value)| str::from_utf8(value).ok());
    texts.any(|text| text.to_ascii_lowercase().contains("text/html"))
}
