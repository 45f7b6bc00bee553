//! List the messages to the operator's own systems, newest first, and what became of them.
//!
//! `GET /operator/v1/deliveries?tenant_id=…[&state=…&offset=…&limit=…]`.

use billing::api::deliveries::ShownDelivery;
use billing::api::{Answer, Query, Refusal};
use billing::component::OperatorCall;
use billing::domain::delivery::{Delivery, DeliveryState};
use billing::value::id::{PartnerId, TenantId};
use billing::value::page::Slice;
use serde::Serialize;

billing::operator! { GET Read => list }

async fn list(call: OperatorCall<'_>) -> Result<Answer, Refusal> {
    let Request { tenant_id, state, slice } = call.query(Request::read)?;

    let books = call.tenant(&tenant_id).await?;
    let deliveries = books.read(async |books| books.deliveries(state, slice).await).await?;

    Answer::ok(&Deliveries {
        total_count: deliveries.total_count,
        deliveries: deliveries.items.into_iter().map(Listed::from).collect(),
    })
}

struct Request {
    tenant_id: TenantId,
    state: Option<DeliveryState>,
    slice: Slice,
}

impl Request {
    fn read(query: &mut Query) -> Result<Self, Refusal> {
        Ok(Self {
            tenant_id: query.required("tenant_id")?,
            state: query.choice("state", DeliveryState::from_code)?,
            slice: query.slice(10, 1..=100)?,
        })
    }
}

#[derive(Serialize)]
struct Deliveries {
    total_count: u64,
    deliveries: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    delivery: ShownDelivery,
    /// The partner to whose own address it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_id: Option<PartnerId>,
}

impl From<Delivery> for Listed {
    fn from(mut delivery: Delivery) -> Self {
        Self { partner_id: delivery.partner_id.take(), delivery: delivery.into() }
    }
}
