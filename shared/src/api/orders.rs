//! How orders and their amounts are written on the wire.

use super::message::Answer;
use super::refusal::Refusal;
use crate::domain::error::Reason;
use crate::domain::order::{Amounts, Order, OrderLine, OrderSource, OrderStatus, OrderType};
use crate::operations::show_orders::SeenOrder;
use crate::value::id::{CustomerId, OrderId, TypeCode};
use crate::value::money::{Currency, Money};
use crate::value::time::Timestamp;
use serde::Serialize;

/// An order, or a child of one.
#[derive(Debug, Serialize)]
pub struct ShownOrder {
    order_id: OrderId,
    customer_id: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_code: Option<TypeCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    source_type: OrderSource,
    status: OrderStatus,
    order_type: OrderType,
    amount_after_discount: Money,
    official_amount: Money,
    /// 1: the amounts are in yuan.
    measure_id: u8,
    create_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_time: Option<Timestamp>,
    currency: Currency,
    amount_info: AmountInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_order_infos: Option<Vec<ShownOrder>>,
    /// Who placed it; in details alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// Until when it can be paid; in details of an order that can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_payment_end_time: Option<Timestamp>,
    /// Whether a partner has paid it, or the master of an enterprise pays it; in lists alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_pay_info: Option<AgentPayInfo>,
}

/// Sums by what they were paid with.
#[derive(Debug, Serialize)]
pub struct AmountInfo {
    discounts: Vec<DiscountItem>,
    flexipurchase_coupon_amount: Money,
    coupon_amount: Money,
    stored_card_amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    commission_amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_amount: Option<Money>,
}

#[derive(Debug, Serialize)]
struct DiscountItem {
    discount_type: String,
    discount_amount: Money,
}

#[derive(Debug, Serialize)]
struct AgentPayInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    paying_agent_id: Option<String>,
    is_agent_pay: bool,
}

/// The answer about an order that was placed or changed: the order by itself.
///
/// # Errors
/// [`Reason::AmountTooLarge`], which no order that was placed comes to.
pub fn one_order(order: Order, now: Timestamp) -> Result<Answer, Refusal> {
    let seen = SeenOrder { order, child: None };
    Answer::ok(&OneOrder { order: ShownOrder::new(&seen, now, ShownIn::Details)? })
}

#[derive(Serialize)]
struct OneOrder {
    order: ShownOrder,
}

/// Where an order is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownIn {
    /// In a list.
    List,
    /// By itself.
    Details,
}

impl From<Amounts> for AmountInfo {
    fn from(amounts: Amounts) -> Self {
        let discount =
            |(discount_type, discount_amount)| DiscountItem { discount_type, discount_amount };
        Self {
            discounts: amounts.discount.into_iter().map(discount).collect(),
            flexipurchase_coupon_amount: amounts.flexi_coupon,
            coupon_amount: amounts.coupon,
            stored_card_amount: amounts.stored_card,
            commission_amount: amounts.fee,
            consumed_amount: amounts.consumed,
        }
    }
}

impl ShownOrder {
    /// An order as it is now, with its children.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`], which no order that was placed comes to.
    pub fn new(seen: &SeenOrder, now: Timestamp, place: ShownIn) -> Result<Self, Reason> {
        let SeenOrder { order, child } = seen;
        let shown = Self::part(order, *child, now, place)?;
        if child.is_some() || order.children.is_empty() {
            return Ok(shown);
        }
        let mut children = Vec::with_capacity(order.children.len());
        for child in (0_u32..).take(order.children.len()) {
            children.push(Self::part(order, Some(child), now, place)?);
        }
        Ok(Self { sub_order_infos: Some(children), ..shown })
    }

    fn part(
        order: &Order,
        child: Option<u32>,
        now: Timestamp,
        place: ShownIn,
    ) -> Result<Self, Reason> {
        let is_its = |line: &OrderLine| child.is_none() || line.child == child;
        let amounts = order.amounts(is_its)?;
        let first = order.lines.iter().find(|line| is_its(line));
        let order_id = match (child, first) {
            (Some(_), Some(line)) => order.order_of_line(line).clone(),
            _ => order.order_id.clone(),
        };
        let status = order.status_at(now);
        let deadline = (status == OrderStatus::PendingPayment && place == ShownIn::Details)
            .then_some(order.pending_payment_end_time);
        let agent_pay_info = (place == ShownIn::List && child.is_none()).then(|| AgentPayInfo {
            paying_agent_id: order.payer().map(|payer| payer.to_string()),
            is_agent_pay: order.payer().is_some(),
        });
        Ok(Self {
            order_id,
            customer_id: order.customer_id.clone(),
            service_type_code: first.map(|line| line.product.service_type_code.clone()),
            service_type_name: first.and_then(|line| line.product.service_type_name.clone()),
            source_type: order.source_type,
            status,
            order_type: order.order_type,
            amount_after_discount: amounts.after_discount,
            official_amount: amounts.official,
            measure_id: 1,
            create_time: order.create_time,
            payment_time: order.payment_time,
            currency: Currency::Cny,
            amount_info: amounts.into(),
            sub_order_infos: None,
            user_name: order.user_name.clone().filter(|_| place == ShownIn::Details),
            pending_payment_end_time: deadline,
            agent_pay_info,
        })
    }
}
