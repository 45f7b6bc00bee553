//! `CreateEnterpriseRealnameAuthentication`: an enterprise goes under review.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::realname::{
    ENTERPRISE, INDIVIDUAL, assert_refused, awaiting, company, decided, person, result, status,
    submit,
};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/customers/realname-auths/enterprise";

#[test]
fn a_customer_goes_under_review() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, ENTERPRISE, &company(customer));
    assert_eq!(result(app, &tenant, customer).at("review_result").as_integer(), 0);
    assert_eq!(status(app, &tenant), (0, Some(1)));
    decided(app, &tenant, &review_id, None);
    assert_eq!(status(app, &tenant), (2, Some(1)));
}

#[test]
fn what_may_be_left_out_may_be_left_out() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut fields = company(&tenant.customers[0]);
    for name in ["certificate_type", "reg_country", "reg_address", "enterprise_person"] {
        fields.as_object_mut().expect("an object").remove(name);
    }
    submit(app, &tenant, ENTERPRISE, &fields);
    // An enterprise may have many accounts.
    submit(app, &tenant, ENTERPRISE, &company(&tenant.customers[1]));
    submit(app, &tenant, ENTERPRISE, &company(&tenant.reseller_customer));
}

#[test]
fn refuses_fields_that_are_not_as_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (field, value) in [
        ("identify_type", json!(0)),
        ("certificate_type", json!(5)),
        ("certificate_type", json!("0")),
        ("verified_file_url", json!([])),
        ("verified_file_url", json!(["/a.jpg", "//example.com/b.jpg"])),
        ("corp_name", json!("x".repeat(256))),
        ("verified_number", json!("")),
        ("reg_country", json!("x".repeat(11))),
        ("reg_address", json!("x".repeat(257))),
        ("xaccount_type", json!("x".repeat(65))),
        ("enterprise_person", json!({"legel_name": "x"})),
        ("enterprise_person", json!({"legel_name": "", "legel_id_number": "1"})),
        ("enterprise_person", json!({"legel_name": "x", "legel_id_number": "1".repeat(33)})),
        (
            "enterprise_person",
            json!({"legel_name": "x", "legel_id_number": "1", "certifier_role": "agent"}),
        ),
    ] {
        let mut fields = company(&tenant.customers[0]);
        fields[field] = value;
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    // That field belongs to the other operation.
    let mut fields = company(&tenant.customers[0]);
    fields["change_type"] = json!(1);
    let reply = app.post(&tenant.distributor, PATH, fields.to_string());
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    assert!(awaiting(app, &tenant.tenant_id).is_empty());
}

#[test]
fn refuses_a_file_that_is_neither_picture_nor_document() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut fields = company(&tenant.customers[0]);
    fields["verified_file_url"] = json!(["licence.txt"]);
    assert_refused(app, &tenant, ENTERPRISE, &fields, "CBC.99000100");
}

#[test]
fn refuses_somebody_elses_customer_as_if_it_did_not_exist() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    for customer_id in [&other.customers[0], "nobody"] {
        assert_refused(app, &tenant, ENTERPRISE, &company(customer_id), "CBC.99000035");
    }
    assert!(awaiting(app, &other.tenant_id).is_empty());
}

#[test]
fn refuses_who_is_authenticated_or_under_review() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = company(&tenant.customers[0]);
    let individual: Value = person(&tenant.customers[0], "E0000001");
    let review_id = submit(app, &tenant, INDIVIDUAL, &individual);
    assert_refused(app, &tenant, ENTERPRISE, &fields, "CBC.99007188");
    decided(app, &tenant, &review_id, None);
    assert_refused(app, &tenant, ENTERPRISE, &fields, "CBC.99007188");
}

#[test]
fn refuses_a_customer_that_tries_too_often() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = company(&tenant.customers[0]);
    for _ in 0..5 {
        let review_id = submit(app, &tenant, ENTERPRISE, &fields);
        decided(app, &tenant, &review_id, Some("not legible"));
    }
    assert_refused(app, &tenant, ENTERPRISE, &fields, "CBC.99007191");
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = company(&tenant.customers[0]);
    let headers = json!({"X-Client-Token": "a submission"});
    let first = app.sdk_with(&tenant.distributor, ENTERPRISE, &fields, &headers);
    let after = app.audit(&tenant.tenant_id);
    let second = app.sdk_with(&tenant.distributor, ENTERPRISE, &fields, &headers);
    assert_eq!(first.outcome, Ok(Json::parse(r#"{"is_review": 1}"#).expect("JSON")));
    assert_eq!(first.reply.body, second.reply.body);
    assert_eq!(app.audit(&tenant.tenant_id), after);
}
