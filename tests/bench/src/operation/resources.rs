//! Resources.

use super::{Aim, Kind, Operation, Repeat, Signer, Unsigned, get, post};
use crate::client::Expected;
use serde_json::json;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListFreeResourceInfos",
        component: "list-free-resource-infos",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let request = post("/v3/payments/free-resources/query", json!({"limit": 10}));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListFreeResourceUsages",
        component: "list-free-resource-usages",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"free_resources":["#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/payments/free-resources/usages/details/query";
            let request = post(path, json!({"free_resource_ids": ["nothing"]}));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListFreeResourcesUsageRecords",
        component: "list-free-resources-usage-records",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/bills/customer-bills/free-resources-usage-records";
            let days = "deduct_time_begin=2026-10-01&deduct_time_end=2026-10-31";
            let request = get(format!("{path}?{days}&limit=10"));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
];
