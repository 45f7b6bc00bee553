//! One good request of every operation that the bundle serves, in a file for each group of the
//! contract. A new operation adds its own here: the tests of [`crate::every_route`] fail without it,
//! and with it ask the operation everything that every operation must answer or refuse alike.

mod accounts;
mod balances;
mod bills;
mod cards;
mod costs;
mod coupon_quotas;
mod coupons;
mod customers;
mod enterprise;
mod orders;
mod pricing;
mod products;
mod realname;
mod regions_config;
mod registration;
mod resellers;
mod resources;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::harness::app::App;
use crate::harness::contract::{self, list, text};
use crate::harness::http::Request;
use crate::harness::routes::published_calls;
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

const GROUPS: &[&[Good]] = &[
    accounts::GOOD,
    balances::GOOD,
    bills::GOOD,
    cards::GOOD,
    costs::GOOD,
    coupon_quotas::GOOD,
    coupons::GOOD,
    customers::GOOD,
    enterprise::GOOD,
    orders::GOOD,
    pricing::GOOD,
    products::GOOD,
    realname::GOOD,
    regions_config::GOOD,
    registration::GOOD,
    resellers::GOOD,
    resources::GOOD,
];

/// What one operation takes.
pub struct Good {
    operation_id: &'static str,
    /// The fields of its body or the parameters of its path and query, naming what a tenant has.
    fields: fn(&Tenant) -> Value,
    /// The answer while nothing that it names exists: then it changes nothing.
    of_nobody: Option<(u16, &'static str)>,
    prepare: fn(&App, &Tenant, &mut Value),
    asker: fn(&App, &Tenant, &Value) -> Key,
}

impl Good {
    const fn new(operation_id: &'static str, fields: fn(&Tenant) -> Value) -> Self {
        Self {
            operation_id,
            fields,
            of_nobody: None,
            prepare: |_, _, _| {},
            asker: |_, tenant, operation| caller_of(tenant, operation).clone(),
        }
    }

    /// Refused with this when nothing that it names exists. Otherwise that is a success as well.
    const fn refused(mut self, status: u16, code: &'static str) -> Self {
        self.of_nobody = Some((status, code));
        self
    }

    /// Needs this done before it can succeed, which may also put more into the fields.
    const fn prepared(mut self, prepare: fn(&App, &Tenant, &mut Value)) -> Self {
        self.prepare = prepare;
        self
    }

    /// Succeeds for this caller, and not for the tenant's usual one.
    const fn asked_by(mut self, asker: fn(&App, &Tenant, &Value) -> Key) -> Self {
        self.asker = asker;
        self
    }

    fn of(operation: &Value) -> &'static Self {
        let id = text(&operation["operation_id"]);
        let found = GROUPS.iter().copied().flatten().find(|good| good.operation_id == id);
        found.unwrap_or_else(|| {
            let group = text(&operation["group"]).replace('-', "_");
            panic!("{id} has no good request in tests/harness/good_requests/{group}.rs")
        })
    }
}

/// In no books at all.
static NOBODY: LazyLock<Tenant> = LazyLock::new(Tenant::new);

/// The published operations that are served, each with a good request.
pub fn served(app: &App) -> Vec<&'static Value> {
    let calls = published_calls(app);
    calls.iter().map(|(method, path)| contract::find(method, path).expect("published")).collect()
}

/// The key of someone in a tenant who may call an operation.
pub fn caller_of<'t>(tenant: &'t Tenant, operation: &Value) -> &'t Key {
    let may_call = |kind: &str| list(&operation["callers"]).contains(&json!(kind));
    if may_call("distributor") { &tenant.distributor } else { &tenant.customer }
}

/// Fields that name what exists nowhere.
pub fn of_nobody(operation: &Value) -> Value {
    (Good::of(operation).fields)(&NOBODY)
}

/// What the operation answers to them: status and code.
pub fn outcome_of_nobody(operation: &Value) -> (u16, &'static str) {
    let status = operation["response"]["success_status"].as_u64().expect("a status");
    let success = (u16::try_from(status).expect("a status"), "");
    Good::of(operation).of_nobody.unwrap_or(success)
}

/// Fields that name what a tenant has.
pub fn of_tenant(operation: &Value, tenant: &Tenant) -> Value {
    (Good::of(operation).fields)(tenant)
}

/// A request that succeeds for a demo tenant, and the key to sign it with.
pub fn working(app: &App, operation: &Value, tenant: &Tenant) -> (Key, Request) {
    let good = Good::of(operation);
    let mut fields = (good.fields)(tenant);
    (good.prepare)(app, tenant, &mut fields);
    ((good.asker)(app, tenant, operation), request(operation, &fields))
}

/// The request of an operation with these fields: those of the path in it, the others in the body
/// if there is one, else in the query.
pub fn request(operation: &Value, fields: &Value) -> Request {
    let (path, rest) = split(operation, fields);
    let method = text(&operation["method"]);
    if !operation["request_body"].is_null() {
        return Request::new(method, &path, Value::Object(rest).to_string());
    }
    let pairs: Vec<String> =
        rest.iter().map(|(name, value)| format!("{name}={}", quote(in_query(value)))).collect();
    let target = if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) };
    Request::new(method, &target, "")
}

/// The path with those fields in it that belong there, and the others.
pub fn split(operation: &Value, fields: &Value) -> (String, Map<String, Value>) {
    let mut rest = fields.as_object().expect("fields").clone();
    let mut path = text(&operation["path"]).to_owned();
    for parameter in list(&operation["params"]).iter().filter(|it| it["in"] == "path") {
        let name = text(&parameter["name"]);
        let value = rest.remove(name).unwrap_or_else(|| panic!("no {name} in {fields}"));
        path = path.replace(&format!("{{{name}}}"), &quote(in_query(&value)));
    }
    (path, rest)
}

/// A value as a path or query has it.
pub fn in_query(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
