//! `GET /partner-centre/v1/exports`: what a partner's finance takes away of its own.

use serde_json::json;

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, tenant_with_bill, used, with};
use crate::harness::exports::{EVER, PARTNER_CENTRE, column, name, rows, taken, taken_by};
use crate::harness::money::{allocate, import};
use crate::harness::tenant::Tenant;

#[test]
fn takes_away_statements_of_its_own_and_of_those_that_it_funds() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    allocate(app, &tenant, &tenant.customers[0], "20.00");
    let statement = format!("kind=statement&{EVER}");
    let file = |query: &str| taken_by(app, &tenant.distributor, &format!("{statement}{query}"));
    let of = format!("tenant_id={}&{statement}", tenant.tenant_id);

    let own = file("");
    assert_eq!(name(&own), "statement.csv");
    assert_eq!(column(&rows(&own), "amount"), ["", "1000.01", "0.09", "-20.00", ""]);
    // The operator takes the same away.
    let partner = &tenant.distributor.principal_id;
    assert_eq!(own.body, taken(app, &format!("{of}&partner_id={partner}")).body);

    let customer = file(&format!("&customer_id={}", tenant.customers[0]));
    assert_eq!(column(&rows(&customer), "balance"), ["0.00", "20.00", "20.00"]);
    let reseller = &tenant.reseller.principal_id;
    let of_reseller = file(&format!("&indirect_partner_id={reseller}"));
    assert_eq!(column(&rows(&of_reseller), "balance"), ["0.00", "70.50", "70.50"]);
    let its_own = taken_by(app, &tenant.reseller, &statement);
    assert_eq!(its_own.body, of_reseller.body);
    let customer = &tenant.reseller_customer;
    let of_its = file(&format!("&indirect_partner_id={reseller}&customer_id={customer}"));
    assert_eq!(column(&rows(&of_its), "balance"), ["0.00", "0.00"]);
    let credit = file("&account_type=2");
    assert_eq!(column(&rows(&credit), "balance"), ["0.00", "500.00", "500.00"]);
    app.audit(&tenant.tenant_id);
}

#[test]
fn takes_away_bills_of_its_own_customers() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let mut others = used(&tenant, "resellers", "2026-09-05T00:00:00Z", "2026-09-05T01:00:00Z");
    others = with(
        others,
        &json!({"partner_id": tenant.reseller.principal_id,
                                  "customer_id": tenant.reseller_customer}),
    );
    import(app, &tenant, others);
    let file = |query: &str| {
        taken_by(app, &tenant.distributor, &format!("kind=bills&bill_cycle={CYCLE}{query}"))
    };
    let own = file("");
    assert_eq!(name(&own), format!("bills-{CYCLE}.csv"));
    let found = rows(&own);
    assert_eq!(found.len(), 7);
    assert!(column(&found, "partner_id").iter().all(|it| *it == tenant.distributor.principal_id));
    assert_eq!(rows(&file(&format!("&customer_id={}", tenant.customers[1]))).len(), 1);
    let reseller = format!("&indirect_partner_id={}", tenant.reseller.principal_id);
    assert_eq!(column(&rows(&file(&reseller)), "customer_id"), [&tenant.reseller_customer]);
    // A customer that is another's has no lines here, whether there is one or not.
    for customer in [tenant.reseller_customer.as_str(), "nobody"] {
        assert!(rows(&file(&format!("&customer_id={customer}"))).is_empty());
    }
}

#[test]
fn refuses_what_is_not_its_own_and_what_is_wrong() {
    let app = App::shared();
    let tenant = Tenant::in_books_of(app);
    let other = Tenant::in_books_of(app);
    let before = app.audit(&tenant.tenant_id);
    let outcome = |query: &str| {
        let reply = app.get(&tenant.distributor, &format!("{PARTNER_CENTRE}?{query}"));
        assert_eq!(reply.header("content-disposition"), None, "{query}");
        reply.outcome()
    };
    for (query, code) in [
        (String::new(), "CBC.0100"),
        ("kind=everything".to_owned(), "CBC.0100"),
        ("kind=bills".to_owned(), "CBC.0100"),
        ("kind=bills&bill_cycle=2026-00".to_owned(), "CBC.0100"),
        (format!("kind=bills&bill_cycle={CYCLE}&tenant_id={}", tenant.tenant_id), "CBC.0100"),
        (format!("kind=statement&partner_id={}", tenant.distributor.principal_id), "CBC.0100"),
        ("kind=statement&trade_time_end=2026-09".to_owned(), "CBC.0100"),
        (format!("kind=statement&customer_id={}", tenant.reseller_customer), "CBC.99000035"),
        (format!("kind=statement&customer_id={}", other.customers[0]), "CBC.99000035"),
        ("kind=statement&customer_id=nobody".to_owned(), "CBC.99000035"),
        (format!("kind=statement&customer_id={}", tenant.referral_customer), "CBC.99000000"),
        ("kind=statement&indirect_partner_id=nobody".to_owned(), "CBC.99000037"),
        (
            format!("kind=statement&indirect_partner_id={}", other.reseller.principal_id),
            "CBC.99000037",
        ),
        (format!("kind=bills&bill_cycle={CYCLE}&indirect_partner_id=nobody"), "CBC.99000037"),
    ] {
        assert_eq!(outcome(&query), (400, code.to_owned()), "{query}");
    }
    assert_eq!(app.audit(&tenant.tenant_id), before);
}
