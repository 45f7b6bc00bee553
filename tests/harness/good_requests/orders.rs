//! Good requests: orders.

use serde_json::json;

use crate::harness::orders::{fund, place, refunded};

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("CancelCustomerOrder", |_| json!({"order_id": "nothing"}))
        .refused(400, "CBC.99005010")
        .prepared(|app, tenant, fields| fields["order_id"] = json!(place(app, tenant))),
    Good::new("ListCustomerOrders", |_| json!({})),
    Good::new("ListOrderCouponsByOrderId", |_| json!({"order_id": "nothing"})),
    Good::new("ListOrderDiscounts", |_| json!({"order_id": "nothing"})),
    Good::new(
        "PayOrders",
        |_| json!({"order_id": "nothing", "use_coupon": "NO", "use_discount": "NO"}),
    )
    .refused(400, "CBC.30000010")
    .prepared(|app, tenant, fields| {
        fund(app, tenant, &tenant.customers[0], "100.00");
        fields["order_id"] = json!(place(app, tenant));
    }),
    Good::new("ShowCustomerOrderDetails", |_| json!({"order_id": "nothing"}))
        .refused(400, "CBC.30000010")
        .prepared(|app, tenant, fields| fields["order_id"] = json!(place(app, tenant))),
    Good::new(
        "ShowRefundOrderDetails",
        |tenant| json!({"order_id": "nothing", "customer_id": tenant.customers[0]}),
    )
    .refused(400, "CBC.99005026")
    .prepared(|app, tenant, fields| fields["order_id"] = json!(refunded(app, tenant))),
];
