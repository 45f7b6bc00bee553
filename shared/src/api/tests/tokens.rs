//! Tokens in place of signatures.

use super::admission::Untouched;
use super::*;
use chrono::TimeDelta;
use serde_json::{Value, json};

fn issue(host: &TestHost, access_key_id: &str, ttl_seconds: i64) -> (u16, Value) {
    let body = json!({"access_key_id": access_key_id, "ttl_seconds": ttl_seconds});
    host.operate("", &body.to_string(), issue_token)
}

fn token(host: &TestHost, ttl_seconds: i64) -> String {
    let (status, issued) = issue(host, ACCESS_KEY_ID, ttl_seconds);
    assert_eq!(status, 201, "{issued}");
    issued["token"].as_str().expect("a token").to_owned()
}

fn present(host: &TestHost, token: &str) -> Result<Call, Refusal> {
    let headers = vec![("x-auth-token".to_owned(), token.as_bytes().to_vec())];
    let head = Head { method: "GET".to_owned(), headers, ..Head::default() };
    host.admit((head, Vec::new()))
}

fn assert_refused(outcome: Result<Call, Refusal>, what: &str) {
    let (status, body) = answered(refused(outcome));
    assert_eq!((status, &body["error_code"]), (401, &"CBC.0154".into()), "{what}");
}

fn set_status(host: &TestHost, status: &str) {
    let body = json!({"access_key_id": ACCESS_KEY_ID, "status": status});
    assert_eq!(host.operate("", &body.to_string(), change_access_key).0, 200);
}

#[test]
fn a_token_stands_for_its_access_key_and_costs_one_read() {
    let host = TestHost::with_book();
    let before = host.store.values();
    let token = token(&host, 60);
    assert_eq!(host.store.values(), before, "nothing of it is stored");
    host.store.take_calls();
    let call = present(&host, &token).expect("admitted");
    let calls = host.store.take_calls();
    assert_eq!((calls.gets, calls.batch_gets, calls.commits()), (1, 0, 0));
    let signed = host.admit(host.signed("GET", "/v2/x", &[], "")).expect("admitted");
    assert_eq!(call.caller(), signed.caller());
}

#[test]
fn a_token_ends_to_the_second() {
    let host = TestHost::with_book();
    let token = token(&host, 60);
    host.store.advance(TimeDelta::milliseconds(59_999));
    assert!(present(&host, &token).is_ok());
    host.store.advance(TimeDelta::milliseconds(1));
    assert_refused(present(&host, &token), "expired");
}

#[test]
fn a_token_is_verified_before_the_body_is_read() {
    let host = TestHost::with_book();
    let right = token(&host, 60);
    // Another byte of the MAC.
    let (start, end) = right.split_at(right.len() - 8);
    let forged = format!("{start}{}{}", if end.starts_with('A') { 'B' } else { 'A' }, &end[1..]);
    set_status(&host, "inactive");
    for token in [right, forged] {
        let headers = vec![("x-auth-token".to_owned(), token.into_bytes())];
        let head = Head { method: "POST".to_owned(), headers, ..Head::default() };
        assert_refused(
            run(admit(&TESTED, head, &mut Untouched, || Ok(Box::new(host.clone())))),
            "unread",
        );
    }
}

#[test]
fn a_token_decides_beside_a_signature() {
    let host = TestHost::with_book();
    let token = token(&host, 60);
    let (mut head, body) = host.signed("GET", "/v2/x", &[], "");
    head.headers.push(("x-auth-token".to_owned(), b"pbtoken1_AAAA".to_vec()));
    assert_refused(host.admit((head.clone(), body.clone())), "a bad one with a good signature");
    head.headers.pop();
    head.headers.push(("x-auth-token".to_owned(), token.into_bytes()));
    head.path.push('x');
    assert!(host.admit((head, body)).is_ok(), "a good one with a bad signature");
}

#[test]
fn refuses_a_token_that_was_changed_anywhere() {
    let host = TestHost::with_book();
    let token = token(&host, 60);
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        assert_refused(present(&host, &changed), &changed);
    }
    for length in 0..token.len() {
        assert_refused(present(&host, &token[..length]), "cut off");
    }
    for other in [format!("{token}A"), format!("{token}="), "x".repeat(10_000)] {
        assert_refused(present(&host, &other), &other);
    }
}

#[test]
fn a_token_dies_with_its_access_key_and_does_not_come_back() {
    let host = TestHost::with_book();
    let old = token(&host, 3600);
    set_status(&host, "inactive");
    assert_refused(present(&host, &old), "disabled");
    assert_eq!(issue(&host, ACCESS_KEY_ID, 60).0, 400);
    set_status(&host, "active");
    assert_refused(present(&host, &old), "enabled again");
    let new = token(&host, 3600);
    assert!(present(&host, &new).is_ok());
    set_status(&host, "active");
    assert!(present(&host, &new).is_ok(), "nothing has changed");
}

#[test]
fn a_locked_key_locks_its_tokens_out_of_nothing() {
    let host = TestHost::with_book();
    let token = token(&host, 60);
    for _ in 0..5 {
        let (mut head, body) = host.signed("GET", "/v2/x", &[], "");
        head.path.push('x');
        assert!(host.admit((head, body)).is_err());
    }
    assert!(host.admit(host.signed("GET", "/v2/x", &[], "")).is_err(), "locked");
    assert!(present(&host, &token).is_ok());
}

#[test]
fn a_token_is_worth_something_where_its_master_key_is_known() {
    let host = TestHost::with_book();
    let token = token(&host, 60);
    let other = MASTER_KEY.replace("00", "01");
    host.set("master_key", &other);
    assert_refused(present(&host, &token), "another master key");
    host.set("master_key_previous", MASTER_KEY);
    assert!(present(&host, &token).is_ok(), "the one before");
    host.set("master_key", "");
    assert_refused(present(&host, &token), "none at all");
}

#[test]
fn a_token_lives_a_day_at_most() {
    let host = TestHost::with_book();
    for ttl_seconds in [1, 86_400] {
        assert_eq!(issue(&host, ACCESS_KEY_ID, ttl_seconds).0, 201);
    }
    for ttl_seconds in [-1, 0, 86_401, i64::MAX] {
        let (status, refusal) = issue(&host, ACCESS_KEY_ID, ttl_seconds);
        assert_eq!((status, &refusal["error_code"]), (400, &"CBC.0100".into()), "{ttl_seconds}");
    }
    assert_eq!(issue(&host, "nobody", 60).0, 404);
    host.set("master_key", "");
    assert_eq!(issue(&host, ACCESS_KEY_ID, 60).0, 400);
}
