//! `SendSmsVerificationCode`: to the mobile of a member that is to be created.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::enterprise::{Enterprise, code_request, moves};
use crate::harness::money::{post_with_token, refused};
use crate::harness::receiver::Receiver;
use crate::harness::registration::{MOBILE, codes};
use crate::harness::tenant::Tenant;

const OPERATION: &str = "SendSmsVerificationCode";
const PATH: &str = "/v2/enterprises/multi-accounts/sm-verification-code";

fn with(name: &str, value: Value) -> Value {
    let mut fields = code_request(MOBILE);
    fields[name] = value;
    fields
}

#[test]
fn posts_the_code_and_the_name_of_the_member_to_the_receiver() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let Enterprise { master, .. } = Enterprise::in_books_of(&app, &tenant);
    assert_eq!(moves(&app, &master, OPERATION, &with("language", json!("en-us"))), Ok(()));
    let events = receiver.events();
    let [event] = &events[..] else { panic!("one event") };
    assert_eq!(event.event.text_at("type"), "verification_code.requested");
    let data = event.event.at("data");
    for (name, value) in [
        ("country_code", "0086"),
        ("mobile_phone", MOBILE),
        ("lang", "en-us"),
        ("sub_customer_name", "new-member"),
    ] {
        assert_eq!(data.text_at(name), value);
    }
    assert_eq!(data.at("scene").as_integer(), 29);
    let code = data.text_at("code");
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");

    // A failure is told, and a repeat with the same client token sends again.
    receiver.answer_with(500);
    let send = || post_with_token(&app, &master, PATH, "a code", &code_request(MOBILE)).outcome();
    assert_eq!(send(), (400, "CBC.99004003".to_owned()));
    receiver.answer_with(200);
    assert_eq!(send(), (204, String::new()));
    let count = receiver.events().len();
    assert_eq!(send(), (204, String::new()));
    assert_eq!(receiver.events().len(), count);
}

#[test]
fn the_operator_of_a_demo_tenant_reads_the_code() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, .. } = Enterprise::in_books_of(app, &tenant);
    for (number, timeout) in [json!(0), json!(1), json!(100), Value::Null].iter().enumerate() {
        let mut fields = code_request(&format!("1381234100{number}"));
        fields["timeout"] = timeout.clone();
        let reply = app.post(&master, PATH, fields.to_string());
        assert_eq!(reply.status, 204, "{timeout}: {}", reply.text());
        let found = codes(app, &tenant.tenant_id, &format!("1381234100{number}"));
        assert_eq!(found.len(), 1, "{timeout}");
    }
}

#[test]
fn each_reason_is_reached() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let Enterprise { master, member, unified, .. } = Enterprise::in_books_of(app, &tenant);
    for (key, status, code) in [
        (&tenant.distributor, 403, "CBC.0151"),
        (&tenant.customer, 400, "CBC.70300008"),
        (&member, 400, "CBC.70300008"),
        (&unified, 400, "CBC.70300009"),
    ] {
        let outcome = moves(app, key, OPERATION, &code_request(MOBILE));
        assert_eq!(outcome, refused(status, code), "{}", key.principal_id);
    }
    let template = |key: &str, value: &str| json!([{"key": key, "value": value}]);
    for fields in [
        with("mobile_phone", json!("1381234567")),
        with("mobile_phone", json!("")),
        with("timeout", json!(101)),
        with("timeout", json!(-1)),
        with("language", json!("fr-fr")),
        with("sm_template_args", json!([])),
        with("sm_template_args", template("name", "x")),
        with("sm_template_args", template("sub_customer_name", "")),
        with("sm_template_args", template("sub_customer_name", &"x".repeat(256))),
        with("unknown", json!(1)),
    ] {
        let reply = app.post(&master, PATH, fields.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert!(codes(app, &tenant.tenant_id, MOBILE).is_empty());
    for _ in 0..15 {
        assert_eq!(moves(app, &master, OPERATION, &code_request(MOBILE)), Ok(()));
    }
    let before = app.audit(&tenant.tenant_id);
    let once_more = moves(app, &master, OPERATION, &code_request(MOBILE));
    assert_eq!(once_more, refused(400, "CBC.99000082"));
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
