//! Good requests: resources.

use serde_json::json;

use super::Good;

pub const GOOD: &[Good] = &[
    Good::new("ListFreeResourceInfos", |_| json!({})),
    Good::new("ListFreeResourceUsages", |_| json!({"free_resource_ids": ["nothing"]})),
    Good::new(
        "ListFreeResourcesUsageRecords",
        |_| json!({"deduct_time_begin": "2026-10-01", "deduct_time_end": "2026-10-31"}),
    ),
];
