//! A month of a tenant's usage: its tickets are metered as an operator sends them, in large calls,
//! and then the month is closed.
//!
//! Customers and tickets have random ids, as the cloud's own, and tickets come hour by hour: in each
//! hour one of every resource, the resources in random order. So a transaction is about nearly all
//! customers, which is the worst for a tree, and for the sums of each.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use xtask::host::{Host, Kind, Start};
use xtask::operator::Operator;
use xtask::workspace::Workspace;

use crate::calls::PerRequest;
use crate::client::{Client, Expected, address_of};
use crate::footprint::{
    audit, bytes_of, megabytes, memory_text, resident_bytes, resident_bytes_max, values,
};
use crate::manifest;
use crate::site::{self, OPERATOR_TOKEN, fresh_state, start_on};

/// The tenant's id.
const TENANT: &str = "bench-usage";

const PARTNER: &str = "bench-distributor";

/// The component that meters.
const COMPONENT: &str = "operator-usage";

/// All that are asked.
const COMPONENTS: [&str; 5] =
    [COMPONENT, "operator-audit", "operator-books", "operator-clock", "operator-months-close"];

/// The fewest tickets: with fewer there is nothing to see.
const TICKETS_MIN: u32 = 10_000;

/// Tickets of one call, at most.
const TICKETS_PER_CALL: u32 = 100_000;

/// Customers, each with a resource of each product.
const CUSTOMERS: u32 = 1_000;

/// One customer in so many has next to no money, and owes what it uses.
const CUSTOMERS_PER_DEBTOR: u32 = 10;

/// One customer in so many has a package of traffic, which its first tickets are taken out of.
const CUSTOMERS_PER_PACKAGE: u32 = 10;

const REGION: &str = "cn-north-4";

/// Since long ago.
const SINCE: &str = "2024-01-01T00:00:00Z";

/// What resources are of: service, type, specification, kind of usage, unit, price of it.
const PRODUCTS: [(&str, &str, &str, &str, u32, &str); 4] = [
    ("ec2", "vm", "s6.small.1.linux", "Duration", 4, "0.074"),
    ("ebs", "volume", "GPSSD", "Duration", 4, "0.0012"),
    ("vpc", "bandwidth", "12_bgp", "upflow", 10, "0.8"),
    ("obs", "obs", "standard", "upflow", 10, "0.5"),
];

const HOUR: u32 = 4;

/// The product that packages are for.
const PACKAGED: usize = 2;

/// What a month of usage came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Tickets that were metered.
    pub tickets: u32,
    /// How long that took.
    pub seconds: f64,
    /// Values that were put into the store for them, pages nearly all of them.
    pub values_written: u32,
    /// Values that the store has in the end.
    pub values_kept: u32,
    /// What each ticket asked of the store, on average; none on a host that does not count it.
    pub calls: Option<PerRequest>,
    /// The state file, and what SQLite keeps beside it.
    pub file_bytes: u64,
    /// What the host had in memory before, instances of other requests included, and the most that
    /// it had until the last ticket, and until the month was closed; none where the system does not
    /// tell.
    pub host_bytes: [Option<u64>; 3],
    /// How long the month took to close.
    pub close_seconds: f64,
    /// How long the audit of it all took.
    pub audit_seconds: f64,
}

/// Meters so many tickets in a fresh state in `folder`, closes their month, and audits it.
///
/// # Errors
/// There are too few, the host does not start, a ticket or the close is refused, or the audit is not
/// clean.
pub fn import(workspace: &Workspace, kind: Kind, tickets: u32, folder: &Path) -> Result<Figures> {
    ensure!(tickets >= TICKETS_MIN, "usage is measured with {TICKETS_MIN} tickets");
    let state = fresh_state(folder)?;
    let manifest = folder.join("spin.toml");
    fs::write(&manifest, manifest::of_components(workspace, &COMPONENTS)?)?;
    let host = Host::start(
        workspace,
        &Start { demo_tenants: Some(TENANT), ..start_on(kind, &manifest, &state) },
    )?;
    let operator = Operator::new(&host.url, OPERATOR_TOKEN)?;
    let month = next_month(Utc::now());
    for book in [catalogue(), tenant()] {
        let refused = operator.send_book(book.as_bytes())?;
        refused.map_err(|refusal| anyhow::anyhow!("{}", refusal.reason))?;
    }
    // All of it is traded in one month, however long it takes.
    set_clock(&operator, month)?;

    let (before, _) = values(&state)?;
    let resident = resident_bytes(host.id());
    let calls_before = site::calls(kind, &host.url, COMPONENT)?;
    let seconds = meter(&host.url, tickets, month)?;
    let calls_after = site::calls(kind, &host.url, COMPONENT)?;
    let calls = calls_before.zip(calls_after);
    let (after, _) = values(&state)?;
    let until_metered = resident_bytes_max(host.id());
    let close_seconds = close(&operator, tickets, month)?;
    let host_bytes = [resident, until_metered, resident_bytes_max(host.id())];
    let started = Instant::now();
    audit(&host.url, TENANT)?;
    let audit_seconds = started.elapsed().as_secs_f64();
    drop(host);

    let (_, values_kept) = values(&state)?;
    Ok(Figures {
        tickets,
        seconds,
        values_written: after.saturating_sub(before),
        values_kept,
        calls: calls.map(|(before, after)| after.per_request(before, tickets)),
        file_bytes: bytes_of(&state)?,
        host_bytes,
        close_seconds,
        audit_seconds,
    })
}

/// The figures for a person.
pub fn table(figures: &Figures) -> String {
    let tickets = f64::from(figures.tickets);
    let written = f64::from(figures.values_written);
    let calls = figures.calls.map_or_else(
        || "not counted".to_owned(),
        |calls| format!("{:.3} for each ticket, {:.4} of them commits", calls.all, calls.commits),
    );
    let [before, metered, closed] = figures.host_bytes.map(memory_text);
    format!(
        "{} tickets with random ids of {CUSTOMERS} customers, month closed, audit clean\n\
         rate            {:.0} lines a second ({:.0} s)\n\
         calls           {calls}\n\
         values written  {:.2} for each ticket, {} in all, {} kept\n\
         state           {}, {} bytes for each ticket\n\
         host's memory   {before} before, at most {metered} while metering, {closed} in the end\n\
         close           {:.1} s\n\
         audit           {:.1} s\n",
        figures.tickets,
        tickets / figures.seconds,
        figures.seconds,
        written / tickets,
        figures.values_written,
        figures.values_kept,
        megabytes(figures.file_bytes),
        figures.file_bytes / u64::from(figures.tickets),
        figures.close_seconds,
        figures.audit_seconds,
    )
}

/// The first moment of the next month.
fn next_month(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive();
    let first = today.with_day(1).unwrap_or(today);
    (first + Months::new(1)).and_time(NaiveTime::MIN).and_utc()
}

fn set_clock(operator: &Operator, now: DateTime<Utc>) -> Result<()> {
    let body = json!({"tenant_id": TENANT, "now": now.format("%FT%TZ").to_string()});
    operator.put_json("/operator/v1/clock", &body).map(drop)
}

/// Sends the tickets; answers how long that took.
fn meter(url: &str, tickets: u32, month: DateTime<Utc>) -> Result<f64> {
    let address = address_of(url)?;
    let mut client = Client::connect(address)?;
    let mut seconds = 0.0;
    let mut first = 0;
    while first < tickets {
        let last = tickets.min(first + TICKETS_PER_CALL);
        let mut body = Vec::new();
        for number in first..last {
            writeln!(body, "{}", ticket(number, month))?;
        }
        let head = format!(
            "POST /operator/v1/usage?tenant_id={TENANT} HTTP/1.1\r\nhost: {address}\r\n\
             authorization: Bearer {OPERATOR_TOKEN}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.into_bytes(), body].concat();
        let started = Instant::now();
        let answer = client.exchange(&request)?;
        seconds += started.elapsed().as_secs_f64();
        Expected::Begins("{\"applied\"").check(&answer)?;
        let metered: Value = serde_json::from_slice(answer.body)?;
        ensure!(metered["applied"] == last - first, "not all were new: {metered}");
        first = last;
    }
    Ok(seconds)
}

/// Closes the month; answers how long that took.
fn close(operator: &Operator, tickets: u32, month: DateTime<Utc>) -> Result<f64> {
    set_clock(operator, next_month(month))?;
    let body = json!({"tenant_id": TENANT, "month": month.format("%Y-%m").to_string()});
    let started = Instant::now();
    let closed = operator.post_json("/operator/v1/months/close", &body)?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(closed["records"] == tickets, "not all are in the month: {closed}");
    Ok(seconds)
}

/// What is sold.
fn catalogue() -> String {
    let named = |kind: &str, mut fields: Value| {
        fields["kind"] = kind.into();
        fields["name_zh"] = "测试".into();
        fields["name_en"] = "Bench".into();
        fields
    };
    let unit = |id: u32, measure_type: u32, name: &str| {
        json!({"kind": "measure_unit", "measure_id": id, "measure_type": measure_type,
               "name_zh": name, "name_en": name, "abbreviation_zh": name, "abbreviation_en": name})
    };
    let mut lines = vec![unit(HOUR, 2, "Hour"), unit(10, 3, "GB")];
    lines.push(named("region", json!({"region_code": REGION, "zones": []})));
    for (place, (service, resource, spec, factor, measure, price)) in
        PRODUCTS.into_iter().enumerate()
    {
        let (service, resource) = codes(service, resource);
        let id = format!("bench-usage-{place}");
        lines.push(named(
            "service_type",
            json!({"service_type_code": service, "abbreviation": "B"}),
        ));
        lines.push(named(
            "resource_type",
            json!({"resource_type_code": resource, "service_type_code": service}),
        ));
        lines.push(named(
            "usage_type",
            json!({"resource_type_code": resource, "usage_type_code": factor}),
        ));
        lines.push(named(
            "product",
            json!({"product_id": id, "service_type_code": service, "resource_type_code": resource,
                   "resource_spec": spec, "region_code": REGION, "charge_mode": 3}),
        ));
        lines.push(json!({"kind": "price", "product_id": id, "usage_type_code": factor,
                          "measure_id": measure, "amount": price, "effective_time": SINCE}));
    }
    text(lines)
}

fn codes(service: &str, resource: &str) -> (String, String) {
    (format!("hws.service.type.{service}"), format!("hws.resource.type.{resource}"))
}

/// A tenant, its distributor, and customers with what they pay with.
fn tenant() -> String {
    let mut lines = vec![
        json!({"kind": "tenant", "name": TENANT}),
        json!({"kind": "partner", "partner_id": PARTNER, "partner_kind": "distributor"}),
    ];
    for number in 0..CUSTOMERS {
        let id = customer(number);
        let owes = number % CUSTOMERS_PER_DEBTOR == 1;
        lines.push(json!({
            "kind": "customer", "partner_id": PARTNER, "customer_id": id,
            "association_type": "2", "customer": format!("Customer {number} Ltd."),
            "customer_type": 1, "associated_on": "2026-01-12T00:00:00Z",
        }));
        lines.push(json!({
            "kind": "booking", "booking_id": format!("bench-paid-{number}"), "customer_id": id,
            "account_type": 1, "amount": if owes { "1.00" } else { "1000000.00" },
            "at": "2026-01-13T00:00:00Z",
        }));
        if number % CUSTOMERS_PER_PACKAGE == 2 {
            lines.push(package(number));
        }
    }
    for line in &mut lines {
        line["tenant_id"] = TENANT.into();
    }
    text(lines)
}

/// A package of traffic: so many GB in all.
fn package(number: u32) -> Value {
    let (service, _, _, factor, measure, _) = PRODUCTS[PACKAGED];
    let (service, _) = codes(service, "");
    json!({
        "kind": "resource_package", "customer_id": customer(number),
        "order_instance_id": format!("bench-package-{number}"),
        "order_id": format!("CS2601011200B{number:05}"), "product_id": "bench-package",
        "product_name": "Package", "service_type_code": service,
        "service_type_name": "Traffic", "region_code": REGION,
        "effective_time": "2020-01-01T04:00:00Z", "expire_time": "2096-01-01T15:59:59Z",
        "free_resources": [{
            "free_resource_id": format!("bench-package-{number}-traffic"),
            "free_resource_type_name": "Traffic", "usage_type_code": factor,
            "usage_type_name": "Traffic", "measure_id": measure, "original_amount": "40",
        }],
    })
}

fn text(lines: Vec<Value>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// The same id in each run, in an order that looks random.
fn id(of: &str, number: u32) -> String {
    let hash = Sha256::new().chain_update(of).chain_update(number.to_be_bytes()).finalize();
    hex::encode(hash.get(..16).unwrap_or_default())
}

fn customer(number: u32) -> String {
    id("customer", number)
}

/// A ticket: in each hour of the month before, one of each resource.
fn ticket(number: u32, month: DateTime<Utc>) -> Value {
    let resources = CUSTOMERS * u32::try_from(PRODUCTS.len()).unwrap_or(1);
    let (hour, place) = (number / resources, number % resources);
    // Each of them once, in another order than that of their numbers: the factor has no divisor in
    // common with their number.
    let resource = u32::try_from(u64::from(place) * 1_237 % u64::from(resources)).unwrap_or(0);
    let product = usize::try_from(resource / CUSTOMERS).unwrap_or(0);
    let (service, resource_type, spec, factor, measure, _) = PRODUCTS[product];
    let (service, resource_type) = codes(service, resource_type);
    let begin = month - Months::new(1) + TimeDelta::hours(i64::from(hour));
    let time = |time: DateTime<Utc>| time.format("%FT%TZ").to_string();
    let used = if measure == HOUR {
        "1".to_owned()
    } else {
        format!("{}.{:03}", number % 3, number % 1_000 + 1)
    };
    json!({
        "ticket_id": id("ticket", number), "customer_id": customer(resource % CUSTOMERS),
        "resource_id": id("resource", resource), "resource_name": format!("resource-{resource}"),
        "cloud_service_type": service, "resource_type": resource_type, "resource_spec": spec,
        "region": REGION, "usage_factor": factor, "usage_value": used,
        "usage_measure_id": measure, "begin_time": time(begin),
        "end_time": time(begin + TimeDelta::hours(1)), "enterprise_project_id": "0",
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use billing::operations::import::Line;
    use billing::operations::meter_usage::Ticket;

    use super::*;

    fn month() -> DateTime<Utc> {
        "2026-12-01T00:00:00Z".parse().expect("a time")
    }

    #[test]
    fn its_lines_are_those_of_a_book() {
        for line in catalogue().lines().chain(tenant().lines()) {
            assert!(Line::parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn each_hour_has_a_ticket_of_each_resource() {
        let tickets: Vec<Ticket> = (4_000..8_000)
            .map(|number| serde_json::from_value(ticket(number, month())).expect("a ticket"))
            .map(|ticket: Ticket| ticket.check().expect("a ticket that is right"))
            .collect();
        let of = |what: fn(&Ticket) -> String| tickets.iter().map(what).collect::<BTreeSet<_>>();
        assert_eq!(of(|ticket| ticket.begin_time.to_string()).len(), 1);
        assert_eq!(of(|ticket| ticket.resource_id.to_string()).len(), 4_000);
        assert_eq!(of(|ticket| ticket.ticket_id.to_string()).len(), 4_000);
        assert_eq!(of(|ticket| ticket.customer_id.to_string()).len(), 1_000);
    }

    #[test]
    fn a_month_ends_where_the_next_one_begins() {
        let now = "2026-12-31T23:00:00Z".parse().expect("a time");
        assert_eq!(next_month(now), "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().expect("one"));
    }
}
