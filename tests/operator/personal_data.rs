//! `DELETE /operator/v1/customers` and `DELETE /operator/v1/reviews/submission`: personal data goes,
//! the ledger stays.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::realname::{INDIVIDUAL, decided, person, status, submit};
use crate::harness::registration::customers;
use crate::harness::store::contains;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/customers";
const SUBMISSION: &str = "/operator/v1/reviews/submission";

fn deleted(app: &App, target: &str) -> i64 {
    let reply = app.operator("DELETE", target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().at("deleted").as_integer()
}

/// The customer, as its partner lists it.
fn listed(app: &App, tenant: &Tenant, filter: &serde_json::Value) -> Json {
    let (found, count) = customers(app, &tenant.distributor, filter);
    assert_eq!(count, 1, "{found:?}");
    found[0].clone()
}

#[test]
fn the_name_of_an_approved_person_is_sealed_and_goes_with_all_its_data() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let customer = &tenant.customers[0];
    let target = format!("{PATH}?tenant_id={}&customer_id={customer}", tenant.tenant_id);
    let review = submit(&app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    assert_eq!(app.operator("DELETE", &target, "").outcome(), (400, "CBC.0100".to_owned()));
    decided(&app, &tenant, &review, None);

    let name = "张三 Zhang San";
    let shown = listed(&app, &tenant, &json!({"customer_id": customer}));
    assert_eq!(shown.text_at("customer"), name);
    let found = listed(&app, &tenant, &json!({"customer": "Zhang"}));
    assert_eq!(found.text_at("customer_id"), customer);
    assert!(!app.entries().values().any(|value| contains(value, "Zhang")));

    let before = app.audit(&tenant.tenant_id);
    assert_eq!(deleted(&app, &target), 2, "its name, and what it submitted");
    let shown = listed(&app, &tenant, &json!({"customer_id": customer}));
    assert_eq!(shown.get("customer"), None);
    assert_eq!(status(&app, &tenant), (2, Some(0)), "it stays authenticated");
    let query = format!("?tenant_id={}&review_id={review}", tenant.tenant_id);
    let submission = app.operator("GET", &format!("{SUBMISSION}{query}"), "").json();
    assert_eq!(submission.get("applicant"), None);
    let after = app.audit(&tenant.tenant_id);
    for figure in ["sum", "outside_sum", "accounts"] {
        assert_eq!(after.at(figure), before.at(figure));
    }
    assert_eq!(deleted(&app, &target), 0, "a repeat finds nothing");
}

#[test]
fn a_submission_goes_once_it_is_decided_and_its_outcome_stays() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let review = submit(app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let target = format!("{SUBMISSION}?tenant_id={}&review_id={review}", tenant.tenant_id);
    assert_eq!(app.operator("DELETE", &target, "").outcome(), (400, "CBC.0100".to_owned()));
    assert!(app.operator("GET", &target, "").json().get("applicant").is_some());
    decided(app, &tenant, &review, Some("not legible"));
    assert_eq!([deleted(app, &target), deleted(app, &target)], [1, 0]);
    let shown = app.operator("GET", &target, "").json();
    assert_eq!((shown.get("applicant"), shown.text_at("opinion")), (None, "not legible"));
}

#[test]
fn refuses_what_is_not_there() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let id = &tenant.tenant_id;
    for (target, expected) in [
        (format!("{PATH}?tenant_id={id}&customer_id=nobody"), (400, "CBC.0100")),
        (format!("{PATH}?tenant_id={id}"), (400, "CBC.0100")),
        (format!("{PATH}?tenant_id=nobody&customer_id=c"), (404, "CBC.0101")),
        (format!("{SUBMISSION}?tenant_id={id}&review_id=none"), (404, "CBC.0101")),
    ] {
        let (status, code) = app.operator("DELETE", &target, "").outcome();
        assert_eq!((status, code.as_str()), expected, "{target}");
    }
    assert_eq!(app.audit(id), before);
}
