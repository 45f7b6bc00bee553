//! A platform's own tests in a demo tenant: each in a snapshot, in any order, with answers that get
//! lost.

use std::process::Command;

use crate::harness::app::{App, OPERATOR_TOKEN};
use crate::harness::money::partner_cash;
use crate::harness::snapshots::names;
use crate::harness::tenant::Tenant;

/// Tests of the suite.
const TESTS: usize = 20;

#[test]
fn the_tests_of_a_platform_find_the_books_as_they_were_in_any_order() {
    let app = App::shared();
    let tenant = Tenant::playing_in(app);
    let cash = partner_cash(app, &tenant, None);
    for seed in ["1", "2"] {
        let python = std::env::var("PYTHON_SDK").expect("PYTHON_SDK names a Python with the SDK");
        let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/sdk/sandbox_suite.py");
        let output = Command::new(python)
            .args(["-W", "ignore", suite])
            .env("BILLING_ENDPOINT", format!("http://{}", app.address()))
            .env("BILLING_TENANT", &tenant.tenant_id)
            .env("BILLING_CUSTOMERS", tenant.customers.join(","))
            .env("BILLING_AK", &tenant.distributor.access_key_id)
            .env("BILLING_SK", &tenant.distributor.secret_key)
            .env("BILLING_SEED", seed)
            .env("OPERATOR_TOKEN", OPERATOR_TOKEN)
            .output()
            .expect("the suite starts");
        let told = String::from_utf8_lossy(&output.stdout);
        let report = String::from_utf8_lossy(&output.stderr);
        assert_eq!(told.trim(), format!("{TESTS} 0"), "{report}");
        assert_eq!(partner_cash(app, &tenant, None), cash);
    }
    assert_eq!(names(app, &tenant.tenant_id), Vec::<String>::new());
    app.audit(&tenant.tenant_id);
}
