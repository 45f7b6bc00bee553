//! `POST /operator/v1/reviews/decide`: approve a submission, or reject it with an opinion.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::book::Book;
use crate::harness::json::Json;
use crate::harness::realname::{
    CHANGE, DECIDE, INDIVIDUAL, awaiting, change, decide, decided, deliveries, person, result,
    status, submit,
};
use crate::harness::receiver::Receiver;
use crate::harness::tenant::Tenant;

const EVENT: &str = "realname_review.decided";

fn post(app: &App, body: &Value) -> (u16, String) {
    app.operator("POST", DECIDE, body.to_string()).outcome()
}

#[test]
fn a_submission_is_rejected_changed_and_approved_and_the_receiver_is_told() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let customer = &tenant.customers[0];
    let first = submit(&app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    let answered = decided(&app, &tenant, &first, Some("模糊 – not legible"));
    assert_eq!(answered.at("review_result").as_integer(), 1);
    assert_eq!(answered.at("delivery").text_at("state"), "delivered");
    assert_eq!(status(&app, &tenant), (1, Some(0)));

    let second = submit(&app, &tenant, CHANGE, &change(customer));
    decided(&app, &tenant, &second, None);
    assert_eq!(status(&app, &tenant), (2, Some(1)));
    assert_eq!(result(&app, &tenant, customer), Json::parse(r#"{"review_result": 2}"#).unwrap());

    let told = receiver.events_of(EVENT, "customer_id", customer);
    let data = |index: usize| told[index].event.at("data").clone();
    let rejected = json!({"customer_id": customer, "review_id": first, "review_result": 1,
                          "opinion": "模糊 – not legible"});
    let approved = json!({"customer_id": customer, "review_id": second, "review_result": 2});
    assert_eq!(told.len(), 2);
    assert_eq!(data(0), Json::parse(&rejected.to_string()).expect("JSON"));
    assert_eq!(data(1), Json::parse(&approved.to_string()).expect("JSON"));
    assert_ne!(told[0].id, told[1].id);
    assert_eq!(answered.at("delivery").text_at("delivery_id"), told[0].id);
    assert_eq!(deliveries(&app, &tenant).len(), 2);
    app.audit(&tenant.tenant_id);
}

#[test]
fn the_decision_stands_when_the_receiver_does_not_take_the_message() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    receiver.answer_with(500);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let answered = decided(&app, &tenant, &review_id, None);
    assert_eq!(answered.at("delivery").text_at("state"), "pending");
    assert_eq!(status(&app, &tenant), (2, Some(0)));
}

#[test]
fn decides_what_a_book_brought() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let line = json!({
        "kind": "realname_review", "tenant_id": tenant.tenant_id, "review_id": "of-a-book",
        "customer_id": tenant.customers[0], "submitted_at": "2026-03-01T06:00:00Z",
        "review_result": 0,
    });
    app.import(&Book::new(format!("{line}\n")));
    let answered = decided(app, &tenant, "of-a-book", None);
    assert_eq!(answered.text_at("customer_id"), tenant.customers[0]);
    assert_eq!(answered.get("delivery"), None, "there is no receiver");
    assert_eq!(status(app, &tenant), (2, None));
    // A repeated import changes nothing of it.
    let reply = app.operator("POST", "/operator/v1/books", format!("{line}\n"));
    assert!(reply.text().contains("\"skipped\":1"), "{}", reply.text());
    assert_eq!(status(app, &tenant), (2, None));
}

#[test]
fn refuses_what_is_no_decision() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    let before = app.audit(&tenant.tenant_id);
    for (field, value) in [
        ("decision", json!("approved")),
        ("decision", json!(2)),
        ("decision", Value::Null),
        ("decision", json!("reject")),
        ("opinion", json!("an approval has none")),
        ("review_id", json!("")),
        ("tenant_id", Value::Null),
        ("unknown", json!(1)),
    ] {
        let mut body = json!({"tenant_id": tenant.tenant_id, "review_id": review_id,
                              "decision": "approve"});
        body[field] = value;
        assert_eq!(post(app, &body), (400, "CBC.0100".to_owned()), "{body}");
    }
    for opinion in ["".to_owned(), "x".repeat(513)] {
        let reply = decide(app, &tenant, &review_id, Some(&opinion));
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    }
    for body in ["", "[]", "{", "nonsense"] {
        let reply = app.operator("POST", DECIDE, body);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    let reply = app.operator("POST", &format!("{DECIDE}?tenant_id=x"), "{}");
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    let large = format!("{{\"opinion\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(app.operator("POST", DECIDE, large).status, 413);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn refuses_what_is_not_there() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let review_id = submit(app, &other, INDIVIDUAL, &person(&other.customers[0], "E0000001"));
    for id in [review_id.as_str(), "nothing"] {
        let reply = decide(app, &tenant, id, None);
        assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()), "{id}");
    }
    let body = json!({"tenant_id": "nothing", "review_id": review_id, "decision": "approve"});
    assert_eq!(post(app, &body), (404, "CBC.0101".to_owned()));
    assert_eq!(awaiting(app, &other.tenant_id).len(), 1);
}

#[test]
fn a_second_decision_is_refused_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    decided(app, &tenant, &review_id, None);
    let before = app.audit(&tenant.tenant_id);
    for opinion in [None, Some("not legible")] {
        let reply = decide(app, &tenant, &review_id, opinion);
        assert_eq!(reply.outcome(), (409, "CBC.0150".to_owned()));
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(result(app, &tenant, customer).at("review_result").as_integer(), 2);
}

#[test]
fn of_many_reviewers_one_decides() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let customer = &tenant.customers[0];
    let review_id = submit(app, &tenant, INDIVIDUAL, &person(customer, "E0000001"));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let reviewers: Vec<_> = (0..8)
            .map(|number| {
                let (tenant, review_id) = (&tenant, &review_id);
                let opinion = (number % 2 == 0).then_some("not legible");
                scope.spawn(move || decide(app, tenant, review_id, opinion).status)
            })
            .collect();
        reviewers.into_iter().map(|reviewer| reviewer.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409, 429].contains(status)), "{statuses:?}");
}
