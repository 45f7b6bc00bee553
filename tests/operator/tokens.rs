//! `POST /operator/v1/tokens`, and what the tokens are good for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract;
use crate::harness::http::{Reply, Request};
use crate::harness::routes::signed_calls;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/tokens";

fn issue(app: &App, body: &Value) -> Reply {
    app.operator("POST", PATH, body.to_string())
}

fn token(app: &App, key: &Key, ttl_seconds: u32) -> String {
    let body = json!({"access_key_id": key.access_key_id, "ttl_seconds": ttl_seconds});
    let reply = issue(app, &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json().text_at("token").to_owned()
}

fn present(app: &App, token: &str, request: Request) -> Reply {
    app.send(&request.with("X-Auth-Token", token))
}

#[test]
fn the_official_sdk_calls_with_a_token_in_place_of_its_key() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let token = token(app, &tenant.distributor, 60);
    // The SDK signs all the same, with a key that nobody knows.
    let stranger = Key {
        access_key_id: "NOBODYSACCESSKEY".to_owned(),
        secret_key: "nobody".to_owned(),
        ..tenant.distributor.clone()
    };
    let fields = json!({});
    let signed = app.sdk(&tenant.distributor, "ListPartnerBalances", &fields);
    let headers = json!({"X-Auth-Token": token});
    let with_token = app.sdk_with(&stranger, "ListPartnerBalances", &fields, &headers);
    assert!(with_token.outcome.is_ok(), "{with_token:?}");
    assert_eq!(with_token.outcome, signed.outcome);
    // As the SDK takes it: a header `Authorization` that is set is not signed.
    let unsigned = json!({"X-Auth-Token": token, "Authorization": "none"});
    let with_token = app.sdk_with(&stranger, "ListPartnerBalances", &fields, &unsigned);
    assert_eq!(with_token.outcome, signed.outcome);
}

#[test]
fn a_token_opens_every_published_route() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let token = token(app, &tenant.distributor, 60);
    for (method, path) in signed_calls(app) {
        let good = present(app, &token, Request::new(method, &path, ""));
        assert_ne!(good.status, 401, "{method} {path}: {}", good.text());
        for bad in ["", "nothing", "pbtoken1_", &token[..token.len() - 1], &format!("{token}0")] {
            let reply = present(app, bad, Request::new(method, &path, ""));
            assert_eq!(reply.outcome(), (401, "CBC.0154".to_owned()), "{method} {path} {bad}");
        }
        let twice = Request::new(method, &path, "").with("X-Auth-Token", &token);
        let reply = present(app, &token, twice);
        assert_eq!(reply.outcome(), (401, "CBC.0154".to_owned()), "{method} {path} twice");
    }
}

#[test]
fn a_token_is_worth_nothing_when_its_time_is_over_or_its_key_disabled() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let key = &tenant.distributor;
    let balances = || Request::new("GET", "/v2/accounts/partner-accounts/balances", "");
    let (short, long) = (token(app, key, 1), token(app, key, 60));
    std::thread::sleep(Duration::from_secs(1));
    let refused = (401, "CBC.0154".to_owned());
    assert_eq!(present(app, &short, balances()).outcome(), refused);
    assert_eq!(present(app, &long, balances()).status, 200);
    for status in ["inactive", "active"] {
        let body = json!({"access_key_id": key.access_key_id, "status": status});
        assert_eq!(app.operator("PUT", "/operator/v1/access-keys", body.to_string()).status, 200);
        assert_eq!(present(app, &long, balances()).outcome(), refused, "{status}");
    }
    assert_eq!(present(app, &token(app, key, 60), balances()).status, 200);
}

#[test]
fn a_token_makes_repeats_safe_as_a_signature_does() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let token = token(app, &tenant.distributor, 60);
    let body = json!({"quota_id": tenant.quota, "customer_ids": [tenant.customers[0]],
                      "face_value": 1});
    let path = contract::path_of("CreatePartnerCoupons");
    let issue = || {
        let request = Request::new("POST", path, body.to_string()).with("X-Client-Token", "once");
        present(app, &token, request).json()
    };
    let first = issue();
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(issue(), first);
    assert_eq!(app.audit(&tenant.tenant_id), after);
}

#[test]
fn refuses_what_is_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let id = &tenant.distributor.access_key_id;
    for body in [
        json!({"access_key_id": id}),
        json!({"ttl_seconds": 60}),
        json!({"access_key_id": id, "ttl_seconds": 0}),
        json!({"access_key_id": id, "ttl_seconds": 86_401}),
        json!({"access_key_id": id, "ttl_seconds": "60"}),
        json!({"access_key_id": id, "ttl_seconds": 60, "scope": "all"}),
    ] {
        assert_eq!(issue(app, &body).outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    let nobody = issue(app, &json!({"access_key_id": "nobody", "ttl_seconds": 60}));
    assert_eq!(nobody.outcome(), (404, "CBC.0101".to_owned()));
}
