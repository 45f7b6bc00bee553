//! `/operator/v1/settings`: what the operator decides for a tenant.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::orders::{fund, pay, place, provision, with_money};
use crate::harness::receiver::Receiver;
use crate::harness::tenant::Tenant;

fn set(app: &App, tenant: &Tenant, settings: &Value) -> Reply {
    let body = json!({"tenant_id": tenant.tenant_id, "settings": settings});
    app.operator("PUT", "/operator/v1/settings", body.to_string())
}

fn shown(app: &App, tenant: &Tenant) -> Json {
    let target = format!("/operator/v1/settings?tenant_id={}", tenant.tenant_id);
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn what_is_absent_has_its_default_again() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let read = |settings: &Value| Json::parse(&settings.to_string()).expect("JSON");
    assert_eq!(shown(app, &tenant), read(&json!({})));
    for settings in [
        json!({"approval": true, "grace_days": 3, "events": true}),
        json!({"fee_percents": {"three_years": [15, 10, 5], "two_years": [15, 10],
                                "shorter": [12]}}),
        json!({}),
    ] {
        let reply = set(app, &tenant, &settings);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(shown(app, &tenant), read(&settings));
    }
}

#[test]
fn refuses_figures_out_of_range_and_what_is_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    set(app, &tenant, &json!({"approval": true}));
    let before = app.audit(&tenant.tenant_id);
    for settings in [
        json!({"grace_days": 3651}),
        json!({"retention_days": -1}),
        json!({"events": "yes"}),
        json!({"colour": "red"}),
        json!([]),
    ] {
        let outcome = set(app, &tenant, &settings).outcome();
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{settings}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let reply = app.operator("GET", "/operator/v1/settings?tenant_id=nowhere", "");
    assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()));
}

#[test]
fn with_events_the_receiver_is_told_of_orders() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    set(&app, &tenant, &json!({"events": true}));
    fund(&app, &tenant, &tenant.customers[0], "32.20");
    let order_id = place(&app, &tenant);
    assert_eq!(pay(&app, &tenant.customer, &with_money(&order_id)), (204, String::new()));
    let resource = json!([{"line": 1, "resources": [{"resource_id": "r-1"}]}]);
    assert_eq!(provision(&app, &tenant, &order_id, &resource), (200, String::new()));
    assert!(receiver.events().is_empty(), "the next run delivers them");

    let reply = app.operator("POST", "/operator/v1/deliveries/run", "");
    assert_eq!(reply.json().at("delivered").as_integer(), 2, "{}", reply.text());
    for (event, status) in [("order.paid", 3), ("order.provisioned", 5)] {
        let told = receiver.events_of(event, "order_id", &order_id);
        let [told] = &told[..] else { panic!("{event}: {told:?}") };
        let data = told.event.at("data");
        assert_eq!(data.at("status").as_integer(), status, "{data:?}");
        assert_eq!(data.text_at("customer_id"), tenant.customers[0]);
        assert_eq!(data.at("amount_after_discount").as_decimal().to_string(), "32.20");
    }
    app.audit(&tenant.tenant_id);
}
