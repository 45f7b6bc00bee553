//! `GET /partner-centre/v1/exports/parquet`: the charges of a month of a partner's own customers.

use crate::harness::app::App;
use crate::harness::bills::{CYCLE, tenant_with_bill};
use crate::harness::exports::{PARTNER_CENTRE_PARQUET, charges, name, taken_by};

#[test]
fn says_what_the_csv_file_does_of_its_own_customers() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    let of = format!("bill_cycle={CYCLE}");
    let file =
        |query: &str| app.get(&tenant.distributor, &format!("{PARTNER_CENTRE_PARQUET}?{query}"));
    let reply = file(&of);
    assert_eq!(reply.status, 200);
    assert_eq!(name(&reply), format!("focus-{CYCLE}.parquet"));
    let parquet = charges(&reply);
    assert_eq!(parquet.len(), 8);
    assert_eq!(parquet, charges(&taken_by(app, &tenant.distributor, &format!("kind=focus&{of}"))));
    let reseller = &tenant.reseller.principal_id;
    assert!(charges(&file(&format!("{of}&indirect_partner_id={reseller}"))).is_empty());
    assert_eq!(charges(&file(&format!("{of}&customer_id={}", tenant.customers[1]))).len(), 1);
    assert!(charges(&file(&format!("{of}&customer_id=nobody"))).is_empty());
}

#[test]
fn refuses_what_is_not_its_own_and_what_is_wrong() {
    let app = App::shared();
    let tenant = tenant_with_bill(app);
    for (query, code) in [
        ("", "CBC.0100"),
        ("bill_cycle=2026-9", "CBC.0100"),
        ("bill_cycle=2026-09&kind=focus", "CBC.0100"),
        ("bill_cycle=2026-09&partner_id=demo-distributor", "CBC.0100"),
        ("bill_cycle=2026-09&indirect_partner_id=nobody", "CBC.99000037"),
    ] {
        let reply = app.get(&tenant.distributor, &format!("{PARTNER_CENTRE_PARQUET}?{query}"));
        assert_eq!(reply.outcome(), (400, code.to_owned()), "{query}");
    }
}
