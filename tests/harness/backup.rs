//! Books handed out whole and built again, as an operator asks for it.

use crate::harness::app::App;
use crate::harness::http::{Reply, Request};

/// The key that the exports are sealed under.
pub const EXPORT_KEY: &str = "e0e1e2e3e4e5e6e7e8e9eaebecedeeefe0e1e2e3e4e5e6e7e8e9eaebecedeeef";

/// A call of the operator's with a key for the export.
pub fn call_with(app: &App, key: &str, (method, target): (&str, &str), body: &[u8]) -> Reply {
    let request = Request::new(method, target, body).with("X-Export-Key", key);
    let token = format!("Bearer {}", crate::harness::app::OPERATOR_TOKEN);
    app.send(&request.with("Authorization", &token))
}

/// The export of what the query names.
pub fn export(app: &App, query: &str) -> String {
    let target = format!("/operator/v1/export?{query}");
    let reply = call_with(app, EXPORT_KEY, ("GET", &target), b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    reply.text().to_owned()
}

/// Restores lines of an export.
pub fn restore(app: &App, query: &str, export: &str) -> Reply {
    let target = format!("/operator/v1/restore?{query}");
    call_with(app, EXPORT_KEY, ("POST", &target), export.as_bytes())
}
