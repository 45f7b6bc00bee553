//! Faults, limits and recorded requests of demo tenants, as an operator asks for them.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::json::Json;

/// Replaces the faults of a tenant.
pub fn set_faults(app: &App, tenant_id: &str, rules: &Value) -> Reply {
    let body = json!({"tenant_id": tenant_id, "seed": 1, "rules": rules});
    app.operator("PUT", "/operator/v1/faults", body.to_string())
}

/// How often each rule was looked at, and has applied.
pub fn counts(app: &App, tenant_id: &str) -> Vec<(i64, i64)> {
    let target = format!("/operator/v1/faults?tenant_id={tenant_id}");
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let shown = reply.json();
    let faults = shown.at("faults").as_list().iter();
    faults.map(|fault| (fault.at("seen").as_integer(), fault.at("fired").as_integer())).collect()
}

/// Turns limits and the record of requests on or off.
pub fn switch(app: &App, tenant_id: &str, limits: bool, records_requests: bool) -> Reply {
    let body =
        json!({"tenant_id": tenant_id, "limits": limits, "records_requests": records_requests});
    app.operator("PUT", "/operator/v1/sandbox", body.to_string())
}

/// The requests that were recorded, as `query` has them.
pub fn requests(app: &App, tenant_id: &str, query: &str) -> Json {
    let target = format!("/operator/v1/requests?tenant_id={tenant_id}{query}");
    let reply = app.operator("GET", &target, "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}
