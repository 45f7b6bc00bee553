//! Cancel an order that waits for payment: its coupons and resources are free again.

use super::announce;
use crate::books::BooksMut;
use crate::domain::coupon::Coupon;
use crate::domain::error::Reason;
use crate::domain::order::{Order, OrderStatus};
use crate::domain::resource::Resource;
use crate::value::id::{CustomerId, OrderId};

/// Cancels an order.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::OrderNotFound`], [`Reason::ChildOrder`],
/// [`Reason::OrderNotCancellable`] in any status but that of waiting for payment, an overdue order
/// included.
pub async fn cancel_order(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    order_id: &OrderId,
) -> Result<Order, Reason> {
    books.load_order(customer_id, order_id, (&[], &[])).await?;
    let order = books.own_order(customer_id, order_id).await?;
    if order.status_at(books.now()) != OrderStatus::PendingPayment {
        return Err(Reason::OrderNotCancellable);
    }
    close(books, order).await
}

/// Makes it durable that an order is not going to be paid.
///
/// # Errors
/// Store failures.
pub(super) async fn close(books: &mut BooksMut<'_, '_>, order: Order) -> Result<Order, Reason> {
    release_coupons(books, &order).await?;
    release_resources(books, &order).await?;
    let cancelled = Order { status: OrderStatus::Cancelled, ..order.clone() };
    books.replace_order(&order, &cancelled)?;
    announce::order(books, announce::ORDER_CANCELLED, &cancelled).await?;
    Ok(cancelled)
}

/// Frees the coupons that an order has kept for itself.
///
/// # Errors
/// Store failures.
pub(super) async fn release_coupons(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
) -> Result<(), Reason> {
    books.load_coupons(&order.locked_coupons, &[]).await?;
    for id in &order.locked_coupons {
        let Some(coupon) = books.coupon(id).await? else {
            continue;
        };
        if coupon.lock.as_ref().is_some_and(|lock| lock.order_id == order.order_id) {
            books.replace_coupon(&Coupon { lock: None, ..coupon })?;
        }
    }
    Ok(())
}

/// Frees the resources that an order is about.
///
/// # Errors
/// Store failures.
pub(super) async fn release_resources(
    books: &mut BooksMut<'_, '_>,
    order: &Order,
) -> Result<(), Reason> {
    let ids: Vec<_> = order.lines.iter().flat_map(|line| line.resource_ids.clone()).collect();
    books.load_resources(&order.customer_id, &ids).await?;
    for id in &ids {
        let Some(resource) = books.resource(&order.customer_id, id).await? else {
            continue;
        };
        if resource.pending_order.as_ref().is_some_and(|it| it.order_id == order.order_id) {
            books.replace_resource(Resource { pending_order: None, ..resource }).await?;
        }
    }
    Ok(())
}
