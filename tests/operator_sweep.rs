//! `POST /operator/v1/sweep`: deletes what died writers left behind, and nothing else.

use crate::app::{App, Variables};
use crate::http::Request;
use crate::json::Json;
use crate::tenant::Tenant;

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

#[test]
fn refuses_a_call_without_the_token() {
    let app = App::shared();
    let reply = app.send(&Request::new("POST", PATH, ""));
    assert_eq!(reply.outcome(), (401, "CBC.0154".to_owned()));
}

#[test]
fn is_closed_while_there_is_no_token() {
    let app = App::start_with(Variables { operator_token: "", ..Variables::default() });
    let reply = app.send(&Request::new("POST", PATH, ""));
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
}
