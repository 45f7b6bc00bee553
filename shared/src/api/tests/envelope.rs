//! Every refusal has its status, wire code and envelope.

use super::*;
use crate::domain::error::Reason;
use crate::store::StoreError;

#[test]
fn every_reason_has_its_status_and_code() {
    let unknown = Reason::UnknownReference { kind: "quota", id: "x".to_owned() };
    let unavailable = StoreError::Unavailable(KeyValueError("down".to_owned()));
    for (reason, status, code) in [
        (Reason::field("face_value", "too small"), 400, "CBC.0100"),
        (Reason::CallerNotPermitted, 403, "CBC.0151"),
        (Reason::NotYourReseller, 400, "CBC.99000037"),
        (Reason::QuotaUnusable, 400, "CBC.99000012"),
        (Reason::QuotaNotInEffect, 400, "CBC.99000017"),
        (Reason::LimitsBeyondQuota, 400, "CBC.99000023"),
        (Reason::CouponNotReclaimable, 200, "CBC.99000048"),
        (Reason::ReferralCoupon, 400, "CBC.99000045"),
        (Reason::QuotaNotYours, 403, "CBC.0150"),
        (Reason::QuotaNotGrantable, 400, "CBC.99000015"),
        (Reason::QuotaBusy, 400, "CBC.50000045"),
        (Reason::NotYourCustomer, 400, "CBC.99000035"),
        (Reason::ReferralCustomer, 400, "CBC.99000014"),
        (Reason::UnifiedMember, 400, "CBC.50000034"),
        (Reason::QuotaExhausted, 400, "CBC.99000013"),
        (Reason::PartnerHasNoSuchCustomer, 500, "CBC.5002"),
        (Reason::AmountNotPositive, 400, "CBC.0100"),
        (Reason::SameAccount, 400, "CBC.0100"),
        (Reason::CurrencyMismatch, 400, "CBC.0100"),
        (Reason::InsufficientBalance, 400, "CBC.99005003"),
        (Reason::AmountTooLarge, 400, "CBC.0100"),
        (Reason::LoginNameMalformed, 400, "CBC.99000031"),
        (Reason::MobileMalformed, 400, "CBC.5017"),
        (Reason::PasswordMalformed, 400, "CBC.99000036"),
        (Reason::LoginNameTaken, 400, "CBC.99000038"),
        (Reason::MobileTaken, 400, "CBC.99000029"),
        (Reason::XaccountTaken, 400, "CBC.99000039"),
        (Reason::CodeExpired, 400, "CBC.99004008"),
        (Reason::CodeFailedTooOften, 400, "CBC.99004009"),
        (Reason::CodeWrong, 400, "CBC.99004010"),
        (Reason::SendLimitReached, 400, "CBC.99004015"),
        (Reason::TestedTooOften, 400, "CBC.99004015"),
        (Reason::NoCodeDelivery, 500, "CBC.0999"),
        (Reason::CodeNotDelivered("head.t".to_owned()), 500, "CBC.0999"),
        (Reason::NoAuthenticationPage, 500, "CBC.0999"),
        (Reason::SubAccount, 400, "CBC.99007297"),
        (Reason::NotADemoTenant, 403, "CBC.0151"),
        (Reason::NoSuchSnapshot, 404, "CBC.0101"),
        (Reason::NoSuchRestore, 404, "CBC.0101"),
        (Reason::TokenReused, 409, "CBC.0150"),
        (unknown, 400, "CBC.0100"),
        (Reason::ContentDiffers, 400, "CBC.0100"),
        (Reason::Contradiction("both"), 400, "CBC.0100"),
        (Reason::Corrupt("a:Bd".to_owned()), 500, "CBC.0999"),
        (Reason::Store(StoreError::Contended), 429, "CBC.0250"),
        (Reason::Store(StoreError::OutcomeUnknown), 503, "CBC.0999"),
        (Reason::Store(unavailable), 503, "CBC.0999"),
        (Reason::Store(StoreError::NoHead("head.t".to_owned())), 500, "CBC.0999"),
        (Reason::Store(StoreError::MissingPage("page.1".to_owned())), 500, "CBC.0999"),
        (Reason::Store(StoreError::Misuse("twice".to_owned())), 500, "CBC.0999"),
        (Reason::Store(StoreError::TransactionTooLarge), 400, "CBC.0100"),
    ] {
        let (answered_status, body) = answered(reason.clone().into());
        assert_eq!((answered_status, &body["error_code"]), (status, &code.into()), "{reason:?}");
        let text = body["error_msg"].as_str().expect("a text");
        assert!(!text.is_empty() && !text.contains("head.t") && !text.contains("a:Bd"), "{text}");
        let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["error_code", "error_msg"]);

        let detail = serde_json::to_value(ErrorDetail::new("the item", &reason)).expect("JSON");
        assert_eq!(detail["error_code"], code);
        assert_eq!(detail["id"], "the item");
    }
}

#[test]
fn only_the_gateway_names_the_request_in_its_envelope() {
    for (refusal, status, code) in [
        (Refusal::NoSuchApi, 404, "APIGW.0101"),
        (
            Refusal::MethodNotAllowed(&[Operation { method: "GET", name: "List" }]),
            405,
            "APIGW.0101",
        ),
        (Refusal::BodyTooLarge, 413, "APIGW.0201"),
        (Refusal::BodyIncomplete(BodyError::Interrupted("reset".to_owned())), 400, "APIGW.0201"),
        (Refusal::Unauthenticated("no".to_owned()), 401, "APIGW.0301"),
        (Refusal::parameter("limit", "is odd"), 400, "CBC.0100"),
        (Refusal::OperatorClosed("so"), 403, "CBC.0151"),
        (Refusal::OperatorUnauthenticated("no".to_owned()), 401, "CBC.0154"),
        (Refusal::OperatorRole("reviews"), 403, "CBC.0151"),
        (Refusal::UnknownOperator, 404, "CBC.0101"),
        (Refusal::UnknownTenant, 404, "CBC.0101"),
        (StoreError::Unfit("it forgets".to_owned()).into(), 503, "CBC.0999"),
        (Refusal::Damaged("page.1 is corrupt".to_owned()), 500, "CBC.0999"),
        (Refusal::Internal("secret cause".to_owned()), 500, "CBC.0999"),
    ] {
        let response = respond(Err(refusal.clone()), "request-1");
        let body: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
        assert_eq!((response.status, &body["error_code"]), (status, &code.into()));
        let request_id = body.get("request_id").and_then(|id| id.as_str());
        assert_eq!(request_id, code.starts_with("APIGW").then_some("request-1"));
        assert!(response.headers.contains(&("x-request-id", "request-1".to_owned())));
        assert!(!String::from_utf8_lossy(&response.body).contains("secret cause"));
        let retry_after = response.headers.iter().any(|(name, _)| *name == "retry-after");
        assert_eq!(retry_after, status == 503, "{refusal:?}");
    }
}

#[test]
fn every_response_says_what_it_is_and_how_long() {
    let response = respond(Answer::ok(&[1, 2, 3]), "request-1");
    assert_eq!(response.status, 200);
    assert_eq!(response.body, b"[1,2,3]");
    let expected = [
        ("content-type", "application/json"),
        ("x-request-id", "request-1"),
        ("cache-control", "no-store"),
        ("content-length", "7"),
    ];
    assert_eq!(response.headers, expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn a_text_that_repeats_the_request_is_cut() {
    let (_, body) = answered(Refusal::parameter(&"ä".repeat(2000), "is unknown"));
    assert_eq!(body["error_msg"].as_str().map(|text| text.chars().count()), Some(512));
}

#[test]
fn a_creation_of_unknown_outcome_says_what_to_look_for() {
    let id = "c1".parse().expect("an id");
    let unknown = Refusal::Store(StoreError::OutcomeUnknown).of_creation(&id, "someone");
    let (status, body) = answered(unknown);
    assert_eq!((status, &body["error_code"]), (500, &"CBC.99000050".into()));
    assert_eq!((&body["domain_id"], &body["domain_name"]), (&"c1".into(), &"someone".into()));
    // All others leave nothing open.
    for refusal in [Refusal::Store(StoreError::Contended), Reason::LoginNameTaken.into()] {
        assert_eq!(refusal.clone().of_creation(&id, "someone"), refusal);
    }
    let (status, body) = answered(Refusal::Value("x: is odd".to_owned()));
    assert_eq!((status, &body["error_code"]), (400, &"CBC.0101".into()));
}
