//! `CreatePersonalRealnameAuth`: a person goes under review.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::json::Json;
use crate::harness::realname::{
    INDIVIDUAL, assert_refused, awaiting, decided, deliveries, person, refusal, result, status,
    submit,
};
use crate::harness::receiver::Receiver;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/customers/realname-auths/individual";

const MOBILE: &str = "13912345678";

/// A bank card whose telephone was sent this code.
fn by_card(customer_id: &str, code: &str) -> Value {
    let mut fields = person(customer_id, "E0000001");
    fields["identify_type"] = json!(4);
    fields.as_object_mut().expect("an object").remove("verified_type");
    fields["bank_card_info"] = json!({"bank_account": "6222020200000000001", "areacode": "0086",
                                      "mobile": MOBILE, "verification_code": code});
    fields
}

#[test]
fn a_customer_goes_under_review() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    assert_eq!(status(app, &tenant), (-1, None));
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    assert_eq!(result(app, &tenant, customer).at("review_result").as_integer(), 0);
    assert_eq!(status(app, &tenant), (0, Some(0)));

    decided(app, &tenant, &review_id, Some("not legible"));
    assert_eq!(status(app, &tenant), (1, Some(0)));
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    decided(app, &tenant, &review_id, None);
    assert_eq!(result(app, &tenant, customer).at("review_result").as_integer(), 2);
    assert_eq!(status(app, &tenant), (2, Some(0)));
    assert!(deliveries(app, &tenant).is_empty(), "nobody is told here");
}

#[test]
fn a_distributor_submits_for_its_resellers_customers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.reseller_customer, "E0000001"));
    submit(app, &tenant, INDIVIDUAL, &person(&tenant.referral_customer, "E0000002"));
}

#[test]
fn a_bank_card_needs_the_code_that_its_telephone_was_sent() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let customer = tenant.customers[0].as_str();
    let send = || {
        let fields = json!({"receiver_type": 1, "mobile_phone": MOBILE, "scene": 18,
                            "customer_id": customer});
        let sent = app.sdk(&tenant.distributor, "SendVerificationMessageCode", &fields);
        assert!(sent.outcome.is_ok(), "{:?}", sent.outcome);
        let sent = receiver.events_of("verification_code.requested", "mobile_phone", MOBILE);
        sent.last().expect("a code").event.at("data").text_at("code").to_owned()
    };
    let wrong = |code: &str| if code == "000000" { "000001" } else { "000000" };
    let refused =
        |code: &str| refusal(&app, &tenant.distributor, INDIVIDUAL, &by_card(customer, code));
    assert_eq!(refused("123456"), (400, "CBC.0100".to_owned()), "none was sent");
    let code = send();
    for _ in 0..3 {
        assert_eq!(refused(wrong(&code)), (400, "CBC.0100".to_owned()));
    }
    assert_eq!(refused(&code), (400, "CBC.99000027".to_owned()), "it counts no longer");
    let code = send();
    submit(&app, &tenant, INDIVIDUAL, &by_card(customer, &code));
}

#[test]
fn refuses_fields_that_are_not_as_documented() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = tenant.customers[0].as_str();
    for (field, value) in [
        ("identify_type", json!(1)),
        ("identify_type", json!(4)),
        ("verified_type", json!(4)),
        ("verified_type", Value::Null),
        ("verified_file_url", json!([])),
        ("verified_file_url", json!(["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"])),
        ("verified_file_url", json!(["https://example.com/a.jpg"])),
        ("verified_file_url", json!([""])),
        ("name", json!("")),
        ("name", json!("x".repeat(256))),
        ("verified_number", json!("1".repeat(33))),
        ("change_type", json!(0)),
        ("xaccount_type", json!("")),
    ] {
        let mut fields = person(customer, "E0000001");
        fields[field] = value;
        assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.0100");
    }
    for (field, value) in [
        ("bank_account", json!("1".repeat(101))),
        ("areacode", json!("1".repeat(11))),
        ("mobile", json!("1391234567")),
        ("mobile", json!("")),
        ("verification_code", json!("1234567")),
    ] {
        let mut fields = by_card(customer, "123456");
        fields["bank_card_info"][field] = value;
        assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.0100");
    }
}

#[test]
fn refuses_a_file_that_is_neither_picture_nor_document() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for file in ["abc023", "abc023.docx", "abc023.jpg.exe"] {
        let mut fields = person(&tenant.customers[0], "E0000001");
        fields["verified_file_url"] = json!(["abc023.jpg", file]);
        assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.99000100");
    }
}

#[test]
fn refuses_somebody_elses_customer_as_if_it_did_not_exist() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let refused = |customer_id: &str| {
        let fields = person(customer_id, "E0000001");
        assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.99000035");
        app.sdk(&tenant.distributor, INDIVIDUAL, &fields).reply.body
    };
    let foreign = refused(&other.customers[0]);
    assert_eq!(foreign, refused("nobody"));
    assert_eq!(foreign, refused(&tenant.distributor.principal_id));
    assert!(awaiting(app, &other.tenant_id).is_empty());
}

#[test]
fn refuses_who_is_authenticated_or_under_review() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = person(&tenant.customers[0], "E0000001");
    let review_id = submit(app, &tenant, INDIVIDUAL, &fields);
    assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.99007188");
    decided(app, &tenant, &review_id, None);
    assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.99007188");
}

#[test]
fn refuses_a_certificate_that_too_many_customers_use() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let five = [
        &tenant.customers[0],
        &tenant.customers[1],
        &tenant.referral_customer,
        &tenant.reseller_customer,
        &tenant.other_reseller_customer,
    ];
    for customer in five {
        submit(app, &tenant, INDIVIDUAL, &person(customer, "e000 0001"));
    }
    let sixth = format!("{}-sixth", tenant.customers[0]);
    let line = json!({"kind": "customer", "tenant_id": tenant.tenant_id, "customer_id": sixth,
                      "partner_id": tenant.distributor.principal_id, "association_type": "2"});
    app.import(&crate::harness::book::Book::new(format!("{line}\n")));
    let fields = person(&sixth, "E0000001");
    assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.99007189");
    // A rejection frees it; another tenant is another matter.
    let oldest = awaiting(app, &tenant.tenant_id).remove(0);
    decided(app, &tenant, oldest.text_at("review_id"), Some("not legible"));
    submit(app, &tenant, INDIVIDUAL, &fields);
    let other = Tenant::in_books_of(app);
    submit(app, &other, INDIVIDUAL, &person(&other.customers[0], "E0000001"));
}

#[test]
fn refuses_a_customer_that_tries_too_often() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = person(&tenant.customers[0], "E0000001");
    for _ in 0..5 {
        let review_id = submit(app, &tenant, INDIVIDUAL, &fields);
        decided(app, &tenant, &review_id, Some("not legible"));
    }
    assert_refused(app, &tenant, INDIVIDUAL, &fields, "CBC.99007191");
}

#[test]
fn a_repeat_with_the_same_client_token_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = person(&tenant.customers[0], "E0000001");
    let headers = json!({"X-Client-Token": "a submission"});
    let first = app.sdk_with(&tenant.distributor, INDIVIDUAL, &fields, &headers);
    let after = app.audit(&tenant.tenant_id);
    let second = app.sdk_with(&tenant.distributor, INDIVIDUAL, &fields, &headers);
    assert_eq!(first.outcome, Ok(Json::parse(r#"{"is_review": 1}"#).expect("JSON")));
    assert_eq!(first.reply.body, second.reply.body);
    assert_eq!(app.audit(&tenant.tenant_id), after);
    assert_eq!(awaiting(app, &tenant.tenant_id).len(), 1);
}

#[test]
fn a_refusal_repeats_nothing_of_the_person() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut fields = person(&tenant.customers[0], "E0000001");
    fields["verified_number"] = json!(310_101_199_001_011_234_u64);
    fields["name"] = json!({"first": "Zhang"});
    let reply = app.post(&tenant.distributor, PATH, fields.to_string());
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    for secret in ["3101011990", "Zhang"] {
        assert!(!reply.text().contains(secret), "{}", reply.text());
    }
}
