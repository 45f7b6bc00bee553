//! `/partner-centre/v1/second-factor`: a partner has the dangerous operations of the partner centre ask
//! for a code.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::coupons::{issue, issue_of_reseller};
use crate::harness::json::Json;
use crate::harness::money::{allocate, assert_holdings, holdings};
use crate::harness::partner_centre::{
    ASSOCIATIONS, ISSUED_COUPONS, SECOND_FACTOR, done, once, refused, send,
};
use crate::harness::receiver::Receiver;
use crate::harness::registration::MOBILE;
use crate::harness::second_factor::{TO_ASK, TO_PROVE, guarded, other, sent, switch_on};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const ALLOCATION: &str = "/partner-centre/v1/customers/allocation";
const OTHER_MOBILE: &str = "13887654321";

const WRONG: (u16, &str) = (400, "CBC.99004010");
const TOO_OFTEN: (u16, &str) = (400, "CBC.99004009");
const FIELD: (u16, &str) = (400, "CBC.0100");

fn shown(app: &App, key: &Key) -> Json {
    let reply = app.get(key, SECOND_FACTOR);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// What the books hold, whatever was counted.
fn held(app: &App, tenant: &Tenant) -> (Json, Json) {
    let audit = app.audit(&tenant.tenant_id);
    (audit.at("sum").clone(), audit.at("accounts").clone())
}

fn with_code(body: &Value, code: &str) -> Value {
    let mut body = body.clone();
    body["verification_code"] = json!(code);
    body
}

#[test]
fn is_switched_on_by_a_code_and_off_by_another() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let key = &tenant.distributor;
    assert_eq!(shown(app, key).text_at("status"), "off");
    switch_on(app, &tenant, key, MOBILE);
    let on = shown(app, key);
    assert_eq!((on.text_at("status"), on.text_at("mobile_phone")), ("on", "138****5678"));
    assert!(on.get("since").is_some());
    assert_eq!(shown(app, &tenant.reseller).text_at("status"), "off");

    let code = sent(app, &tenant, key, (MOBILE, TO_ASK));
    let off = |code: &str| json!({"status": "off", "verification_code": code});
    refused(&send(app, key, "PUT", SECOND_FACTOR, &off(&other(&code))), WRONG, "another code");
    assert_eq!(shown(app, key).text_at("status"), "on");
    let reply = done(app, key, "PUT", SECOND_FACTOR, &off(&code)).json();
    assert_eq!((reply.text_at("status"), reply.get("mobile_phone")), ("off", None));
    // It is off: nothing asks for a code any more.
    let body = json!({"customer_id": tenant.customers[0], "amount": "1.00"});
    done(app, key, "POST", ALLOCATION, &body);
}

/// The dangerous operations of a distributor, each as it works now, and the status of its answer.
fn dangerous(app: &App, tenant: &Tenant) -> Vec<(&'static str, &'static str, Value, u16)> {
    let (customer, reseller) = (&tenant.customers[0], &tenant.reseller.principal_id);
    allocate(app, tenant, customer, "2.00");
    let [coupon, other_coupon] = ["1.00", "2.00"].map(|worth| issue(app, tenant, worth));
    let of_customer = json!({"customer_id": customer, "amount": "1.00"});
    let of_reseller = json!({"indirect_partner_id": reseller, "amount": "1.00"});
    let grant = json!({"quota_id": tenant.quota, "indirect_partner_ids": [reseller],
                       "quota_amount": "1.00"});
    let end = json!({"customer_id": tenant.referral_customer, "change": "dissociation"});
    vec![
        ("POST", ALLOCATION, of_customer.clone(), 200),
        ("POST", "/partner-centre/v1/customers/reclaim", of_customer, 200),
        ("POST", "/partner-centre/v1/resellers/allocation", of_reseller.clone(), 200),
        ("POST", "/partner-centre/v1/resellers/reclaim", of_reseller, 200),
        ("POST", "/partner-centre/v1/coupon-quotas/grant", grant, 200),
        (
            "POST",
            "/partner-centre/v1/coupon-quotas/reclaim",
            json!({"quota_ids": [tenant.granted_quota]}),
            200,
        ),
        ("POST", "/partner-centre/v1/coupons/reclaim", json!({"coupon_id": coupon}), 204),
        ("PUT", ISSUED_COUPONS, json!({"coupon_ids": [other_coupon]}), 200),
        ("POST", ASSOCIATIONS, end, 200),
        (
            "PUT",
            ASSOCIATIONS,
            json!({"customer_id": tenant.referral_customer, "decision": "refuse"}),
            200,
        ),
    ]
}

#[test]
fn each_dangerous_operation_asks_for_a_code_which_works_once() {
    let app = App::shared();
    let tenant = guarded(app);
    let key = &tenant.distributor;
    for (method, path, body, status) in dangerous(app, &tenant) {
        let what = format!("{method} {path}");
        let before = held(app, &tenant);
        let without = send(app, key, method, path, &body);
        refused(&without, FIELD, &what);
        assert!(without.text().contains("verification_code"), "{what}: {}", without.text());
        let code = sent(app, &tenant, key, (MOBILE, TO_ASK));
        let reply = send(app, key, method, path, &with_code(&body, &other(&code)));
        refused(&reply, WRONG, &what);
        assert_eq!(held(app, &tenant), before, "{what}");
        let reply = send(app, key, method, path, &with_code(&body, &code));
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        refused(&send(app, key, method, path, &with_code(&body, &code)), WRONG, &what);
    }
}

#[test]
fn wrong_codes_are_counted_and_end_the_code_and_nothing_else_happens() {
    let app = App::shared();
    let tenant = guarded(app);
    let key = &tenant.distributor;
    let before = holdings(app, &tenant).map(|it| it.to_string());
    let body = json!({"customer_id": tenant.customers[0], "amount": "1.00"});
    let code = sent(app, &tenant, key, (MOBILE, TO_ASK));
    let attempt = |code: &str| send(app, key, "POST", ALLOCATION, &with_code(&body, code));
    for _ in 0..3 {
        refused(&attempt(&other(&code)), WRONG, "a guess");
    }
    refused(&attempt(&code), TOO_OFTEN, "the right code, too late");
    assert_holdings(app, &tenant, before.each_ref().map(|it| &**it));
    for text in ["", "1", &"7".repeat(1_000)] {
        refused(&attempt(text), TOO_OFTEN, text);
    }
    for value in [json!(123_456), json!(["123456"]), json!({})] {
        let mut body = body.clone();
        body["verification_code"] = value;
        refused(&send(app, key, "POST", ALLOCATION, &body), FIELD, "no text");
    }
    let code = sent(app, &tenant, key, (MOBILE, TO_ASK));
    assert_eq!(attempt(&code).status, 200);
}

#[test]
fn what_is_refused_for_another_reason_has_not_used_its_code() {
    let app = App::shared();
    let tenant = guarded(app);
    let key = &tenant.distributor;
    let code = sent(app, &tenant, key, (MOBILE, TO_ASK));
    let before = app.audit(&tenant.tenant_id);
    let body = |customer: &str, amount: &str| json!({"customer_id": customer, "amount": amount, "verification_code": code});
    let customer = &tenant.customers[0];
    for (body, expected) in [
        (body(customer, "9999999.00"), (400, "CBC.5003")),
        (body("nobody", "1.00"), (400, "CBC.99000035")),
        (body(customer, "0"), FIELD),
    ] {
        refused(&send(app, key, "POST", ALLOCATION, &body), expected, &body.to_string());
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    done(app, key, "POST", ALLOCATION, &body(customer, "1.00"));
}

#[test]
fn a_repeat_gets_the_first_answer_and_needs_no_other_code() {
    let app = App::shared();
    let tenant = guarded(app);
    let code = sent(app, &tenant, &tenant.distributor, (MOBILE, TO_ASK));
    let body = json!({"customer_id": tenant.customers[0], "amount": "1.00",
                      "verification_code": code});
    once(app, &tenant, &tenant.distributor, "POST", ALLOCATION, &body);
}

#[test]
fn the_api_customers_and_other_partners_are_not_asked() {
    let app = App::shared();
    let tenant = guarded(app);
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    let path = "/v2/accounts/partner-accounts/adjust-amount";
    let body = json!({"customer_id": tenant.customers[0], "amount": "1.00",
                      "verification_code": "123456"});
    refused(&app.post(&tenant.distributor, path, body.to_string()), FIELD, "an unknown field");
    done(app, &tenant.customer, "POST", ASSOCIATIONS, &json!({"change": "dissociation"}));
    let of_reseller = json!({"customer_id": tenant.reseller_customer, "amount": "1.00"});
    done(app, &tenant.reseller, "POST", ALLOCATION, &of_reseller);
}

#[test]
fn a_code_is_of_one_partner_and_for_one_thing() {
    let app = App::shared();
    let tenant = guarded(app);
    let (distributor, reseller) = (&tenant.distributor, &tenant.reseller);
    switch_on(app, &tenant, reseller, OTHER_MOBILE);
    let coupon = issue_of_reseller(app, &tenant, "1.00");
    let body = |code: &str| json!({"coupon_id": coupon, "verification_code": code});
    let reclaim = "/partner-centre/v1/coupons/reclaim";
    let codes = [
        sent(app, &tenant, distributor, (MOBILE, TO_ASK)),
        sent(app, &tenant, reseller, (OTHER_MOBILE, TO_ASK)),
    ];
    if codes[0] != codes[1] {
        refused(&send(app, reseller, "POST", reclaim, &body(&codes[0])), WRONG, "another's");
    }
    let off = json!({"status": "off", "verification_code": codes[1]});
    let on = json!({"status": "on", "mobile_phone": OTHER_MOBILE, "verification_code": codes[1]});
    refused(&send(app, reseller, "PUT", SECOND_FACTOR, &on), FIELD, "it is on");
    done(app, reseller, "PUT", SECOND_FACTOR, &off);
    refused(&send(app, reseller, "PUT", SECOND_FACTOR, &on), WRONG, "it was for another thing");
    // The reseller has none now, and its distributor's is not its own.
    assert_eq!(send(app, reseller, "POST", reclaim, &json!({"coupon_id": coupon})).status, 204);
    assert_eq!(shown(app, distributor).text_at("status"), "on");
}

#[test]
fn the_receiver_is_told_whose_code_it_is_and_the_log_of_neither() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let key = &tenant.distributor;
    let reply = send(&app, key, "POST", SECOND_FACTOR, &json!({"mobile_phone": MOBILE}));
    assert_eq!(reply.status, 204, "{}", reply.text());
    let events = receiver.events_of("verification_code.requested", "partner_id", &key.principal_id);
    let data = events[0].event.at("data");
    assert_eq!((data.text_at("mobile_phone"), data.at("scene").as_integer()), (MOBILE, TO_PROVE));
    let code = data.text_at("code");
    let on = json!({"status": "on", "mobile_phone": MOBILE, "verification_code": code});
    done(&app, key, "PUT", SECOND_FACTOR, &on);
    let log = app.log();
    assert!(!log.contains(MOBILE) && !log.contains(code), "{log}");
    receiver.answer_with(500);
    let reply = send(&app, key, "POST", SECOND_FACTOR, &json!({}));
    refused(&reply, (500, "CBC.0999"), "a receiver that does not take it");
}

#[test]
fn a_partner_whose_codes_go_nowhere_is_sent_none() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let body = json!({"mobile_phone": MOBILE});
    let reply = send(app, &tenant.distributor, "POST", SECOND_FACTOR, &body);
    refused(&reply, (500, "CBC.0999"), "no receiver");
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_what_is_no_number_and_what_does_not_fit_and_changes_nothing() {
    let app = App::shared();
    let (tenant, off) = (guarded(app), Tenant::playing_in(app));
    let before = [&tenant, &off].map(|tenant| app.audit(&tenant.tenant_id));
    for (key, method, body) in [
        (&off.distributor, "POST", json!({})),
        (&off.distributor, "POST", json!({"mobile_phone": "1381234567"})),
        (&off.distributor, "POST", json!({"mobile_phone": 13_812_345_678_i64})),
        (&off.distributor, "POST", json!({"mobile": MOBILE})),
        (&off.distributor, "PUT", json!({"status": "on", "verification_code": "1"})),
        (&off.distributor, "PUT", json!({"status": "on", "mobile_phone": MOBILE})),
        (
            &off.distributor,
            "PUT",
            json!({"status": "maybe", "mobile_phone": MOBILE, "verification_code": "1"}),
        ),
        (&tenant.distributor, "POST", json!({"mobile_phone": MOBILE})),
        (
            &tenant.distributor,
            "PUT",
            json!({"status": "off", "mobile_phone": MOBILE, "verification_code": "1"}),
        ),
        (&tenant.distributor, "PUT", json!({"status": "off"})),
    ] {
        refused(&send(app, key, method, SECOND_FACTOR, &body), FIELD, &body.to_string());
    }
    let reply = app.get(&off.distributor, &format!("{SECOND_FACTOR}?verbose=1"));
    refused(&reply, FIELD, "a parameter");
    let path = "/v2/bases/verificationcode/send";
    for scene in [TO_ASK, TO_PROVE] {
        let body = json!({"receiver_type": 1, "mobile_phone": MOBILE, "scene": scene});
        let reply = app.post(&tenant.distributor, path, body.to_string());
        refused(&reply, FIELD, "a scene of the bundle's own");
    }
    assert_eq!([&tenant, &off].map(|tenant| app.audit(&tenant.tenant_id)), before);
}
