//! `ChangeEnterpriseRealnameAuthentication`: a person becomes an enterprise.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::realname::{
    CHANGE, ENTERPRISE, INDIVIDUAL, assert_refused, awaiting, become_person, change, company,
    decided, person, result, status, submit,
};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/customers/realname-auths/enterprise";

/// A tenant whose first customer is authenticated as a person.
fn with_person(app: &App) -> Tenant {
    let tenant = Tenant::in_books_of(app);
    become_person(app, &tenant);
    tenant
}

#[test]
fn a_person_becomes_an_enterprise() {
    let app = App::shared();
    let tenant = with_person(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, CHANGE, &change(customer));
    assert_eq!(status(app, &tenant), (0, Some(1)));
    decided(app, &tenant, &review_id, None);
    assert_eq!(status(app, &tenant), (2, Some(1)));
    assert_eq!(result(app, &tenant, customer).at("review_result").as_integer(), 2);
}

#[test]
fn a_person_whose_change_is_rejected_stays_one() {
    let app = App::shared();
    let tenant = with_person(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, CHANGE, &change(customer));
    decided(app, &tenant, &review_id, Some("the licence is not the customer's"));
    let told = result(app, &tenant, customer);
    assert_eq!(told.at("review_result").as_integer(), 1);
    assert_eq!(told.text_at("opinion"), "the licence is not the customer's");
    assert_eq!(status(app, &tenant), (2, Some(0)));
    submit(app, &tenant, CHANGE, &change(customer));
}

#[test]
fn who_was_rejected_as_a_person_may_go_on_as_an_enterprise() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    decided(app, &tenant, &review_id, Some("not legible"));
    let review_id = submit(app, &tenant, CHANGE, &change(customer));
    decided(app, &tenant, &review_id, None);
    assert_eq!(status(app, &tenant), (2, Some(1)));
}

#[test]
fn refuses_fields_that_are_not_as_documented() {
    let app = App::shared();
    let tenant = with_person(app);
    for (field, value) in [
        ("change_type", json!(-1)),
        ("change_type", json!(2)),
        ("change_type", json!("1")),
        ("identify_type", json!(0)),
        ("certificate_type", json!(98)),
        ("verified_file_url", json!([])),
        ("corp_name", json!("")),
    ] {
        let mut fields = change(&tenant.customers[0]);
        fields[field] = value;
        assert_refused(app, &tenant, CHANGE, &fields, "CBC.0100");
    }
    let without = company(&tenant.customers[0]);
    let reply = app.call(&tenant.distributor, Request::new("PUT", PATH, without.to_string()));
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    let mut fields = change(&tenant.customers[0]);
    fields["verified_file_url"] = json!(["licence.zip"]);
    assert_refused(app, &tenant, CHANGE, &fields, "CBC.99000100");
}

#[test]
fn refuses_somebody_elses_customer_as_if_it_did_not_exist() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = with_person(app);
    for customer_id in [&other.customers[0], "nobody"] {
        assert_refused(app, &tenant, CHANGE, &change(customer_id), "CBC.99000035");
    }
    assert_eq!(status(app, &other), (2, Some(0)));
}

#[test]
fn refuses_who_never_was_a_person() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    assert_refused(app, &tenant, CHANGE, &change(customer), "CBC.99007004");
    let review_id = submit(app, &tenant, ENTERPRISE, &company(customer));
    decided(app, &tenant, &review_id, Some("not legible"));
    assert_refused(app, &tenant, CHANGE, &change(customer), "CBC.99007004");
}

#[test]
fn refuses_who_is_an_enterprise_or_under_review() {
    let app = App::shared();
    let tenant = with_person(app);
    let fields = change(&tenant.customers[0]);
    let review_id = submit(app, &tenant, CHANGE, &fields);
    assert_refused(app, &tenant, CHANGE, &fields, "CBC.99007188");
    decided(app, &tenant, &review_id, None);
    assert_refused(app, &tenant, CHANGE, &fields, "CBC.99007188");
}

#[test]
fn refuses_a_customer_that_tries_too_often() {
    let app = App::shared();
    let tenant = with_person(app);
    let fields = change(&tenant.customers[0]);
    for _ in 0..4 {
        let review_id = submit(app, &tenant, CHANGE, &fields);
        decided(app, &tenant, &review_id, Some("not legible"));
    }
    assert_refused(app, &tenant, CHANGE, &fields, "CBC.99007191");
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = with_person(app);
    let fields = change(&tenant.customers[0]);
    let headers = json!({"X-Client-Token": "a submission"});
    let first = app.sdk_with(&tenant.distributor, CHANGE, &fields, &headers);
    let after = app.audit(&tenant.tenant_id);
    let second = app.sdk_with(&tenant.distributor, CHANGE, &fields, &headers);
    assert_eq!(first.outcome, Ok(Json::parse(r#"{"is_review": 1}"#).expect("JSON")));
    assert_eq!(first.reply.body, second.reply.body);
    assert_eq!(app.audit(&tenant.tenant_id), after);
    assert_eq!(awaiting(app, &tenant.tenant_id).len(), 1);
}
