//! Show where the money of an order that gave something back came from.
//!
//! `ShowRefundOrderDetails`, `GET /v2/orders/customer-orders/refund-orders`.

use billing::api::{Answer, Refusal, Text};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::order::{LineRefund, Order, OrderLine};
use billing::domain::partner::Principal;
use billing::operations::show_orders::{SeenOrder, seen_order};
use billing::value::id::{CustomerId, OrderId, PartnerId, TypeCode};
use billing::value::money::Money;
use serde::Serialize;

billing::component! { GET ShowRefundOrderDetails => show }

async fn show(call: Call) -> Result<Answer, Refusal> {
    let principal = &call.caller().principal;
    let is_partner = matches!(principal, Principal::Partner(_));
    if is_partner {
        call.caller().partner()?;
    }
    let (order_id, customer_id, indirect_partner_id): (OrderId, _, Option<PartnerId>) = call
        .query(|query| {
            Ok((
                query.required("order_id")?,
                query.text("customer_id", Text::ID)?,
                query.value("indirect_partner_id")?,
            ))
        })?;
    if is_partner && customer_id.is_none() {
        return Err(Refusal::parameter("customer_id", "is required of a partner"));
    }

    let seen = call
        .read(async |books| {
            let indirect = indirect_partner_id.as_ref();
            seen_order(books, principal, indirect, &order_id).await.map_err(|reason| match reason {
                // An order that is not the caller's has no code of its own here.
                Reason::OrderNotFound => Reason::NotARefundOrder,
                other => other,
            })
        })
        .await?;
    let SeenOrder { order, .. } = seen;
    let is_asked = |id: &String| id == order.customer_id.as_str();
    if !order.gives_back() || !customer_id.as_ref().is_none_or(is_asked) {
        return Err(Reason::NotARefundOrder.into());
    }

    let refund_infos = refund_infos(&order);
    Answer::ok(&ShowRefundOrderDetailsResponse { total_count: refund_infos.len(), refund_infos })
}

/// Of each resource and order: what was paid, below zero, and what of that is kept, above it.
fn refund_infos(order: &Order) -> Vec<OrderRefundInfo> {
    let mut infos = Vec::new();
    for (place, line) in order.lines.iter().enumerate() {
        let Some(refund) = &line.refund else {
            continue;
        };
        let kept = [("consumed", refund.consumed), ("fee", refund.fee)];
        for (name, amount) in [("paid", refund.paid.negated())].into_iter().chain(kept) {
            if !amount.is_zero() {
                let id = format!("{}-{name}", order.line_id(place));
                infos.push(OrderRefundInfo::new(id, amount, order, line, refund));
            }
        }
    }
    infos
}

#[derive(Serialize)]
struct ShowRefundOrderDetailsResponse {
    total_count: usize,
    refund_infos: Vec<OrderRefundInfo>,
}

#[derive(Serialize)]
struct OrderRefundInfo {
    id: String,
    amount: Money,
    /// "1": the amount is in yuan.
    measure_id: &'static str,
    customer_id: CustomerId,
    resource_type_code: TypeCode,
    service_type_code: TypeCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_type_name: Option<String>,
    region_code: String,
    base_order_id: OrderId,
}

impl OrderRefundInfo {
    fn new(
        id: String,
        amount: Money,
        order: &Order,
        line: &OrderLine,
        refund: &LineRefund,
    ) -> Self {
        let product = &line.product;
        Self {
            id,
            amount: amount.at_least_two_decimals(),
            measure_id: "1",
            customer_id: order.customer_id.clone(),
            resource_type_code: product.resource_type_code.clone(),
            service_type_code: product.service_type_code.clone(),
            resource_type_name: product.resource_type_name.clone(),
            service_type_name: product.service_type_name.clone(),
            region_code: product.region_code.clone(),
            base_order_id: refund.base_order_id.clone(),
        }
    }
}
