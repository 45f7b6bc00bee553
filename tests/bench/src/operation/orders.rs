//! Orders.

use super::{
    Aim, Kind, Operation, Repeat, SHORT_READ, Unsigned, as_page, by_customer, get, page, post,
};
use crate::client::Expected;
use crate::tenant::Tenant;
use serde_json::json;

const ORDERS: &str = "/v2/orders/customer-orders";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListCustomerOrders",
        component: "list-customer-orders",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![get(format!("{ORDERS}?limit=10"))],
    },
    as_page("ListCustomerOrders, as a page", |_| page("/console/orders".to_owned())),
    Operation {
        name: "ListOrderCouponsByOrderId",
        component: "list-order-coupons-by-order-id",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| of_last(tenant, |id| format!("{ORDERS}/order-coupons?order_id={id}")),
    },
    Operation {
        name: "ListOrderDiscounts",
        component: "list-order-discounts",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"discounts":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| of_last(tenant, |id| format!("{ORDERS}/order-discounts?order_id={id}")),
    },
    Operation {
        name: "ShowCustomerOrderDetails",
        component: "show-customer-order-details",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":1,"#),
        repeat: Repeat::Freely,
        requests: |tenant| of_last(tenant, |id| format!("{ORDERS}/details/{id}")),
    },
    Operation {
        name: "ShowRefundOrderDetails",
        component: "show-refund-order-details",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":1,"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let refund = tenant.orders.refunded.iter();
            refund
                .map(|id| by_customer(get(format!("{ORDERS}/refund-orders?order_id={id}"))))
                .collect()
        },
    },
    Operation {
        name: "CancelCustomerOrder",
        component: "cancel-customer-order",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Once,
        requests: |tenant| {
            let cancel = |id| Unsigned {
                method: "PUT",
                ..by_customer(post(&format!("{ORDERS}/cancel"), json!({"order_id": id})))
            };
            tenant.orders.cancelled.iter().map(cancel).collect()
        },
    },
    Operation {
        name: "PayOrders",
        component: "pay-orders",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Once,
        requests: |tenant| tenant.orders.paid.iter().map(|id| pay(id)).collect(),
    },
];

/// Pays an order with money.
pub fn pay(order_id: &str) -> Unsigned {
    let body = json!({"order_id": order_id, "use_coupon": "NO", "use_discount": "NO"});
    by_customer(post("/v3/orders/customer-orders/pay", body))
}

/// The customer's orders that gave something back.
pub fn refunds() -> Unsigned {
    by_customer(get(format!("{ORDERS}?order_type=4")))
}

/// A request about an order that waits for payment and is not paid or cancelled meanwhile.
fn of_last(tenant: &Tenant, target: impl Fn(&str) -> String) -> Vec<Unsigned> {
    tenant.orders.waiting.iter().map(|id| by_customer(get(target(id)))).collect()
}
