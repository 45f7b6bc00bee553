//! What the partner and the operator decide about an order before it is paid: approval, its price,
//! and whether the partner pays it on behalf of the customer.

use super::cancel_order::close;
use super::pay_order::{pay_by_partner, payable};
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::order::{DiscountKind, DiscountMode, Order, OrderDiscount, OrderStatus};
use crate::domain::partner::{AssociationType, CallingPartner};
use crate::domain::payment::{fen, share, sum};
use crate::value::code::codes;
use crate::value::id::{CustomerId, OrderId};
use crate::value::money::Money;

codes! {
    /// What becomes of an order that waits for it.
    OrderVerdict: text {
        /// It goes on.
        Approve = "approve",
        /// It is refused.
        Reject = "reject",
    }
}

/// Approves an order, which can be paid then, or cancels it.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::OrderNotFound`], [`Reason::ChildOrder`],
/// [`Reason::OrderNotPendingApproval`], also for one that is overdue.
pub async fn approve_order(
    books: &mut BooksMut<'_, '_>,
    order_id: &OrderId,
    verdict: OrderVerdict,
) -> Result<Order, Reason> {
    let owner = books.order_owner(order_id).await?.ok_or(Reason::OrderNotFound)?;
    let order = books.own_order(&owner.customer_id, order_id).await?;
    if order.status_at(books.now()) != OrderStatus::PendingApproval {
        return Err(Reason::OrderNotPendingApproval);
    }
    match verdict {
        OrderVerdict::Approve => {
            let approved = Order { status: OrderStatus::PendingPayment, ..order.clone() };
            books.replace_order(&order, &approved)?;
            Ok(approved)
        }
        OrderVerdict::Reject => close(books, order).await,
    }
}

/// Sets the price of an order that waits for payment. It must be used then, and is spread over the
/// lines in proportion to their list prices.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::OrderNotFound`] also for an order of a customer
/// that is not the partner's, [`Reason::ChildOrder`], [`Reason::PaymentDeadlinePassed`],
/// [`Reason::OrderNotPayable`], [`Reason::Field`] for a price above the list price.
pub async fn set_order_price(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingPartner,
    order_id: &OrderId,
    price: Money,
) -> Result<Order, Reason> {
    let (customer_id, _) = customer_of(books, caller, order_id).await?;
    let order = payable(books, &customer_id, order_id).await?;
    let listed = order.prices(None)?;
    let total = sum(listed.iter().copied())?;
    let off = total.checked_sub(price).ok().filter(|off| !off.is_negative());
    let off = off.ok_or_else(|| Reason::field("price", "must not be above the list price"))?;
    fen(price).map_err(|_| Reason::field("price", "must be 0 or more, with two decimals"))?;
    let adjustment = OrderDiscount {
        discount_id: format!("{order_id}-609"),
        kind: DiscountKind::PriceAdjustment,
        discount_type: "609".to_owned(),
        mode: DiscountMode::FixedPrice,
        value: String::new(),
        amounts: share(off, &listed)?,
        ends: None,
    };
    let mut priced = order.clone();
    priced.discounts.retain(|discount| discount.kind != DiscountKind::PriceAdjustment);
    priced.discounts.push(adjustment);
    books.replace_order(&order, &priced)?;
    Ok(priced)
}

/// A referral customer asks its partner to pay an order.
///
/// # Errors
/// As of a payment, and [`Reason::CallerNotPermitted`] for a customer that is not a referral one, or
/// whose orders its master pays.
pub async fn ask_to_pay(
    books: &mut BooksMut<'_, '_>,
    customer_id: &CustomerId,
    order_id: &OrderId,
) -> Result<Order, Reason> {
    let order = payable(books, customer_id, order_id).await?;
    let customer = books.customer(customer_id).await?.ok_or(Reason::CallerNotPermitted)?;
    let is_referral = customer.association_type == AssociationType::Referral;
    if !is_referral || customer.unified_under().is_some() {
        return Err(Reason::CallerNotPermitted);
    }
    let asked = Order { asked_to_pay: Some(customer.partner_id), ..order.clone() };
    books.replace_order(&order, &asked)?;
    Ok(asked)
}

/// The partner pays an order that a referral customer asked it to pay, or refuses: then the
/// customer pays itself. `random` names what is provided at once.
///
/// # Errors
/// In this order, with nothing changed: [`Reason::OrderNotFound`] also for an order of a customer
/// that is not the partner's, [`Reason::ChildOrder`], [`Reason::PaymentDeadlinePassed`],
/// [`Reason::OrderNotPayable`] also for one that it was not asked to pay, or whose customer it has
/// begun to fund since,
/// [`Reason::InsufficientBalance`].
pub async fn decide_payment(
    books: &mut BooksMut<'_, '_>,
    caller: &CallingPartner,
    order_id: &OrderId,
    verdict: OrderVerdict,
    random: &[u8; 16],
) -> Result<Order, Reason> {
    let (customer_id, association) = customer_of(books, caller, order_id).await?;
    let order = payable(books, &customer_id, order_id).await?;
    let was_asked = order.asked_to_pay.as_ref() == Some(&caller.partner_id);
    if !was_asked || association != AssociationType::Referral {
        return Err(Reason::OrderNotPayable);
    }
    match verdict {
        OrderVerdict::Approve => {
            pay_by_partner(books, order, caller.partner_id.clone(), random).await
        }
        OrderVerdict::Reject => {
            let refused = Order { asked_to_pay: None, ..order.clone() };
            books.replace_order(&order, &refused)?;
            Ok(refused)
        }
    }
}

/// Whose an order is, if that is a customer of the calling partner.
pub(super) async fn customer_of(
    books: &BooksMut<'_, '_>,
    caller: &CallingPartner,
    order_id: &OrderId,
) -> Result<(CustomerId, AssociationType), Reason> {
    let owner = books.order_owner(order_id).await?.ok_or(Reason::OrderNotFound)?;
    let customer = books.customer(&owner.customer_id).await?;
    let customer = customer.filter(|customer| customer.partner_id == caller.partner_id);
    let customer = customer.ok_or(Reason::OrderNotFound)?;
    Ok((owner.customer_id, customer.association_type))
}
