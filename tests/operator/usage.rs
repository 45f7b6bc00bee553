//! `POST /operator/v1/usage`: tickets, each once, as far as they are right.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::orders::fund;
use crate::harness::tenant::Tenant;
use crate::harness::usage::{catalogue, meter, ticket};

/// Tickets taken in and skipped.
fn counts(reply: &Reply) -> (i64, i64) {
    let body = reply.json();
    (body.at("applied").as_integer(), body.at("skipped").as_integer())
}

/// What the customer with a key holds, and what it owes.
fn balance(app: &App, tenant: &Tenant) -> (String, String) {
    let reply = app.get(&tenant.customer, "/v2/accounts/customer-accounts/balances");
    let body = reply.json();
    let cash = body.at("account_balances").as_list()[0].at("amount").digits().to_owned();
    (cash, body.at("debt_amount").digits().to_owned())
}

#[test]
fn rates_collects_and_bills_each_ticket_once() {
    let app = App::shared();
    catalogue(app);
    let tenant = Tenant::in_books_of(app);
    fund(app, &tenant, &tenant.customers[0], "30.00");
    let tickets = [ticket(&tenant, "a", "300"), ticket(&tenant, "b", "1")];
    let first = meter(app, &tenant.tenant_id, &tickets);
    assert_eq!((first.status, counts(&first)), (200, (2, 0)), "{}", first.text());
    // 24.30 as published, and 0.08 of 0.081, are gone from what the customer and outside hold.
    let shown = balance(app, &tenant);
    assert_eq!(shown, ("5.62".to_owned(), "0.00".to_owned()));
    let before = app.audit(&tenant.tenant_id);
    let again = meter(app, &tenant.tenant_id, &tickets);
    assert_eq!((again.status, counts(&again)), (200, (0, 2)));
    assert_eq!(app.audit(&tenant.tenant_id).at("sum"), before.at("sum"));
    let empty = meter(app, &tenant.tenant_id, &[]);
    assert_eq!((empty.status, counts(&empty)), (200, (0, 0)));
    // What nothing covers is owed, and paid by the next money.
    assert_eq!(meter(app, &tenant.tenant_id, &[ticket(&tenant, "c", "100")]).status, 200);
    assert_eq!(balance(app, &tenant), ("0.00".to_owned(), "2.48".to_owned()));
    fund(app, &tenant, &tenant.customers[0], "3.00");
    assert_eq!(balance(app, &tenant), ("0.52".to_owned(), "0.00".to_owned()));
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_a_ticket_by_its_line_and_keeps_those_before() {
    let app = App::shared();
    catalogue(app);
    let tenant = Tenant::in_books_of(app);
    let with = |name: &str, field: &str, value: Value| {
        let mut ticket = ticket(&tenant, name, "1");
        ticket[field] = value;
        ticket
    };
    let taken = ticket(&tenant, "taken", "1");
    assert_eq!(meter(app, &tenant.tenant_id, &[taken]).status, 200);
    let wrong = [
        with("w1", "customer_id", json!("nobody")),
        with("w2", "region", json!("elsewhere")),
        with("w3", "usage_factor", json!("downflow")),
        with("w4", "usage_measure_id", json!(4)),
        with("w5", "usage_value", json!("0")),
        with("w6", "usage_value", json!(1)),
        with("w7", "end_time", json!("2026-11-01T00:00:00Z")),
        with("w8", "colour", json!("red")),
        with("w9", "ticket_id", json!("x".repeat(65))),
        with("taken", "usage_value", json!("2")),
    ];
    for (place, wrong) in wrong.into_iter().enumerate() {
        let right = ticket(&tenant, &format!("right-{place}"), "1");
        let after = ticket(&tenant, &format!("after-{place}"), "1");
        let reply = meter(app, &tenant.tenant_id, &[right, wrong.clone(), after]);
        assert_eq!(reply.outcome(), (400, "CBC.0100".to_owned()), "{wrong}");
        assert_eq!(reply.json().at("line").as_integer(), 2, "{wrong}: {}", reply.text());
        assert_eq!(counts(&reply), (1, 0), "{wrong}");
    }
    let unknown = meter(app, "no-such-tenant", &[]);
    assert_eq!(unknown.outcome().0, 404, "{}", unknown.text());
    let without = app.operator("POST", "/operator/v1/usage", "");
    assert_eq!(without.outcome(), (400, "CBC.0100".to_owned()));
    app.audit(&tenant.tenant_id);
}
