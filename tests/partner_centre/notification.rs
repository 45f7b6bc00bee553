//! `/partner-centre/v1/notification`: a partner's own address is told of what happens to its customers.

use serde_json::{Value, json};

use crate::harness::app::{App, Variables};
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::money::key_of_customer;
use crate::harness::orders::{change_settings, line, paid, place_with};
use crate::harness::partner_centre::{NOTIFICATION, done, refused, send};
use crate::harness::realname::{INDIVIDUAL, decided, person, submit};
use crate::harness::receiver::Receiver;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const FIELD: (u16, &str) = (400, "CBC.0100");

/// An application whose partners may have addresses on this machine.
fn open() -> App {
    App::start_with(Variables::with_local_notifications())
}

/// Binds a receiver's address, and has the receiver expect its secret, which is answered.
fn bind(app: &App, key: &Key, receiver: &Receiver) -> String {
    let body = json!({"bindAction": 0, "url": receiver.address()});
    let bound = done(app, key, "POST", NOTIFICATION, &body).json();
    assert_eq!(bound.text_at("url"), receiver.address());
    receiver.expect_secret(bound.text_at("secret"));
    bound.text_at("secret").to_owned()
}

fn shown(app: &App, key: &Key, query: &str) -> Json {
    let reply = app.get(key, &format!("{NOTIFICATION}{query}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// Types and states of the messages that a partner is shown, newest first.
fn listed(app: &App, key: &Key) -> Vec<(String, String)> {
    let list = shown(app, key, "");
    let deliveries = list.at("deliveries").as_list().iter();
    deliveries.map(|it| (it.text_at("type").to_owned(), it.text_at("state").to_owned())).collect()
}

/// Delivers what is due: how many were tried, and how many arrived.
fn run(app: &App, tenant: &Tenant) -> (i64, i64) {
    let target = format!("/operator/v1/deliveries/run?tenant_id={}", tenant.tenant_id);
    let reply = app.operator("POST", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let ran = reply.json();
    (ran.at("attempted").as_integer(), ran.at("delivered").as_integer())
}

/// The types of the events that a receiver has taken.
fn types(receiver: &Receiver) -> Vec<String> {
    receiver.events().iter().map(|it| it.event.text_at("type").to_owned()).collect()
}

#[test]
fn the_address_is_told_of_the_partners_own_customers_and_signed_with_its_own_secret() {
    let app = open();
    let tenant = Tenant::in_books_of(&app);
    let [own, resellers] = [Receiver::start(), Receiver::start()];
    let secrets = [bind(&app, &tenant.distributor, &own), bind(&app, &tenant.reseller, &resellers)];
    assert_ne!(secrets[0], secrets[1]);
    let order = paid(&app, &tenant);
    let review = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    decided(&app, &tenant, &review, None);
    assert_eq!(run(&app, &tenant), (2, 2));
    let events = own.events_of("order.paid", "order_id", &order);
    assert_eq!(events[0].event.at("data").text_at("partner_id"), tenant.distributor.principal_id);
    assert_eq!(own.events_of("realname_review.decided", "review_id", &review).len(), 1);
    assert_eq!(types(&resellers), [""; 0]);

    let of_reseller = json!({"customer_id": tenant.reseller_customer});
    let order = place_with(&app, &tenant, &[line(1)], of_reseller);
    let customer = key_of_customer(&app, &tenant, &tenant.reseller_customer);
    let cancel = json!({"order_id": order.text_at("order_id")});
    let cancelled = app.sdk(&customer, "CancelCustomerOrder", &cancel).reply;
    assert_eq!(cancelled.status, 204, "{}", cancelled.text());
    assert_eq!(run(&app, &tenant), (1, 1));
    assert_eq!(types(&resellers), ["order.cancelled"]);
    assert_eq!(own.events().len(), 2);

    // Each sees its own alone, and the operator all, with whose they are.
    let done = "delivered".to_owned();
    assert_eq!(listed(&app, &tenant.reseller), [("order.cancelled".to_owned(), done.clone())]);
    let of_own =
        [("realname_review.decided".to_owned(), done.clone()), ("order.paid".to_owned(), done)];
    assert_eq!(listed(&app, &tenant.distributor), of_own);
    let target = format!("/operator/v1/deliveries?tenant_id={}", tenant.tenant_id);
    let all = app.operator("GET", &target, "");
    assert_eq!(all.json().at("total_count").as_integer(), 3);
    assert!(all.text().contains(&tenant.reseller.principal_id), "{}", all.text());
    let (listing, log) = (app.get(&tenant.distributor, NOTIFICATION), app.log());
    for text in [all.text(), &log, listing.text()] {
        assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "{text}");
    }
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_test_event_says_at_once_whether_it_arrived_and_is_tried_again() {
    let app = open();
    let tenant = Tenant::in_books_of(&app);
    let key = &tenant.distributor;
    refused(&send(&app, key, "PUT", NOTIFICATION, &json!({})), FIELD, "none is bound");
    let receiver = Receiver::start();
    bind(&app, key, &receiver);
    let tested = done(&app, key, "PUT", NOTIFICATION, &json!({})).json();
    assert_eq!(tested.text_at("state"), "delivered");
    let id = tested.text_at("delivery_id").to_owned();
    let events = receiver.events_of("notification.test", "partner_id", &key.principal_id);
    assert_eq!(events[0].id, id);

    receiver.answer_with(500);
    let tested = done(&app, key, "PUT", NOTIFICATION, &json!({})).json();
    assert_eq!(tested.text_at("state"), "pending");
    let list = shown(&app, key, "?limit=1");
    assert_eq!(list.at("total_count").as_integer(), 2);
    let failed = &list.at("deliveries").as_list()[0];
    assert_eq!(failed.text_at("last_error"), "the receiver answered 500");
    assert!(failed.get("next_attempt_at").is_some());
    receiver.answer_with(204);
    assert_eq!(run(&app, &tenant), (1, 1));
    let again = receiver.events_of("notification.test", "partner_id", &key.principal_id);
    assert_eq!(again.len(), 3);
    assert_eq!((&again[1].id, &again[1].event), (&again[2].id, &again[2].event));
    for _ in 2..20 {
        done(&app, key, "PUT", NOTIFICATION, &json!({}));
    }
    let reply = send(&app, key, "PUT", NOTIFICATION, &json!({}));
    refused(&reply, (400, "CBC.99004015"), "twenty an hour");
    assert_eq!(receiver.events().len(), 21);
}

#[test]
fn an_address_is_replaced_and_taken_away() {
    let app = open();
    let tenant = Tenant::in_books_of(&app);
    let key = &tenant.distributor;
    let [first, second] = [Receiver::start(), Receiver::start()];
    let secrets = [bind(&app, key, &first), bind(&app, key, &second)];
    assert_ne!(secrets[0], secrets[1], "each binding has its own");
    assert_eq!(shown(&app, key, "").text_at("url"), second.address());
    assert_eq!(shown(&app, &tenant.reseller, "").get("url"), None);
    paid(&app, &tenant);
    assert_eq!(run(&app, &tenant), (1, 1));
    assert_eq!((types(&first).len(), types(&second).len()), (0, 1));

    paid(&app, &tenant);
    for _ in 0..2 {
        let reply = send(&app, key, "POST", NOTIFICATION, &json!({"bindAction": 1}));
        assert_eq!((reply.status, reply.body.len()), (204, 0), "{}", reply.text());
        assert_eq!(shown(&app, key, "").get("url"), None);
    }
    // What waits waits, and nothing new is written.
    assert_eq!(run(&app, &tenant), (1, 0));
    paid(&app, &tenant);
    assert_eq!(shown(&app, key, "").at("total_count").as_integer(), 2);
    assert_eq!((types(&first).len(), types(&second).len()), (0, 1));
}

#[test]
fn a_repeat_binds_once_and_gets_the_secret_while_it_counts() {
    let app = open();
    let tenant = Tenant::in_books_of(&app);
    let key = &tenant.distributor;
    let receiver = Receiver::start();
    let body = json!({"bindAction": 0, "url": receiver.address()}).to_string();
    let bind = || {
        let request = Request::new("POST", NOTIFICATION, &body).with("X-Client-Token", "bind-1");
        app.call(key, request)
    };
    let first = bind();
    assert_eq!(first.status, 200, "{}", first.text());
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(bind().text(), first.text());
    assert_eq!(app.audit(&tenant.tenant_id), after);
    done(
        &app,
        key,
        "POST",
        NOTIFICATION,
        &json!({"bindAction": 0, "url": format!("{}&x=1", receiver.address())}),
    );
    assert!(!bind().text().contains("whsec_"), "another one is bound now");
}

#[test]
fn an_address_that_fails_is_waited_for_once_in_a_run_and_holds_up_nobody() {
    let operators = Receiver::start();
    let app = App::start_with(Variables {
        notification_hosts: "http://127.0.0.1:*",
        ..Variables::with_receiver(&operators)
    });
    let tenant = Tenant::in_books_of(&app);
    change_settings(&app, &tenant, &json!({"events": true}));
    let partners = Receiver::start();
    bind(&app, &tenant.distributor, &partners);
    partners.answer_with(503);
    paid(&app, &tenant);
    paid(&app, &tenant);
    // Two to each: the operator's arrive, and of the partner's one is tried.
    assert_eq!(run(&app, &tenant), (4, 2));
    assert_eq!((operators.events().len(), partners.events().len()), (2, 1));
    assert_eq!(operators.events()[0].event, partners.events()[0].event);
    assert_ne!(operators.events()[0].id, partners.events()[0].id);
}

#[test]
fn refuses_addresses_that_the_operator_does_not_allow_and_changes_nothing() {
    let app = open();
    let tenant = Tenant::in_books_of(&app);
    let key = &tenant.distributor;
    let before = app.audit(&tenant.tenant_id);
    let bind = |url: &str| json!({"bindAction": 0, "url": url});
    for body in [
        bind("http://127.0.0.2/"),
        bind("https://127.0.0.1/"),
        bind("http://127.0.0.1.attacker.example/"),
        bind("http://user:secret@127.0.0.1/"),
        bind("http://127.0.0.1/#fragment"),
        bind("http://127.0.0.1/ x"),
        bind("redis://127.0.0.1:6379"),
        bind("127.0.0.1"),
        bind(""),
        bind(&format!("http://127.0.0.1/{}", "a".repeat(512))),
        json!({"bindAction": 0}),
        json!({"bindAction": 2}),
        json!({"bindAction": "0", "url": "http://127.0.0.1/"}),
        json!({"bindAction": 1, "url": "http://127.0.0.1/"}),
        json!({"bindAction": 0, "url": 1}),
        json!({"url": "http://127.0.0.1/"}),
        json!({"bindAction": 0, "url": "http://127.0.0.1/", "secret": "mine"}),
    ] {
        refused(&send(&app, key, "POST", NOTIFICATION, &body), FIELD, &body.to_string());
    }
    refused(&send(&app, key, "PUT", NOTIFICATION, &json!({"to": 1})), FIELD, "a field");
    for query in ["?limit=101", "?offset=-1", "?state=pending"] {
        refused(&app.get(key, &format!("{NOTIFICATION}{query}")), FIELD, query);
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    // Nowhere is allowed before the operator says where.
    let shared = App::shared();
    let tenant = Tenant::in_books_of(shared);
    let body: Value = bind("https://hooks.example.com/");
    refused(&send(shared, &tenant.distributor, "POST", NOTIFICATION, &body), FIELD, "no host");
}
