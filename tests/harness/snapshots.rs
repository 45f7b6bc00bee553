//! Snapshots, as an operator asks for them.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::http::Reply;
use crate::harness::json::Json;

/// Where they are taken, listed and dropped.
pub const PATH: &str = "/operator/v1/snapshots";

fn target(tenant_id: &str, name: &str) -> String {
    format!("{PATH}?tenant_id={tenant_id}&name={name}")
}

/// Takes one.
pub fn take(app: &App, tenant_id: &str, name: &str) -> Json {
    let reply = app.operator("PUT", &target(tenant_id, name), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// Drops one, and answers the status and code.
pub fn discard(app: &App, tenant_id: &str, name: &str) -> (u16, String) {
    app.operator("DELETE", &target(tenant_id, name), "").outcome()
}

/// Names of all.
pub fn names(app: &App, tenant_id: &str) -> Vec<String> {
    let reply = app.operator("GET", &format!("{PATH}?tenant_id={tenant_id}"), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let listed = reply.json();
    let snapshots = listed.at("snapshots").as_list().iter();
    let names: Vec<String> = snapshots.map(|it| it.text_at("name").to_owned()).collect();
    assert_eq!(listed.at("total_count").as_integer(), i64::try_from(names.len()).expect("few"));
    names
}

/// Puts one back.
pub fn restore(app: &App, tenant_id: &str, name: &str) -> Reply {
    let body = json!({"tenant_id": tenant_id, "name": name});
    app.operator("POST", &format!("{PATH}/restore"), body.to_string())
}

/// Makes another tenant.
pub fn fork(app: &App, fields: &Value) -> Reply {
    app.operator("POST", &format!("{PATH}/fork"), fields.to_string())
}
