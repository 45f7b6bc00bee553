//! `GET /operator/v1/audit`: the figures of a tenant, recomputed from the store.

use rust_decimal::Decimal;

use crate::harness::app::App;
use crate::harness::book::DEMO;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const PATH: &str = "/operator/v1/audit";

#[test]
fn answers_the_figures_that_the_book_adds_up_to() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    for (book, tenant_id) in [
        (&*DEMO, "demo-distributor"),
        (&*DEMO, "demo-provider"),
        (&tenant.book, tenant.tenant_id.as_str()),
    ] {
        let audit = app.audit(tenant_id);
        assert_eq!(audit.text_at("tenant_id"), tenant_id);
        let figure = |name: &str| Decimal::from_str_exact(audit.text_at(name)).expect("a decimal");
        assert_eq!(figure("sum"), book.outside_sum(tenant_id));
        assert_eq!(figure("outside_sum"), book.outside_sum(tenant_id));
        assert!(audit.at("transactions").as_integer() > 0);
        assert!(audit.at("accounts").as_integer() > 0);
        let Json::Object(members) = &audit else { panic!("{audit:?}") };
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        let documented = [
            "access_keys",
            "access_keys_not_authentic",
            "accounts",
            "bills_match",
            "chain_verified",
            "conserved",
            "enterprises_match",
            "journal_link",
            "journal_matches",
            "negative",
            "orders_match",
            "outside_sum",
            "sum",
            "tenant_id",
            "transactions",
        ];
        assert_eq!(names, documented);
    }
}

#[test]
fn audits_the_catalogue_which_holds_no_money() {
    let app = App::shared();
    let reply = app.operator("GET", &format!("{PATH}?books=catalogue"), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let audit = reply.json();
    assert_eq!(audit.text_at("tenant_id"), "catalogue");
    assert!(audit.at("transactions").as_integer() > 0);
    assert_eq!(audit.at("accounts").as_integer(), 0);
    for clean in ["conserved", "journal_matches", "chain_verified"] {
        assert_eq!(*audit.at(clean), Json::Bool(true), "{audit:?}");
    }
    for query in ["books=other", "books=catalogue&tenant_id=demo-distributor", ""] {
        let reply = app.operator("GET", &format!("{PATH}?{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
}

#[test]
fn follows_what_comes_in_from_outside() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let line = serde_json::json!({
        "kind": "booking", "tenant_id": tenant.tenant_id,
        "partner_id": tenant.reseller.principal_id,
        "booking_id": format!("{}-later", tenant.tenant_id), "account_type": 2,
        "amount": "0.01", "trade_type": "CREDIT_GRANT", "at": "2026-01-05T02:00:00Z",
    });
    app.import(&crate::harness::book::Book::new(format!("{line}\n")));
    let after = app.audit(&tenant.tenant_id);
    let sum = |audit: &Json| Decimal::from_str_exact(audit.text_at("sum")).expect("a decimal");
    assert_eq!(sum(&after), sum(&before) + Decimal::new(1, 2));
    assert_eq!(after.at("transactions").as_integer(), before.at("transactions").as_integer() + 1);
}

#[test]
fn refuses_an_unknown_tenant() {
    for tenant_id in ["nothing", "demo-distributor0", "x".repeat(64).as_str()] {
        let reply = App::shared().operator("GET", &format!("{PATH}?tenant_id={tenant_id}"), "");
        assert_eq!(reply.outcome(), (404, "CBC.0101".to_owned()), "{tenant_id}");
    }
}

#[test]
fn refuses_a_call_without_a_tenant() {
    for query in [
        "",
        "?tenant_id=",
        "?tenant_id=%FF",
        "?tenant=demo-distributor",
        "?tenant_id=demo-distributor&tenant_id=demo-provider",
        "?tenant_id=demo-distributor&verbose=1",
    ] {
        let reply = App::shared().operator("GET", &format!("{PATH}{query}"), "");
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{query}");
    }
    let reply = App::shared().operator("POST", &format!("{PATH}?tenant_id=demo-distributor"), "");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
}

#[test]
fn a_repeat_and_a_refusal_change_nothing() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let first = app.audit(&tenant.tenant_id);
    assert_eq!(app.operator("GET", PATH, "").status, 400);
    assert_eq!(app.audit(&tenant.tenant_id), first);
}
