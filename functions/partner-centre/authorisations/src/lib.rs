//! Ask a customer to let its partner order on its behalf, answer that, and list who was asked.
//!
//! `POST`, `PUT` and `GET /partner-centre/v1/authorisations`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::authorisation::{Authorisation, AuthorisationStatus, AuthorisationVerdict};
use billing::domain::partner::Principal;
use billing::operations::authorise_partner::{answer_authorisation, ask_authorisation};
use billing::value::id::{CustomerId, PartnerId};
use billing::value::page::Page;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::partner_centre! { POST => ask, PUT => answer, GET => list }

async fn ask(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let Asking { customer_id } = call.body()?;

    call.update(async |books| {
        let authorisation = ask_authorisation(books, caller, &customer_id).await?;
        Answer::ok(&Shown::from(authorisation))
    })
    .await
}

async fn answer(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let Answering { decision } = call.body()?;

    call.update(async |books| {
        let authorisation = answer_authorisation(books, caller, decision).await?;
        Answer::ok(&Shown::from(authorisation))
    })
    .await
}

/// A partner is told of all that it has asked, a customer of its own partner.
async fn list(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner_or_customer()?;
    let slice = call.query(|query| query.slice(10, 1..=100))?;

    let listed = call
        .read(async |books| match &call.caller().principal {
            Principal::Partner(caller) => books.authorisations(&caller.partner_id, slice).await,
            Principal::Customer(caller) => {
                let of = books.authorisation(&caller.partner_id, &caller.customer_id).await?;
                Ok(Page::of(of.into_iter().collect(), slice))
            }
        })
        .await?;

    Answer::ok(&Authorisations {
        total_count: listed.total_count,
        authorisations: listed.items.into_iter().map(Shown::from).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    customer_id: CustomerId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    decision: AuthorisationVerdict,
}

#[derive(Serialize)]
struct Authorisations {
    total_count: u64,
    authorisations: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    customer_id: CustomerId,
    partner_id: PartnerId,
    status: AuthorisationStatus,
    asked_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<Timestamp>,
}

impl From<Authorisation> for Shown {
    fn from(authorisation: Authorisation) -> Self {
        let Authorisation { customer_id, partner_id, status, asked_at, answered_at } =
            authorisation;
        Self { customer_id, partner_id, status, asked_at, answered_at }
    }
}
