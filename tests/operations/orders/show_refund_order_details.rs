//! `ShowRefundOrderDetails`: where the money of an order that gave something back came from.

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::orders::{order, paid, refunded};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

#[test]
fn the_rows_come_to_what_went_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let order_id = refunded(app, &tenant);
    let of = |customer: &str| json!({"order_id": order_id, "customer_id": customer});
    for (key, fields) in [
        (&tenant.customer, json!({"order_id": order_id})),
        (&tenant.customer, of(&tenant.customers[0])),
        (&tenant.distributor, of(&tenant.customers[0])),
    ] {
        let body = app.sdk(key, "ShowRefundOrderDetails", &fields).outcome.expect("details");
        let rows = body.at("refund_infos").as_list();
        let sum: Decimal = rows.iter().map(|row| row.at("amount").as_decimal()).sum();
        let info = order(app, key, &order_id);
        assert_eq!(sum, info.at("order_info").at("amount_after_discount").as_decimal());
        assert_eq!(sum.normalize().to_string(), "-32.2");
        assert_eq!(rows[0].text_at("measure_id"), "1");
        assert_eq!(rows[0].text_at("region_code"), "test-orders-1");
    }
}

#[test]
fn other_orders_give_nothing_back() {
    let app = App::shared();
    let (tenant, other) = (Tenant::in_books_of(app), Tenant::in_books_of(app));
    let (bought, foreign) = (paid(app, &tenant), refunded(app, &other));
    let refused = (400, "CBC.99005026".to_owned());
    let show = |key: &Key, fields: serde_json::Value| {
        app.sdk(key, "ShowRefundOrderDetails", &fields).reply.outcome()
    };
    for order_id in [bought.as_str(), foreign.as_str(), "CS0000000000AAAAA"] {
        assert_eq!(show(&tenant.customer, json!({"order_id": order_id})), refused, "{order_id}");
        let of = json!({"order_id": order_id, "customer_id": tenant.customers[0]});
        assert_eq!(show(&tenant.distributor, of), refused, "{order_id}");
    }
    let without = json!({"order_id": bought});
    assert_eq!(show(&tenant.distributor, without), (400, "CBC.0100".to_owned()));
}
