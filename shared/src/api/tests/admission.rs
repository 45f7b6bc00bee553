//! Which requests reach a handler.

use super::*;
use chrono::TimeDelta;

const OPERATIONS: &[Operation] =
    &[Operation { method: "GET", name: "List" }, Operation { method: "POST", name: "Create" }];

/// A body that must not be read.
pub(super) struct Untouched;

impl Body for Untouched {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        panic!("the body was read")
    }
}

/// A body without end, which counts what is read of it.
struct Endless(usize);

impl Body for Endless {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        self.0 += 64 * 1024;
        Ok(Some(vec![b' '; 64 * 1024]))
    }
}

/// A body of which a byte comes each second, for ever.
struct Trickle(TestHost, i64);

impl Body for Trickle {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        self.0.store.advance(TimeDelta::seconds(1));
        self.1 += 1;
        Ok(Some(b" ".to_vec()))
    }
}

fn get(host: &TestHost) -> Signed {
    host.signed("GET", "/v2/balances?b=2&a=%20x", &[("x-language", "en_us")], "")
}

fn assert_unauthenticated(outcome: Result<Call, Refusal>, what: &str) {
    let (status, body) = answered(refused(outcome));
    let expected = serde_json::json!({
        "error_code": "APIGW.0301",
        "error_msg": "Incorrect IAM authentication information",
    });
    assert_eq!((status, body), (401, expected), "{what}");
}

#[test]
fn admits_a_signed_request_with_its_caller() {
    let host = TestHost::with_book();
    let call = host.admit(get(&host)).expect("admitted");
    assert_eq!(call.caller().tenant_id.as_str(), "t");
    assert_eq!(call.caller().partner().expect("a partner").partner_id.as_str(), "d");
    assert_eq!(call.operation(), &TESTED);
    let body = r#"{"a":1}"#;
    let call = host.admit(host.signed("POST", "/v2/x", &[], body)).expect("admitted");
    assert_eq!(call.body, body.as_bytes());
}

#[test]
fn gives_one_answer_for_every_fault_of_a_signature() {
    let host = TestHost::with_book();
    let unsigned = Head { method: "GET".to_owned(), path: "/".to_owned(), ..Head::default() };
    assert_unauthenticated(host.admit((unsigned, Vec::new())), "unsigned");

    type Edit = fn(&mut Signed);
    let edits: [(&str, Edit); 8] = [
        ("method", |(head, _)| head.method = "DELETE".to_owned()),
        ("authority", |(head, _)| head.authority = "bss.example".to_owned()),
        ("path", |(head, _)| head.path.push('x')),
        ("query", |(head, _)| head.query.push_str("&c=3")),
        ("header", |(head, _)| head.headers[0].1 = b"zh_cn".to_vec()),
        ("body", |(_, body)| body.push(b' ')),
        ("key", |(head, _)| edit_authorization(head, "AK.1/distributor", "AK.1/other")),
        ("signature", |(head, _)| edit_authorization(head, "Signature=", "Signature=0")),
    ];
    for (what, edit) in edits {
        let mut request = get(&host);
        edit(&mut request);
        assert_unauthenticated(host.admit(request), what);
    }
}

fn edit_authorization(head: &mut Head, from: &str, to: &str) {
    for (name, value) in &mut head.headers {
        if name == "authorization" {
            let text = String::from_utf8_lossy(value).replace(from, to);
            *value = text.into_bytes();
        }
    }
}

#[test]
fn refuses_what_was_signed_too_early_or_too_late() {
    let host = TestHost::with_book();
    let request = get(&host);
    for (minutes, admitted) in [(15, true), (1, false), (-31, true), (-1, false)] {
        host.store.advance(TimeDelta::minutes(minutes));
        let outcome = host.admit(request.clone());
        if admitted {
            assert!(outcome.is_ok());
        } else {
            assert_unauthenticated(outcome, "date");
        }
    }
}

#[test]
fn admits_the_public_names_of_the_host() {
    let host = TestHost::with_book();
    let mut request = get(&host);
    request.0.authority = "127.0.0.1:3000".to_owned();
    assert_unauthenticated(host.admit(request.clone()), "without public_hosts");
    host.set("public_hosts", "other.example , bss.example:3000,");
    assert!(host.admit(request.clone()).is_ok());
    request.0.authority = String::new();
    assert!(host.admit(request).is_ok());
}

#[test]
fn with_public_names_no_other_host_counts_as_signed() {
    let host = TestHost::with_book();
    assert!(host.admit(get(&host)).is_ok(), "whatever host the request is for");
    host.set("public_hosts", "billing.example");
    assert_unauthenticated(host.admit(get(&host)), "the authority is no public name");
}

#[test]
fn a_key_that_cannot_be_opened_looks_like_an_unknown_one() {
    let host = TestHost::with_book();
    for master_key in ["", "00", &MASTER_KEY.replace("00", "01")] {
        host.set("master_key", master_key);
        assert_unauthenticated(host.admit(get(&host)), master_key);
    }
}

#[test]
fn refuses_an_announced_large_body_unread() {
    let host = TestHost::with_book();
    let (mut head, _) = get(&host);
    for length in ["1048577", "99999999999999999999", "-1", "x"] {
        head.headers.push(("content-length".to_owned(), length.as_bytes().to_vec()));
        let outcome =
            run(admit(&TESTED, head.clone(), &mut Untouched, || Ok(Box::new(host.clone()))));
        assert_eq!(refused(outcome), Refusal::BodyTooLarge, "{length}");
        head.headers.pop();
    }
    let (head, _) = (Head::default(), ());
    let outcome = run(admit(&TESTED, head, &mut Untouched, || Ok(Box::new(host.clone()))));
    assert_unauthenticated(outcome, "an unsigned request is refused unread as well");
}

#[test]
fn stops_reading_a_body_that_grows_too_large() {
    let host = TestHost::with_book();
    let (head, _) = host.signed("POST", "/v2/x", &[], "");
    let mut body = Endless(0);
    let outcome = run(admit(&TESTED, head, &mut body, || Ok(Box::new(host.clone()))));
    assert_eq!(refused(outcome), Refusal::BodyTooLarge);
    assert_eq!(body.0, BODY_BYTES_MAX + 64 * 1024);

    let largest = " ".repeat(BODY_BYTES_MAX);
    assert!(host.admit(host.signed("POST", "/v2/x", &[], &largest)).is_ok());
}

#[test]
fn does_not_wait_for_a_body_longer_than_one_takes() {
    let host = TestHost::with_book();
    let (head, _) = host.signed("POST", "/v2/x", &[], "");
    let mut body = Trickle(host.clone(), 0);
    let refusal = refused(run(admit(&TESTED, head, &mut body, || Ok(Box::new(host.clone())))));
    assert_eq!(refusal, Refusal::BodyIncomplete(BodyError::TooSlow));
    assert_eq!(body.1, 21);
    let (status, answer) = answered(refusal);
    assert_eq!((status, &answer["error_code"]), (408, &"APIGW.0201".into()));
}

#[test]
fn refuses_unread_what_no_body_makes_right() {
    let host = TestHost::with_book();
    let (good, _) = host.signed("POST", "/v2/x?a=1", &[("x-language", "en_us")], "{}");
    type Edit = fn(&mut Head);
    let edits: [(&str, Edit); 7] = [
        ("no date", |head| head.headers.retain(|(name, _)| name != "x-sdk-date")),
        ("a date that is not signed", |head| edit_authorization(head, ";x-sdk-date", "")),
        ("a signed header that is missing", |head| {
            head.headers.retain(|(name, _)| name != "x-language");
        }),
        ("a signed header twice", |head| {
            head.headers.push(("x-language".to_owned(), b"zh_cn".to_vec()));
        }),
        ("a hash that is none", |head| {
            head.headers.push(("x-sdk-content-sha256".to_owned(), b"UNSIGNED-PAYLOAD".to_vec()));
        }),
        ("a path that is none", |head| head.path.push_str("%f")),
        ("a query that is none", |head| head.query.push_str("%ff")),
    ];
    let unread = |mut head: Head| {
        head.headers.push(("content-length".to_owned(), b"2".to_vec()));
        run(admit(&TESTED, head, &mut Untouched, || Ok(Box::new(host.clone()))))
    };
    for (what, edit) in edits {
        let mut head = good.clone();
        edit(&mut head);
        assert_unauthenticated(unread(head), what);
    }
    let token = ("x-auth-token".to_owned(), b"pbtoken1_AAAA".to_vec());
    let with_token = Head { headers: vec![token], ..good.clone() };
    assert!(matches!(refused(unread(with_token)), Refusal::BadToken(_)));
    host.store.advance(TimeDelta::minutes(16));
    assert_unauthenticated(unread(good), "another day");
}

#[test]
fn refuses_other_spellings_of_a_path() {
    let check = |path: &str| check_path(&Head { path: path.to_owned(), ..Head::default() });
    for path in ["/", "/v2/x", "/operator/v1/health", "/v2/x%2F", "/v2/."] {
        assert_eq!(check(path), Ok(()), "{path}");
    }
    for path in ["", "//", "//operator/v1/health", "/operator//v1/health", "/operator/v1/health/"] {
        assert_eq!(check(path), Err(Refusal::NoSuchApi), "{path}");
    }
    for path in ["operator/v1/health", "*", "///", "/v2/x//"] {
        assert_eq!(check(path), Err(Refusal::NoSuchApi), "{path}");
    }
}

#[test]
fn refuses_other_methods_and_names_those_there_are() {
    for method in ["GET", "POST"] {
        let head = Head { method: method.to_owned(), ..Head::default() };
        assert_eq!(Operation::of(&head, OPERATIONS).map(|found| found.method), Ok(method));
    }
    for method in ["PUT", "get", "HEAD", ""] {
        let head = Head { method: method.to_owned(), ..Head::default() };
        let refusal = refused(Operation::of(&head, OPERATIONS));
        let response = respond(Err(refusal), "id");
        assert_eq!(response.status, 405);
        assert!(response.headers.contains(&("allow", "GET, POST".to_owned())), "{method}");
    }
}

#[test]
fn the_operator_needs_the_token_and_a_token_there_must_be() {
    let host = TestHost::new();
    let ask = |authorization: Option<&str>| {
        let headers = authorization
            .map(|value| ("authorization".to_owned(), value.as_bytes().to_vec()))
            .into_iter()
            .collect();
        let head = Head { headers, ..Head::default() };
        run(admit_operator(head, &mut Untouched, || Ok(Box::new(host.clone())))).map(|_| ())
    };
    let right = [
        "Bearer operator-token-of-tests",
        "bearer operator-token-of-tests",
        "BEARER  operator-token-of-tests ",
    ];
    for right in right {
        assert_eq!(ask(Some(right)), Ok(()), "{right}");
    }
    let wrong =
        [None, Some(""), Some("Bearer"), Some("Bearer x"), Some("Basic operator-token-of-tests")];
    for wrong in wrong {
        let refusal = refused(ask(wrong));
        assert!(matches!(refusal, Refusal::OperatorUnauthenticated(_)), "{wrong:?}: {refusal:?}");
    }
    // What a file has at its end is no part of the token, and neither variable may be short.
    host.set("operator_token", "operator-token-of-tests\n");
    host.set("operator_token_previous", " the-token-before-that ");
    for right in ["Bearer operator-token-of-tests", "Bearer the-token-before-that"] {
        assert_eq!(ask(Some(right)), Ok(()), "{right}");
    }
    for (current, previous) in
        [("", ""), (" \n", ""), ("fifteen-letters", ""), ("operator-token-of-tests", "x")]
    {
        host.set("operator_token", current);
        host.set("operator_token_previous", previous);
        for any in [None, Some("Bearer "), Some("Bearer fifteen-letters"), Some("Bearer x")] {
            let (status, body) = answered(refused(ask(any)));
            assert_eq!(status, 403, "{current:?} {any:?}");
            let text = body["error_msg"].as_str().expect("a text");
            assert!(text.contains("operator_token"), "{text}");
        }
    }
}

#[test]
fn the_answer_to_a_wrong_operator_token_waits_and_the_log_says_why() {
    let host = TestHost::new();
    let ask = |token: Option<&str>| {
        let value = token.map(|token| format!("Bearer {token}").into_bytes());
        let headers = value.map(|value| ("authorization".to_owned(), value));
        let head = Head { headers: headers.into_iter().collect(), ..Head::default() };
        host.paused.take();
        let outcome =
            run(admit_operator(head, &mut Untouched, || Ok(Box::new(host.clone())))).map(|_| ());
        (outcome, host.paused.get())
    };
    let (outcome, waited) = ask(Some("a-guess-of-the-token"));
    assert_eq!(waited, Duration::from_millis(200));
    let response = respond(Err(Refusal::NoSuchApi), "r");
    let mut log = RequestLog::new(host.now().into(), "r", &response, Duration::ZERO);
    log.refused(&refused(outcome));
    assert!(log.line().contains("operator token refused"), "{}", log.line());
    assert!(!log.line().contains("a-guess"), "{}", log.line());
    for quick in [None, Some(OPERATOR_TOKEN)] {
        assert_eq!(ask(quick).1, Duration::ZERO, "{quick:?}");
    }
}
