//! `POST /partner-centre/v1/resources/unsubscribe`: an unsubscription on behalf of a customer.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::money::{customer_cash, decimal};
use crate::harness::orders::{attached_id, both, main_id, order, provided};
use crate::harness::partner_centre::{UNSUBSCRIBE, authorise, done, once, send};
use crate::harness::tenant::Tenant;

fn unsubscription(tenant: &Tenant, more: &Value) -> Value {
    let mut body = json!({"customer_id": tenant.customers[0], "resource_ids": [main_id(tenant)],
                          "unsubscribe_type": 1});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    body
}

#[test]
fn gives_the_money_back_to_the_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    authorise(app, &tenant);
    let body = unsubscription(&tenant, &json!({}));
    let answer = done(app, &tenant.distributor, "POST", UNSUBSCRIBE, &body).json();
    let shown = order(app, &tenant.customer, answer.at("order").text_at("order_id"));
    let info = shown.at("order_info");
    assert_eq!(info.at("source_type").as_integer(), 2);
    assert_eq!(info.at("order_type").as_integer(), 4);
    assert_eq!(both(app, &tenant, "status"), [3, 3]);
    let cash = customer_cash(app, &tenant, &tenant.customers[0], None);
    assert_eq!(cash, Some(decimal("64.40")));
    let reply = send(app, &tenant.distributor, "POST", UNSUBSCRIBE, &body);
    assert_eq!(reply.outcome(), (400, "CBC.30000067".to_owned()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_without_an_authorisation_and_as_one_of_the_customers_own() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    let outcome =
        |body: &Value| send(app, &tenant.distributor, "POST", UNSUBSCRIBE, body).outcome();
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(outcome(&unsubscription(&tenant, &json!({}))), (403, "CBC.0151".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    authorise(app, &tenant);
    let before = app.audit(&tenant.tenant_id);
    for (more, code) in [
        (json!({"customer_id": "nobody"}), "CBC.99000035"),
        (json!({"customer_id": tenant.referral_customer}), "CBC.99000000"),
        (json!({"resource_ids": ["nothing"]}), "CBC.99003012"),
        (json!({"resource_ids": [attached_id(&tenant)]}), "CBC.99003185"),
        (json!({"resource_ids": []}), "CBC.0100"),
        (json!({"unsubscribe_type": 2}), "CBC.99003128"),
        (json!({"unsubscribe_type": 3}), "CBC.0100"),
    ] {
        assert_eq!(outcome(&unsubscription(&tenant, &more)), (400, code.to_owned()), "{more}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_repeat_gives_nothing_more_back() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    provided(app, &tenant);
    authorise(app, &tenant);
    let body = unsubscription(&tenant, &json!({}));
    once(app, &tenant, &tenant.distributor, "POST", UNSUBSCRIBE, &body);
}
