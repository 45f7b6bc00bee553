//! Every operation that is served answers its good request as the contract says.

use serde_json::Value;

use crate::harness::app::App;
use crate::harness::contract::text;
use crate::harness::good_requests::{served, working};
use crate::harness::http::Reply;
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

/// An answer of success, with no item of it refused. [`App::call`] checks its body.
fn assert_works(operation: &Value, reply: &Reply) {
    let id = text(&operation["operation_id"]);
    let (status, code) = reply.outcome();
    let expected = &operation["response"]["success_status"];
    assert_eq!(
        (expected.as_u64(), code.as_str()),
        (Some(u64::from(status)), ""),
        "{id}: {reply:?}"
    );
    if let Some(refused) = operation["per_item_errors"].as_str() {
        let body = reply.json();
        // One operation lists all its items, those that succeeded without a code.
        let items = body.get(refused).map_or(&[][..], Json::as_list).iter();
        let refused = items.filter(|item| item.get("error_code").is_some()).count();
        assert_eq!(refused, 0, "{id}: {body:?}");
    }
}

#[test]
fn every_operation_answers_its_good_request() {
    let app = App::shared();
    for operation in served(app) {
        // Of its own, so that none depends on what another one has left.
        let tenant = Tenant::playing_in(app);
        let (key, request) = working(app, operation, &tenant);
        assert_works(operation, &app.call(&key, request));
        app.audit(&tenant.tenant_id);
    }
}
