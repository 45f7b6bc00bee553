//! Good requests: products.

use serde_json::json;

use super::Good;
use crate::harness::catalogue::{ELASTIC_CLOUD_SERVER, SERVER};

pub const GOOD: &[Good] = &[
    Good::new("ListConversions", |_| json!({})),
    Good::new("ListIncentiveDiscountPolicies", |_| json!({"time": "2026-09"})),
    Good::new("ListMeasureUnits", |_| json!({})),
    Good::new("ListResourceSpecs", |_| {
        json!({"cloud_service_type": ELASTIC_CLOUD_SERVER, "resource_type": SERVER,
               "region_code": "cn-north-4", "charge_mode": "1"})
    }),
    Good::new("ListResourceTypes", |_| json!({})),
    Good::new("ListServiceResources", |_| json!({"service_type_code": ELASTIC_CLOUD_SERVER})),
    Good::new("ListServiceTypes", |_| json!({})),
    Good::new("ListUsageTypes", |_| json!({})),
];
