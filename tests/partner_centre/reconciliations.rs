//! `POST /partner-centre/v1/reconciliations`: the partner's month as the live service gives it,
//! compared with the books.

use crate::harness::app::App;
use crate::harness::http::{Reply, Request};
use crate::harness::partner_centre::RECONCILIATIONS;
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;
use crate::operator::reconciliations::{groups, tenant_with_month};

fn send(app: &App, key: &Key, query: &str, body: &str) -> Reply {
    let target = format!("{RECONCILIATIONS}?{query}");
    app.call(key, Request::new("POST", &target, body).with("Content-Type", "text/csv"))
}

/// What the first customer's month is said to be.
fn told(tenant: &Tenant) -> String {
    format!(
        "customer_id,cloud_service_type,resource_type_code,charge_mode,bill_type,amount\n\
         {},hws.service.type.ec2,hws.resource.type.vm,1,0,119.00\n",
        tenant.customers[0]
    )
}

#[test]
fn compares_the_months_of_the_partner_and_of_its_resellers() {
    let app = App::shared();
    let tenant = tenant_with_month(app);
    let reply = send(app, &tenant.distributor, "cycle=2026-08", &told(&tenant));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let expected = [
        "all 3 115.50 119.00 -3.50",
        "matched 0 0.00 0.00 0.00",
        "differing 1 120.00 119.00 1.00",
        "only_here 2 -4.50 0.00 -4.50",
        "only_there 0 0.00 0.00 0.00",
    ];
    assert_eq!(groups(&reply.json()), expected);
    let query = format!("cycle=2026-08&indirect_partner_id={}", tenant.reseller.principal_id);
    let reply = send(app, &tenant.distributor, &query, &told(&tenant));
    assert_eq!(groups(&reply.json())[4], "only_there 1 0.00 119.00 -119.00");
}

#[test]
fn refuses_other_callers_and_other_partners() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let reply = send(app, &tenant.customer, "cycle=2026-08", &told(&tenant));
    assert_eq!(reply.outcome(), (403, "CBC.0151".to_owned()));
    for (query, code) in [
        ("cycle=2026-08&indirect_partner_id=nobody", "CBC.99000037"),
        ("cycle=2026-8", "CBC.0100"),
        ("", "CBC.0100"),
    ] {
        let reply = send(app, &tenant.distributor, query, &told(&tenant));
        assert_eq!(reply.outcome(), (400, code.to_owned()), "{query}");
    }
    let json = app.post(&tenant.distributor, &format!("{RECONCILIATIONS}?cycle=2026-08"), "[]");
    assert_eq!(json.outcome(), (400, "CBC.0100".to_owned()));
}
