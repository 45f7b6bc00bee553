//! Good requests: real-name authentication.

use serde_json::json;

use crate::harness::realname::{become_person, change, company, person};

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ChangeEnterpriseRealnameAuthentication", |tenant| change(&tenant.customers[0]))
        .refused(400, "CBC.99000035")
        .prepared(|app, tenant, _| become_person(app, tenant)),
    Good::new("CreateEnterpriseRealnameAuthentication", |tenant| company(&tenant.customers[0]))
        .refused(400, "CBC.99000035"),
    Good::new("CreatePersonalRealnameAuth", |tenant| person(&tenant.customers[0], "E0000001"))
        .refused(400, "CBC.99000035"),
    Good::new("ShowRealNameAuthQrCode", |_| json!({})),
    Good::new("ShowRealNameAuthStatus", |_| json!({})),
    Good::new(
        "ShowRealnameAuthenticationReviewResult",
        |tenant| json!({"customer_id": tenant.customers[0]}),
    )
    .refused(500, "CBC.5002"),
];
