//! Enterprises and their accounts.

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, get, post};
use crate::client::Expected;
use serde_json::json;

const ENTERPRISES: &str = "/v2/enterprises/multi-accounts";

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListEnterpriseSubCustomers",
        component: "sub-customers",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":10,"#),
        repeat: Repeat::Freely,
        requests: |_| by_master(get(format!("{ENTERPRISES}/sub-customers?limit=10"))),
    },
    Operation {
        name: "ListEnterpriseOrganizations",
        component: "list-enterprise-organizations",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"root_id":"1","#),
        repeat: Repeat::Freely,
        requests: |_| by_master(get(format!("{ENTERPRISES}/enterprise-organizations"))),
    },
    Operation {
        name: "ShowMultiAccountTransferAmount",
        component: "transfer-amount",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":1,"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let target = format!("{ENTERPRISES}/transfer-amount?balance_type=BALANCE_TYPE_DEBIT");
            by_master(get(target))
        },
    },
    Operation {
        name: "ListEnterpriseMultiAccount",
        component: "retrieve-amount",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":1,"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let kind = "balance_type=BALANCE_TYPE_DEBIT";
            let member = tenant.member_id(0);
            let target = format!("{ENTERPRISES}/retrieve-amount?sub_customer_id={member}&{kind}");
            by_master(get(target))
        },
    },
    Operation {
        name: "UpdateSubEnterpriseAmount",
        component: "transfer-amount",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let body = json!({"customer_id": tenant.member_id(0), "amount": "0.10"});
            by_master(post(&format!("{ENTERPRISES}/transfer-amount"), body))
        },
    },
    Operation {
        name: "ReclaimSubEnterpriseAmount",
        component: "retrieve-amount",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Freely,
        requests: |tenant| {
            let body = json!({"customer_id": tenant.member_id(0), "amount": "0.01"});
            by_master(post(&format!("{ENTERPRISES}/retrieve-amount"), body))
        },
    },
];

fn by_master(request: Unsigned) -> Vec<Unsigned> {
    vec![Unsigned { signer: Signer::PayingCustomer, ..request }]
}
