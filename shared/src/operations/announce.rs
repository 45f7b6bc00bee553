//! Events about orders and resources: written in the transaction that they tell of and delivered by the
//! next run, to the operator's own systems where the tenant's settings ask for them, and to the partner
//! whose customer they are about where that has bound an address.

use crate::books::BooksMut;
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

/// Who is told of an event.
struct Told<'p> {
    /// The operator's own systems.
    operator: bool,
    /// The partner whose customer it is about, at its own address.
    partner: Option<&'p PartnerId>,
}

impl Told<'_> {
    fn is_nobody(&self) -> bool {
        !self.operator && self.partner.is_none()
    }
}

/// Tells of an order as it is now.
///
/// # Errors
/// Store failures.
pub(super) async fn order(
    books: &mut BooksMut<'_, '_>,
    event_type: &'static str,
    order: &Order,
) -> Result<(), Reason> {
    let is_notified = books.is_notified(&order.partner_id).await?;
    let told = Told {
        operator: books.settings().await?.tells_events(),
        partner: is_notified.then_some(&order.partner_id),
    };
    if told.is_nobody() {
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
    add(books, event_type, &data, &told)
}

/// Tells of a main resource as it is now.
///
/// # Errors
/// Store failures.
pub(super) async fn resource(
    books: &mut BooksMut<'_, '_>,
    event_type: &'static str,
    resource: &Resource,
) -> Result<(), Reason> {
    if !resource.is_main() {
        return Ok(());
    }
    let settings = books.settings().await?;
    let partner = notified_partner(books, &resource.customer_id).await?;
    let told = Told { operator: settings.tells_events(), partner: partner.as_ref() };
    if told.is_nobody() {
        return Ok(());
    }
    let data = ResourceData {
        resource_id: &resource.resource_id,
        customer_id: &resource.customer_id,
        order_id: &resource.order_id,
        status: resource.status_at(books.now(), &settings),
        expire_time: resource.expire_time,
    };
    add(books, event_type, &data, &told)
}

/// Tells the partner of a customer of something about it that the operator is told of by itself.
///
/// # Errors
/// Store failures.
pub(super) async fn partner_of(
    books: &mut BooksMut<'_, '_>,
    event_type: &'static str,
    customer: &CustomerId,
    data: &impl Serialize,
) -> Result<(), Reason> {
    let Some(partner) = notified_partner(books, customer).await? else {
        return Ok(());
    };
    add(books, event_type, data, &Told { operator: false, partner: Some(&partner) })
}

/// The partner of a customer, if it is told of events.
async fn notified_partner(
    books: &BooksMut<'_, '_>,
    customer: &CustomerId,
) -> Result<Option<PartnerId>, Reason> {
    // Most tenants have no such partner, and need not look whose the customer is.
    if !books.is_any_notified().await? {
        return Ok(None);
    }
    let Some(customer) = books.customer(customer).await? else {
        return Ok(None);
    };
    let is_notified = books.is_notified(&customer.partner_id).await?;
    Ok(is_notified.then_some(customer.partner_id))
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

/// A message is named after what it says and to whom: told again, it is the same to its receiver. Those
/// of one transaction sort as they happened.
fn add(
    books: &mut BooksMut<'_, '_>,
    event_type: &'static str,
    data: &impl Serialize,
    told: &Told<'_>,
) -> Result<(), Reason> {
    let timestamp = books.now();
    let event = Event { event_type, timestamp, data };
    let body = event.body().map_err(|error| Reason::Corrupt(format!("event as JSON: {error}")))?;
    let operator = told.operator.then_some(None);
    let partner = told.partner.map(Some);
    for partner in operator.into_iter().chain(partner) {
        let name = partner.map_or("", PartnerId::as_str);
        let digest = Sha256::new().chain_update(&body).chain_update(name).finalize();
        let mut random = [0; 16];
        random.iter_mut().zip(digest).for_each(|(byte, digit)| *byte = digit);
        let place = IN_ORDER.iter().position(|kind| *kind == event_type);
        // The time comes before this byte.
        random[6] = place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX);
        let id = DeliveryId::new(books.instant(), &random);
        let delivery = Delivery::due(id, event_type, timestamp, body.clone());
        books.add_delivery(&Delivery { partner_id: partner.cloned(), ..delivery })?;
    }
    Ok(())
}
