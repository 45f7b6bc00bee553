//! Repeats: the same answer, once booked.

use super::*;
use crate::domain::registration::{CodeOrder, MobileNumber, Scene, VerificationCode};
use crate::operations::issue_coupons::{self, Issue, IssueCoupons};
use crate::store::{Reader, Tree};
use chrono::TimeDelta;

const PATH: &str = "/v2/promotions/benefits/partner-coupons";

/// Issues one coupon of `face_value` to customer `c` of quota `q`, as the route does.
fn issue(host: &TestHost, token: Option<&str>, face_value: &str) -> Result<Answer, Refusal> {
    let headers: Vec<(&str, &str)> =
        token.map(|token| ("x-client-token", token)).into_iter().collect();
    issue_call(host.admit(host.signed("POST", PATH, &headers, face_value))?)
}

fn issue_call(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?.clone();
    let face_value = String::from_utf8_lossy(&call.body).into_owned();
    let order = Issue::plain(
        "q".parse().expect("an id"),
        vec!["c".parse().expect("an id")],
        face_value.parse().expect("an amount"),
    );
    let order = IssueCoupons::check(caller, order)?;
    let randoms = call.randoms(order.coupons_max());
    run(call.update(async |books| {
        let issued = issue_coupons::issue(books, &order, &randoms).await?;
        Answer::ok(&issued.iter().map(|issued| format!("{:?}", issued.outcome)).collect::<Vec<_>>())
    }))
}

fn transactions(host: &TestHost) -> u64 {
    let call = host.admit(host.signed("GET", "/", &[], "")).expect("admitted");
    let tree = Tree::new(host, call.caller().head_key.as_str());
    run(tree.read::<_, Refusal>(async |snapshot| Ok(snapshot.sequence()))).expect("read")
}

#[test]
fn a_repeat_gets_the_same_answer_and_books_nothing() {
    let host = TestHost::with_book();
    let first = issue(&host, Some("token-1"), "60.00").expect("issued");
    let after = transactions(&host);
    host.store.advance(TimeDelta::hours(23));
    assert_eq!(issue(&host, Some("token-1"), "60.00"), Ok(first.clone()));
    assert_eq!(transactions(&host), after);
    // Without a token, or with another, it is another request: there is not enough left for it.
    for token in [None, Some("token-2")] {
        let answer = issue(&host, token, "60.00").expect("answered");
        assert!(String::from_utf8_lossy(&answer.body).contains("QuotaExhausted"));
    }
}

#[test]
fn idempotency_key_is_another_name_of_the_same_header() {
    let host = TestHost::with_book();
    let with = |headers: &[(&str, &str)]| {
        issue_call(host.admit(host.signed("POST", PATH, headers, "60.00"))?)
    };
    let first = issue(&host, Some("token-1"), "60.00").expect("issued");
    let after = transactions(&host);
    assert_eq!(with(&[("idempotency-key", "token-1")]), Ok(first.clone()));
    let both = [("x-client-token", "token-1"), ("idempotency-key", "token-1")];
    assert_eq!(with(&both), Ok(first));
    let two = [("x-client-token", "token-1"), ("idempotency-key", "token-2")];
    assert_eq!(answered(refused(with(&two))).0, 400);
    assert_eq!(answered(refused(with(&[("idempotency-key", "a\tb")]))).0, 400);
    assert_eq!(transactions(&host), after);
    let (mut head, body) = host.signed("POST", PATH, &[], "10.00");
    head.headers.push(("idempotency-key".to_owned(), b"token".to_vec()));
    assert_eq!(answered(refused(host.admit((head, body)))).0, 400);
}

#[test]
fn a_token_used_for_another_request_is_refused() {
    let host = TestHost::with_book();
    issue(&host, Some("token-1"), "10.00").expect("issued");
    let after = transactions(&host);
    let refusal = refused(issue(&host, Some("token-1"), "11.00"));
    assert_eq!(answered(refusal).0, 409);
    let other_query = format!("{PATH}?x=1");
    let headers = [("x-client-token", "token-1")];
    let call = host.admit(host.signed("POST", &other_query, &headers, "10.00"));
    let refusal = refused(issue_call(call.expect("admitted")));
    assert_eq!(answered(refusal).1["error_code"], "CBC.0150");
    assert_eq!(transactions(&host), after);
}

#[test]
fn a_token_is_forgotten_after_a_day() {
    let host = TestHost::with_book();
    let first = issue(&host, Some("token-1"), "10.00").expect("issued");
    host.store.advance(TimeDelta::hours(24));
    let second = issue(&host, Some("token-1"), "10.00").expect("issued");
    assert_ne!(first, second);
}

#[test]
fn a_refused_request_keeps_no_token_and_an_answer_with_errors_does() {
    let host = TestHost::with_book();
    let before = transactions(&host);
    refused(issue(&host, Some("token-1"), "0"));
    assert_eq!(transactions(&host), before);
    let exhausted = issue(&host, Some("token-1"), "100.01").expect("answered");
    let after = transactions(&host);
    assert_eq!(after, before + 1);
    assert_eq!(issue(&host, Some("token-1"), "100.01"), Ok(exhausted));
    assert_eq!(transactions(&host), after);
}

#[test]
fn a_token_must_be_printable() {
    let host = TestHost::with_book();
    let before = transactions(&host);
    for token in ["", "a\tb", "ä", &"x".repeat(65)] {
        let (status, body) = answered(refused(issue(&host, Some(token), "10.00")));
        assert_eq!((status, &body["error_code"]), (400, &"CBC.0100".into()), "{token:?}");
    }
    assert_eq!(transactions(&host), before);
}

#[test]
fn a_token_that_is_not_signed_is_refused() {
    let host = TestHost::with_book();
    let before = transactions(&host);
    let (mut head, body) = host.signed("POST", PATH, &[], "10.00");
    head.headers.push(("x-client-token".to_owned(), b"token".to_vec()));
    let (status, refusal) = answered(refused(host.admit((head, body))));
    assert_eq!((status, &refusal["error_code"]), (400, &"CBC.0100".into()), "{refusal}");
    // One that was signed and then taken off, or replaced, breaks the signature.
    for other in [None, Some(b"other")] {
        let (mut head, body) = host.signed("POST", PATH, &[("x-client-token", "token")], "10.00");
        head.headers.retain(|(name, _)| name != "x-client-token");
        head.headers.extend(other.map(|it| ("x-client-token".to_owned(), it.to_vec())));
        assert_eq!(answered(refused(host.admit((head, body)))).0, 401, "{other:?}");
    }
    assert_eq!(transactions(&host), before);
}

#[test]
fn a_change_without_an_answer_is_kept_and_made_again_by_a_repeat() {
    let host = TestHost::with_book();
    let change = || {
        let headers = [("x-client-token", "token-1")];
        let call = host.admit(host.signed("POST", PATH, &headers, "{}")).expect("admitted");
        let number = "13800000000";
        run(call.decide::<()>(async |books| {
            books.issue_code(&code_order(number)).await?;
            Ok(Decision::Unanswered(()))
        }))
    };
    let before = transactions(&host);
    assert_eq!(change(), Ok(Decision::Unanswered(())));
    assert_eq!(change(), Ok(Decision::Unanswered(())));
    assert_eq!(transactions(&host), before + 2);
}

fn code_order(number: &str) -> CodeOrder {
    CodeOrder {
        mobile: MobileNumber::parse(number).expect("a number"),
        scene: Scene::Registration,
        code: VerificationCode::claimed("012345"),
        minutes: None,
        kept_sealed: false,
    }
}
