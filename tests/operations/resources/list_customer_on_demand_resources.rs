//! `ListCustomerOnDemandResources`: pay-per-use resources of a customer that a partner funds.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::orders::{attached_id, main_id, provided};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "ListCustomerOnDemandResources";
const PATH: &str = "/v2/partners/sub-customers/on-demand-resources/query";

/// A tenant whose customer's two resources were switched to pay-per-use.
fn with_resources(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let fields = json!({"resource_ids": [main_id(&tenant)]});
    let answer = app.sdk(&tenant.customer, "UpdatePeriodToOnDemandInstantly", &fields);
    answer.outcome.expect("switched");
    tenant
}

fn list(app: &App, tenant: &Tenant, more: Value) -> Json {
    let mut fields = json!({"customer_id": tenant.customers[0]});
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    app.sdk(&tenant.distributor, OPERATION, &fields).outcome.expect("a list")
}

#[test]
fn shows_and_filters_them() {
    let app = App::shared();
    let tenant = with_resources(app);
    let (main, attached) = (main_id(&tenant), attached_id(&tenant));
    let all = [attached.as_str(), main.as_str()];
    for (fields, expected) in [
        (json!({}), &all[..]),
        (json!({"region_code": "", "service_type_code": "", "resource_ids": []}), &all),
        (json!({"resource_ids": [main]}), &all[1..]),
        (json!({"region_code": "test-orders-1"}), &all),
        (json!({"region_code": "elsewhere"}), &[]),
        (json!({"service_type_code": "test.service.orders", "status": 1}), &all),
        (json!({"status": 6}), &[]),
        (json!({"effective_time_end": "2000-01-01T00:00:00Z"}), &[]),
        (json!({"effective_time_begin": "2000-01-01T00:00:00Z"}), &all),
        (json!({"limit": 1}), &all[..1]),
        (json!({"offset": 1}), &all[1..]),
    ] {
        let body = list(app, &tenant, fields.clone());
        let ids: Vec<&str> =
            body.at("resources").as_list().iter().map(|item| item.text_at("resource_id")).collect();
        assert_eq!(ids, expected, "{fields}");
    }
    let body = list(app, &tenant, json!({}));
    let item = &body.at("resources").as_list()[1];
    assert_eq!(item.text_at("customer_id"), tenant.customers[0]);
    assert_eq!(item.text_at("resource_spec_code"), "orders.small");
    assert_eq!(item.at("status").as_integer(), 1);
}

#[test]
fn refuses_customers_that_are_not_the_partners_or_not_funded_by_it() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let refused = |customer: &str| {
        let fields = json!({"customer_id": customer});
        app.sdk(&tenant.distributor, OPERATION, &fields).reply
    };
    let foreign = refused(&other.customers[0]);
    assert_eq!(foreign.outcome(), (400, "CBC.99000035".to_owned()));
    assert_eq!(foreign.body, refused("nobody").body);
    assert_eq!(foreign.body, refused(&tenant.reseller_customer).body);
    let referral = refused(&tenant.referral_customer);
    assert_eq!(referral.outcome(), (400, "CBC.99000000".to_owned()));
}

#[test]
fn answers_a_resellers_customer_in_its_name() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = json!({"customer_id": tenant.reseller_customer,
                        "indirect_partner_id": tenant.reseller.principal_id});
    let body = app.sdk(&tenant.distributor, OPERATION, &fields).outcome.expect("a list");
    assert_eq!(body.at("total_count").as_integer(), 0);
}

#[test]
fn refuses_what_is_out_of_range() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
    for (name, value) in [
        ("limit", json!(101)),
        ("status", json!(7)),
        ("resource_ids", json!(many)),
        ("region_code", json!("x".repeat(65))),
        ("effective_time_begin", json!("2026-01-01")),
    ] {
        let mut body = json!({"customer_id": tenant.customers[0]});
        body[name] = value;
        let reply = app.post(&tenant.distributor, PATH, Value::to_string(&body));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
}
