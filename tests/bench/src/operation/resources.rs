//! Resources and resource packages of the first customer, and what was taken from these.

use super::{Aim, Kind, Operation, Repeat, as_page, by_customer, get, page, post};
use crate::client::Expected;
use crate::tenant::{CYCLE_FORMAT, RENEWED};
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
            vec![by_customer(post("/v3/payments/free-resources/query", json!({"limit": 10})))]
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
            vec![by_customer(post(path, json!({"free_resource_ids": [tenant.package_item(0)]})))]
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
            vec![by_customer(get(format!("{path}?{days}&limit=10")))]
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
            vec![by_customer(post(path, json!({"limit": 10})))]
        },
    },
    Operation {
        name: "AutoRenewalResources",
        component: "resources-autorenew",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Nothing,
        repeat: Repeat::Freely,
        requests: |_| {
            let path = format!("/v2/orders/subscriptions/resources/autorenew/{RENEWED}");
            vec![by_customer(post(&path, json!({"auto_renew_times": 1})))]
        },
    },
    Operation {
        name: "CancelResourcesSubscription",
        component: "cancel-resources-subscription",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"order_ids":["#),
        repeat: Repeat::Once,
        requests: |tenant| {
            let path = "/v2/orders/subscriptions/resources/unsubscribe";
            let of = |id| json!({"resource_ids": [id], "unsubscribe_type": 1});
            tenant.orders.returned.iter().map(|id| by_customer(post(path, of(id)))).collect()
        },
    },
    Operation {
        name: "RenewalResources",
        component: "renewal-resources",
        kind: Kind::Write,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"order_ids":["#),
        repeat: Repeat::Once,
        requests: |tenant| {
            let path = "/v2/orders/subscriptions/resources/renew";
            let of = |id| {
                json!({"resource_ids": [id], "period_type": 2, "period_num": 1,
                       "is_auto_pay": 1})
            };
            tenant.orders.renewed.iter().map(|id| by_customer(post(path, of(id)))).collect()
        },
    },
    as_page("ListPayPerUseCustomerResources, as a page", |tenant| {
        page(format!("/console/resources?customer_id={}", tenant.customer(0)))
    }),
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
            vec![by_customer(post(path, body))]
        },
    },
];
