//! `CreatePartnerCoupons`: coupons out of a quota. What a quota has left shows in what can still
//! be issued, and what was issued in the operator's audit.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::enterprise;
use crate::harness::http::{Reply, Request};
use crate::harness::issuing::{EXHAUSTED, Issued, assert_left, issue, request};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::{LIMITED_TO, LIMITED_TO_PRODUCT, Tenant};

const PATH: &str = "/v2/promotions/benefits/partner-coupons";

const REFERRAL: &str = "CBC.99000014";
const UNIFIED: &str = "CBC.50000034";
const NOT_YOURS: &str = "CBC.99000035";

/// Is refused through the SDK, with nothing changed.
fn refused(app: &App, tenant: &Tenant, fields: &Value) -> (i64, String) {
    let before = app.audit(&tenant.tenant_id);
    let answer = app.sdk(&tenant.distributor, "CreatePartnerCoupons", fields);
    let error = answer.outcome.expect_err("refused");
    assert_eq!(app.audit(&tenant.tenant_id), before, "after {fields}");
    (error.status_code, error.error_code)
}

fn assert_refused(app: &App, tenant: &Tenant, fields: &Value, code: &str) {
    assert_eq!(refused(app, tenant, fields), (400, code.to_owned()), "{fields}");
}

/// Issues with a client token, by a raw request.
fn issue_with_token(app: &App, key: &Key, token: &str, body: &Value) -> Reply {
    let request = Request::new("POST", PATH, body.to_string());
    app.call(key, request.with("X-Client-Token", token))
}

fn integer(audit: &Json, name: &str) -> i64 {
    audit.at(name).as_integer()
}

#[test]
fn issues_a_coupon_to_each_customer_in_one_transaction() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let customers = [tenant.customers[1].as_str(), tenant.customers[0].as_str()];
    let issued = issue(app, &tenant.distributor, &request(&tenant.quota, &customers, "12.34"));
    assert_eq!(issued.customers, customers);
    assert_eq!(issued.refused, []);
    assert_ne!(issued.coupons[0], issued.coupons[1]);

    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.text_at("sum"), before.text_at("sum"));
    assert_eq!(integer(&after, "accounts"), integer(&before, "accounts") + 2);
    assert_eq!(integer(&after, "transactions"), integer(&before, "transactions") + 1);
    // 50.00 were in it: 25.32 are left.
    assert_left(app, &tenant.distributor, &tenant.quota, customers[0], "25.32");
}

#[test]
fn gives_a_customer_named_twice_two_coupons() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = tenant.customers[0].as_str();
    let fields = request(&tenant.quota, &[customer, customer], "20.00");
    let issued = issue(app, &tenant.distributor, &fields);
    assert_eq!(issued.customers, [customer, customer]);
    assert_ne!(issued.coupons[0], issued.coupons[1]);
    assert_left(app, &tenant.distributor, &tenant.quota, customer, "10.00");
}

#[test]
fn answers_for_each_customer_in_the_order_given() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let [first, second] = tenant.customers.each_ref().map(String::as_str);
    let customers = [
        other.customers[0].as_str(),
        first,
        tenant.referral_customer.as_str(),
        "nobody",
        second,
        tenant.reseller_customer.as_str(),
    ];
    let issued = issue(app, &tenant.distributor, &request(&tenant.quota, &customers, "10.00"));
    assert_eq!(issued.customers, [first, second]);
    let refused = [
        (customers[0], NOT_YOURS),
        (customers[2], REFERRAL),
        (customers[3], NOT_YOURS),
        (customers[5], NOT_YOURS),
    ];
    assert_eq!(issued.refused, refused.map(|(id, code)| (id.to_owned(), code.to_owned())));
    assert_left(app, &tenant.distributor, &tenant.quota, first, "30.00");
}

#[test]
fn a_member_whose_finances_its_master_keeps_gets_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let [master, member] = tenant.customers.each_ref().map(String::as_str);
    let lines = [
        json!({"kind": "enterprise", "customer_id": master, "org_id": "1"}),
        json!({"kind": "enterprise_member", "master_id": master, "customer_id": member,
               "financial_custody": 1, "joined_at": "2026-01-06T00:00:00Z"}),
    ];
    enterprise::import(app, &tenant, lines);
    let fields = request(&tenant.quota, &[member, master], "10.00");
    let issued = issue(app, &tenant.distributor, &fields);
    assert_eq!(issued.customers, [master]);
    assert_eq!(issued.refused, [(member.to_owned(), UNIFIED.to_owned())]);
    assert_left(app, &tenant.distributor, &tenant.quota, master, "40.00");
}

#[test]
fn issues_until_the_quota_is_exhausted() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = tenant.customers[0].as_str();
    let fields = request(&tenant.quota, &[customer; 4], "15.00");
    let issued = issue(app, &tenant.distributor, &fields);
    assert_eq!(issued.coupons.len(), 3);
    assert_eq!(issued.refused, [(customer.to_owned(), EXHAUSTED.to_owned())]);
    assert_left(app, &tenant.distributor, &tenant.quota, customer, "5.00");
}

#[test]
fn issues_to_a_resellers_customers_in_its_name() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customers = [
        tenant.reseller_customer.as_str(),
        tenant.customers[0].as_str(),
        tenant.other_reseller_customer.as_str(),
    ];
    let mut fields = request(&tenant.granted_quota, &customers, "10.00");
    fields["indirect_partner_id"] = json!(tenant.reseller.principal_id);
    let issued = issue(app, &tenant.distributor, &fields);
    assert_eq!(issued.customers, customers[..1]);
    let refused: Vec<&str> = issued.refused.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(refused, [NOT_YOURS, NOT_YOURS]);
}

#[test]
fn narrows_times_and_limits_within_the_quotas() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = tenant.customers[0].as_str();
    let narrowed = |quota: &str, name: &str, value: Value| {
        let mut fields = request(quota, &[customer], "1.00");
        fields[name] = value;
        fields
    };
    for fields in [
        narrowed(&tenant.quota, "valid_time", json!("2095-01-01T00:00:00Z")),
        narrowed(&tenant.quota, "expire_time", json!("2095-01-01T00:00:00Z")),
        narrowed(&tenant.quota, "memo", json!("券".repeat(512))),
        narrowed(&tenant.quota, "memo", json!("")),
        narrowed(&tenant.quota, "cloud_service_types", json!([LIMITED_TO, "hws.service.type.ebs"])),
        narrowed(&tenant.quota, "product_ids", json!(["any"])),
        narrowed(&tenant.limited_quota, "cloud_service_types", json!([LIMITED_TO])),
        narrowed(&tenant.limited_quota, "cloud_service_types", json!([])),
        narrowed(&tenant.limited_product_quota, "product_ids", json!([LIMITED_TO_PRODUCT])),
        request(&tenant.limited_product_quota, &[customer], "1.00"),
    ] {
        let issued = issue(app, &tenant.distributor, &fields);
        assert_eq!(issued.coupons.len(), 1, "{fields}: {issued:?}");
    }
}

#[test]
fn refuses_a_quota_that_is_unknown_or_not_the_callers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    for quota in ["nothing", &other.quota, &tenant.granted_quota, &tenant.frozen_quota] {
        let fields = request(quota, &[&tenant.customers[0]], "1.00");
        assert_refused(app, &tenant, &fields, "CBC.99000012");
    }
    let mut fields = request(&tenant.other_granted_quota, &[&tenant.reseller_customer], "1.00");
    fields["indirect_partner_id"] = json!(tenant.reseller.principal_id);
    assert_refused(app, &tenant, &fields, "CBC.99000012");
}

#[test]
fn refuses_a_quota_that_is_not_in_effect() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for quota in [&tenant.expired_quota, &tenant.future_quota] {
        let fields = request(quota, &[&tenant.customers[0]], "1.00");
        assert_refused(app, &tenant, &fields, "CBC.99000017");
    }
}

#[test]
fn refuses_limits_wider_than_the_quotas() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (quota, name, value) in [
        (&tenant.limited_quota, "cloud_service_types", json!(["hws.service.type.ebs"])),
        (&tenant.limited_quota, "cloud_service_types", json!([LIMITED_TO, "hws.service.type.ebs"])),
        (&tenant.limited_product_quota, "product_ids", json!(["product-2"])),
    ] {
        let mut fields = request(quota, &[&tenant.customers[0]], "1.00");
        fields[name] = value;
        assert_refused(app, &tenant, &fields, "CBC.99000023");
    }
}

#[test]
fn refuses_times_beyond_the_quotas() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (valid, expire) in [
        (json!("2025-12-31T23:59:59Z"), Value::Null),
        (Value::Null, json!("2096-01-10T00:00:01Z")),
        (json!("2095-01-01T00:00:00Z"), json!("2095-01-01T00:00:00Z")),
        (json!("2095-01-02T00:00:00Z"), json!("2095-01-01T00:00:00Z")),
        (Value::Null, json!("2026-01-10T00:00:01Z")),
    ] {
        let mut fields = request(&tenant.quota, &[&tenant.customers[0]], "1.00");
        fields["valid_time"] = valid;
        fields["expire_time"] = expire;
        assert_refused(app, &tenant, &fields, "CBC.0100");
    }
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = request(&tenant.quota, &[&tenant.customers[0], "nobody"], "10.00");
    let headers = json!({"X-Client-Token": "an order of ours, #1"});
    let key = &tenant.distributor;
    let first = app.sdk_with(key, "CreatePartnerCoupons", &fields, &headers);
    let after = app.audit(&tenant.tenant_id);
    let second = app.sdk_with(key, "CreatePartnerCoupons", &fields, &headers);
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(first.reply.body, second.reply.body);
    assert_eq!(app.audit(&tenant.tenant_id), after);

    // Without the token it is another order.
    let third = app.sdk(key, "CreatePartnerCoupons", &fields);
    assert_ne!(first.outcome, third.outcome);
}

#[test]
fn refuses_a_client_token_of_another_request() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let body = |face_value: &str| request(&tenant.quota, &[&tenant.customers[0]], face_value);
    let key = &tenant.distributor;
    assert_eq!(issue_with_token(app, key, "token-1", &body("10.00")).status, 200);
    let after = app.audit(&tenant.tenant_id);
    let reply = issue_with_token(app, key, "token-1", &body("10.01"));
    assert_eq!(reply.outcome(), (409, "CBC.0150".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), after);

    // To another partner the same token says nothing.
    let other = Tenant::in_books_of(app);
    let theirs = request(&other.quota, &[&other.customers[0]], "10.00");
    assert_eq!(issue_with_token(app, &other.distributor, "token-1", &theirs).status, 200);
}

#[test]
fn refuses_what_is_no_client_token() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let body = request(&tenant.quota, &[&tenant.customers[0]], "1.00");
    let before = app.audit(&tenant.tenant_id);
    let too_long = "x".repeat(65);
    for token in ["", too_long.as_str(), "tab\there", "é"] {
        let reply = issue_with_token(app, &tenant.distributor, token, &body);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{token:?}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let longest = "x".repeat(64);
    assert_eq!(issue_with_token(app, &tenant.distributor, &longest, &body).status, 200);
}

#[test]
fn a_refusal_leaves_its_client_token_free() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let refused = request("nothing", &[&tenant.customers[0]], "10.00");
    let reply = issue_with_token(app, &tenant.distributor, "token-1", &refused);
    assert_eq!(reply.outcome(), (400, "CBC.99000012".to_owned()));
    let accepted = request(&tenant.quota, &[&tenant.customers[0]], "10.00");
    let reply = issue_with_token(app, &tenant.distributor, "token-1", &accepted);
    assert_eq!(Issued::read(&reply.json()).coupons.len(), 1, "{}", reply.text());
}
