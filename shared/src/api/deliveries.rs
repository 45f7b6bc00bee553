//! How lists show what became of an event.

use crate::domain::delivery::{Delivery, DeliveryState};
use crate::value::id::DeliveryId;
use crate::value::time::Timestamp;
use serde::Serialize;

/// An event, and what became of it.
#[derive(Debug, Serialize)]
pub struct ShownDelivery {
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
}

impl From<Delivery> for ShownDelivery {
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
        }
    }
}
