//! `POST /operator/v1/orders` and what follows it: approval and provisioning.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{
    fund, line, order, paid, pay, place, place_with, provision, status, with_money,
};
use crate::harness::tenant::Tenant;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn settings(app: &App, tenant: &Tenant, settings: &Value) {
    let body = json!({"tenant_id": tenant.tenant_id, "settings": settings});
    let reply = app.operator("PUT", "/operator/v1/settings", body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn an_order_that_needs_approval_waits_for_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    settings(app, &tenant, &json!({"approval": true}));
    fund(app, &tenant, &tenant.customers[0], "100.00");
    let (first, second) = (place(app, &tenant), place(app, &tenant));
    assert_eq!(status(app, &tenant.customer, &first), 1);
    let outcome = pay(app, &tenant.customer, &with_money(&first));
    assert_eq!(outcome, refused(400, "CBC.99003106"));
    let decide = |order_id: &str, decision: &str| {
        let body = json!({"tenant_id": tenant.tenant_id, "order_id": order_id,
                          "decision": decision});
        app.operator("POST", "/operator/v1/orders/approve", body.to_string()).outcome()
    };
    assert_eq!(decide(&first, "approve"), (200, String::new()));
    assert_eq!(decide(&second, "reject"), (200, String::new()));
    assert_eq!(decide(&first, "approve"), refused(409, "CBC.0150"));
    assert_eq!(decide("nothing", "approve"), refused(404, "CBC.0101"));
    assert_eq!(status(app, &tenant.customer, &second), 4);
    assert_eq!(pay(app, &tenant.customer, &with_money(&first)), (204, String::new()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_sandbox_provisions_what_is_paid_at_once() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    settings(app, &tenant, &json!({"provision_at_once": true}));
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
        assert_eq!(outcome, refused(400, code), "{lines}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn lines_are_reported_once_each_and_as_many_as_were_ordered() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    fund(app, &tenant, &tenant.customers[0], "1000.00");
    let mut two = line(1);
    two["subscription_num"] = json!(2);
    let mut attached = line(1);
    attached["subscription_num"] = json!(2);
    attached["attached_to"] = json!(1);
    let placed = place_with(app, &tenant, &[two, attached, line(1)], json!({}));
    let order_id = placed.text_at("order_id");
    let resources = |line: u32, ids: &[&str]| {
        let ids: Vec<Value> = ids.iter().map(|id| json!({"resource_id": id})).collect();
        json!({"line": line, "resources": ids})
    };
    let report = |lines: Value| provision(app, &tenant, order_id, &lines);
    assert_eq!(report(json!([resources(1, &["a", "b"])])), refused(409, "CBC.0150"));
    assert_eq!(pay(app, &tenant.customer, &with_money(order_id)), (204, String::new()));
    let before = app.audit(&tenant.tenant_id);
    for lines in [
        json!([resources(1, &["a"])]),
        json!([resources(1, &["a", "a"])]),
        json!([resources(2, &["c", "d"])]),
        json!([resources(4, &["c"])]),
        json!([resources(0, &["c"])]),
        json!([{"line": 3, "failed": true, "resources": [{"resource_id": "c"}]}]),
        json!([]),
    ] {
        assert_eq!(report(lines.clone()), refused(400, "CBC.0100"), "{lines}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let both = json!([resources(1, &["a", "b"]), resources(2, &["c", "d"])]);
    assert_eq!(report(both.clone()), (200, String::new()));
    assert_eq!(status(app, &tenant.customer, order_id), 3);
    assert_eq!(report(both), refused(400, "CBC.0100"));
    assert_eq!(report(json!([resources(3, &["a"])])), refused(400, "CBC.0100"));
    assert_eq!(report(json!([{"line": 3, "failed": true}])), (200, String::new()));
    assert_eq!(status(app, &tenant.customer, order_id), 5);
    let shown = order(app, &tenant.customer, order_id);
    assert_eq!(shown.at("total_count").as_integer(), 3);
    assert_eq!(report(json!([resources(3, &["e"])])), refused(409, "CBC.0150"));
    app.audit(&tenant.tenant_id);
    let other = paid(app, &tenant);
    let taken = json!([resources(1, &["a"])]);
    assert_eq!(provision(app, &tenant, &other, &taken), refused(400, "CBC.0100"));
}
