//! `ShowRealnameAuthenticationReviewResult`: how far a customer's latest submission has come.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::{Book, DEMO};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/customers/realname-auths/result";

const OPERATION: &str = "ShowRealnameAuthenticationReviewResult";

fn show(app: &App, key: &Key, customer_id: &str) -> Json {
    let answer = app.sdk(key, OPERATION, &json!({"customer_id": customer_id}));
    answer.outcome.expect("a review or none")
}

/// What a partner is told: the opinion goes with a rejection only.
fn expected(review: Option<&Json>) -> Json {
    let names = ["review_result", "opinion"];
    let members = names.iter().filter_map(|name| {
        let value = review?.get(name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    Json::Object(members.collect())
}

#[test]
fn answers_the_state_of_each_customer() {
    let app = App::shared();
    let first_tier = ["distributor", "solution_provider"].map(|kind| DEMO.partners(kind));
    let mut states = Vec::new();
    for partner_id in first_tier.into_iter().flatten() {
        for association_type in ["1", "2"] {
            for customer_id in DEMO.customers(partner_id, association_type) {
                let answered = show(app, &DEMO.key(partner_id), customer_id);
                assert_eq!(answered, expected(DEMO.latest_review(customer_id)), "{customer_id}");
                states.push(answered.get("review_result").map(Json::as_integer));
            }
        }
    }
    for state in [None, Some(0), Some(1), Some(2)] {
        assert!(states.contains(&state), "no customer of the demo book has {state:?}");
    }
}

#[test]
fn answers_the_latest_of_several_submissions() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = tenant.customers[0].as_str();
    let review = |number: u8, day: u8, result: u8, opinion: &str| {
        let mut line = json!({
            "kind": "realname_review", "tenant_id": tenant.tenant_id, "customer_id": customer,
            "review_id": format!("{customer}-review-{number}"), "review_result": result,
            "submitted_at": format!("2026-03-{day:02}T06:00:00Z"),
        });
        if !opinion.is_empty() {
            line["opinion"] = json!(opinion);
        }
        Book::new(format!("{line}\n"))
    };
    assert_eq!(show(app, &tenant.distributor, customer), expected(None));
    app.import(&review(1, 2, 1, "模糊 – not legible"));
    let rejected = show(app, &tenant.distributor, customer);
    assert_eq!(rejected.at("review_result").as_integer(), 1);
    assert_eq!(rejected.text_at("opinion"), "模糊 – not legible");
    app.import(&review(2, 9, 2, ""));
    // The book brings an older one later.
    app.import(&review(3, 5, 1, "older"));
    let approved = show(app, &tenant.distributor, customer);
    assert_eq!(approved, Json::parse(r#"{"review_result": 2}"#).expect("JSON"));
}

#[test]
fn answers_a_distributor_for_its_resellers_customers() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let answered = show(app, &tenant.distributor, &tenant.reseller_customer);
    assert_eq!(answered, expected(None));
}

#[test]
fn refuses_somebody_elses_customer_as_if_it_did_not_exist() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let refused = |customer_id: &str| {
        let answer = app.sdk(&tenant.distributor, OPERATION, &json!({"customer_id": customer_id}));
        let error = answer.outcome.expect_err("refused");
        assert_eq!((error.status_code, error.error_code.as_str()), (500, "CBC.5002"));
        answer.reply.body
    };
    let foreign = refused(&other.customers[0]);
    assert_eq!(foreign, refused("nobody"));
    assert_eq!(foreign, refused(&tenant.distributor.principal_id));
}

#[test]
fn refuses_a_call_without_a_customer() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    for query in [
        String::new(),
        "?customer_id=".to_owned(),
        format!("?customer_id={customer}&customer_id={customer}"),
        format!("?customer_id={customer}&indirect_partner_id={}", tenant.reseller.principal_id),
    ] {
        let reply = app.get(&tenant.distributor, &format!("{PATH}{query}"));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let target = format!("{PATH}?customer_id={}", tenant.customers[0]);
    let first = app.get(&tenant.distributor, &target);
    assert_eq!(first.body, app.get(&tenant.distributor, &target).body);
    let refused = app.get(&tenant.distributor, &format!("{PATH}?customer_id=nobody"));
    assert_eq!(refused.status, 500);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
