//! Resources and resource packages of the first customer, and what was taken from these.

use super::{Aim, Kind, Operation, Repeat, Signer, Unsigned, get, post};
use crate::client::Expected;
use crate::tenant::CYCLE_FORMAT;
use serde_json::json;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListCustomerOnDemandResources",
        component: "list-customer-on-demand-resources",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let path = "/v2/partners/sub-customers/on-demand-resources/query";
            vec![post(path, json!({"customer_id": tenant.customer(0), "limit": 10}))]
        },
    },
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
        answer: Expected::Begins(r#"{"free_resources":[{"#),
        repeat: Repeat::Freely,
        requests: |tenant| {
            let path = "/v2/payments/free-resources/usages/details/query";
            let request = post(path, json!({"free_resource_ids": [tenant.package_item(0)]}));
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
        requests: |tenant| {
            let path = "/v2/bills/customer-bills/free-resources-usage-records";
            let month = tenant.cycle.format(CYCLE_FORMAT);
            let days = format!("deduct_time_begin={month}-01&deduct_time_end={month}-28");
            let request = get(format!("{path}?{days}&limit=10"));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "ListPayPerUseCustomerResources",
        component: "list-pay-per-use-customer-resources",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/orders/suscriptions/resources/query";
            let request = post(path, json!({"limit": 10}));
            vec![Unsigned { signer: Signer::Customer, ..request }]
        },
    },
    Operation {
        name: "SetResourcesRenewConfig",
        component: "set-resources-renew-config",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"error_code":"CBC.0000""#),
        repeat: Repeat::Freely,
        requests: |_| {
            let path = "/v2/orders/subscriptions/resources/renew/config";
            let body = json!({"config_name": "DEDUCTION_DATE", "config_value": "5"});
            vec![Unsigned { signer: Signer::Customer, ..post(path, body) }]
        },
    },
];
