//! Books that go from SQLite to Redis, under another master key, and back: every list of everybody
//! is byte for byte what it was.

use std::sync::Arc;

use serde_json::Value;

use crate::harness::app::{App, Variables};
use crate::harness::backup::{export, restore};
use crate::harness::book::DEMO;
use crate::harness::catalogue::{CATALOGUE, DIVISIONS};
use crate::harness::contract::text;
use crate::harness::good_requests::{caller_of, of_tenant, request, served, working};
use crate::harness::http::Request;
use crate::harness::json::Json;
use crate::harness::redis_server::RedisServer;
use crate::harness::signer::Key;
use crate::harness::store::Store;
use crate::harness::tenant::Tenant;

const OTHER_MASTER_KEY: &str = "1f1e2d3c4b5a69788796a5b4c3d2e1f01f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What the operator lists of a tenant, but for its clock, which goes on.
const OPERATOR_LISTS: [&str; 4] =
    ["journal?limit=100&", "deliveries?limit=100&", "reviews?limit=100&", "settings?"];

/// A question about a tenant, and what was answered.
struct Answered {
    /// Nobody's: the operator's.
    key: Option<Key>,
    request: Request,
    answer: (u16, Vec<u8>),
}

impl Answered {
    fn of(app: &App, key: Option<Key>, request: Request) -> Self {
        let answer = answer(app, key.as_ref(), &request);
        Self { key, request, answer }
    }

    fn check(&self, app: &App) {
        let (status, body) = answer(app, self.key.as_ref(), &self.request);
        let texts = [&body, &self.answer.1].map(|body| String::from_utf8_lossy(body));
        assert_eq!((status, &texts[0]), (self.answer.0, &texts[1]), "{:?}", self.request);
    }
}

fn answer(app: &App, key: Option<&Key>, request: &Request) -> (u16, Vec<u8>) {
    let reply = match key {
        Some(key) => app.call(key, request.clone()),
        None => app.operator(&request.method, &request.target, ""),
    };
    (reply.status, reply.body)
}

/// Whether it shows what is there. A QR code is made anew each time.
fn is_list(operation: &Value) -> bool {
    let id = text(&operation["operation_id"]);
    id.starts_with("List") || (id.starts_with("Show") && id != "ShowRealNameAuthQrCode")
}

/// Tenants in whose books an operation was called, with what all lists of its group answer.
fn tenants_of_all_operations(app: &App) -> Vec<(String, Vec<Answered>)> {
    let operations = served(app);
    let mut tenants = Vec::new();
    for operation in &operations {
        let tenant = Tenant::playing_in(app);
        let (key, good) = working(app, operation, &tenant);
        let reply = app.call(&key, good.clone());
        assert!(reply.status < 300, "{}: {}", operation["operation_id"], reply.text());
        let mut answered = Vec::new();
        if is_list(operation) {
            answered.push(Answered::of(app, Some(key), good));
        }
        let is_of_group = |it: &&&Value| it["group"] == operation["group"] && is_list(it);
        for list in operations.iter().filter(is_of_group) {
            let asked = request(list, &of_tenant(list, &tenant));
            answered.push(Answered::of(app, Some(caller_of(&tenant, list).clone()), asked));
        }
        for list in OPERATOR_LISTS {
            let target = format!("/operator/v1/{list}tenant_id={}", tenant.tenant_id);
            answered.push(Answered::of(app, None, Request::new("GET", &target, "")));
        }
        tenants.push((tenant.tenant_id, answered));
    }
    tenants
}

/// Takes the catalogue and tenants from one application to another.
fn carry(from: &App, to: &App, tenants: &[(String, Vec<Answered>)]) {
    let ids = tenants.iter().map(|(id, _)| format!("tenant_id={id}"));
    for query in ids.chain(["books=catalogue".to_owned()]) {
        let reply = restore(to, &query, &export(from, &query));
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        assert_eq!(*reply.json().at("complete"), Json::Bool(true));
    }
}

#[test]
fn every_list_of_everybody_is_the_same_in_redis_and_back_in_sqlite() {
    let origin = App::start_at(Variables::default(), Store::KeyValue);
    for book in [&DEMO, &CATALOGUE, &DIVISIONS] {
        origin.import(book);
    }
    let mut tenants = tenants_of_all_operations(&origin);
    tenants.extend(["demo-distributor", "demo-provider"].map(|id| (id.to_owned(), Vec::new())));
    let audits: Vec<Json> = tenants.iter().map(|(id, _)| origin.audit(id)).collect();

    let redis = Store::Redis(Arc::new(RedisServer::start()));
    let other = Variables { master_key: OTHER_MASTER_KEY, ..Variables::default() };
    let stores = [(other, redis), (Variables::default(), Store::KeyValue)];
    let mut before = origin;
    for (variables, store) in stores {
        let app = App::start_at(variables, store);
        carry(&before, &app, &tenants);
        for ((id, answered), audit) in tenants.iter().zip(&audits) {
            assert_eq!(app.audit(id), *audit, "{id}");
            answered.iter().for_each(|answered| answered.check(&app));
        }
        before = app;
    }
    // What an import has brought is known: nothing of it is done again.
    let reply = before.operator("POST", "/operator/v1/books", DEMO.text());
    assert_eq!(reply.json().at("applied").as_integer(), 0, "{}", reply.text());
}
