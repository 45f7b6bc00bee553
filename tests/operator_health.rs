//! `GET /operator/v1/health`: whether the store compares and swaps as it must.

use crate::app::{App, Variables};
use crate::http::Request;
use crate::json::Json;

const PATH: &str = "/operator/v1/health";

#[test]
fn finds_the_store_fit() {
    let app = App::shared();
    for _ in 0..3 {
        let reply = app.operator("GET", PATH, "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        let Json::Object(members) = reply.json() else { panic!("{}", reply.text()) };
        assert!(!members.is_empty());
    }
}

#[test]
fn finds_an_empty_store_fit() {
    let app = App::start();
    let reply = app.operator("GET", PATH, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn refuses_a_call_without_the_token() {
    let app = App::shared();
    let unsigned = Request::new("GET", PATH, "");
    assert_eq!(app.send(&unsigned).outcome(), (401, "CBC.0154".to_owned()));
    let wrong = unsigned.with("Authorization", "Bearer wrong");
    assert_eq!(app.send(&wrong).outcome(), (401, "CBC.0154".to_owned()));
}

#[test]
fn is_closed_while_there_is_no_token() {
    let app = App::start_with(Variables { operator_token: "", ..Variables::default() });
    let reply = app.send(&Request::new("GET", PATH, ""));
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
    assert!(reply.text().contains("operator_token"), "{}", reply.text());
}

#[test]
fn refuses_other_methods() {
    let reply = App::shared().operator("POST", PATH, "{}");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
}

#[test]
fn changes_nothing_that_a_tenant_sees() {
    let app = App::start();
    let tenant = crate::tenant::Tenant::in_books_of(&app);
    let before = app.audit(&tenant.tenant_id);
    app.operator("GET", PATH, "");
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
