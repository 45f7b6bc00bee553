//! `SendVerificationMessageCode`: to the operator's receiver, or in a demo tenant to the operator.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::receiver::Receiver;
use crate::harness::registration::{MOBILE, code_request as request, codes, send};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/bases/verificationcode/send";
const OPERATION: &str = "SendVerificationMessageCode";
const EVENT: &str = "verification_code.requested";

fn with(mobile: &str, name: &str, value: Value) -> Value {
    let mut fields = request(mobile);
    fields[name] = value;
    fields
}

/// Is refused by a raw request.
fn refused(app: &App, key: &Key, fields: &Value) -> (u16, String) {
    app.post(key, PATH, fields.to_string()).outcome()
}

fn minutes_left(expires_at: &str) -> i64 {
    let expires_at: DateTime<Utc> = expires_at.parse().expect("a time");
    // Sent a moment ago.
    (expires_at - Utc::now()).num_seconds() / 60 + 1
}

#[test]
fn posts_a_signed_event_with_the_code_to_the_receiver() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    send(&app, &tenant.distributor, MOBILE);
    let events = receiver.events();
    assert_eq!(events.len(), 1);
    let event = &events[0].event;
    assert_eq!(event.text_at("type"), EVENT);
    let sent: DateTime<Utc> = event.text_at("timestamp").parse().expect("a time");
    assert!((Utc::now() - sent).num_seconds().abs() < 60);
    let data = event.at("data");
    for (name, value) in [("country_code", "0086"), ("mobile_phone", MOBILE), ("lang", "zh-cn")] {
        assert_eq!(data.text_at(name), value);
    }
    assert_eq!(data.at("scene").as_integer(), 29);
    assert_eq!(data.get("customer_id"), None);
    let code = data.text_at("code");
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert_eq!(minutes_left(data.text_at("expires_at")), 10);

    let card = json!({
        "receiver_type": 1, "mobile_phone": MOBILE, "scene": 18, "lang": "en-us",
        "customer_id": tenant.customers[0],
    });
    app.sdk(&tenant.distributor, OPERATION, &card).outcome.expect("sent");
    let events = receiver.events_of(EVENT, "customer_id", &tenant.customers[0]);
    let data = events[0].event.at("data");
    assert_eq!((data.at("scene").as_integer(), data.text_at("lang")), (18, "en-us"));
    assert_ne!(events[0].id, receiver.events()[0].id);
}

#[test]
fn a_code_counts_as_long_as_was_asked_for() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    for (number, (timeout, minutes)) in
        [(json!(1), 1), (json!(60), 60), (json!(61), 5), (json!(3000), 5), (Value::Null, 10)]
            .into_iter()
            .enumerate()
    {
        let mobile = format!("1381234000{number}");
        let reply = app.post(
            &tenant.distributor,
            PATH,
            with(&mobile, "timeout", timeout.clone()).to_string(),
        );
        assert_eq!(reply.status, 204, "{timeout}");
        let found = codes(app, &tenant.tenant_id, &mobile);
        assert_eq!(minutes_left(found[0].text_at("expires_at")), minutes, "{timeout}");
    }
}

#[test]
fn a_failed_delivery_is_said_and_a_repeat_with_its_client_token_sends_again() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let send = || {
        let headers = json!({"X-Client-Token": "a code, please"});
        app.sdk_with(&tenant.distributor, OPERATION, &request(MOBILE), &headers).outcome
    };
    for status in [500, 404, 302] {
        receiver.answer_with(status);
        let error = send().expect_err("not delivered");
        assert_eq!((error.status_code, error.error_code.as_str()), (500, "CBC.0999"));
    }
    receiver.answer_with(200);
    assert!(send().is_ok());
    assert_eq!(receiver.events().len(), 4);
    // Now there is an answer, and nothing is sent again.
    let after = app.audit(&tenant.tenant_id);
    assert!(send().is_ok());
    assert_eq!(receiver.events().len(), 4);
    assert_eq!(app.audit(&tenant.tenant_id), after);
    assert!(app.log().contains("the receiver answered 404"), "{}", app.log());
    assert!(!app.log().contains(MOBILE), "{}", app.log());
}

#[test]
fn a_receiver_that_is_not_there_is_a_failed_delivery() {
    let nobody = Variables {
        webhook_url: "http://127.0.0.1:9",
        webhook_secret: crate::harness::receiver::SECRET,
        ..Variables::default()
    };
    let app = App::start_with(nobody);
    let tenant = Tenant::in_books_of(&app);
    let outcome = refused(&app, &tenant.distributor, &request(MOBILE));
    assert_eq!(outcome, (500, "CBC.0999".to_owned()));
}

#[test]
fn refuses_a_code_that_nobody_could_read() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let reply = app.post(&tenant.distributor, PATH, request(MOBILE).to_string());
    assert_eq!(reply.outcome(), (500, "CBC.0999".to_owned()));
    assert!(reply.text().contains("receiver"), "{}", reply.text());
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_fields_without_their_form() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let other = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let card = |id: &str| json!({"receiver_type": 1, "mobile_phone": MOBILE, "scene": 18, "customer_id": id});
    for fields in [
        with(MOBILE, "receiver_type", json!(2)),
        with(MOBILE, "receiver_type", Value::Null),
        with(MOBILE, "timeout", json!(0)),
        with(MOBILE, "timeout", json!(3001)),
        with(MOBILE, "lang", json!("fr-fr")),
        with(MOBILE, "scene", json!(28)),
        with(MOBILE, "scene", json!(18)),
        request(""),
        request("1381234567"),
        request("138123456789"),
        request("0086-13812345678"),
        request("23812345678"),
        json!({"receiver_type": 1}),
        card("nobody"),
        card(&other.customers[0]),
    ] {
        let outcome = refused(app, &tenant.distributor, &fields);
        assert_eq!(outcome, (400, "CBC.0100".to_owned()), "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    // A reseller's customer is below the distributor.
    let below = card(&tenant.reseller_customer);
    assert_eq!(app.post(&tenant.distributor, PATH, below.to_string()).status, 204);
}

#[test]
fn refuses_a_sixteenth_code_within_an_hour() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    for _ in 0..15 {
        send(app, &tenant.distributor, MOBILE);
    }
    let before = app.audit(&tenant.tenant_id);
    let error = app.sdk(&tenant.distributor, OPERATION, &request(MOBILE)).outcome;
    let error = error.expect_err("refused");
    assert_eq!((error.status_code, error.error_code.as_str()), (400, "CBC.99004015"));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    send(app, &tenant.distributor, "13887654321");
}

#[test]
fn a_repeat_with_the_same_client_token_sends_nothing_more() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let read = || codes(app, &tenant.tenant_id, MOBILE);
    let send = |token: &str| {
        let headers = json!({"X-Client-Token": token});
        let answer = app.sdk_with(&tenant.distributor, OPERATION, &request(MOBILE), &headers);
        answer.outcome.expect("sent");
    };
    send("token-1");
    let first: Vec<Json> = read();
    let after = app.audit(&tenant.tenant_id);
    send("token-1");
    assert_eq!(read(), first);
    assert_eq!(app.audit(&tenant.tenant_id), after);
    let other = with("13887654321", "lang", json!("en-us"));
    let request = Request::new("POST", PATH, other.to_string()).with("X-Client-Token", "token-1");
    let reply = app.call(&tenant.distributor, request);
    assert_eq!(reply.outcome(), (409, "CBC.0150".to_owned()));
}
