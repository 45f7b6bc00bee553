//! The distributor's resellers, and movements of money between them.

use serde_json::json;

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, Unsigned, as_page, page, post};
use crate::client::Expected;
use crate::tenant::{RESELLERS, Tenant};

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListIndirectPartners",
        component: "list-indirect-partners",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"count":"#),
        repeat: Repeat::Freely,
        requests: |_| vec![post("/v2/partners/indirect-partners/query", json!({"limit": 10}))],
    },
    as_page("ListIndirectPartners, as a page", |_| page("/console/resellers".to_owned())),
    Operation {
        name: "UpdateIndirectPartnerAccount",
        component: "update-indirect-partner-account",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"transfer_id":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            with_resellers(tenant, "/v2/accounts/partner-accounts/indirect-partner-adjust")
        },
    },
    Operation {
        name: "ReclaimIndirectPartnerAccount",
        component: "reclaim-indirect-partner-account",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"trans_id":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            with_resellers(tenant, "/v2/accounts/partner-accounts/indirect-partner-reclaim")
        },
    },
];

/// Moves a cent from or to each reseller.
fn with_resellers(tenant: &Tenant, path: &str) -> Vec<Unsigned> {
    let body = |reseller| json!({"indirect_partner_id": reseller, "amount": 0.01});
    (0..RESELLERS).map(|number| post(path, body(tenant.reseller(number)))).collect()
}
