//! Good requests: a distributor's resellers.

use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ListIndirectPartners", |_| json!({"limit": 10})),
    Good::new(
        "ReclaimIndirectPartnerAccount",
        |tenant| json!({"indirect_partner_id": tenant.reseller.principal_id, "amount": 1}),
    )
    .refused(400, "CBC.99000037"),
    Good::new(
        "UpdateIndirectPartnerAccount",
        |tenant| json!({"indirect_partner_id": tenant.reseller.principal_id, "amount": 1}),
    )
    .refused(400, "CBC.99000037"),
];
