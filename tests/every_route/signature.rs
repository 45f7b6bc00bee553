//! Every route of `spin.toml` refuses what is not properly signed. A route that these tests do not
//! know fails them.

use chrono::{TimeDelta, Utc};

use crate::harness::app::{App, Variables};
use crate::harness::book::DEMO;
use crate::harness::http::{Reply, Request};
use crate::harness::routes::{METHODS, routes, signed_calls};
use crate::harness::signer::{self, CONTENT_HASH, Key};
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";

fn request(method: &str, path: &str) -> Request {
    let body = if method == "GET" { "" } else { r#"{"memo": "券"}"# };
    Request::new(method, &format!("{path}?limit=10&offset=1"), body).with("X-Language", "en_US")
}

/// Names of the signed headers, as [`signer::sign`] has them.
fn signed_names(request: &Request) -> Vec<String> {
    let mut names: Vec<String> = request
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| name != "authorization")
        .collect();
    names.sort();
    names
}

fn replace_header(request: &mut Request, name: &str, value: &str) {
    for (known, bytes) in &mut request.headers {
        if known.eq_ignore_ascii_case(name) {
            *bytes = value.as_bytes().to_vec();
        }
    }
}

fn without_header(mut request: Request, name: &str) -> Request {
    request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    request
}

/// Signs again what a change has left, so that nothing but the change is wrong.
fn resigned(request: Request, names: &[String], key: &Key) -> Request {
    let request = without_header(request, "authorization");
    let signature = signer::signature(&request, names, key);
    signer::authorize(request, &key.access_key_id, names, &signature)
}

/// All requests of one operation that are not properly signed.
pub fn all_forgeries(
    method: &str,
    path: &str,
    key: &Key,
    address: &str,
) -> Vec<(&'static str, Request)> {
    let forged = forgeries(method, path, key, address);
    forged.into_iter().chain(malformed(method, path, key, address)).collect()
}

/// Requests that are wrong in one thing each.
fn forgeries(method: &str, path: &str, key: &Key, address: &str) -> Vec<(&'static str, Request)> {
    let signed = |request: Request| signer::sign(request, key, address);
    let good = signed(request(method, path));
    let names = signed_names(&good);
    let changed = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let skewed = |minutes: i64| {
        let at = Utc::now() + TimeDelta::minutes(minutes);
        signer::sign_at(request(method, path), key, address, at)
    };
    let forger = Key { secret_key: format!("{}x", key.secret_key), ..key.clone() };
    let nobody = Key { access_key_id: "NOBODYSACCESSKEY".to_owned(), ..key.clone() };
    let elsewhere = signed(request(method, "/v2/elsewhere"));
    let target = good.target.clone();
    let undated: Vec<String> = names.iter().filter(|name| *name != "x-sdk-date").cloned().collect();
    let and_absent = [&names[..], &["x-zzz-absent".to_owned()]].concat();
    let twice = [&["content-type".to_owned()], &names[..]].concat();
    vec![
        ("unsigned", request(method, path)),
        ("signed with another secret", signer::sign(request(method, path), &forger, address)),
        ("signed with an unknown key", signer::sign(request(method, path), &nobody, address)),
        ("16 minutes old", skewed(-16)),
        ("16 minutes early", skewed(16)),
        ("another path", Request { target, ..elsewhere }),
        ("another query", changed(&|r| r.target = r.target.replace("limit=10", "limit=11"))),
        ("a longer query", changed(&|r| r.target.push_str("&a=b"))),
        ("a shorter query", changed(&|r| r.target.truncate(r.target.len() - "&offset=1".len()))),
        ("another header", changed(&|r| replace_header(r, "x-language", "zh_CN"))),
        ("another domain", changed(&|r| replace_header(r, "x-domain-id", "nobody"))),
        (
            "another date",
            changed(&|r| {
                let later = Utc::now() + TimeDelta::seconds(2);
                replace_header(r, "x-sdk-date", &later.format("%Y%m%dT%H%M%SZ").to_string());
            }),
        ),
        ("another body", changed(&|r| r.body.push(b' '))),
        ("no signed header", without_header(good.clone(), "x-language")),
        ("no date", without_header(good.clone(), "x-sdk-date")),
        ("a signed header twice", good.clone().with("X-Language", "zh_CN")),
        ("a signed header that is not there", resigned(good.clone(), &and_absent, key)),
        ("a header signed twice", resigned(good.clone(), &twice, key)),
        ("an unsigned date", resigned(good.clone(), &undated, key)),
        ("a date that is none", {
            let mut request = good.clone();
            replace_header(&mut request, "x-sdk-date", "20261399T999999Z");
            resigned(request, &names, key)
        }),
        ("two authorizations", good.clone().with("Authorization", "SDK-HMAC-SHA256 Access=a")),
        ("another host", changed(&|r| replace_header(r, "host", "bss.example.com"))),
    ]
}

/// Requests whose `Authorization` is none, or whose stated body hash is not the body's.
fn malformed(method: &str, path: &str, key: &Key, address: &str) -> Vec<(&'static str, Request)> {
    let good = signer::sign(request(method, path), key, address);
    let with =
        |value: &str| without_header(good.clone(), "authorization").with("Authorization", value);
    let (_, value) = good.headers.last().expect("the authorization");
    let value = String::from_utf8(value.clone()).expect("text");
    let stating = |hash: &str| {
        let mut request = request(method, path).with(CONTENT_HASH, hash);
        if request.body.is_empty() {
            request.body = b"{}".to_vec();
        }
        signer::sign(request, key, address)
    };
    vec![
        ("nothing in it", with("")),
        ("another scheme", with("Bearer operator-token-of-the-tests")),
        ("another algorithm", with(&value.replace("HMAC-SHA256", "HMAC-SM3"))),
        ("no signature in it", with(value.split(", Signature").next().unwrap_or_default())),
        ("an empty signature", with(&format!("{}=", value.rsplit_once('=').expect("one").0))),
        ("a shorter signature", with(&value[..value.len() - 1])),
        ("a longer signature", with(&format!("{value}0"))),
        ("another last digit", {
            let (rest, last) = value.split_at(value.len() - 1);
            with(&format!("{rest}{}", if last == "0" { "1" } else { "0" }))
        }),
        ("signed without headers", with(&value.replace("x-language", ""))),
        ("a stated hash of another body", stating(&"0".repeat(64))),
        ("a payload that is not signed", stating("UNSIGNED-PAYLOAD")),
    ]
}

fn assert_refused(reply: &Reply, what: &str) -> String {
    assert_eq!(reply.outcome(), (401, "APIGW.0301".to_owned()), "{what}: {}", reply.text());
    reply.json().text_at("error_msg").to_owned()
}

#[test]
fn every_signed_route_refuses_what_is_not_properly_signed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let address = app.address();
    let mut messages = Vec::new();
    for (method, path) in signed_calls(app) {
        let key = &tenant.distributor;
        for (what, request) in all_forgeries(method, &path, key, &address) {
            let reply = app.send(&request);
            messages.push(assert_refused(&reply, &format!("{method} {path}: {what}")));
            // Five wrong ones in a row would lock the key, and all that follows be refused.
            let right = app.call(key, Request::new("GET", BALANCES, ""));
            assert_eq!(right.status, 200, "after {what}: {}", right.text());
        }
    }
    // Nobody learns what was wrong.
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn every_signed_route_takes_what_is_properly_signed() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let address = app.address();
    for (method, path) in signed_calls(app) {
        for minutes in [-14, 0, 14] {
            let at = Utc::now() + TimeDelta::minutes(minutes);
            let signed = signer::sign_at(request(method, &path), &tenant.distributor, &address, at);
            let reply = app.send(&signed);
            assert_ne!(reply.status, 401, "{method} {path}: {}", reply.text());
        }
    }
}

#[test]
fn the_answer_to_an_unknown_key_is_that_to_a_wrong_signature() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    let (method, path) = &signed_calls(app)[0];
    let answer = |key: &Key| {
        let reply = app.call(key, request(method, path));
        let names: Vec<String> = reply.headers.iter().map(|(name, _)| name.clone()).collect();
        (reply.status, names, assert_refused(&reply, "forged"), reply.body.len())
    };
    let forger = Key { secret_key: "wrong".to_owned(), ..key.clone() };
    let nobody = Key { access_key_id: "NOBODYSACCESSKEY".to_owned(), ..key };
    assert_eq!(answer(&forger), answer(&nobody));
}

#[test]
fn behind_a_proxy_the_host_that_clients_sign_must_be_known() {
    let public_hosts = "bss.example.com, billing.example.com:8443";
    let app = App::start_with(Variables { public_hosts, ..Variables::default() });
    let tenant = Tenant::in_books_of(&app);
    let status = |public_host: &str| {
        let request = Request::new("GET", BALANCES, "");
        let mut request = signer::sign(request, &tenant.distributor, public_host);
        // The proxy asks for the address that it knows.
        replace_header(&mut request, "host", &app.address());
        app.send(&request).status
    };
    for known in ["bss.example.com", "billing.example.com:8443"] {
        assert_eq!(status(known), 200, "{known}");
    }
    // The address that the proxy knows is not one that clients sign.
    let address = app.address();
    for unknown in ["billing.example.com", "example.com", public_hosts, "", &address] {
        assert_eq!(status(unknown), 401, "{unknown}");
    }
}

#[test]
fn the_route_for_all_the_rest_answers_with_the_envelope() {
    let app = App::shared();
    let key = DEMO.key(DEMO.partners("distributor")[0]);
    assert!(routes().iter().any(|route| route == "/..."));
    for method in METHODS {
        for request in [
            Request::new(method, "/v2/nothing", ""),
            signer::sign(Request::new(method, "/v2/nothing", ""), &key, &app.address()),
        ] {
            let outcome = app.send(&request).outcome();
            assert_eq!(outcome, (404, "APIGW.0101".to_owned()), "{method}");
        }
    }
}
