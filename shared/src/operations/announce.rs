//! Events about orders and resources, for the operator's own systems: written in the transaction that
//! they tell of, where the tenant's settings ask for them, and delivered by the next run.

use crate::books::{Books, Writer};
use crate::domain::delivery::Delivery;
use crate::domain::error::Reason;
use crate::domain::order::{Order, OrderStatus, OrderType};
use crate::domain::resource::{Resource, ResourceStatus};
use crate::security::webhook::Event;
use crate::value::id::{CustomerId, DeliveryId, OrderId, PartnerId, ResourceId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::ops::DerefMut;

/// An order was paid.
pub(super) const ORDER_PAID: &str = "order.paid";
/// All that an order is for is there.
pub(super) const ORDER_PROVISIONED: &str = "order.provisioned";
/// An order will not be paid.
pub(super) const ORDER_CANCELLED: &str = "order.cancelled";
/// An order has given money back.
pub(super) const ORDER_REFUNDED: &str = "order.refunded";
/// The last term of a resource ends soon.
pub(super) const RESOURCE_EXPIRING: &str = "resource.about_to_expire";
/// The last term of a resource has ended.
pub(super) const RESOURCE_EXPIRED: &str = "resource.expired";
/// A resource is closed.
pub(super) const RESOURCE_RELEASED: &str = "resource.released";

#[derive(Serialize)]
struct OrderData<'o> {
    order_id: &'o OrderId,
    customer_id: &'o CustomerId,
    partner_id: &'o PartnerId,
    order_type: OrderType,
    status: OrderStatus,
    /// Below zero for money that went back.
    amount_after_discount: Money,
}

#[derive(Serialize)]
struct ResourceData<'r> {
    resource_id: &'r ResourceId,
    customer_id: &'r CustomerId,
    order_id: &'r OrderId,
    status: ResourceStatus,
    expire_time: Timestamp,
}

/// Tells of an order as it is now.
///
/// # Errors
/// Store failures.
pub(super) async fn order<D: DerefMut<Target: Writer>>(
    books: &mut Books<D>,
    event_type: &'static str,
    order: &Order,
) -> Result<(), Reason> {
    if !books.settings().await?.tells_events() {
        return Ok(());
    }
    let data = OrderData {
        order_id: &order.order_id,
        customer_id: &order.customer_id,
        partner_id: &order.partner_id,
        order_type: order.order_type,
        status: order.status,
        amount_after_discount: order.amounts(|_| true)?.after_discount,
    };
    add(books, event_type, &data)
}

/// Tells of a main resource as it is now.
///
/// # Errors
/// Store failures.
pub(super) async fn resource<D: DerefMut<Target: Writer>>(
    books: &mut Books<D>,
    event_type: &'static str,
    resource: &Resource,
) -> Result<(), Reason> {
    let settings = books.settings().await?;
    if !settings.tells_events() || !resource.is_main() {
        return Ok(());
    }
    let data = ResourceData {
        resource_id: &resource.resource_id,
        customer_id: &resource.customer_id,
        order_id: &resource.order_id,
        status: resource.status_at(books.now(), &settings),
        expire_time: resource.expire_time,
    };
    add(books, event_type, &data)
}

/// The events, in the order in which one transaction may bring several about.
const IN_ORDER: [&str; 7] = [
    ORDER_PAID,
    ORDER_PROVISIONED,
    ORDER_CANCELLED,
    ORDER_REFUNDED,
    RESOURCE_EXPIRING,
    RESOURCE_EXPIRED,
    RESOURCE_RELEASED,
];

/// A message is named after what it says: told again, it is the same to its receiver. Those of one
/// transaction sort as they happened.
fn add<D: DerefMut<Target: Writer>>(
    books: &mut Books<D>,
    event_type: &'static str,
    data: &impl Serialize,
) -> Result<(), Reason> {
    let event = Event { event_type, timestamp: books.now(), data };
    let body = event.body().map_err(|error| Reason::Corrupt(format!("event as JSON: {error}")))?;
    let mut random = [0; 16];
    random.iter_mut().zip(Sha256::digest(&body)).for_each(|(byte, digit)| *byte = digit);
    let place = IN_ORDER.iter().position(|kind| *kind == event_type);
    // The time comes before this byte.
    random[6] = place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX);
    let delivery = Delivery::due(DeliveryId::new(books.instant(), &random), &event)?;
    books.add_delivery(&delivery)
}
