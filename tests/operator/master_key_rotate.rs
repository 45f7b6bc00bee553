//! `POST /operator/v1/master-key/rotate`: another master key, while everybody goes on.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::book::DEMO;
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/master-key/rotate";

const NEXT: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";

fn rotate(app: &App, marker: Option<&str>) -> Reply {
    let query = marker.map(|marker| format!("?marker={marker}")).unwrap_or_default();
    app.operator("POST", &format!("{PATH}{query}"), "")
}

/// Goes through a whole pass; answers how many records it has sealed again.
fn pass(app: &App) -> i64 {
    let mut resealed = 0;
    let mut marker: Option<String> = None;
    loop {
        let reply = rotate(app, marker.as_deref());
        assert_eq!(reply.status, 200, "{}", reply.text());
        let rotated = reply.json();
        resealed += rotated.at("resealed").as_integer();
        marker = rotated.get("next_marker").map(|marker| marker.as_text().to_owned());
        if marker.is_none() {
            assert_eq!(rotated.at("left").as_integer(), 0);
            return resealed;
        }
    }
}

fn under(master_key: &'static str, master_key_previous: &'static str) -> Variables {
    Variables { master_key, master_key_previous, ..Variables::default() }
}

fn status(app: &App, key: &Key) -> u16 {
    app.get(key, "/v2/accounts/partner-accounts/balances").status
}

fn keys_of_the_demo_book() -> Vec<Key> {
    let principals = DEMO.of_kind("access_key").map(|line| {
        line.get("partner_id").or(line.get("customer_id")).map(Json::as_text).expect("of somebody")
    });
    principals.map(|principal| DEMO.key(principal)).collect()
}

#[test]
fn after_a_rotation_the_key_before_can_go() {
    let first = Variables::default().master_key;
    let mut app = App::start();
    app.import(&DEMO);
    let tenant = Tenant::in_books_of(&app);
    let body = json!({"access_key_id": tenant.distributor.access_key_id, "ttl_seconds": 3600});
    let issued = app.operator("POST", "/operator/v1/tokens", body.to_string()).json();
    let with_token = |app: &App| {
        let request = Request::new("GET", "/v2/accounts/partner-accounts/balances", "");
        app.send(&request.with("X-Auth-Token", issued.text_at("token"))).status
    };
    let before = app.audit("demo-distributor");

    app.restart_with(under(NEXT, ""));
    assert_eq!(status(&app, &tenant.distributor), 401, "without the key before");
    let refused = rotate(&app, None);
    assert_eq!(refused.outcome(), (400, "CBC.0100".to_owned()));
    assert!(refused.text().contains("set master_key_previous"), "{}", refused.text());

    app.restart_with(under(NEXT, first));
    assert_eq!(status(&app, &tenant.distributor), 200);
    assert_eq!(with_token(&app), 200);
    let contacts = DEMO.of_kind("customer").chain(DEMO.of_kind("partner")).filter(|line| {
        ["telephone", "mobile_phone", "email"].iter().any(|name| line.get(name).is_some())
    });
    // Of the tenants the keys of their digests, of one also three access keys and a customer's
    // number.
    let tenants = DEMO.of_kind("tenant").count() + 1;
    let sealed = contacts.count() + keys_of_the_demo_book().len() + 3 + 1 + tenants;
    assert_eq!(pass(&app), i64::try_from(sealed).expect("few"));
    assert_eq!(pass(&app), 0);
    assert_eq!(with_token(&app), 200);

    app.restart_with(under(NEXT, ""));
    for key in keys_of_the_demo_book() {
        assert_ne!(status(&app, &key), 401, "{}", key.access_key_id);
    }
    assert_eq!(status(&app, &tenant.distributor), 200);
    assert_eq!(with_token(&app), 401, "a token lives no longer than its master key");
    let after = app.audit("demo-distributor");
    for figure in ["sum", "outside_sum", "accounts"] {
        assert_eq!(after.at(figure), before.at(figure));
    }
    // The contacts still open, or the book would not be the same any more.
    let again = app.operator("POST", "/operator/v1/books", DEMO.text());
    let skipped = again.json().at("skipped").as_integer();
    assert_eq!(skipped, i64::try_from(DEMO.line_count()).expect("few"), "{}", again.text());
}

#[test]
fn nobody_notices_a_rotation() {
    let first = Variables::default().master_key;
    let mut app = App::start();
    let tenant = Tenant::in_books_of(&app);
    app.restart_with(under(NEXT, first));
    let (app, is_over) = (&app, &AtomicBool::new(false));
    let counts = std::thread::scope(|scope| {
        let readers = [&tenant.distributor, &tenant.distributor, &tenant.distributor].map(|key| {
            scope.spawn(move || {
                let mut count = 0;
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(status(app, key), 200);
                    count += 1;
                }
                count
            })
        });
        let mut resealed = 0;
        for _ in 0..20 {
            resealed += pass(app);
        }
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(resealed, 5, "three access keys, a customer's number, the key of the digests");
        readers.map(|reader| reader.join().expect("nobody is refused"))
    });
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn refuses_a_marker_that_is_none_and_any_other_parameter() {
    let app = App::shared();
    for query in ["?marker=x", "?marker=00", "?limit=1", "?marker=8200f6&limit=1"] {
        let reply = app.operator("POST", &format!("{PATH}{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn says_that_the_master_key_is_missing() {
    let app = App::start_with(under("", ""));
    let reply = rotate(&app, None);
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
    assert!(reply.text().contains("master_key"), "{}", reply.text());
}
