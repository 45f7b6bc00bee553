//! The customers that were asked to let the partner order on their behalf, and another one.

use billing::api::{Answer, Operation, Refusal};
use billing::component::Visit;
use billing::console::Screen;
use billing::domain::authorisation::{Authorisation, AuthorisationStatus};
use billing::operations::authorise_partner::ask_authorisation;
use billing::value::id::CustomerId;
use maud::{Markup, html};

use super::customers;
use super::done::{Done, Line};
use crate::format;
use crate::texts;
use crate::view::{Need, PER_PAGE, View, Words, encoded, state};

/// The pages' operations, as the journal names them.
const LIST: Operation = Operation { method: "GET", name: "partner-centre-authorisations" };
const ASK: Operation = Operation { method: "POST", name: "partner-centre-authorisations" };

/// Who was asked, and the form to ask another one.
pub async fn list(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, _) = visit.call(&LIST)?;
    let caller = call.caller().partner()?;
    let slice = call.query(|query| query.slice(PER_PAGE, 1..=100))?;
    let partner = &caller.partner_id;
    let (asked, customers) = call
        .read(async |books| {
            let asked = books.authorisations(partner, slice).await?;
            Ok((asked, customers::proposed(books, partner).await?))
        })
        .await?;

    let rows: Vec<Vec<Markup>> = asked.items.iter().map(|it| row(view, it)).collect();
    let columns = [
        Words(texts::CUSTOMER),
        Words(texts::STATUS),
        Words(texts::ASKED_ON),
        Words(texts::ANSWERED_ON),
        Words(texts::ACTION),
    ];
    let name = ("customer_id", texts::CUSTOMER_ID);
    let fields = view.proposing(name, "", Need::Required, &customers);
    let main = html! {
        p { (view.say(texts::AUTHORISATIONS_ARE)) }
        (view.table(texts::AUTHORISATIONS, &columns, &rows))
        (view.pager("", slice, asked.total_count))
        (view.form("/console/authorisations", texts::ASK_AUTHORISATION, &fields,
            texts::ASK_AUTHORISATION))
    };
    Ok(view.page(texts::AUTHORISATIONS, &main))
}

fn row(view: &View, asked: &Authorisation) -> Vec<Markup> {
    let place =
        format!("/console/orders/place?customer_id={}", encoded(asked.customer_id.as_str()));
    vec![
        customers::link(&asked.customer_id),
        state(view, texts::authorisation_status(asked.status)),
        format::time(asked.asked_at),
        asked.answered_at.map(format::time).unwrap_or_default(),
        html! {
            @if asked.status == AuthorisationStatus::Granted {
                a href=(place) { (view.say(texts::ORDER_ON_BEHALF)) }
            }
        },
    ]
}

/// Asks a customer.
pub async fn ask(view: &View, visit: Visit<'_>) -> Result<Screen, Refusal> {
    let (call, form) = visit.call(&ASK)?;
    let caller = call.caller().partner()?;
    let customer_id: CustomerId = form.value("customer_id")?;
    let answer = call
        .update(async |books| {
            let asked = ask_authorisation(books, caller, &customer_id).await?;
            let status = view.say(texts::authorisation_status(asked.status));
            let line = Line::done(customer_id.to_string(), status.to_owned());
            Answer::ok(&Done { lines: vec![line] })
        })
        .await?;
    let back = ("/console/authorisations", texts::AUTHORISATIONS);
    Done::page(&answer, view, texts::ASK_AUTHORISATION, back)
}
