//! Good requests: prices.

use serde_json::json;

use super::Good;
use crate::harness::catalogue::{firewall, import, renewable, server};

pub const GOOD: &[Good] = &[
    Good::new("ListBusinessDiscountInfo", |_| json!({"quoting_item_type": "PRODUCT_ITEM"})),
    Good::new(
        "ListOnDemandResourceRatings",
        |_| json!({"project_id": "project", "product_infos": [firewall("1", "730")]}),
    )
    .refused(400, "CBC.99006006"),
    Good::new(
        "ListRateOnPeriodDetail",
        |_| json!({"project_id": "project", "product_infos": [server("1")]}),
    )
    .refused(400, "CBC.99006006"),
    Good::new(
        "ListRenewRateOnPeriod",
        |_| json!({"resource_ids": ["nobodys"], "period_type": 2, "period_num": 1}),
    )
    .prepared(|app, tenant, fields| {
        let id = format!("{}-resource", tenant.tenant_id);
        import(app, &[renewable(tenant, &id)]);
        fields["resource_ids"] = json!([id]);
    }),
];
