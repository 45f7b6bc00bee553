//! What products cost a customer, which has an agreement.

use serde_json::{Value, json};

use super::{Aim, Kind, Operation, Repeat, SHORT_READ, Signer, Unsigned, post};
use crate::client::Expected;
use crate::tenant::{REGION, RENEWED, RESOURCE, SERVICE, Tenant};

/// The most products that one request asks the price of.
const ITEMS_MAX: u32 = 100;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListRateOnPeriodDetail",
        component: "list-rate-on-period-detail",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"official_website_rating_result":{"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![terms(tenant, 1)],
    },
    Operation {
        name: "ListRateOnPeriodDetail, 100 products",
        component: "list-rate-on-period-detail",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"official_website_rating_result":{"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![terms(tenant, ITEMS_MAX)],
    },
    Operation {
        name: "ListOnDemandResourceRatings",
        component: "list-on-demand-resource-ratings",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"amount":"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![usage(tenant, 1)],
    },
    Operation {
        name: "ListOnDemandResourceRatings, 100 products",
        component: "list-on-demand-resource-ratings",
        kind: Kind::Read,
        aim: Aim::Prompt,
        answer: Expected::Begins(r#"{"amount":"#),
        repeat: Repeat::Freely,
        requests: |tenant| vec![usage(tenant, ITEMS_MAX)],
    },
    Operation {
        name: "ListRenewRateOnPeriod",
        component: "list-renew-rate-on-period",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"currency":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let body = json!({"resource_ids": [RENEWED], "period_type": 2, "period_num": 1});
            vec![of_customer("/v2/bills/ratings/period-resources/renew-rate", body)]
        },
    },
    Operation {
        name: "ListBusinessDiscountInfo",
        component: "list-business-discount-info",
        kind: Kind::Read,
        aim: SHORT_READ,
        answer: Expected::Begins(r#"{"total_count":"#),
        repeat: Repeat::Freely,
        requests: |_| {
            let body = json!({"quoting_item_type": "PRODUCT_ITEM", "limit": 10});
            vec![of_customer("/v2/promotions/business/discount-info", body)]
        },
    },
];

/// The price of some products for three months.
fn terms(tenant: &Tenant, count: u32) -> Unsigned {
    let items = tenant.monthly_products(count).map(|number| {
        let mut item = item(tenant, number);
        item["period_type"] = 2.into();
        item["period_num"] = 3.into();
        item
    });
    let body = json!({"project_id": "bench-project", "product_infos": items.collect::<Vec<_>>()});
    of_customer("/v2/bills/ratings/period-resources/subscribe-rate", body)
}

/// The price of a day of some products.
fn usage(tenant: &Tenant, count: u32) -> Unsigned {
    let items = tenant.hourly_products(count).map(|number| {
        let mut item = item(tenant, number);
        item["usage_factor"] = "Duration".into();
        item["usage_value"] = 24.into();
        item["usage_measure_id"] = 4.into();
        item
    });
    let body = json!({"project_id": "bench-project", "product_infos": items.collect::<Vec<_>>()});
    of_customer("/v2/bills/ratings/on-demand-resources", body)
}

fn item(tenant: &Tenant, number: u32) -> Value {
    json!({
        "id": number.to_string(), "cloud_service_type": SERVICE, "resource_type": RESOURCE,
        "resource_spec": tenant.specification(number), "region": REGION, "subscription_num": 1,
    })
}

fn of_customer(path: &str, body: Value) -> Unsigned {
    Unsigned { signer: Signer::Customer, ..post(path, body) }
}
