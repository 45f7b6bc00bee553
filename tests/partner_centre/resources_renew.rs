//! `POST /partner-centre/v1/resources/renew`: a renewal on behalf of a customer.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::orders::{attached_id, both, fund, main_id, order, provided, resources};
use crate::harness::partner_centre::{RENEW, authorise, done, once, send};
use crate::harness::tenant::Tenant;

fn renewal(tenant: &Tenant, more: &Value) -> Value {
    let mut body = json!({"customer_id": tenant.customers[0], "resource_ids": [main_id(tenant)],
                          "period_type": 2, "period_num": 1});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

fn expiries(app: &App, tenant: &Tenant) -> Vec<String> {
    let found = resources(app, tenant, &json!({}));
    found.iter().map(|(_, resource)| resource.text_at("expire_time").to_owned()).collect()
}

#[test]
fn is_an_order_of_the_customer_and_paid_from_its_account() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    authorise(app, &tenant);
    fund(app, &tenant, &tenant.customers[0], "64.40");
    let before = expiries(app, &tenant);
    let body = renewal(&tenant, &json!({"is_auto_pay": 1}));
    let answer = done(app, &tenant.distributor, "POST", RENEW, &body).json();
    let order_id = answer.at("order_ids").as_list()[0].as_text();
    let shown = order(app, &tenant.customer, order_id);
    let info = shown.at("order_info");
    assert_eq!(info.at("source_type").as_integer(), 2);
    assert_eq!(info.at("order_type").as_integer(), 2);
    assert_eq!(info.at("status").as_integer(), 5);
    let after = expiries(app, &tenant);
    assert!(after.iter().zip(&before).all(|(after, before)| after > before), "{after:?}");
    // Nothing is left to pay with: the order waits.
    let reply = send(app, &tenant.distributor, "POST", RENEW, &body);
    assert_eq!(reply.outcome(), (400, "CBC.30050006".to_owned()));
    assert_eq!(both(app, &tenant, "status"), [2, 2]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_without_an_authorisation_and_as_a_renewal_of_the_customers_own() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let outcome = |body: &Value| send(app, &tenant.distributor, "POST", RENEW, body).outcome();
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(outcome(&renewal(&tenant, &json!({}))), (403, "CBC.0151".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    authorise(app, &tenant);
    let before = app.audit(&tenant.tenant_id);
    for (more, code) in [
        (json!({"customer_id": "nobody"}), "CBC.99000035"),
        (json!({"customer_id": tenant.referral_customer}), "CBC.99000000"),
        (json!({"resource_ids": ["nothing"]}), "CBC.99003016"),
        (json!({"resource_ids": [attached_id(&tenant)]}), "CBC.30010036"),
        (json!({"resource_ids": []}), "CBC.0100"),
        (json!({"period_num": 12}), "CBC.0100"),
        (json!({"is_auto_pay": 2}), "CBC.0100"),
    ] {
        assert_eq!(outcome(&renewal(&tenant, &more)), (400, code.to_owned()), "{more}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_repeat_renews_nothing_more() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    authorise(app, &tenant);
    fund(app, &tenant, &tenant.customers[0], "200.00");
    let body = renewal(&tenant, &json!({"is_auto_pay": 1}));
    once(app, &tenant, &tenant.distributor, "POST", RENEW, &body);
}
