//! The clock of a demo tenant, which goes forward alone.

use chrono::{DateTime, TimeDelta};
use serde_json::json;

use crate::harness::app::App;
use crate::harness::coupons::at;
use crate::harness::tenant::Tenant;

/// Sets it.
pub fn set_clock(app: &App, tenant: &Tenant, now: &str) {
    let body = json!({"tenant_id": tenant.tenant_id, "now": now}).to_string();
    let reply = app.operator("PUT", "/operator/v1/clock", body);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Moves it forward by a number of days.
pub fn pass_days(app: &App, tenant: &Tenant, days: i64) {
    let target = format!("/operator/v1/clock?tenant_id={}", tenant.tenant_id);
    let clock = app.operator("GET", &target, "").json();
    let now = DateTime::parse_from_rfc3339(clock.text_at("now")).expect("a time");
    set_clock(app, tenant, &at((now + TimeDelta::days(days)).into()));
}
