//! A partner's own address for events: bound, tried out and taken away by hand, and its events seen.

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::console::{Browser, hidden_fields};
use crate::harness::http::Reply;
use crate::harness::orders::paid;
use crate::harness::partner_centre::NOTIFICATION;
use crate::harness::realname::{INDIVIDUAL, decided, person, submit};
use crate::harness::receiver::Receiver;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PAGE: &str = "/console/notifications";
const TEST: &str = "/console/notifications/test";

/// Binds an address as the page has it bound: the page that asks, and the one that tells.
fn bind(browser: &mut Browser<'_>, address: &str) -> (Reply, Reply) {
    let page = browser.page(PAGE);
    let asked = browser.fill_in(&page, PAGE, &[("bindAction", "0"), ("url", address)]);
    assert_eq!(asked.status, 200, "{}", asked.text());
    let bound = browser.fill_in(asked.text(), PAGE, &[]);
    assert_eq!(bound.status, 200, "{}", bound.text());
    (asked, bound)
}

/// The secret that a page shows.
fn secret(page: &Reply) -> &str {
    let (_, rest) = page.text().split_once("<code>").expect("a secret");
    let (secret, _) = rest.split_once("</code>").expect("its end");
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{}", page.text());
    secret
}

#[test]
fn an_address_is_bound_and_its_secret_shown_once() {
    let app = App::start_with(Variables::with_local_notifications());
    let tenant = Tenant::in_books_of(&app);
    let mut browser = Browser::of_partner(&app, &tenant.distributor);
    let page = browser.page(PAGE);
    assert!(page.contains("<dd>None</dd>") && !page.contains(TEST), "{page}");
    let receiver = Receiver::start();
    let address = receiver.address();
    let before = app.audit(&tenant.tenant_id);
    let asked = browser.fill_in(&page, PAGE, &[("url", &address)]);
    assert!(asked.text().contains(&address), "{}", asked.text());
    assert_eq!(app.audit(&tenant.tenant_id), before, "saying what will happen changes nothing");
    assert!(browser.page(PAGE).contains("<dd>None</dd>"));

    let bound = browser.fill_in(asked.text(), PAGE, &[]);
    receiver.expect_secret(secret(&bound));
    let after = app.audit(&tenant.tenant_id);
    assert_eq!(secret(&browser.fill_in(asked.text(), PAGE, &[])), secret(&bound));
    assert_eq!(app.audit(&tenant.tenant_id), after, "it was bound once");
    let page = browser.page(PAGE);
    assert!(page.contains(&address) && !page.contains("whsec_"), "{page}");
    assert_eq!(app.get(&tenant.distributor, NOTIFICATION).json().text_at("url"), address);
    assert!(!app.log().contains("whsec_"));

    // Another one takes its place, with a secret of its own.
    let other = Receiver::start();
    let (asked_again, bound_again) = bind(&mut browser, &other.address());
    for told in [&address, &other.address()] {
        assert!(asked_again.text().contains(told), "{}", asked_again.text());
    }
    assert_ne!(secret(&bound_again), secret(&bound));
    other.expect_secret(secret(&bound_again));
    let repeated = browser.fill_in(asked.text(), PAGE, &[]);
    assert!(!repeated.text().contains("whsec_"), "{}", repeated.text());
    assert!(repeated.text().contains("Another address has been bound"), "{}", repeated.text());
    let tested = browser.fill_in(&page, TEST, &[]);
    assert!(tested.text().contains("has taken it"), "{}", tested.text());
    assert_eq!((receiver.events().len(), other.events().len()), (0, 1));
}

#[test]
fn the_address_is_tried_out_and_its_events_are_listed_by_the_page() {
    let app = App::start_with(Variables::with_local_notifications());
    let tenant = Tenant::in_books_of(&app);
    let mut browser = Browser::of_partner(&app, &tenant.distributor);
    let receiver = Receiver::start();
    let (_, bound) = bind(&mut browser, &receiver.address());
    receiver.expect_secret(secret(&bound));
    let page = browser.page(PAGE);
    assert!(page.contains("Nothing yet."), "{page}");
    let tested = browser.fill_in(&page, TEST, &[]);
    assert!(tested.text().contains("<dd>Delivered</dd>"), "{}", tested.text());
    let events = receiver.events();
    assert_eq!(events[0].event.text_at("type"), "notification.test");
    assert!(tested.text().contains(&events[0].id), "{}", tested.text());

    receiver.answer_with(500);
    let tested = browser.fill_in(&page, TEST, &[]);
    assert!(tested.text().contains("did not take it"), "{}", tested.text());
    assert!(tested.text().contains("<dd>Pending</dd>"), "{}", tested.text());
    let first = browser.page(&format!("{PAGE}?limit=1"));
    for shown in ["notification.test", "Pending", "the receiver answered 500", "1–1 / 2"] {
        assert!(first.contains(shown), "{shown}: {first}");
    }
    assert!(!first.contains("Delivered") && first.contains("offset=1&amp;limit=1"), "{first}");
    let second = browser.page(&format!("{PAGE}?offset=1&limit=1"));
    assert!(second.contains("Delivered") && !second.contains("answered 500"), "{second}");
    assert!(second.contains("2–2 / 2") && second.contains(&events[0].id), "{second}");
    assert_eq!(browser.get(&format!("{PAGE}?limit=101")).status, 400);

    let asked = browser.fill_in(&page, PAGE, &[("bindAction", "1")]);
    assert!(asked.text().contains(&receiver.address()), "{}", asked.text());
    assert!(browser.page(PAGE).contains(&receiver.address()), "it was not confirmed yet");
    for _ in 0..2 {
        let unbound = browser.fill_in(asked.text(), PAGE, &[]);
        assert_eq!((unbound.status, unbound.header("location")), (303, Some(PAGE)));
        let page = browser.page(PAGE);
        assert!(page.contains("<dd>None</dd>") && page.contains("1–2 / 2"), "{page}");
    }
    paid(&app, &tenant);
    assert!(browser.page(PAGE).contains("1–2 / 2"), "nothing new is written");
    app.audit(&tenant.tenant_id);
}

/// Another access key of a partner, which its operator creates.
fn another_key(app: &App, tenant: &Tenant, partner: &Key) -> Key {
    let principal_id = partner.principal_id.clone();
    let body = json!({"tenant_id": tenant.tenant_id, "partner_id": principal_id});
    let created = app.operator("POST", "/operator/v1/access-keys", body.to_string());
    assert_eq!(created.status, 201, "{}", created.text());
    let [access_key_id, secret_key] =
        ["access_key_id", "secret_key"].map(|name| created.json().text_at(name).to_owned());
    Key { access_key_id, secret_key, principal_id }
}

#[test]
fn an_address_that_cannot_be_opened_fails_its_own_events_alone_and_says_so() {
    let own = Receiver::start();
    let variables =
        || Variables { notification_hosts: "http://127.0.0.1:*", ..Variables::with_receiver(&own) };
    let mut app = App::start_with(variables());
    let tenant = Tenant::in_books_of(&app);
    let [first, second] = [Receiver::start(), Receiver::start()];
    let review = submit(&app, &tenant, INDIVIDUAL, &person(&tenant.customers[0], "E0000001"));
    own.answer_with(500);
    decided(&app, &tenant, &review, None);
    own.answer_with(204);
    for (key, receiver) in [(&tenant.distributor, &first), (&tenant.reseller, &second)] {
        let mut browser = Browser::of_partner(&app, key);
        let (_, bound) = bind(&mut browser, &receiver.address());
        receiver.expect_secret(secret(&bound));
        receiver.answer_with(500);
        let page = browser.page(PAGE);
        assert!(browser.fill_in(&page, TEST, &[]).text().contains("did not take it"));
        receiver.answer_with(204);
    }

    // As after a restart with a master key that is not the one before.
    let master_key = "1f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f1";
    app.restart_with(Variables { master_key, ..variables() });
    let [distributor, reseller] =
        [&tenant.distributor, &tenant.reseller].map(|key| another_key(&app, &tenant, key));
    let run = format!("/operator/v1/deliveries/run?tenant_id={}", tenant.tenant_id);
    let ran = app.operator("POST", &run, "").json();
    let count = |name: &str| ran.at(name).as_integer();
    assert_eq!((count("attempted"), count("delivered")), (3, 1), "{ran:?}");
    let delivered = [own.events().len(), first.events().len(), second.events().len()];
    assert_eq!(delivered, [2, 1, 1], "the operator's own went out");
    let listed = format!("/operator/v1/deliveries?tenant_id={}&state=pending", tenant.tenant_id);
    let listed = app.operator("GET", &listed, "").json();
    for lost in listed.at("deliveries").as_list() {
        assert_eq!(lost.text_at("last_error"), "the address cannot be opened");
        assert!(lost.at("attempts").as_integer() == 2 && lost.get("next_attempt_at").is_some());
    }
    let log = app.log();
    assert!(log.contains("cannot be opened: ") && !log.contains(&second.address()), "{log}");
    let target = format!("/console/deliveries?tenant_id={}", tenant.tenant_id);
    let page = Browser::of_operator(&app).page(&target);
    let ids = [&*reseller.principal_id, &distributor.principal_id];
    for told in [&ids[..], &["The operator's systems", "the address cannot be opened"]].concat() {
        assert!(page.contains(told), "{told}: {page}");
    }
    let mut browser = Browser::of_partner(&app, &reseller);
    let page = browser.page(PAGE);
    assert!(page.contains("It cannot be opened") && page.contains("notification.test"), "{page}");
    for (action, url) in [("0", first.address()), ("1", String::new())] {
        let asked = browser.fill_in(&page, PAGE, &[("bindAction", action), ("url", &url)]);
        assert!(asked.text().contains("One that cannot be opened"), "{}", asked.text());
    }

    // With the key before beside it everything opens again, and what has waited arrives.
    let master_key_previous = Variables::default().master_key;
    app.restart_with(Variables { master_key, master_key_previous, ..variables() });
    assert!(Browser::of_partner(&app, &reseller).page(PAGE).contains(&second.address()));
    for lost in listed.at("deliveries").as_list() {
        let again = format!("{run}&delivery_id={}", lost.text_at("delivery_id"));
        assert_eq!(app.operator("POST", &again, "").json().at("delivered").as_integer(), 1);
    }
    assert_eq!([first.events().len(), second.events().len()], [2, 2]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_reseller_has_its_own_and_nobody_sees_anothers() {
    let app = App::start_with(Variables::with_local_notifications());
    let (tenant, stranger) = (Tenant::in_books_of(&app), Tenant::in_books_of(&app));
    let mut owner = Browser::of_partner(&app, &tenant.distributor);
    let mut reseller = Browser::of_partner(&app, &tenant.reseller);
    assert!(reseller.page("/console").contains(PAGE));
    let [own, resellers] = [Receiver::start(), Receiver::start()];
    for (browser, receiver) in [(&mut owner, &own), (&mut reseller, &resellers)] {
        let (_, bound) = bind(browser, &receiver.address());
        receiver.expect_secret(secret(&bound));
        let page = browser.page(PAGE);
        assert_eq!(browser.fill_in(&page, TEST, &[]).status, 200);
    }
    let (own, resellers) = (
        (own.address(), own.events()[0].id.clone()),
        (resellers.address(), resellers.events()[0].id.clone()),
    );
    let mut stranger = Browser::of_partner(&app, &stranger.distributor);
    for (browser, mine, others) in [
        (&mut owner, vec![&own], vec![&resellers]),
        (&mut reseller, vec![&resellers], vec![&own]),
        (&mut stranger, vec![], vec![&own, &resellers]),
    ] {
        let page = browser.page(PAGE);
        let has = |(address, id): &(String, String)| (page.contains(address), page.contains(id));
        assert!(mine.into_iter().all(|it| has(it) == (true, true)), "{page}");
        assert!(others.into_iter().all(|it| has(it) == (false, false)), "{page}");
        for id in [&own.1, &resellers.1] {
            let reply = browser.get(&format!("{PAGE}?delivery_id={id}"));
            assert_eq!(reply.status, 400, "{}", reply.text());
        }
    }
}

#[test]
fn refuses_what_the_route_refuses_and_changes_nothing() {
    let app = App::start_with(Variables::with_local_notifications());
    let tenant = Tenant::in_books_of(&app);
    let mut browser = Browser::of_partner(&app, &tenant.distributor);
    let page = browser.page(PAGE);
    let before = app.audit(&tenant.tenant_id);
    for confirmed in ["", "yes"] {
        for address in
            ["", "https://127.0.0.1/", "http://user@127.0.0.1/", "javascript:alert(1)", "=1+1"]
        {
            let fields = [("url", address), ("confirmed", confirmed)];
            let refused = browser.fill_in(&page, PAGE, &fields);
            assert_eq!(refused.status, 400, "{address}: {}", refused.text());
        }
        let other = [("bindAction", "2"), ("confirmed", confirmed)];
        assert_eq!(browser.fill_in(&page, PAGE, &other).status, 400);
    }
    let (_, form_token) = &hidden_fields(&page, PAGE)[0];
    let test = browser.submit(TEST, &[("form_token", form_token)]);
    assert_eq!(test.status, 400, "none is bound: {}", test.text());
    let unbind = browser.fill_in(&page, PAGE, &[("bindAction", "1")]);
    assert_eq!(unbind.header("location"), Some(PAGE), "there is nothing to take away");
    assert_eq!(app.audit(&tenant.tenant_id), before);
}

#[test]
fn the_page_says_that_none_can_be_bound_before_the_operator_names_a_host() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (language, says) in [("en", "has not set the variable"), ("zh-CN", "尚未设置变量")] {
        let mut browser = Browser::of_partner(app, &tenant.distributor);
        browser.language = language;
        let page = browser.page(PAGE);
        assert!(page.contains(says) && page.contains("notification_hosts"), "{page}");
        assert!(!page.contains("name=\"url\"") && !page.contains("bindAction"), "{page}");
        // A page of before that is still open somewhere.
        let (_, form_token) = &hidden_fields(&page, "/console/sign-out")[0];
        let fields = [
            ("form_token", form_token.as_str()),
            ("bindAction", "0"),
            ("url", "https://hooks.example.com/"),
            ("confirmed", "yes"),
        ];
        let refused = browser.submit(PAGE, &fields);
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
}
