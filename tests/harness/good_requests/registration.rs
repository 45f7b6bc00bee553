//! Good requests: registration of customers.

use serde_json::json;

use crate::harness::registration::{MOBILE, code_request};

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("CheckUserIdentity", |_| json!({"search_type": "name", "search_value": "nobody"})),
    Good::new("CreateSubCustomer", |tenant| {
        json!({"xaccount_id": "x", "xaccount_type": "x",
               "indirect_partner_id": tenant.reseller.principal_id})
    })
    .refused(400, "CBC.99000037"),
    // Of a tenant that does not play, while no webhook receiver is set up.
    Good::new("SendVerificationMessageCode", |_| code_request(MOBILE)).refused(500, "CBC.0999"),
];
