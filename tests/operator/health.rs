//! `GET /operator/v1/health`: whether the store compares and swaps as it must.

use crate::harness::app::App;
use crate::harness::json::Json;

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
fn refuses_other_methods() {
    let reply = App::shared().operator("POST", PATH, "{}");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
}

#[test]
fn changes_nothing_that_a_tenant_sees() {
    let app = App::start();
    let tenant = crate::harness::tenant::Tenant::in_books_of(&app);
    let before = app.audit(&tenant.tenant_id);
    app.operator("GET", PATH, "");
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
