//! Usage made for a test: a product that is paid by its use, and tickets of it.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::bills::with;
use crate::harness::http::Reply;
use crate::harness::tenant::Tenant;

/// The catalogue of these tests: traffic for 0.081 a GB. All tests bring the same.
pub fn catalogue(app: &App) {
    catalogue_of_names(app, "测试", "test", "GB");
}

/// The same with other names, in Chinese and in English, and of the unit.
pub fn catalogue_of_names(app: &App, chinese: &str, english: &str, unit: &str) {
    let named = |kind: &str, more: Value| {
        with(json!({"kind": kind, "name_zh": chinese, "name_en": english}), &more)
    };
    let lines = [
        named(
            "service_type",
            json!({"service_type_code": "test.service.usage", "abbreviation": "USE"}),
        ),
        named(
            "resource_type",
            json!({"resource_type_code": "test.resource.usage",
                   "service_type_code": "test.service.usage"}),
        ),
        named(
            "usage_type",
            json!({"resource_type_code": "test.resource.usage", "usage_type_code": "upflow"}),
        ),
        named("region", json!({"region_code": "test-usage-1", "zones": []})),
        named(
            "product",
            json!({"product_id": "test-usage-product", "service_type_code": "test.service.usage",
                   "resource_type_code": "test.resource.usage", "resource_spec": "usage.traffic",
                   "region_code": "test-usage-1", "charge_mode": 3}),
        ),
        // As the demo catalogue has it: units belong to nobody.
        json!({"kind": "measure_unit", "measure_id": 10, "measure_type": 3, "name_zh": unit,
               "name_en": unit, "abbreviation_zh": "G", "abbreviation_en": "G"}),
        json!({"kind": "price", "product_id": "test-usage-product", "usage_type_code": "upflow",
               "measure_id": 10, "amount": "0.081", "effective_time": "2020-01-01T00:00:00Z"}),
    ]
    .map(|line| format!("{line}\n"));
    let reply = app.operator("POST", "/operator/v1/books", lines.concat());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// A ticket of the first customer: traffic in GB in an hour of 2026.
pub fn ticket(tenant: &Tenant, name: &str, gigabytes: &str) -> Value {
    json!({"ticket_id": format!("{}-{name}", tenant.tenant_id),
           "customer_id": tenant.customers[0], "resource_id": "bandwidth-1",
           "cloud_service_type": "test.service.usage", "resource_type": "test.resource.usage",
           "resource_spec": "usage.traffic", "region": "test-usage-1", "usage_factor": "upflow",
           "usage_value": gigabytes, "usage_measure_id": 10,
           "begin_time": "2026-11-01T00:00:00Z", "end_time": "2026-11-01T01:00:00Z"})
}

/// Sends tickets of a tenant.
pub fn meter(app: &App, tenant_id: &str, tickets: &[Value]) -> Reply {
    let lines: String = tickets.iter().map(|line| format!("{line}\n")).collect();
    app.operator("POST", &format!("/operator/v1/usage?tenant_id={tenant_id}"), lines)
}
