//! The page on which a customer is authenticated, opened by the address that it was given as a QR code,
//! and what is filled in there.
//!
//! `GET /real-name` shows the page, `POST /real-name` submits it for review. Nothing here is signed:
//! the ticket behind the `#` of the address says whose page it is, and counts once.

use billing::api::{Answer, Headers, Refusal};
use billing::component::PageVisit;
use billing::domain::realname::{Application, CertificateType, MANUAL_REVIEW};
use billing::operations::submit_realname::{self, Submitted};
use billing::security::vault::Private;
use serde::{Deserialize, Serialize};

const PAGE: &str = include_str!("page.html");

/// A browser runs the page's own script, known by its hash, and sends to this bundle alone.
const HEADERS: Headers = &[
    ("content-type", "text/html; charset=utf-8"),
    (
        "content-security-policy",
        "default-src 'none'; \
         style-src 'sha256-CGS3oh+U5y5nHG4HP1+EUQV/UyndvkjydUzABs0KjLI='; \
         script-src 'sha256-Qel5+zrbV9+M8V628/9sq6sLATS3JhXuJX9h8fQbtXE='; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

billing::authentication_page! { GET => show, POST => submit }

async fn show(visit: PageVisit<'_>) -> Result<Answer, Refusal> {
    visit.no_query()?;
    Ok(Answer::text(PAGE, HEADERS))
}

async fn submit(mut visit: PageVisit<'_>) -> Result<Answer, Refusal> {
    let request: Request = visit.json().await?;

    let random = visit.random();
    let Request { ticket, name, verified_type, verified_number } = request;
    let submitted = visit
        .redeem(ticket.expose(), async |books, customer_id| {
            let customer_id = customer_id.clone();
            let (name, number) = (name.clone(), verified_number.clone());
            let application = Application::of_page(customer_id, verified_type, name, number)?;
            submit_realname::submit_itself(books, &application, &random).await
        })
        .await?;

    match submitted {
        Submitted::UnderReview(_) => Answer::ok(&UNDER_REVIEW),
        Submitted::CodeRefused(reason) => Err(reason.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    ticket: Private,
    name: Private,
    verified_type: CertificateType,
    verified_number: Private,
}

#[derive(Serialize)]
struct Response {
    is_review: u8,
}

const UNDER_REVIEW: Response = Response { is_review: MANUAL_REVIEW };
