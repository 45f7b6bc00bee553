//! `POST /operator/v1/deliveries/run`: what could not be delivered is delivered later.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::http::{Connection, Reply, Request};
use crate::harness::realname::{
    DECIDE, INDIVIDUAL, awaiting, decided, deliveries, person, status, submit,
};
use crate::harness::receiver::Receiver;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/deliveries/run";

/// What a run says: attempted, delivered, failed, due, forgotten.
fn ran(reply: &Reply) -> [i64; 5] {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let body = reply.json();
    let names = ["attempted", "delivered", "failed", "due", "forgotten"];
    names.map(|name| body.at(name).as_integer())
}

#[test]
fn what_the_receiver_did_not_take_is_delivered_by_a_run() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    receiver.answer_with(500);
    decided(&app, &tenant, &review_id, None);
    receiver.answer_with(204);
    assert_eq!(ran(&app.operator("POST", PATH, "")), [1, 1, 0, 0, 0]);
    assert_eq!(ran(&app.operator("POST", PATH, "")), [0, 0, 0, 0, 0]);

    let told = receiver.events_of("realname_review.decided", "review_id", &review_id);
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0].id, &told[0].event), (&told[1].id, &told[1].event));
    let log = deliveries(&app, &tenant);
    assert_eq!((log[0].text_at("state"), log[0].at("attempts").as_integer()), ("delivered", 2));

    // The receiver has lost it, and asks for it again.
    let again = format!("{PATH}?tenant_id={}&delivery_id={}", tenant.tenant_id, told[0].id);
    assert_eq!(ran(&app.operator("POST", &again, "")), [1, 1, 0, 0, 0]);
    let told = receiver.events_of("realname_review.decided", "review_id", &review_id);
    assert!(told.len() == 3 && told.iter().all(|event| event.id == told[0].id));
}

#[test]
fn waits_longer_after_each_failure() {
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    receiver.answer_with(500);
    decided(&app, &tenant, &review_id, None);
    let target = format!("{PATH}?tenant_id={}", tenant.tenant_id);
    assert_eq!(ran(&app.operator("POST", &target, "")), [1, 0, 0, 0, 0]);
    assert_eq!(ran(&app.operator("POST", &target, "")), [0, 0, 0, 0, 0], "it is not due");
    let log = deliveries(&app, &tenant);
    assert_eq!((log[0].text_at("state"), log[0].at("attempts").as_integer()), ("pending", 2));
    assert!(log[0].text_at("next_attempt_at") > log[0].text_at("last_attempt_at"));
}

#[test]
fn a_host_that_dies_between_decision_and_delivery_delivers_after_its_restart() {
    // It listens, so that the host connects, and answers nothing.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let app = App::start_with(Variables::with_receiver_at(&listener));
    let tenant = Tenant::in_books_of(&app);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let body = json!({"tenant_id": tenant.tenant_id, "review_id": review_id,
                      "decision": "approve"});
    let request = Request::new("POST", DECIDE, body.to_string())
        .with("Authorization", "Bearer operator-token-of-the-tests");
    std::thread::scope(|scope| {
        let address = app.address();
        let decision = scope.spawn(move || Connection::open(&address)?.exchange(&request));
        let (_delivery, _) = listener.accept().expect("a delivery begins");
        app.kill();
        assert!(decision.join().expect("no panic").is_err(), "the host is dead");
    });

    let receiver = Receiver::on(listener);
    app.restart();
    assert!(awaiting(&app, &tenant.tenant_id).is_empty(), "it was decided");
    assert_eq!(status(&app, &tenant), (2, Some(0)));
    assert_eq!(deliveries(&app, &tenant)[0].text_at("state"), "pending");
    assert!(receiver.events().is_empty());
    assert_eq!(ran(&app.operator("POST", PATH, "")), [1, 1, 0, 0, 0]);
    let told = receiver.events_of("realname_review.decided", "review_id", &review_id);
    assert_eq!(told.len(), 1);
    assert_eq!(deliveries(&app, &tenant)[0].text_at("state"), "delivered");
}

#[test]
fn a_receiver_that_does_not_answer_is_not_waited_for_long() {
    // At an address of its own: of those at 127.0.0.1 another test may take the port over.
    let listener = TcpListener::bind("127.0.0.3:0").expect("a free port");
    let app = App::start_with(Variables::with_receiver_at(&listener));
    let tenant = Tenant::in_books_of(&app);
    let review_id = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    let started = Instant::now();
    let answered = decided(&app, &tenant, &review_id, None);
    assert_eq!(answered.at("delivery").text_at("state"), "pending");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    drop(listener);
    assert_eq!(ran(&app.operator("POST", PATH, "")), [1, 0, 0, 0, 0], "nobody listens");
    let error = deliveries(&app, &tenant)[0].text_at("last_error").to_owned();
    assert!(error.contains("ConnectionRefused"), "{error}");
}

#[test]
fn refuses_what_it_cannot_do() {
    let without_receiver = App::shared().operator("POST", PATH, "");
    assert_eq!(without_receiver.outcome(), (400, "CBC.0100".to_owned()));
    assert!(without_receiver.text().contains("webhook_secret"), "{}", without_receiver.text());
    let receiver = Receiver::start();
    let app = App::start_with(Variables::with_receiver(&receiver));
    let tenant = Tenant::in_books_of(&app);
    let nothing = format!("{PATH}?tenant_id={}&delivery_id=nothing", tenant.tenant_id);
    for (target, outcome) in [
        (format!("{PATH}?tenant_id=nothing"), (404, "CBC.0101")),
        (nothing, (404, "CBC.0101")),
        (format!("{PATH}?delivery_id=nothing"), (400, "CBC.0100")),
        (format!("{PATH}?limit=1"), (400, "CBC.0100")),
    ] {
        let (status, code) = app.operator("POST", &target, "").outcome();
        assert_eq!((status, code.as_str()), outcome, "{target}");
    }
    assert!(receiver.events().is_empty());
}
