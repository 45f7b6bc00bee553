//! Every write is done once for a client token, also when its first answer is lost, and every read changes nothing.

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::contract::text;
use crate::harness::good_requests::{of_nobody, request, served, working};
use crate::harness::http::{Reply, Request};
use crate::harness::json::Json;
use crate::harness::sandbox::set_faults;
use crate::harness::tenant::Tenant;

/// Whether an operation is a read, as its published name says.
fn is_read(operation: &Value) -> bool {
    let id = text(&operation["operation_id"]);
    ["List", "Show", "Check"].iter().any(|beginning| id.starts_with(beginning))
}

/// A request of the same operation that is not the same request.
fn another(operation: &Value, good: &Request) -> Request {
    if good.body.is_empty() {
        return request(operation, &of_nobody(operation));
    }
    let mut other = good.clone();
    other.body.push(b' ');
    other
}

/// What an answer says, whatever request it answers.
fn said(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.text())
}

#[test]
fn every_write_is_done_once_for_a_client_token() {
    let app = App::shared();
    for operation in served(app).into_iter().filter(|operation| !is_read(operation)) {
        let id = text(&operation["operation_id"]);
        let tenant = Tenant::playing_in(app);
        let (key, good) = working(app, operation, &tenant);
        let before = app.audit(&tenant.tenant_id);
        let send = |request: &Request| {
            app.call(&key, request.clone().with("X-Client-Token", "once and for all"))
        };
        // The answer is lost after the commit, so that the client does not know of it.
        let rules =
            json!([{"status": 503, "error_code": "CBC.0999", "next": 1, "when": "after-commit"}]);
        assert_eq!(set_faults(app, &tenant.tenant_id, &rules).status, 200, "{id}");
        assert_eq!(send(&good).outcome(), (503, "CBC.0999".to_owned()), "{id}");
        let after = app.audit(&tenant.tenant_id);
        let transactions = |audit: &Json| audit.at("transactions").clone();
        assert_ne!(transactions(&before), transactions(&after), "{id} did nothing");

        let first = send(&good);
        assert!(first.status < 300, "{id}: {}", first.text());
        assert_eq!(said(&send(&good)), said(&first), "{id}");
        let other = another(operation, &good);
        // What takes nothing has one request only.
        if (&other.target, &other.body) != (&good.target, &good.body) {
            let other = send(&other);
            assert_eq!(other.outcome(), (409, "CBC.0150".to_owned()), "{id}: {}", other.text());
        }
        assert_eq!(app.audit(&tenant.tenant_id), after, "{id}");
    }
}

/// Reads whose every answer differs: the ticket of an address counts once.
const GIVES_SOMETHING_NEW: [&str; 1] = ["ShowRealNameAuthQrCode"];

#[test]
fn every_read_changes_nothing() {
    let app = App::shared();
    for operation in served(app).into_iter().filter(|operation| is_read(operation)) {
        let tenant = Tenant::playing_in(app);
        let (key, good) = working(app, operation, &tenant);
        let before = app.audit(&tenant.tenant_id);
        let first = app.call(&key, good.clone());
        let second = app.call(&key, good);
        let id = text(&operation["operation_id"]);
        if GIVES_SOMETHING_NEW.contains(&id) {
            assert_eq!(first.status, second.status, "{id}");
        } else {
            assert_eq!(said(&first), said(&second), "{id}");
        }
        assert_eq!(app.audit(&tenant.tenant_id), before, "{id}");
    }
}
