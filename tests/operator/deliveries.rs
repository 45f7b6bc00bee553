//! `GET /operator/v1/deliveries`: what was told to the operator's own systems.

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::book::Book;
use crate::harness::realname::{decided, deliveries};
use crate::harness::receiver::Receiver;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/deliveries";

#[test]
fn lists_messages_newest_first_with_what_became_of_them() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let lines: String = (0..3)
        .map(|number| {
            let line = json!({
                "kind": "realname_review", "tenant_id": tenant.tenant_id,
                "review_id": format!("r{number}"), "customer_id": tenant.customers[0],
                "submitted_at": format!("2026-03-01T06:00:0{number}Z"), "review_result": 0,
            });
            format!("{line}\n")
        })
        .collect();
    app.import(&Book::new(lines));
    let mut ids = Vec::new();
    for (review_id, status) in [("r0", 204), ("r1", 503), ("r2", 200)] {
        receiver.answer_with(status);
        let answered = decided(&app, &tenant, review_id, None);
        ids.insert(0, answered.at("delivery").text_at("delivery_id").to_owned());
    }
    let log = deliveries(&app, &tenant);
    let told: Vec<(&str, &str)> = log
        .iter()
        .map(|delivery| (delivery.text_at("delivery_id"), delivery.text_at("state")))
        .collect();
    assert_eq!(told, [(&*ids[0], "delivered"), (&*ids[1], "pending"), (&*ids[2], "delivered")]);
    for delivery in &log {
        assert_eq!(delivery.text_at("type"), "realname_review.decided");
        assert_eq!(delivery.at("attempts").as_integer(), 1);
        assert_eq!(delivery.text_at("created_at"), delivery.text_at("last_attempt_at"));
    }
    assert_eq!(log[1].text_at("last_error"), "the receiver answered 503");
    assert!(log[1].get("next_attempt_at").is_some());
    assert_eq!((log[0].get("last_error"), log[0].get("next_attempt_at")), (None, None));

    let page = |query: &str| {
        let target = format!("{PATH}?tenant_id={}{query}", tenant.tenant_id);
        let body = app.operator("GET", &target, "").json();
        let listed = body.at("deliveries").as_list().iter();
        let listed: Vec<String> =
            listed.map(|delivery| delivery.text_at("delivery_id").to_owned()).collect();
        (body.at("total_count").as_integer(), listed)
    };
    assert_eq!(page("&offset=1&limit=1"), (3, ids[1..2].to_vec()));
    assert_eq!(page("&state=pending"), (1, ids[1..2].to_vec()));
    assert_eq!(page("&state=delivered&offset=1"), (2, ids[2..].to_vec()));
    assert_eq!(page("&state=failed"), (0, Vec::new()));
}

#[test]
fn refuses_what_is_no_request() {
    let app = App::shared();
    for (query, outcome) in [
        ("?tenant_id=nothing", (404, "CBC.0101")),
        ("", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&state=lost", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&limit=101", (400, "CBC.0100")),
        ("?tenant_id=demo-distributor&from=x", (400, "CBC.0100")),
    ] {
        let (status, code) = app.operator("GET", &format!("{PATH}{query}"), "").outcome();
        assert_eq!((status, code.as_str()), outcome, "{query}");
    }
}
