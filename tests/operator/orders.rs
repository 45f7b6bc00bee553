//! `POST /operator/v1/orders`: a customer's order for products of the catalogue.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{change_settings, fund, line, place, place_with};
use crate::harness::tenant::Tenant;

#[test]
fn a_sandbox_provisions_what_is_paid_at_once() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    change_settings(app, &tenant, &json!({"provision_at_once": true}));
    let target = format!("/operator/v1/settings?tenant_id={}", tenant.tenant_id);
    let shown = app.operator("GET", &target, "").json();
    assert_eq!(*shown.at("provision_at_once"), crate::harness::json::Json::Bool(true));
    fund(app, &tenant, &tenant.customers[0], "32.20");
    let auto = json!({"is_auto_pay": true});
    let placed = place_with(app, &tenant, &[line(1)], auto.clone());
    assert_eq!(placed.at("status").as_integer(), 5);
    // Nothing is left to pay with: it waits.
    let waits = place_with(app, &tenant, &[line(1)], auto);
    assert_eq!(waits.at("status").as_integer(), 6);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_what_cannot_be_sold() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    place(app, &tenant);
    let before = app.audit(&tenant.tenant_id);
    let with = |name: &str, value: Value| {
        let mut line = line(1);
        line[name] = value;
        json!([line])
    };
    for (customer, lines, code) in [
        (&tenant.customers[0], with("resource_spec", json!("orders.unknown")), "CBC.0100"),
        (&tenant.customers[0], with("period_type", json!(3)), "CBC.0100"),
        (&tenant.customers[0], with("period_num", json!(0)), "CBC.0100"),
        (&tenant.customers[0], with("subscription_num", json!(101)), "CBC.0100"),
        (&tenant.customers[0], with("attached_to", json!(1)), "CBC.0100"),
        (&tenant.customers[0], with("sub_order", json!(2)), "CBC.0100"),
        (&tenant.customers[0], json!([]), "CBC.0100"),
        (&"nobody".to_owned(), json!([line(1)]), "CBC.0100"),
    ] {
        let body = json!({"tenant_id": tenant.tenant_id, "customer_id": customer,
                          "lines": lines});
        let outcome = app.operator("POST", "/operator/v1/orders", body.to_string()).outcome();
        assert_eq!(outcome, (400, code.to_owned()), "{lines}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
