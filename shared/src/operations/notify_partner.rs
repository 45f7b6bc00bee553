//! A partner binds an address that is told of what happens to its customers, tries it out, and takes
//! it away again.

use crate::books::BooksMut;
use crate::domain::delivery::Delivery;
use crate::domain::error::Reason;
use crate::domain::notification::{Notification, NotificationUrl};
use crate::security::webhook::Event;
use crate::store::defect::{self, Defect};
use crate::value::id::{DeliveryId, PartnerId};
use crate::value::time::Timestamp;
use serde::Serialize;

/// The type of an event about nothing.
pub const TEST: &str = "notification.test";

/// Why an address that is not there is not tried out.
pub(crate) const NOT_BOUND: &str = "none is bound";

/// Binds an address, in place of one that was bound before, with a secret of its own.
///
/// # Errors
/// [`Reason::Secret`]; store failures.
pub async fn bind(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    url: &NotificationUrl,
    random: &[u8; 32],
) -> Result<Notification, Reason> {
    let notification = Notification::new(url, random, books.now());
    books.keep_notification(partner, &notification).await?;
    Ok(notification)
}

/// Takes a partner's address away. Messages that wait are sent to the next one, if there comes to be
/// one while they wait.
///
/// # Errors
/// Store failures.
pub async fn unbind(books: &mut BooksMut<'_, '_>, partner: &PartnerId) -> Result<(), Reason> {
    if defect::present(Defect::KeepsUnboundAddresses) {
        return Ok(());
    }
    books.forget_notification(partner).await.map(|_| ())
}

#[derive(Serialize)]
struct TestData<'p> {
    partner_id: &'p PartnerId,
    bound_at: Timestamp,
}

/// Writes an event about nothing to a partner's address, to be delivered at once.
///
/// # Errors
/// [`Reason::Field`] without an address, [`Reason::TestedTooOften`]; store failures.
pub async fn test(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    random: &[u8; 16],
) -> Result<(Notification, Delivery), Reason> {
    let now = books.now();
    let bound = books.notification(partner).await?;
    let tested = bound.ok_or_else(|| Reason::field("url", NOT_BOUND))?.tested(now)?;
    books.keep_notification(partner, &tested).await?;
    let data = TestData { partner_id: partner, bound_at: tested.bound_at };
    let event = Event { event_type: TEST, timestamp: now, data };
    let delivery = Delivery::new(DeliveryId::new(books.instant(), random), &event)?;
    let delivery = Delivery { partner_id: Some(partner.clone()), ..delivery };
    books.add_delivery(&delivery)?;
    Ok((tested, delivery))
}
