//! Snapshots, restores and forks of a small tenant and of a large one, in turn: what they ask of the
//! store, and how long they take, should be the same.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chrono::Utc;
use serde_json::json;
use xtask::host::{Host, Kind, Start};
use xtask::operator::Operator;
use xtask::workspace::Workspace;

use crate::calls::PerRequest;
use crate::client::{Client, address_of};
use crate::load::median;
use crate::site::{self, OPERATOR_TOKEN, fresh_state, start_on};
use crate::tenant::{TENANT, Tenant};

/// Records of the small tenant, and the fewest of the large one.
const RECORDS_MIN: u32 = 1_000;

/// How often each is asked for, of each tenant in turn.
const ROUNDS: u32 = 30;

/// Records of one request.
const RECORDS_PER_REQUEST: u32 = 20_000;

/// What is measured: its name, and the component that answers.
const REQUESTS: [(&str, &str); 4] = [
    ("snapshot", "operator-snapshots"),
    ("restore", "operator-snapshots-restore"),
    ("fork", "operator-snapshots-fork"),
    ("drop", "operator-snapshots"),
];

/// What one of them came to: of the small tenant, and of the large one.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was asked for.
    pub name: &'static str,
    /// Median times in milliseconds.
    pub milliseconds: [f64; 2],
    /// Calls of the store; none on a host that does not count them.
    pub calls: [Option<PerRequest>; 2],
}

/// What all of it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Records of the two tenants.
    pub records: [u32; 2],
    /// What was measured.
    pub rows: Vec<Row>,
}

/// Fills two tenants in a fresh state in `folder`, one with so many records, and asks for their
/// snapshots.
///
/// # Errors
/// There are too few, the host does not start, or something is refused.
pub fn measure(workspace: &Workspace, kind: Kind, records: u32, folder: &Path) -> Result<Figures> {
    ensure!(records >= RECORDS_MIN, "snapshots are measured with {RECORDS_MIN} records");
    let state = fresh_state(folder)?;
    let manifest = workspace.root.join("spin.toml");
    let host = Host::start(
        workspace,
        &Start { demo_tenants: Some("bench-*"), ..start_on(kind, &manifest, &state) },
    )?;
    let operator = Operator::new(&host.url, OPERATOR_TOKEN)?;
    let sizes = [("bench-small", RECORDS_MIN), ("bench-large", records)];
    for (tenant_id, records) in sizes {
        fill(&operator, tenant_id, records)?;
    }
    let mut asked = Asked { kind, url: &host.url, client: connect(&host.url)?, took: Vec::new() };
    for round in 0..ROUNDS {
        for (tenant, (tenant_id, _)) in sizes.into_iter().enumerate() {
            for (place, (name, component)) in REQUESTS.into_iter().enumerate() {
                let request = request(name, tenant_id, round)?;
                let took = asked.send(&request, component)?;
                asked.took.push((tenant, place, took));
            }
        }
    }
    let row = |place: usize, name| {
        let of = |tenant| asked.took.iter().filter(move |it| (it.0, it.1) == (tenant, place));
        let milliseconds = |tenant| median(of(tenant).map(|it| it.2.0.as_secs_f64() * 1e3));
        // The last round: what is read once is read by then.
        let calls = |tenant| of(tenant).next_back().and_then(|it| it.2.1);
        Row { name, milliseconds: [0, 1].map(milliseconds), calls: [0, 1].map(calls) }
    };
    let rows = REQUESTS.iter().enumerate().map(|(place, (name, _))| row(place, name)).collect();
    Ok(Figures { records: [RECORDS_MIN, records], rows })
}

/// How long a request took, and what it asked of the store.
type Took = (Duration, Option<PerRequest>);

/// Requests of one client, and what they took: of which tenant, which of them, how much.
struct Asked<'h> {
    kind: Kind,
    url: &'h str,
    client: Client,
    took: Vec<(usize, usize, Took)>,
}

impl Asked<'_> {
    fn send(&mut self, request: &[u8], component: &str) -> Result<Took> {
        let before = site::calls(self.kind, self.url, component)?;
        let started = Instant::now();
        let answer = self.client.exchange(request)?;
        let took = started.elapsed();
        let body = String::from_utf8_lossy(answer.body);
        ensure!((200..300).contains(&answer.status), "{}: {body}", answer.status);
        let after = site::calls(self.kind, self.url, component)?;
        Ok((took, before.zip(after).map(|(before, after)| after.per_request(before, 1))))
    }
}

fn connect(url: &str) -> Result<Client> {
    Client::connect(address_of(url)?)
}

/// A request as it goes on the wire. The bundle does not look at `host` here.
fn request(name: &str, tenant_id: &str, round: u32) -> Result<Vec<u8>> {
    let snapshots = format!("/operator/v1/snapshots?tenant_id={tenant_id}&name=bench");
    let named = json!({"tenant_id": tenant_id, "name": "bench"});
    let forked = json!({"tenant_id": tenant_id, "fork_tenant_id": format!("{tenant_id}-{round}"),
                        "name": "bench"});
    let (method, target, body) = match name {
        "snapshot" => ("PUT", snapshots, String::new()),
        "restore" => ("POST", "/operator/v1/snapshots/restore".to_owned(), named.to_string()),
        "fork" => ("POST", "/operator/v1/snapshots/fork".to_owned(), forked.to_string()),
        "drop" => ("DELETE", snapshots, String::new()),
        _ => anyhow::bail!("there is no {name}"),
    };
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {OPERATOR_TOKEN}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    Ok([head, body].concat().into_bytes())
}

/// A tenant with so many fee records of one customer.
fn fill(operator: &Operator, tenant_id: &str, records: u32) -> Result<()> {
    let send = |lines: String| {
        let refused = operator.send_book(lines.replace(TENANT, tenant_id).as_bytes())?;
        refused.map_err(|refusal| anyhow::anyhow!("{}", refusal.reason)).map(drop)
    };
    let tenant = Tenant::new(records, 1, 0, Utc::now());
    let customer = tenant.customer(0);
    let lines = [
        json!({"kind": "tenant", "tenant_id": TENANT, "name": TENANT}),
        json!({"kind": "partner", "tenant_id": TENANT, "partner_id": "bench-distributor",
               "partner_kind": "distributor"}),
        json!({"kind": "customer", "tenant_id": TENANT, "partner_id": "bench-distributor",
               "customer_id": customer, "association_type": "2"}),
    ];
    send(lines.iter().map(|line| format!("{line}\n")).collect())?;
    let mut first = 0;
    while first < records {
        let last = records.min(first + RECORDS_PER_REQUEST);
        send((first..last).map(|number| tenant.fee_record(number)).collect())?;
        first = last;
    }
    Ok(())
}

/// The figures for a person.
pub fn table(figures: &Figures) -> String {
    let [small, large] = figures.records;
    let mut text = format!("of {small} and of {large} records, {ROUNDS} rounds in turn\n");
    for Row { name, milliseconds: [of_small, of_large], calls } in &figures.rows {
        let calls = calls.map(|calls| {
            calls.map_or_else(
                || "not counted".to_owned(),
                |calls| format!("{:.0} calls, {:.0} of them commits", calls.all, calls.commits),
            )
        });
        let ratio = of_large / of_small;
        text += &format!(
            "{name:9} {of_small:.2} ms and {of_large:.2} ms, ratio {ratio:.2}; {}; {}\n",
            calls[0], calls[1],
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_measured_can_be_asked_for() {
        for (name, _) in REQUESTS {
            let request = String::from_utf8(request(name, "bench-small", 7).expect(name));
            let request = request.expect("UTF-8");
            assert!(request.contains("bench-small"), "{request}");
        }
        assert!(request("nothing", "bench-small", 7).is_err());
    }

    #[test]
    fn the_table_has_a_ratio_in_each_row() {
        let row = Row { name: "fork", milliseconds: [2.0, 3.0], calls: [None, None] };
        let table = table(&Figures { records: [1_000, 1_000_000], rows: vec![row] });
        assert!(table.contains("2.00 ms and 3.00 ms, ratio 1.50; not counted"), "{table}");
    }
}
