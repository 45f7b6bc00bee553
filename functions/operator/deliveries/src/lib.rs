//! List the messages to the operator's own systems, newest first, and what became of them.
//!
//! `GET /operator/v1/deliveries?tenant_id=…[&state=…&offset=…&limit=…]`.

use billing::api::{Answer, Query, Refusal};
use billing::component::OperatorCall;
use billing::domain::delivery::{Delivery, DeliveryState};
use billing::value::id::{DeliveryId, PartnerId, TenantId};
use billing::value::page::Slice;
use billing::value::time::Timestamp;
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
    delivery_id: DeliveryId,
    #[serde(rename = "type")]
    event: String,
    state: DeliveryState,
    attempts: u32,
    created_at: Timestamp,
    last_attempt_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// The partner to whose own address it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_id: Option<PartnerId>,
}

impl From<Delivery> for Listed {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery_id: delivery.delivery_id,
            event: delivery.event,
            state: delivery.state,
            attempts: delivery.attempts,
            created_at: delivery.created_at,
            last_attempt_at: delivery.last_attempt_at,
            next_attempt_at: delivery.next_attempt_at,
            last_error: delivery.last_error,
            partner_id: delivery.partner_id,
        }
    }
}
