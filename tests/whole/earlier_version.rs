//! Books that an earlier version has written are read, and written to, by this one.
//!
//! `fixtures/earlier/store.ndjson` is all that version 0.1.0 stored for a part of the demo book and
//! a day of calls: coupons, allocations, grants, customers, submissions. `answers.ndjson` is what it
//! answered then. The stored format may grow; what lies in it keeps its meaning.
//!
//! `export_1.ndjson` is an export in the first form of exports and of records, of a tenant with
//! orders, a refund, a review and events, and `export_1_answers.ndjson` what was answered of it then.
//! Both stay as they are: whatever becomes of the stored format, an export is restored.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::backup::restore;
use crate::harness::book::DEMO;
use crate::harness::contract;
use crate::harness::good_requests::request;
use crate::harness::json::Json;
use crate::harness::signer::Key;

const STORE: &str = include_str!("../fixtures/earlier/store.ndjson");
const ANSWERS: &str = include_str!("../fixtures/earlier/answers.ndjson");
const EXPORT: &str = include_str!("../fixtures/earlier/export_1.ndjson");
const EXPORT_ANSWERS: &str = include_str!("../fixtures/earlier/export_1_answers.ndjson");

/// One answer of the earlier version, as a line of JSON.
struct Answer(Value);

impl Answer {
    fn all() -> Vec<Self> {
        Self::read(ANSWERS)
    }

    fn read(answers: &str) -> Vec<Self> {
        answers.lines().map(|line| Self(serde_json::from_str(line).expect("JSON"))).collect()
    }

    fn text(&self, name: &str) -> &str {
        contract::text(&self.0[name])
    }

    /// The operation of the API; none for a route of the operator's.
    fn operation(&self) -> Option<&'static Value> {
        self.0["operation"].as_str().map(contract::operation)
    }

    fn key(&self) -> Key {
        Key {
            access_key_id: self.text("access_key_id").to_owned(),
            secret_key: self.text("secret_key").to_owned(),
            principal_id: self.text("principal_id").to_owned(),
        }
    }

    /// What it was then.
    fn expected(&self) -> Json {
        Json::parse(self.text("answer")).expect("JSON")
    }

    /// What it is now.
    fn answered(&self, app: &App) -> Json {
        let reply = match self.operation() {
            Some(operation) => app.call(&self.key(), request(operation, &self.0["fields"])),
            None => app.operator("GET", self.text("target"), ""),
        };
        assert_eq!(reply.status, 200, "{}: {}", self.0, reply.text());
        reply.json()
    }
}

/// Whether all that an answer said is in another one, which may say more.
fn says(later: &Json, earlier: &Json) -> bool {
    match (later, earlier) {
        (Json::Object(later), Json::Object(earlier)) => earlier
            .iter()
            .all(|(name, value)| later.get(name).is_some_and(|later| says(later, value))),
        (Json::List(later), Json::List(earlier)) => {
            later.len() == earlier.len()
                && later.iter().zip(earlier).all(|(later, earlier)| says(later, earlier))
        }
        (later, earlier) => later == earlier,
    }
}

/// An application on what the earlier version stored.
fn on_the_earlier_store() -> App {
    let app = before_its_access_keys_are_trusted();
    let trusted = trust_access_keys(&app);
    assert!(trusted.iter().any(|key| key.text_at("access_key_id") == "DEMODISTRIBUTORKEY01"));
    app
}

/// What the operator does once after the update: the earlier version's access keys had no MAC.
fn trust_access_keys(app: &App) -> Vec<Json> {
    let path = "/operator/v1/master-key/rotate?access_keys_without_mac=trust";
    let (mut trusted, mut target) = (Vec::new(), path.to_owned());
    loop {
        let reply = app.operator("POST", &target, "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        let part = reply.json();
        if let Some(keys) = part.get("trusted_access_keys") {
            trusted.extend_from_slice(keys.as_list());
        }
        match part.get("next_marker") {
            Some(marker) => target = format!("{path}&marker={}", marker.as_text()),
            None => return trusted,
        }
    }
}

fn before_its_access_keys_are_trusted() -> App {
    let entries: BTreeMap<String, Vec<u8>> = STORE
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let value = BASE64_STANDARD.decode(contract::text(&line["value"])).expect("base64");
            (contract::text(&line["key"]).to_owned(), value)
        })
        .collect();
    App::start_on_entries(&entries)
}

#[test]
fn what_an_earlier_version_stored_is_answered_as_it_answered_it() {
    let app = on_the_earlier_store();
    for answer in Answer::all() {
        let (answered, expected) = (answer.answered(&app), answer.expected());
        assert!(says(&answered, &expected), "{}\nis now {answered:?}", answer.0);
    }
    for tenant_id in ["demo-distributor", "demo-provider"] {
        app.audit(tenant_id);
    }
}

#[test]
fn what_an_earlier_version_exported_is_restored_and_answered_as_it_answered_it() {
    let app = App::start();
    let header = Json::parse(EXPORT.lines().next().expect("a line")).expect("JSON");
    let tenant_id = header.at("export").text_at("tenant_id").to_owned();
    let reply = restore(&app, &format!("tenant_id={tenant_id}"), EXPORT);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answers = Answer::read(EXPORT_ANSWERS);
    assert!(!answers.is_empty());
    for answer in answers {
        let (answered, expected) = (answer.answered(&app), answer.expected());
        assert!(says(&answered, &expected), "{}\nis now {answered:?}", answer.0);
    }
    app.audit(&tenant_id);
    let key = DEMO.key(DEMO.partners("solution_provider")[0]);
    assert_eq!(app.get(&key, contract::path_of("ListPartnerBalances")).status, 200);
}

#[test]
fn access_keys_of_an_earlier_version_open_nothing_until_the_operator_trusts_them() {
    let app = before_its_access_keys_are_trusted();
    let key = Answer::all()[0].key();
    let balances = || app.get(&key, contract::path_of("ListPartnerBalances")).status;
    let audit = || app.operator("GET", "/operator/v1/audit?tenant_id=demo-distributor", "").json();
    // A MAC that may be missing would be taken off by whoever changes a key in the store.
    assert_eq!(balances(), 401);
    let not_authentic = |audit: &Json| audit.at("access_keys_not_authentic").as_list().len();
    let before = audit();
    assert_eq!(i64::try_from(not_authentic(&before)), Ok(before.at("access_keys").as_integer()));
    assert!(not_authentic(&before) > 0);
    // Another master key alone trusts nothing.
    let rotated = app.operator("POST", "/operator/v1/master-key/rotate", "");
    assert_eq!((rotated.status, balances()), (200, 401));

    let trusted = trust_access_keys(&app);
    let first = trusted.iter().find(|it| it.text_at("access_key_id") == key.access_key_id);
    let first = first.expect("it is listed");
    assert_eq!(first.text_at("partner_id"), key.principal_id);
    assert_eq!(first.text_at("tenant_id"), "demo-distributor");
    assert_eq!((not_authentic(&audit()), balances()), (0, 200));
    assert!(trust_access_keys(&app).is_empty(), "there are none any more");
}

#[test]
fn what_an_earlier_version_stored_can_be_gone_on_with() {
    let app = on_the_earlier_store();
    let answers = Answer::all();
    let of = |id: &str| {
        let mut found = answers.iter().filter(|answer| answer.0["operation"] == id);
        found.next().unwrap_or_else(|| panic!("no answer of {id}"))
    };
    let coupons = of("ListIssuedPartnerCoupons");
    let key = coupons.key();
    let listed = coupons.expected();
    let coupon = listed.at("user_coupons").as_list();
    let held = coupon.iter().find(|it| it.at("status").as_integer() == 2).expect("one to use");
    let fields = json!({"coupon_id": held.text_at("coupon_id")});
    let reclaim = request(contract::operation("ReclaimPartnerCoupons"), &fields);
    assert_eq!(app.call(&key, reclaim).status, 204);

    let quotas = of("ListQuotaCoupons").expected();
    let plenty = Decimal::from(1000);
    let mut quotas = quotas.at("quotas").as_list().iter();
    let quota = quotas.find(|quota| quota.at("balance").as_decimal() > plenty).expect("one");
    let issue = json!({"quota_id": quota.text_at("quota_id"), "face_value": 1,
                       "customer_ids": vec![held.text_at("customer_id"); 100]});
    let issue = request(contract::operation("CreatePartnerCoupons"), &issue);
    let issued = app.call(&key, issue).json();
    assert_eq!(issued.at("coupon_infos").as_list().len(), 100, "{issued:?}");

    let allocate = json!({"customer_id": held.text_at("customer_id"), "amount": "1.00"});
    let allocate = request(contract::operation("UpdateCustomerAccountAmount"), &allocate);
    assert_eq!(app.call(&key, allocate).status, 200);

    let reviews = app.operator("GET", "/operator/v1/reviews?tenant_id=demo-distributor", "").json();
    for review in reviews.at("reviews").as_list() {
        let decision = json!({"tenant_id": "demo-distributor", "decision": "approve",
                              "review_id": review.text_at("review_id")});
        let decided = app.operator("POST", "/operator/v1/reviews/decide", decision.to_string());
        assert_eq!(decided.status, 200, "{}", decided.text());
    }
    app.audit("demo-distributor");
}
