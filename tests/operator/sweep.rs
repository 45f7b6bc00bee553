//! `POST /operator/v1/sweep`: deletes what died writers left behind, and nothing else.

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/sweep";

/// A page of 1970, written by nobody who is still alive.
const LEFT_BEHIND: &str = "page.000000000001aaaaaaaaaaaaaaaaaaaa";

fn pages(app: &App) -> usize {
    app.entries().keys().filter(|key| key.starts_with("page.")).count()
}

#[test]
fn deletes_a_page_that_nothing_refers_to() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let before = pages(&app);
    app.set(LEFT_BEHIND, &[0]);

    let reply = app.operator("POST", PATH, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let Json::Object(_) = reply.json() else { panic!("{}", reply.text()) };
    assert!(reply.text().contains("\"deleted\":1"), "{}", reply.text());
    assert_eq!(pages(&app), before);
    app.audit(&tenant.tenant_id);

    let again = app.operator("POST", PATH, "");
    assert!(again.text().contains("\"deleted\":0"), "{}", again.text());
}
