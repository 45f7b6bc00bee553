//! The demo catalogue and the divisions, and what the tests read in their lines.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::contract;
use crate::harness::json::Json;
use crate::harness::signer::{Key, quote};
use crate::harness::tenant::Tenant;

/// The demo catalogue, with the discounts that customers of the demo book have on it.
pub static CATALOGUE: LazyLock<Book> =
    LazyLock::new(|| Book::new(include_str!("../fixtures/demo_catalogue.ndjson").to_owned()));

/// Provinces, cities and counties.
pub static DIVISIONS: LazyLock<Book> =
    LazyLock::new(|| Book::new(include_str!("../fixtures/divisions.ndjson").to_owned()));

pub const ELASTIC_CLOUD_SERVER: &str = "hws.service.type.ec2";
pub const SERVER: &str = "hws.resource.type.vm";
pub const BLOCK_STORAGE: &str = "hws.service.type.ebs";
pub const VOLUME: &str = "hws.resource.type.volume";

/// Gets a list with these parameters, in a language, as the wire has it.
pub fn listed(
    app: &App,
    key: &Key,
    operation: &str,
    parameters: &[(&str, &str)],
    language: &str,
) -> Json {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
    let target = format!("{}?{}", contract::path_of(operation), pairs.join("&"));
    let request = crate::harness::http::Request::new("GET", &target, "");
    let reply = app.call(key, request.with("X-Language", language));
    assert_eq!(reply.status, 200, "{operation} {parameters:?} {}", reply.text());
    reply.json()
}

/// The status and code with which such a request is refused.
pub fn refused(app: &App, key: &Key, operation: &str, query: &str) -> (u16, String) {
    app.get(key, &format!("{}?{query}", contract::path_of(operation))).outcome()
}

/// The texts of a member of each item.
pub fn texts(items: &[Json], name: &str) -> Vec<String> {
    items.iter().map(|item| item.text_at(name).to_owned()).collect()
}

/// Lines of a kind, in the order of their codes.
pub fn sorted<'b>(book: &'b Book, kind: &str, code: &str) -> Vec<&'b Json> {
    let mut lines: Vec<&Json> = book.of_kind(kind).collect();
    lines.sort_by_key(|line| line.text_at(code).to_owned());
    lines
}

/// A product to be priced for a term: a server in the region that the published example has.
pub fn server(id: &str) -> Value {
    json!({"id": id, "cloud_service_type": ELASTIC_CLOUD_SERVER, "resource_type": SERVER,
           "resource_spec": "s6.small.1.linux", "region": "cn-east-2", "period_type": 2,
           "period_num": 1, "subscription_num": 1})
}

/// Usage to be priced: hours of a published firewall.
pub fn firewall(id: &str, hours: &str) -> Value {
    json!({"id": id, "cloud_service_type": "hws.service.type.cfw",
           "resource_type": "hws.resource.type.cfw", "resource_spec": "cfw.professional",
           "region": "la-north-2", "usage_factor": "usage_duration", "usage_value": hours,
           "usage_measure_id": 4, "subscription_num": 1})
}

/// A line of a server that a tenant's first customer has: the one of the published example.
pub fn renewable(tenant: &Tenant, resource_id: &str) -> Value {
    json!({"kind": "resource", "tenant_id": tenant.tenant_id, "resource_id": resource_id,
           "customer_id": tenant.customers[0], "order_id": "CS2601010000AAAAA",
           "service_type_code": ELASTIC_CLOUD_SERVER, "resource_type_code": SERVER,
           "resource_spec": "s6.small.1.linux", "region_code": "cn-east-2",
           "product_id": "00301-233164-0--0", "effective_time": "2020-01-01T00:00:00Z",
           "expire_time": "2095-12-31T15:59:59Z", "period_type": 3, "period_num": 1})
}

/// Adds lines to a tenant's books.
pub fn import(app: &App, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    app.import(&Book::new(text));
}
