//! `CheckUserIdentity`: what can still be registered in a tenant.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::registration::check;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/partners/sub-customers/users/check-identity";

fn available(remaining: Option<i64>) -> (String, Option<i64>) {
    ("available".to_owned(), remaining)
}

fn used(remaining: Option<i64>) -> (String, Option<i64>) {
    ("used_by_user".to_owned(), remaining)
}

#[test]
fn tells_what_customers_of_the_tenant_have() {
    let app = App::shared();
    for kind in ["distributor", "solution_provider"] {
        let id = DEMO.partners(kind)[0];
        let key = DEMO.key(id);
        for customer in DEMO.customer_infos(id) {
            let name = customer.text_at("account_name");
            assert_eq!(check(app, &key, "name", name), used(None), "{name}");
            assert_eq!(check(app, &key, "name", &name.to_uppercase()), used(None), "{name}");
            let email = customer.text_at("email");
            assert_eq!(check(app, &key, "email", email), used(None), "{email}");
            assert_eq!(check(app, &key, "email", &email.to_uppercase()), used(None), "{email}");
            let mobile = format!("0086-{}", customer.text_at("telephone"));
            assert_eq!(check(app, &key, "mobile", &mobile), used(Some(0)), "{mobile}");
        }
        assert_eq!(check(app, &key, "name", "nobodys-name"), available(None));
        assert_eq!(check(app, &key, "email", "nobody@nowhere.example"), available(None));
        assert_eq!(check(app, &key, "mobile", "0086-13999999999"), available(Some(1)));
    }
}

#[test]
fn tells_nothing_of_another_tenant() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &DEMO.customer_infos(DEMO.partners("distributor")[0])[0];
    for (search_type, name, remaining) in
        [("name", "account_name", None), ("email", "email", None), ("mobile", "telephone", Some(1))]
    {
        let value = customer.text_at(name);
        let value =
            if search_type == "mobile" { format!("0086-{value}") } else { value.to_owned() };
        let told = check(app, &tenant.distributor, search_type, &value);
        assert_eq!(told, available(remaining), "{search_type}");
    }
}

#[test]
fn refuses_values_without_the_form_of_what_they_are_said_to_be() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let of =
        |search_type: &str, value: &str| json!({"search_type": search_type, "search_value": value});
    let too_long = format!("{}@x.example", "x".repeat(64));
    for fields in [
        of("phone", "13800000000"),
        of("", "someone"),
        of("Name", "someone"),
        of("name", ""),
        of("name", "abcd"),
        of("name", "1someone"),
        of("name", "_someone"),
        of("name", "12345678"),
        of("name", "op_someone"),
        of("name", "shadow_someone"),
        of("name", "some one"),
        of("name", &"x".repeat(33)),
        of("email", "someone"),
        of("email", &too_long),
        of("mobile", "13800000000"),
        of("mobile", "0086-"),
        of("mobile", "0086-1380000000"),
        of("mobile", "0086-138000000000"),
        of("mobile", "0001-13800000000"),
        of("mobile", "0086-1380000000a"),
        of("mobile", "86-13800000000"),
        json!({"search_type": "name"}),
        json!({"search_value": "someone"}),
        json!({"search_type": "name", "search_value": Value::Null}),
    ] {
        let reply = app.post(&tenant.distributor, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn a_name_may_begin_with_a_hyphen() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    assert_eq!(check(app, &tenant.distributor, "name", "-some_one-1"), available(None));
}
