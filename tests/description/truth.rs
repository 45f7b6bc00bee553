//! Whether every operation does what the description says of it: asked by schemathesis, with requests
//! that the description allows and with some that it does not.

use std::process::Command;

use serde_json::json;

use crate::harness::app::{App, OPERATOR_TOKEN, ROOT};
use crate::harness::signer::Key;
use crate::harness::tenant::Tenant;

/// A Python that has the validator and schemathesis.
pub fn python() -> String {
    std::env::var("PYTHON_OPENAPI").expect(
        "PYTHON_OPENAPI must name the Python of an environment with schemathesis: run `cargo xtask \
         test`, which makes one",
    )
}

#[test]
fn every_operation_does_what_the_description_says() {
    // Nobody else has these books: what is asked for changes them at random.
    let app = App::start();
    let tenant = Tenant::playing_in(&app);
    let token = |key: &Key| {
        let body = json!({"access_key_id": key.access_key_id, "ttl_seconds": 86_400});
        let issued = app.operator("POST", "/operator/v1/tokens", body.to_string());
        assert_eq!(issued.status, 201, "{}", issued.text());
        issued.json().text_at("token").to_owned()
    };
    // Requests with ids of nothing would all be refused alike.
    let known = json!({
        "customer_id": tenant.customers,
        "indirect_partner_id": [tenant.reseller.principal_id],
        "quota_id": [tenant.quota, tenant.granted_quota],
        "tenant_id": [tenant.tenant_id],
    });
    // The same requests each time, unless somebody asks for others.
    let number = |name: &str| std::env::var(name).unwrap_or_else(|_| "1".to_owned());
    let status = Command::new(python())
        .args(["-W", "ignore", &format!("{ROOT}/tests/description/truth.py")])
        .env("BILLING_ENDPOINT", format!("http://{}", app.address()))
        .env("DISTRIBUTOR_TOKEN", token(&tenant.distributor))
        .env("CUSTOMER_TOKEN", token(&tenant.customer))
        .env("OPERATOR_TOKEN", OPERATOR_TOKEN)
        .env("BILLING_KNOWN", known.to_string())
        .env("BILLING_SEED", number("SCHEMATHESIS_SEED"))
        .env("BILLING_ROUNDS", number("SCHEMATHESIS_ROUNDS"))
        .env("PYTHONHASHSEED", "0")
        .status()
        .expect("schemathesis starts");
    assert!(status.success(), "see above what differs");
    app.audit(&tenant.tenant_id);
}
