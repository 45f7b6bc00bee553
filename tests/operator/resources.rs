//! `/operator/v1/resources`: pay-per-use resources are started, change their status, and are stopped.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::http::refused;
use crate::harness::json::Json;
use crate::harness::orders::{main_id, provided};
use crate::harness::tenant::Tenant;
use crate::harness::usage;

const PATH: &str = "/operator/v1/resources";

/// A resource of the first customer, of the product that is sold by its use.
fn asked(tenant: &Tenant, id: &str, more: Value) -> Value {
    let mut body = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                          "resource_id": id, "resource_name": "Traffic",
                          "service_type_code": "test.service.usage",
                          "resource_type_code": "test.resource.usage",
                          "resource_spec": "usage.traffic", "region_code": "test-usage-1"});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

fn start(app: &App, tenant: &Tenant, id: &str, more: Value) -> Reply {
    app.operator("POST", PATH, asked(tenant, id, more).to_string())
}

fn set(app: &App, tenant: &Tenant, id: &str, status: i64) -> Reply {
    let body = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                      "resource_id": id, "status": status});
    app.operator("PUT", PATH, body.to_string())
}

/// What the partner is told of them.
fn listed(app: &App, tenant: &Tenant) -> Vec<Json> {
    let fields = json!({"customer_id": tenant.customers[0]});
    let answer = app.sdk(&tenant.distributor, "ListCustomerOnDemandResources", &fields);
    answer.outcome.expect("a list").at("resources").as_list().to_vec()
}

fn freeze(app: &App, tenant: &Tenant, frozen: bool) {
    let body = json!({"tenant_id": tenant.tenant_id, "customer_id": tenant.customers[0],
                      "frozen": frozen});
    let reply = app.operator("PUT", "/operator/v1/customers", body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_resource_is_started_frozen_used_again_and_stopped() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    usage::catalogue(app);
    let reply = start(app, &tenant, "traffic-1", json!({}));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let started = reply.json();
    assert_eq!(started.text_at("product_id"), "test-usage-product");
    let [item] = &listed(app, &tenant)[..] else { panic!("one resource") };
    for (name, value) in [
        ("resource_id", "traffic-1"),
        ("resource_name", "Traffic"),
        ("service_type_code", "test.service.usage"),
        ("resource_spec_code", "usage.traffic"),
        ("effective_time", started.text_at("effective_time")),
    ] {
        assert_eq!(item.text_at(name), value, "{name}");
    }
    assert_eq!((item.at("status").as_integer(), item.get("expire_time")), (1, None));

    for status in [3, 1, 6] {
        let reply = set(app, &tenant, "traffic-1", status);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let [item] = &listed(app, &tenant)[..] else { panic!("one resource") };
        assert_eq!(item.at("status").as_integer(), status);
        assert_eq!(item.get("expire_time").is_some(), status == 6, "{item:?}");
    }
    // What it has used before comes late, and is metered all the same.
    let mut ticket = usage::ticket(&tenant, "late", "1");
    ticket["resource_id"] = json!("traffic-1");
    assert_eq!(usage::meter(app, &tenant.tenant_id, &[ticket]).status, 200);
    app.audit(&tenant.tenant_id);
}

#[test]
fn what_was_stopped_stays_so_and_its_identity_taken() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    usage::catalogue(app);
    provided(app, &tenant);
    assert_eq!(start(app, &tenant, "traffic-1", json!({})).status, 200);
    let before = (app.audit(&tenant.tenant_id), listed(app, &tenant));
    for id in ["traffic-1", &main_id(&tenant)] {
        assert_eq!(start(app, &tenant, id, json!({})).outcome(), refused(400, "CBC.0100"), "{id}");
    }
    assert_eq!((app.audit(&tenant.tenant_id), listed(app, &tenant)), before);
    assert_eq!(set(app, &tenant, "traffic-1", 6).status, 200);
    let stopped = (app.audit(&tenant.tenant_id), listed(app, &tenant));
    for status in [6, 1, 3] {
        assert_eq!(set(app, &tenant, "traffic-1", status).outcome(), refused(400, "CBC.0100"));
    }
    assert_eq!(start(app, &tenant, "traffic-1", json!({})).outcome(), refused(400, "CBC.0100"));
    assert_eq!((app.audit(&tenant.tenant_id), listed(app, &tenant)), stopped);
}

#[test]
fn a_frozen_customer_starts_nothing_and_can_be_stopped() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    usage::catalogue(app);
    assert_eq!(start(app, &tenant, "traffic-1", json!({})).status, 200);
    freeze(app, &tenant, true);
    assert_eq!(start(app, &tenant, "traffic-2", json!({})).outcome(), refused(400, "CBC.0100"));
    assert_eq!(set(app, &tenant, "traffic-1", 3).status, 200);
    assert_eq!(set(app, &tenant, "traffic-1", 1).outcome(), refused(400, "CBC.0100"));
    freeze(app, &tenant, false);
    assert_eq!(set(app, &tenant, "traffic-1", 1).status, 200);
    freeze(app, &tenant, true);
    assert_eq!(set(app, &tenant, "traffic-1", 6).status, 200);
}

#[test]
fn refuses_what_cannot_be_started_or_changed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    usage::catalogue(app);
    let before = app.audit(&tenant.tenant_id);
    for more in [
        json!({"customer_id": "nobody"}),
        json!({"resource_spec": "usage.unknown"}),
        json!({"region_code": "elsewhere"}),
        json!({"resource_size": 5}),
        json!({"resource_name": "x".repeat(257)}),
        json!({"resource_id": ""}),
        json!({"period_type": 2}),
    ] {
        let outcome = start(app, &tenant, "traffic-1", more.clone()).outcome();
        assert_eq!(outcome, refused(400, "CBC.0100"), "{more}");
    }
    for (id, status) in [("nothing", 6), ("nothing", 7), ("nothing", 0)] {
        assert_eq!(
            set(app, &tenant, id, status).outcome(),
            refused(400, "CBC.0100"),
            "{id} {status}"
        );
    }
    let elsewhere = start(app, &tenant, "traffic-1", json!({"tenant_id": "nowhere"}));
    assert_eq!(elsewhere.outcome(), (404, "CBC.0101".to_owned()));
    assert_eq!((app.audit(&tenant.tenant_id), listed(app, &tenant)), (before, Vec::new()));
}
