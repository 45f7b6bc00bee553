//! `POST`, `GET` and `PUT /operator/v1/operators`: operators with tokens of their own.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;

const PATH: &str = "/operator/v1/operators";

fn send(app: &App, method: &str, body: &Value) -> Reply {
    app.operator(method, PATH, body.to_string())
}

fn create(app: &App, name: &str, role: &str) -> String {
    let reply = send(app, "POST", &json!({"name": name, "role": role, "ttl_seconds": 600}));
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json().text_at("token").to_owned()
}

fn ask(app: &App, token: &str, method: &str, target: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    app.send(&Request::new(method, target, "{}").with("Authorization", &bearer))
}

fn listed(app: &App, name: &str) -> Json {
    let reply = app.operator("GET", PATH, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let listed = reply.json();
    let operators = listed.at("operators").as_list().to_vec();
    operators.into_iter().find(|it| it.text_at("name") == name).expect("it is listed")
}

#[test]
fn an_operator_looks_by_its_token_until_it_is_disabled() {
    let app = App::shared();
    let token = create(app, "looks", "read");
    let audit = "/operator/v1/audit?tenant_id=demo-distributor";
    assert_eq!(ask(app, &token, "GET", audit).status, 200);
    let denied = ask(app, &token, "POST", "/operator/v1/sweep").outcome();
    assert_eq!(denied, (403, "CBC.0151".to_owned()));
    assert_eq!(listed(app, "looks").text_at("status"), "active");

    let disabled = send(app, "PUT", &json!({"name": "looks", "status": "inactive"}));
    assert_eq!(disabled.status, 200, "{}", disabled.text());
    assert_eq!(ask(app, &token, "GET", audit).outcome(), (401, "CBC.0154".to_owned()));
    assert_eq!(listed(app, "looks").text_at("status"), "inactive");
}

#[test]
fn two_tokens_are_right_while_one_is_replaced() {
    let app = App::shared();
    let first = create(app, "replaced", "everything");
    let renew = |previous: u32| {
        let body = json!({"name": "replaced", "status": "active", "ttl_seconds": 600,
                          "previous_seconds": previous});
        send(app, "PUT", &body).json().text_at("token").to_owned()
    };
    let second = renew(600);
    for token in [&first, &second] {
        assert_eq!(ask(app, token, "GET", PATH).status, 200);
    }
    let third = renew(0);
    for (token, status) in [(&first, 401), (&second, 401), (&third, 200)] {
        assert_eq!(ask(app, token, "GET", PATH).status, status);
    }
}

#[test]
fn refuses_what_is_wrong() {
    let app = App::shared();
    create(app, "taken", "read");
    for body in [
        json!({"name": "taken", "role": "read", "ttl_seconds": 600}),
        json!({"name": "No Name", "role": "read", "ttl_seconds": 600}),
        json!({"name": "other", "role": "root", "ttl_seconds": 600}),
        json!({"name": "other", "role": "read", "ttl_seconds": 0}),
    ] {
        assert_eq!(send(app, "POST", &body).outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    let nobody = send(app, "PUT", &json!({"name": "nobody", "status": "inactive"}));
    assert_eq!(nobody.outcome(), (404, "CBC.0101".to_owned()));
    let unready = send(app, "PUT", &json!({"name": "taken", "status": "active"}));
    assert_eq!(unready.outcome(), (400, "CBC.0100".to_owned()));
}

#[test]
fn a_wrong_token_leaves_a_line_in_the_log_with_the_address() {
    let app = App::start();
    assert_eq!(ask(&app, "a-guess-of-the-token", "GET", PATH).status, 401);
    let log = app.log();
    let line = log.lines().find(|line| line.contains("operator token refused"));
    let line = line.unwrap_or_else(|| panic!("no line in {log}"));
    assert!(line.contains(r#""client":"127.0.0.1""#), "{line}");
    assert!(!log.contains("a-guess"), "{log}");
}
