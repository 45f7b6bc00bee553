//! `POST /operator/v1/snapshots/restore`.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::json::Json;
use crate::harness::money::{allocate, partner_cash, post_with_token};
use crate::harness::snapshots::{PATH, discard, names, restore, take};
use crate::harness::tenant::Tenant;

const ALLOCATE: &str = "/v2/accounts/partner-accounts/adjust-amount";

#[test]
fn puts_the_books_back_as_they_were_and_the_journal_says_so() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let before = app.audit(&tenant.tenant_id);
    let cash = partner_cash(app, &tenant, None);
    take(app, &tenant.tenant_id, "before");
    for _ in 0..3 {
        allocate(app, &tenant, &tenant.customers[0], "1.50");
        allocate(app, &tenant, &tenant.customers[1], "2.50");
        assert_ne!(partner_cash(app, &tenant, None), cash);
        let reply = restore(app, &tenant.tenant_id, "before");
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(partner_cash(app, &tenant, None), cash);
        // The audit verifies the chain, and there is one transaction more: the restore.
        let after = app.audit(&tenant.tenant_id);
        let transactions = |audit: &Json| audit.at("transactions").as_integer();
        assert_eq!(transactions(&after), transactions(&before) + 1);
        assert_eq!(after.at("sum"), before.at("sum"));
        assert_eq!(reply.json().at("transaction").as_integer(), transactions(&after));
    }
    assert_eq!(names(app, &tenant.tenant_id), ["before"]);
    assert_eq!(discard(app, &tenant.tenant_id, "before"), (204, String::new()));
    allocate(app, &tenant, &tenant.customers[0], "1.50");
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_request_from_after_the_snapshot_is_carried_out_again_and_one_from_before_is_not() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let body = json!({"customer_id": tenant.customers[0], "amount": 3.25});
    let post = |token: &str| {
        let reply = post_with_token(app, &tenant.distributor, ALLOCATE, token, &body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text().to_owned()
    };
    let first = post("before");
    take(app, &tenant.tenant_id, "s");
    let cash = partner_cash(app, &tenant, None);
    post("after");
    assert_eq!(restore(app, &tenant.tenant_id, "s").status, 200);
    assert_eq!(post("before"), first);
    assert_eq!(partner_cash(app, &tenant, None), cash);
    post("after");
    assert_ne!(partner_cash(app, &tenant, None), cash);
    app.audit(&tenant.tenant_id);
}

#[test]
fn a_tenant_that_does_not_only_play_needs_a_confirmation() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let cash = partner_cash(app, &tenant, None);
    take(app, &tenant.tenant_id, "s");
    allocate(app, &tenant, &tenant.customers[0], "1.00");
    let before = app.audit(&tenant.tenant_id);
    let asked = |confirmation: &str| {
        let body = json!({"tenant_id": tenant.tenant_id, "name": "s",
                          "confirm_tenant_id": confirmation});
        app.operator("POST", &format!("{PATH}/restore"), body.to_string()).outcome()
    };
    assert_eq!(restore(app, &tenant.tenant_id, "s").outcome(), (403, "CBC.0151".to_owned()));
    assert_eq!(asked("demo-distributor"), (403, "CBC.0151".to_owned()));
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_ne!(partner_cash(app, &tenant, None), cash);
    assert_eq!(asked(&tenant.tenant_id), (200, String::new()));
    assert_eq!(partner_cash(app, &tenant, None), cash);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_what_is_not_there_and_changes_nothing() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let before = app.audit(&tenant.tenant_id);
    assert_eq!(restore(app, &tenant.tenant_id, "s").outcome(), (404, "CBC.0101".to_owned()));
    assert_eq!(restore(app, "demo-nothing", "s").outcome(), (404, "CBC.0101".to_owned()));
    for body in [
        json!({"tenant_id": tenant.tenant_id}),
        json!({"tenant_id": tenant.tenant_id, "name": "a b"}),
        json!({"tenant_id": tenant.tenant_id, "name": "a", "more": 1}),
    ] {
        let reply = app.operator("POST", &format!("{PATH}/restore"), body.to_string());
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{body}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
