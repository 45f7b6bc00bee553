//! Good requests: resources.

use serde_json::json;

use crate::harness::orders::{main_id, provided};

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("AutoRenewalResources", |_| json!({"resource_id": "nothing"}))
        .refused(400, "CBC.99003012")
        .prepared(|app, tenant, fields| {
            provided(app, tenant);
            fields["resource_id"] = json!(main_id(tenant));
        }),
    Good::new("CancelAutoRenewalResources", |_| json!({"resource_id": "nothing"}))
        .refused(400, "CBC.99003012")
        .prepared(|app, tenant, fields| {
            provided(app, tenant);
            fields["resource_id"] = json!(main_id(tenant));
            let answer = app.sdk(&tenant.customer, "AutoRenewalResources", fields);
            answer.outcome.expect("switched on");
        }),
    Good::new(
        "CancelResourcesSubscription",
        |_| json!({"resource_ids": ["nothing"], "unsubscribe_type": 1}),
    )
    .refused(400, "CBC.99003012")
    .prepared(|app, tenant, fields| {
        provided(app, tenant);
        fields["resource_ids"] = json!([main_id(tenant)]);
    }),
    Good::new(
        "ListCustomerOnDemandResources",
        |tenant| json!({"customer_id": tenant.customers[0]}),
    )
    .refused(400, "CBC.99000035"),
    Good::new("ListFreeResourceInfos", |_| json!({})),
    Good::new("ListFreeResourceUsages", |_| json!({"free_resource_ids": ["nothing"]})),
    Good::new(
        "ListFreeResourcesUsageRecords",
        |_| json!({"deduct_time_begin": "2026-10-01", "deduct_time_end": "2026-10-31"}),
    ),
    Good::new(
        "ListPayPerUseCustomerResources",
        |tenant| json!({"customer_id": tenant.customers[0]}),
    )
    .refused(400, "CBC.0100"),
    Good::new(
        "RenewalResources",
        |_| json!({"resource_ids": ["nothing"], "period_type": 2, "period_num": 1}),
    )
    .refused(400, "CBC.99003016")
    .prepared(|app, tenant, fields| {
        provided(app, tenant);
        fields["resource_ids"] = json!([main_id(tenant)]);
    }),
    Good::new(
        "SetResourcesRenewConfig",
        |_| json!({"config_name": "DEDUCTION_DATE", "config_value": "5"}),
    ),
    Good::new(
        "UpdatePeriodToOnDemand",
        |_| json!({"operation": "SET_UP", "resource_ids": ["nothing"]}),
    )
    .prepared(|app, tenant, fields| {
        provided(app, tenant);
        fields["resource_ids"] = json!([main_id(tenant)]);
    }),
    Good::new("UpdatePeriodToOnDemandInstantly", |_| json!({"resource_ids": ["nothing"]}))
        .prepared(|app, tenant, fields| {
            provided(app, tenant);
            fields["resource_ids"] = json!([main_id(tenant)]);
        }),
];
