//! `POST /operator/v1/months/close`: a month that is over, checked and never changed again.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::clock::set_clock;
use crate::harness::http::Reply;
use crate::harness::orders::{fund, tick};
use crate::harness::tenant::Tenant;
use crate::harness::usage::{catalogue, meter, ticket};

fn close(app: &App, tenant: &Tenant, month: &str) -> Reply {
    let body = json!({"tenant_id": tenant.tenant_id, "month": month}).to_string();
    app.operator("POST", "/operator/v1/months/close", body)
}

/// A line of a bill from elsewhere.
fn import(app: &App, tenant: &Tenant, id: &str, month: &str) -> (u16, String) {
    let line = json!({"kind": "fee_record", "tenant_id": tenant.tenant_id, "id": id,
                      "partner_id": tenant.distributor.principal_id,
                      "customer_id": tenant.customers[0], "bill_cycle": month,
                      "payment_amount": "1"});
    app.operator("POST", "/operator/v1/books", format!("{line}\n")).outcome()
}

#[test]
fn closes_a_month_that_is_over_once_and_keeps_it() {
    let app = App::shared();
    catalogue(app);
    let tenant = Tenant::playing_in(app);
    let refused = (400, "CBC.0100".to_owned());
    // Before anything is billed there is nothing to close.
    assert_eq!(close(app, &tenant, "2026-01").outcome(), refused);
    set_clock(app, &tenant, "2090-03-20T02:00:00Z");
    fund(app, &tenant, &tenant.customers[0], "30.00");
    let first = meter(app, &tenant.tenant_id, &[ticket(&tenant, "a", "300")]);
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(import(app, &tenant, "elsewhere", "2090-03"), (200, String::new()));
    assert_eq!(close(app, &tenant, "2090-03").outcome(), refused, "it is not over");
    set_clock(app, &tenant, "2090-03-31T16:00:00Z");
    assert_eq!(close(app, &tenant, "2090-04").outcome(), refused, "another one is next");
    let closed = close(app, &tenant, "2090-03");
    assert_eq!(closed.status, 200, "{}", closed.text());
    let body = closed.json();
    assert_eq!((body.at("records").as_integer(), body.at("customers").as_integer()), (2, 1));
    assert_eq!(body.at("amounts").text_at("consume"), "25.30");
    assert_eq!(body.at("amounts").text_at("cash"), "24.30");

    // What comes late goes into the next month, and closing again answers the same.
    let late = meter(app, &tenant.tenant_id, &[ticket(&tenant, "late", "1")]);
    assert_eq!(late.status, 200, "{}", late.text());
    assert_eq!(import(app, &tenant, "again", "2090-03"), refused);
    assert_eq!(close(app, &tenant, "2090-03").text(), closed.text());
    assert_eq!(tick(app, &tenant).at("closed").as_integer(), 0);
    set_clock(app, &tenant, "2090-05-02T16:00:00Z");
    let ticked = tick(app, &tenant);
    let counts = (ticked.at("closed").as_integer(), ticked.at("unclosed").as_integer());
    assert_eq!(counts, (1, 0), "{ticked:?}");
    let april = close(app, &tenant, "2090-04").json();
    assert_eq!(april.at("amounts").text_at("consume"), "0.08");
    app.audit(&tenant.tenant_id);
}

#[test]
fn refuses_what_is_no_month_and_no_tenant() {
    let app = App::shared();
    for (body, outcome) in [
        (json!({"tenant_id": "t", "month": "2026-13"}), (400, "CBC.0100")),
        (json!({"tenant_id": "t", "month": "2026-1"}), (400, "CBC.0100")),
        (json!({"tenant_id": "t"}), (400, "CBC.0100")),
        (json!({"tenant_id": "no-such-tenant", "month": "2026-01"}), (404, "CBC.0101")),
    ] {
        let reply = app.operator("POST", "/operator/v1/months/close", body.to_string());
        assert_eq!(reply.outcome(), (outcome.0, outcome.1.to_owned()), "{body}");
    }
}
