//! `POST /operator/v1/snapshots/fork`.

use rust_decimal::Decimal;
use serde_json::json;

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::money::{allocate, call, decimal, move_money, partner_cash};
use crate::harness::signer::Key;
use crate::harness::snapshots::{discard, fork, names, take};
use crate::harness::tenant::Tenant;

/// An access key of the distributor's in another tenant.
fn key_in(app: &App, tenant_id: &str, partner_id: &str) -> Key {
    let body = json!({"tenant_id": tenant_id, "partner_id": partner_id});
    let reply = app.operator("POST", "/operator/v1/access-keys", body.to_string());
    assert_eq!(reply.status, 201, "{}", reply.text());
    let made = reply.json();
    Key {
        access_key_id: made.text_at("access_key_id").to_owned(),
        secret_key: made.text_at("secret_key").to_owned(),
        principal_id: partner_id.to_owned(),
    }
}

/// Cash of the partner that a key is of.
fn cash_of(app: &App, key: &Key) -> Decimal {
    let body = call(app, key, "ListPartnerBalances", &json!({})).expect("balances");
    body.at("account_balances").as_list()[0].at("amount").as_decimal()
}

#[test]
fn makes_a_tenant_of_its_own_of_a_snapshot() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let cash = partner_cash(app, &tenant, None);
    take(app, &tenant.tenant_id, "before");
    allocate(app, &tenant, &tenant.customers[0], "7.00");
    let fork_id = format!("{}-fork", tenant.tenant_id);
    let asked = json!({"tenant_id": tenant.tenant_id, "fork_tenant_id": fork_id, "name": "before"});
    let created = |reply: Reply| {
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text().contains("\"created\":true")
    };
    assert!(created(fork(app, &asked)));
    assert!(!created(fork(app, &asked)));
    assert_eq!(discard(app, &tenant.tenant_id, "before"), (204, String::new()));
    assert_eq!(names(app, &tenant.tenant_id), [format!("fork:{fork_id}")]);

    // Its own key, the same partner, the money of the snapshot; and neither sees what the other
    // does from now on.
    let key = key_in(app, &fork_id, &tenant.distributor.principal_id);
    assert_eq!(cash_of(app, &key), cash);
    let fields = json!({"customer_id": tenant.customers[0], "amount": "1.00"});
    move_money(app, &key, "UpdateCustomerAccountAmount", &fields).expect("allocated");
    assert_eq!(cash_of(app, &key), cash - decimal("1.00"));
    assert_eq!(partner_cash(app, &tenant, None), cash - decimal("7.00"));
    allocate(app, &tenant, &tenant.customers[0], "2.00");
    assert_eq!(cash_of(app, &key), cash - decimal("1.00"));
    assert_eq!(app.audit(&fork_id).text_at("tenant_id"), fork_id);
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_taken_ids_unknown_snapshots_and_tenants_that_do_not_only_play() {
    let app = App::shared();
    let (tenant, other) = (Tenant::playing_in(app), Tenant::in_books_of(app));
    let before = app.audit(&tenant.tenant_id);
    let fork_id = format!("{}-fork", tenant.tenant_id);
    for (fields, outcome) in [
        (
            json!({"tenant_id": tenant.tenant_id, "fork_tenant_id": other.tenant_id}),
            (400, "CBC.0100"),
        ),
        (
            json!({"tenant_id": tenant.tenant_id, "fork_tenant_id": fork_id, "name": "nothing"}),
            (404, "CBC.0101"),
        ),
        (json!({"tenant_id": "demo-nothing", "fork_tenant_id": fork_id}), (404, "CBC.0101")),
        (json!({"tenant_id": other.tenant_id, "fork_tenant_id": fork_id}), (403, "CBC.0151")),
        (
            json!({"tenant_id": other.tenant_id, "fork_tenant_id": fork_id,
                   "confirm_tenant_id": fork_id}),
            (403, "CBC.0151"),
        ),
        (json!({"tenant_id": tenant.tenant_id}), (400, "CBC.0100")),
    ] {
        let (status, code) = fork(app, &fields).outcome();
        assert_eq!((status, code.as_str()), outcome, "{fields}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
    assert_eq!(names(app, &tenant.tenant_id), Vec::<String>::new());
    let target = format!("/operator/v1/audit?tenant_id={fork_id}");
    assert_eq!(app.operator("GET", &target, "").status, 404);
}
