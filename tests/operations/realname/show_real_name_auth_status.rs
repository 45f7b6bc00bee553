//! `ShowRealNameAuthStatus`: how far the calling customer's own authentication has come.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::realname::{INDIVIDUAL, decided, person, status, submit};
use crate::harness::tenant::Tenant;

const PATH: &str = "/v2/customers/real-name-auth-status";

#[test]
fn follows_the_review() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let fields = person(&tenant.customers[0], "E0000001");
    assert_eq!(status(app, &tenant), (-1, None));
    let review_id = submit(app, &tenant, INDIVIDUAL, &fields);
    assert_eq!(status(app, &tenant), (0, Some(0)));
    decided(app, &tenant, &review_id, Some("not legible"));
    assert_eq!(status(app, &tenant), (1, Some(0)));
    let review_id = submit(app, &tenant, INDIVIDUAL, &fields);
    decided(app, &tenant, &review_id, None);
    assert_eq!(status(app, &tenant), (2, Some(0)));
}

#[test]
fn follows_what_a_book_brings() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (day, result, told) in [(1, 0, 0), (2, 1, 1), (3, 2, 2)] {
        let line = json!({
            "kind": "realname_review", "tenant_id": tenant.tenant_id,
            "customer_id": tenant.customers[0], "review_id": format!("review-{day}"),
            "submitted_at": format!("2026-03-0{day}T06:00:00Z"), "review_result": result,
        });
        app.import(&Book::new(format!("{line}\n")));
        assert_eq!(status(app, &tenant), (told, None));
    }
}

#[test]
fn refuses_a_parameter() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let target = format!("{PATH}?customer_id={}", tenant.customers[1]);
    let reply = app.get(&tenant.customer, &target);
    assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()));
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let first = app.get(&tenant.customer, PATH);
    assert_eq!(first.body, app.get(&tenant.customer, PATH).body);
    assert_eq!(app.get(&tenant.distributor, PATH).status, 403);
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
