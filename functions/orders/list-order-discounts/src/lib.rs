//! List the discounts that an order of the calling customer can be paid with.
//!
//! `ListOrderDiscounts`, `GET /v2/orders/customer-orders/order-discounts`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::order::{DiscountKind, DiscountMode, Order, OrderDiscount};
use billing::operations::show_orders::payable_order;
use billing::value::id::OrderId;
use billing::value::money::{Money, Quantity};
use serde::Serialize;

billing::component! { GET ListOrderDiscounts => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let order_id: OrderId = call.query(|query| query.required("order_id"))?;

    let now = call.now();
    let order = call
        .read(async |books| {
            let now = books.at(now);
            payable_order(books, &caller.customer_id, &order_id, now).await
        })
        .await?;

    let discounts = order.as_ref().map_or_else(|| Ok(Vec::new()), discounts)?;
    Answer::ok(&ListOrderDiscountsResponse { discounts })
}

/// The discounts of an order. A price that the partner has set must be used: then there is no other.
fn discounts(order: &Order) -> Result<Vec<DiscountInfo>, Reason> {
    let is_set = |discount: &OrderDiscount| discount.kind == DiscountKind::PriceAdjustment;
    let is_any_set = order.discounts.iter().any(is_set);
    let places = order.discounts.iter().zip(0_u32..);
    let listed = places.filter(|(discount, _)| !is_any_set || is_set(discount));
    listed.map(|(discount, place)| DiscountInfo::new(order, discount, place)).collect()
}

#[derive(Serialize)]
struct ListOrderDiscountsResponse {
    discounts: Vec<DiscountInfo>,
}

#[derive(Serialize)]
struct DiscountInfo {
    discount_id: String,
    /// The ratio or the money off; empty for a fixed price.
    discount_value: String,
    discount_type: DiscountKind,
    orders: Vec<DiscountedOrder>,
}

#[derive(Serialize)]
struct DiscountedOrder {
    order_id: OrderId,
    order_line_items: Vec<DiscountedLines>,
}

/// Lines of the same product, size and price.
#[derive(Serialize)]
struct DiscountedLines {
    order_line_item_ids: Vec<String>,
    discount_mode: DiscountMode,
    discount_amount: Money,
    discount_ratio: Quantity,
}

impl DiscountInfo {
    fn new(order: &Order, discount: &OrderDiscount, place: u32) -> Result<Self, Reason> {
        let prices = order.prices(Some(place))?;
        let mut merged: Vec<(usize, DiscountedLines)> = Vec::new();
        for (line, (of, price)) in order.lines.iter().zip(&prices).enumerate() {
            let is_same = |first: usize| {
                let product = order.lines.get(first).map(|first| &first.product);
                product == Some(&of.product) && prices.get(first) == Some(price)
            };
            if let Some((_, lines)) = merged.iter_mut().find(|(first, _)| is_same(*first)) {
                lines.order_line_item_ids.push(order.line_id(line));
                continue;
            }
            let amount = discount.amounts.get(line).copied().unwrap_or(Money::ZERO);
            let lines = DiscountedLines {
                order_line_item_ids: vec![order.line_id(line)],
                discount_mode: discount.mode,
                discount_amount: amount.at_least_two_decimals(),
                discount_ratio: price.ratio_of(of.official_amount),
            };
            merged.push((line, lines));
        }
        let order_line_items = merged.into_iter().map(|(_, lines)| lines).collect();
        Ok(Self {
            discount_id: discount.discount_id.clone(),
            discount_value: discount.value.clone(),
            discount_type: discount.kind,
            orders: vec![DiscountedOrder { order_id: order.order_id.clone(), order_line_items }],
        })
    }
}
