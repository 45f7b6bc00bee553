//! `CreateSubCustomer`: a new customer of the partner's, or of its reseller's.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::issuing::assert_left;
use crate::harness::json::Json;
use crate::harness::registration::{MOBILE, check, code_for, customers, send};
use crate::harness::sdk::SdkAnswer;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/sub-customers";
const OPERATION: &str = "CreateSubCustomer";
const PASSWORD: &str = "a-Password-of-1";

fn request(xaccount_id: &str) -> Value {
    json!({"xaccount_id": xaccount_id, "xaccount_type": "platform"})
}

fn with(fields: &[(&str, &str)]) -> Value {
    let mut request = request("x-1");
    for (name, value) in fields {
        request[*name] = json!(value);
    }
    request
}

/// Creates a customer through the SDK, and answers its id and name.
fn create(app: &App, key: &Key, fields: &Value) -> (String, String) {
    let body = app.sdk(key, OPERATION, fields).outcome.expect("created");
    (body.text_at("domain_id").to_owned(), body.text_at("domain_name").to_owned())
}

/// The customer of this id in a list.
fn listed(app: &App, key: &Key, fields: Value) -> Json {
    let (found, _) = customers(app, key, &fields);
    assert_eq!(found.len(), 1, "{fields}");
    found[0].clone()
}

fn error_of(answer: SdkAnswer) -> (i64, String) {
    let error = answer.outcome.expect_err("refused");
    (error.status_code, error.error_code)
}

/// Is refused through the SDK, with nothing changed.
fn assert_refused(app: &App, tenant: &Tenant, fields: &Value, code: &str) {
    let before = app.audit(&tenant.tenant_id);
    let error = error_of(app.sdk(&tenant.distributor, OPERATION, fields));
    assert_eq!(error, (400, code.to_owned()), "{fields}");
    assert_eq!(app.audit(&tenant.tenant_id), before, "after {fields}");
}

#[test]
fn creates_a_customer_that_its_partner_can_list_and_give_coupons_to() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let before = app.audit(&tenant.tenant_id);
    let fields = with(&[("domain_name", "New_Customer-1"), ("password", PASSWORD)]);
    let (id, name) = create(app, key, &fields);
    assert_eq!(name, "New_Customer-1");
    let customer = listed(app, key, json!({"customer_id": id}));
    for (member, value) in [
        ("customer_id", id.as_str()),
        ("account_name", "New_Customer-1"),
        ("association_type", "2"),
        ("verified_status", "-1"),
        ("xaccount_id", "x-1"),
        ("xaccount_type", "platform"),
    ] {
        assert_eq!(customer.text_at(member), value);
    }
    assert_eq!(customer.at("customer_type").as_integer(), -1);
    for unknown in ["telephone", "country_code", "email", "customer", "label"] {
        assert_eq!(customer.get(unknown), None, "{unknown}");
    }
    let associated: DateTime<Utc> = customer.text_at("associated_on").parse().expect("a time");
    assert!((Utc::now() - associated).num_seconds().abs() < 60);

    let after = app.audit(&tenant.tenant_id);
    assert_eq!(after.text_at("sum"), before.text_at("sum"));
    let (accounts, transactions) = ("accounts", "transactions");
    for count in [accounts, transactions] {
        assert_eq!(after.at(count).as_integer(), before.at(count).as_integer() + 1, "{count}");
    }
    assert_left(app, key, &tenant.quota, &id, "50.00");
}

#[test]
fn creates_a_customer_whose_mobile_a_code_has_proved() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    let code = code_for(app, &tenant, MOBILE);
    assert_eq!(check(app, key, "mobile", &format!("0086-{MOBILE}")).1, Some(1));
    let fields = with(&[("mobile_phone", MOBILE), ("verification_code", &code)]);
    let (id, name) = create(app, key, &fields);
    let customer = listed(app, key, json!({"customer_id": id}));
    assert_eq!(customer.text_at("telephone"), MOBILE);
    assert_eq!(customer.text_at("country_code"), "0086");
    assert_eq!(check(app, key, "mobile", &format!("0086-{MOBILE}")).1, Some(0));
    assert_eq!(check(app, key, "name", &name).0, "used_by_user");
}

#[test]
fn makes_a_name_of_32_characters_up_for_those_who_give_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let mut names = Vec::new();
    for (number, nothing) in [None, Some(json!("")), Some(Value::Null)].into_iter().enumerate() {
        let mut fields = request(&format!("x-{number}"));
        if let Some(nothing) = nothing {
            fields["domain_name"] = nothing;
        }
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        let name = reply.json().text_at("domain_name").to_owned();
        assert_eq!(name.len(), 32, "{name}");
        assert_eq!(check(app, &tenant.distributor, "name", &name).0, "used_by_user");
        names.push(name);
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3);
}

#[test]
fn creates_a_resellers_customer_for_its_distributor() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let reseller = &tenant.reseller.principal_id;
    let (id, _) = create(app, key, &with(&[("indirect_partner_id", reseller)]));
    listed(app, key, json!({"customer_id": id, "indirect_partner_id": reseller}));
    assert_eq!(customers(app, key, &json!({"customer_id": id})), (vec![], 0));
}

#[test]
fn only_a_cooperation_type_of_1_makes_a_referral_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (number, (cooperation_type, association_type)) in
        [(json!("1"), "1"), (json!("2"), "2"), (json!(""), "2"), (Value::Null, "2")]
            .into_iter()
            .enumerate()
    {
        let mut fields = request(&format!("x-{number}"));
        fields["cooperation_type"] = cooperation_type;
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        let id = reply.json().text_at("domain_id").to_owned();
        let customer = listed(app, &tenant.distributor, json!({"customer_id": id}));
        assert_eq!(customer.text_at("association_type"), association_type, "{fields}");
    }
}

#[test]
fn takes_every_value_that_says_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (number, (name, value)) in [
        ("mobile_phone", json!("")),
        ("mobile_phone", Value::Null),
        ("verification_code", Value::Null),
        // Without a mobile number there is nothing that it would prove.
        ("verification_code", json!("123456")),
        ("password", Value::Null),
        ("is_close_market_ms", json!("")),
        ("is_close_market_ms", Value::Null),
        ("is_close_market_ms", json!("true")),
        ("is_close_market_ms", json!("false")),
        ("include_association_result", json!("")),
        ("include_association_result", Value::Null),
        ("include_association_result", json!(true)),
        ("include_association_result", json!(false)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut fields = request(&format!("x-{number}"));
        fields[name] = value;
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.status, 200, "{fields}: {}", reply.text());
    }
}

#[test]
fn refuses_fields_without_their_form() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (fields, code) in [
        (with(&[("xaccount_id", "")]), "CBC.0100"),
        (with(&[("xaccount_type", "")]), "CBC.0100"),
        (with(&[("verification_code", "")]), "CBC.0100"),
        (with(&[("verification_code", "12345")]), "CBC.0100"),
        (with(&[("verification_code", "1234567")]), "CBC.0100"),
        (with(&[("mobile_phone", MOBILE)]), "CBC.0100"),
        (with(&[("password", "")]), "CBC.0100"),
        (with(&[("cooperation_type", "12")]), "CBC.0100"),
        (with(&[("is_close_market_ms", "yes")]), "CBC.0101"),
        (with(&[("domain_name", "abcd")]), "CBC.99000031"),
        (with(&[("domain_name", "1abcd")]), "CBC.99000031"),
        (with(&[("domain_name", "ab cde")]), "CBC.99000031"),
        (with(&[("domain_name", "op_abcd")]), "CBC.99000031"),
        (with(&[("domain_name", "shadow_abcd")]), "CBC.99000031"),
        (with(&[("mobile_phone", "1381234567"), ("verification_code", "123456")]), "CBC.5017"),
        (with(&[("mobile_phone", "abc"), ("verification_code", "123456")]), "CBC.5017"),
        (with(&[("password", "abcdefg")]), "CBC.99000036"),
        (with(&[("password", "abcdefgh")]), "CBC.99000036"),
        (with(&[("domain_name", "name-1"), ("password", "NAME-1")]), "CBC.99000036"),
        (with(&[("domain_name", "customer-1"), ("password", "1-remotsuc")]), "CBC.99000036"),
        (
            with(&[
                ("mobile_phone", MOBILE),
                ("verification_code", "123456"),
                ("password", &format!("x{MOBILE}")),
            ]),
            "CBC.99000036",
        ),
    ] {
        assert_refused(app, &tenant, &fields, code);
    }
}

#[test]
fn refuses_what_another_customer_of_the_tenant_has() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    let code = code_for(app, &tenant, MOBILE);
    let first = with(&[
        ("domain_name", "the-first"),
        ("mobile_phone", MOBILE),
        ("verification_code", &code),
    ]);
    create(app, key, &first);
    let second = |name: &str, value: &str| {
        let mut fields = request("x-2");
        fields[name] = json!(value);
        fields
    };
    for taken in ["the-first", "THE-First"] {
        assert_refused(app, &tenant, &second("domain_name", taken), "CBC.99000038");
    }
    let code = code_for(app, &tenant, MOBILE);
    let mut fields = second("mobile_phone", MOBILE);
    fields["verification_code"] = json!(code);
    assert_refused(app, &tenant, &fields, "CBC.99000029");
    // Also for a reseller: it is one tenant.
    fields["indirect_partner_id"] = json!(tenant.reseller.principal_id);
    assert_refused(app, &tenant, &fields, "CBC.99000029");
    assert_refused(app, &tenant, &request("x-1"), "CBC.99000039");
    let mut elsewhere = request("x-1");
    elsewhere["xaccount_type"] = json!("another platform");
    create(app, key, &elsewhere);

    // Another tenant has names and numbers of its own.
    let other = Tenant::playing_in(app);
    let code = code_for(app, &other, MOBILE);
    let theirs = with(&[
        ("domain_name", "the-first"),
        ("mobile_phone", MOBILE),
        ("verification_code", &code),
    ]);
    create(app, &other.distributor, &theirs);
}

#[test]
fn a_wrong_code_is_counted_and_three_of_them_end_the_right_one() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    let code = code_for(app, &tenant, MOBILE);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let create = |code: &str| {
        let fields = with(&[("mobile_phone", MOBILE), ("verification_code", code)]);
        app.sdk(key, OPERATION, &fields)
    };
    for attempt in 1..=3 {
        let error = error_of(create(wrong));
        assert_eq!(error, (400, "CBC.99004010".to_owned()), "attempt {attempt}");
    }
    for code in [wrong, &code] {
        assert_eq!(error_of(create(code)), (400, "CBC.99004009".to_owned()));
    }
    assert_eq!(customers(app, key, &json!({})).1, 3, "nobody was created");
    let code = code_for(app, &tenant, MOBILE);
    create(&code).outcome.expect("created");
}

#[test]
fn a_code_counts_for_its_number_alone_and_once() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    let other_mobile = "13887654321";
    let code = code_for(app, &tenant, MOBILE);
    let create = |mobile: &str, number: u8| {
        let mut fields = request(&format!("x-{number}"));
        fields["mobile_phone"] = json!(mobile);
        fields["verification_code"] = json!(code);
        app.sdk(key, OPERATION, &fields)
    };
    assert_eq!(error_of(create(other_mobile, 1)), (400, "CBC.99004010".to_owned()));
    create(MOBILE, 1).outcome.expect("created");
    assert_eq!(error_of(create(other_mobile, 2)), (400, "CBC.99004010".to_owned()));
}

#[test]
fn a_repeat_with_the_same_client_token_creates_nobody_else() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let headers = json!({"X-Client-Token": "customer 1 of ours"});
    let fields = with(&[("password", PASSWORD)]);
    let create = || app.sdk_with(key, OPERATION, &fields, &headers);
    let first = create();
    let after = app.audit(&tenant.tenant_id);
    let second = create();
    assert_eq!(first.reply.body, second.reply.body);
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(app.audit(&tenant.tenant_id), after);
    // Without the token it is somebody else's account at the platform.
    assert_refused(app, &tenant, &fields, "CBC.99000039");
}

#[test]
fn a_wrong_code_leaves_its_client_token_free() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    send(app, key, MOBILE);
    let create = |code: &str| {
        let fields = with(&[("mobile_phone", MOBILE), ("verification_code", code)]);
        let headers = json!({"X-Client-Token": "customer 1 of ours"});
        app.sdk_with(key, OPERATION, &fields, &headers)
    };
    let code = code_for(app, &tenant, MOBILE);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..2 {
        assert_eq!(error_of(create(wrong)), (400, "CBC.99004010".to_owned()));
    }
    create(&code).outcome.expect("created");
}
