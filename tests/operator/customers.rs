//! `PUT /operator/v1/customers`: freezes a customer, and changes how it is associated.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::coupons::{issue, left};
use crate::harness::http::Reply;
use crate::harness::money::{allocate, decimal, partner_cash};
use crate::harness::orders::{fund, pay, place, with_money};
use crate::harness::partner_centre::{ASSOCIATIONS, done};
use crate::harness::tenant::Tenant;

fn change(app: &App, tenant: &Tenant, customer: &str, more: &Value) -> Reply {
    let mut body = json!({"tenant_id": tenant.tenant_id, "customer_id": customer});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    app.operator("PUT", "/operator/v1/customers", body.to_string())
}

/// Whether the partner is told that its customer is frozen, and how it is associated.
fn listed(app: &App, tenant: &Tenant) -> (i64, String) {
    let fields = json!({"customer_id": tenant.customers[0]});
    let answer = app.sdk(&tenant.distributor, "ListSubCustomers", &fields);
    let body = answer.outcome.expect("customers");
    let [customer] = body.at("customer_infos").as_list() else { panic!("{body:?}") };
    let association = customer.text_at("association_type").to_owned();
    (customer.at("is_frozen").as_integer(), association)
}

#[test]
fn a_frozen_customer_pays_nothing_until_it_is_unfrozen() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    fund(app, &tenant, customer, "32.20");
    let order_id = place(app, &tenant);
    assert_eq!(listed(app, &tenant), (0, "2".to_owned()));
    let reply = change(app, &tenant, customer, &json!({"frozen": true}));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(listed(app, &tenant), (1, "2".to_owned()));
    let refused = (403, "CBC.0151".to_owned());
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)), refused);
    change(app, &tenant, customer, &json!({"frozen": false}));
    assert_eq!(listed(app, &tenant), (0, "2".to_owned()));
    assert_eq!(pay(app, &tenant.customer, &with_money(&order_id)), (204, String::new()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn what_is_absent_stays_as_it_is() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    change(app, &tenant, customer, &json!({"association_type": "1"}));
    assert_eq!(listed(app, &tenant), (0, "1".to_owned()));
    let reply = change(app, &tenant, customer, &json!({"frozen": true})).json();
    assert_eq!(reply.text_at("association_type"), "1");
    assert_eq!(listed(app, &tenant), (1, "1".to_owned()));
    change(app, &tenant, customer, &json!({"association_type": "2", "frozen": false}));
    assert_eq!(listed(app, &tenant), (0, "2".to_owned()));
    change(app, &tenant, customer, &json!({"association_type": "1", "frozen": true}));
    assert_eq!(listed(app, &tenant), (1, "1".to_owned()));
}

#[test]
fn a_partner_that_no_longer_funds_a_customer_has_back_what_it_gave() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let had = || (partner_cash(app, &tenant, None), left(app, &tenant, &tenant.quota));
    let before = had();
    allocate(app, &tenant, customer, "100.00");
    let coupon = issue(app, &tenant, "5.00");
    let asking = json!({"customer_id": customer, "change": "dissociation"});
    done(app, &tenant.distributor, "POST", ASSOCIATIONS, &asking);
    let sum = app.audit(&tenant.tenant_id).at("sum").clone();

    let referral = json!({"association_type": "1"});
    let reply = change(app, &tenant, customer, &referral);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json().at("returned_amount").as_decimal(), decimal("100"));
    assert_eq!(reply.json().at("returned_coupons").as_integer(), 1);
    assert_eq!(had(), before);
    assert_eq!(app.audit(&tenant.tenant_id).at("sum"), &sum);
    let answer = app.sdk(&tenant.customer, "ListSubCustomerCoupons", &json!({"status": 5}));
    let coupons = answer.outcome.expect("coupons");
    assert_eq!(coupons.at("user_coupons").as_list()[0].text_at("coupon_id"), coupon);
    // Both sides are told who did it, and nobody is asked any more.
    let of_customer = format!("{ASSOCIATIONS}?customer_id={customer}");
    for (key, target) in [(&tenant.distributor, &*of_customer), (&tenant.customer, ASSOCIATIONS)] {
        let told = app.get(key, target).json();
        assert!(told.get("request").is_none(), "{told:?}");
        let event = &told.at("events").as_list()[0];
        assert_eq!([event.text_at("by"), event.text_at("change")], ["operator", "referral"]);
        assert_eq!(event.at("returned_amount").as_decimal(), decimal("100"));
    }

    let again = change(app, &tenant, customer, &referral).json();
    assert_eq!(again.at("returned_coupons").as_integer(), 0);
    assert_eq!(had(), before);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_a_change_of_association_that_both_sides_could_not_agree_on() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let refused = |customer: &str, association_type: &str, why: &str| {
        let before = app.audit(&tenant.tenant_id);
        let wanted = json!({"association_type": association_type});
        let reply = change(app, &tenant, customer, &wanted);
        assert_eq!(reply.outcome(), (400, "CBC.99007004".to_owned()), "{why}");
        assert!(reply.text().contains(why), "{}", reply.text());
        assert_eq!(app.audit(&tenant.tenant_id), before);
    };
    let customer = &tenant.customers[0];
    place(app, &tenant);
    refused(customer, "1", "neither completed nor cancelled");
    change(app, &tenant, customer, &json!({"frozen": true}));
    refused(customer, "1", "frozen");
    fund(app, &tenant, &tenant.referral_customer, "1.00");
    refused(&tenant.referral_customer, "2", "money of its own");
}

#[test]
fn refuses_what_is_not_there_and_what_is_no_change() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let customer = &tenant.customers[0];
    for (customer, more) in [
        ("nobody", json!({"frozen": true})),
        (customer, json!({"association_type": "3"})),
        (customer, json!({"frozen": 1})),
        (customer, json!({"melted": true})),
    ] {
        let outcome = change(app, &tenant, customer, &more).outcome();
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{customer} {more}");
    }
    let body = json!({"tenant_id": "nowhere", "customer_id": customer, "frozen": true});
    let reply = app.operator("PUT", "/operator/v1/customers", body.to_string());
    assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
