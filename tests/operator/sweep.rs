//! `POST /operator/v1/sweep`: deletes what died writers left behind, and nothing else.

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/sweep";

#[test]
fn deletes_nothing_of_writers_that_live() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    // No fold has said that it writes this one.
    app.set("page.000000000001aaaaaaaaaaaaaaaaaaaa", &[0]);
    let before = app.entries();

    let reply = app.operator("POST", PATH, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let Json::Object(_) = reply.json() else { panic!("{}", reply.text()) };
    // Everything is younger than an hour: there is nothing to look through yet.
    for part in ["\"transactions\":0", "\"deleted\":0", "\"finished\":true"] {
        assert!(reply.text().contains(part), "{part}: {}", reply.text());
    }
    assert_eq!(app.entries(), before);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_any_query() {
    let app = App::start();
    let reply = app.operator("POST", &format!("{PATH}?all=true"), "");
    assert_eq!(reply.status, 400, "{}", reply.text());
}
