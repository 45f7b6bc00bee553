//! Ask for a change or the end of an association, answer that, and show a customer's association and
//! what has happened to it.
//!
//! `POST`, `PUT` and `GET /partner-centre/v1/associations`. A partner names its customer; a customer
//! names nobody.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::association::{
    AssociationChange, AssociationEvent, AssociationEventKind, AssociationVerdict, ChangeRequest,
    Side,
};
use billing::domain::error::Reason;
use billing::domain::partner::{AssociationType, Principal};
use billing::operations::associate_customer::{self, Association, Party, association};
use billing::value::id::{CustomerId, PartnerId};
use billing::value::money::Money;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::partner_centre! { POST => ask, PUT => answer, GET => show }

async fn ask(call: Call) -> Result<Answer, Refusal> {
    let Asking { customer_id, change } = call.body()?;

    let party = party(&call, customer_id)?;
    call.update(async |books| {
        let request = associate_customer::ask(books, &party, change).await?;
        Answer::ok(&ShownRequest::from(request))
    })
    .await
}

async fn answer(call: Call) -> Result<Answer, Refusal> {
    let Answering { customer_id, decision } = call.body()?;

    let party = party(&call, customer_id)?;
    call.update(async |books| {
        let event = associate_customer::answer(books, &party, decision).await?;
        Answer::ok(&ShownEvent::from(event))
    })
    .await
}

/// A customer's association; for a partner that names no customer, what has happened to those of all
/// its customers.
async fn show(call: Call) -> Result<Answer, Refusal> {
    let (customer_id, slice) =
        call.query(|query| Ok((query.value("customer_id")?, query.slice(10, 1..=100)?)))?;

    if let (Principal::Partner(caller), None) = (&call.caller().principal, &customer_id) {
        let events = call
            .read(async |books| books.partner_events(&caller.partner_id, None, slice).await)
            .await?;
        return Answer::ok(&Events {
            total_count: events.total_count,
            events: events.items.into_iter().map(ShownEvent::from).collect(),
        });
    }
    let party = party(&call, customer_id)?;
    let shown = call.read(async |books| association(books, &party, slice).await).await?;
    Answer::ok(&ShownAssociation::from(shown))
}

/// The side that calls.
fn party(call: &Call, customer_id: Option<CustomerId>) -> Result<Party, Refusal> {
    match (&call.caller().principal, customer_id) {
        (Principal::Partner(caller), Some(id)) => Ok(Party::partner(caller, id)),
        (Principal::Customer(caller), None) => Ok(Party::customer(caller)),
        (Principal::Partner(_), None) => Err(Reason::field("customer_id", "is required").into()),
        (Principal::Customer(_), Some(_)) => {
            Err(Reason::field("customer_id", "must not be given by a customer").into())
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    customer_id: Option<CustomerId>,
    change: AssociationChange,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    customer_id: Option<CustomerId>,
    decision: AssociationVerdict,
}

#[derive(Serialize)]
struct Events {
    total_count: u64,
    events: Vec<ShownEvent>,
}

#[derive(Serialize)]
struct ShownAssociation {
    customer_id: CustomerId,
    /// Absent for a customer that no partner has.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_id: Option<PartnerId>,
    association_type: AssociationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<ShownRequest>,
    total_count: u64,
    events: Vec<ShownEvent>,
}

impl From<Association> for ShownAssociation {
    fn from(association: Association) -> Self {
        let Association { customer, request, events } = association;
        Self {
            partner_id: customer.is_associated().then_some(customer.partner_id),
            customer_id: customer.customer_id,
            association_type: customer.association_type,
            request: request.map(ShownRequest::from),
            total_count: events.total_count,
            events: events.items.into_iter().map(ShownEvent::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct ShownRequest {
    change: AssociationChange,
    asked_by: Side,
    asked_at: Timestamp,
}

impl From<ChangeRequest> for ShownRequest {
    fn from(request: ChangeRequest) -> Self {
        let ChangeRequest { change, asked_by, asked_at } = request;
        Self { change, asked_by, asked_at }
    }
}

#[derive(Serialize)]
struct ShownEvent {
    event: AssociationEventKind,
    by: Side,
    customer_id: CustomerId,
    partner_id: PartnerId,
    change: AssociationChange,
    at: Timestamp,
    returned_amount: Money,
    returned_coupons: u32,
}

impl From<AssociationEvent> for ShownEvent {
    fn from(event: AssociationEvent) -> Self {
        let AssociationEvent {
            kind,
            by,
            partner_id,
            change,
            at,
            returned_amount,
            returned_coupons,
            customer_id,
        } = event;
        Self {
            event: kind,
            by,
            customer_id,
            partner_id,
            change,
            at,
            returned_amount: returned_amount.at_least_two_decimals(),
            returned_coupons,
        }
    }
}
