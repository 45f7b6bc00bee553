//! Two builds of the bundle beside each other: what has become faster or slower.
//!
//! Both are served by the same host on books of the same lines, and runs alternate, so that whatever
//! else the machine does slows both. What counts is the median of the ratios of neighbouring runs.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::Utc;
use serde_json::Value;
use xtask::host::Kind;
use xtask::import;
use xtask::workspace::Workspace;

use crate::aim::CLIENTS;
use crate::load::median;
use crate::manifest;
use crate::operation::{self, Operation, SINGLE_ISSUE, issue};
use crate::site::{Bundle, Extent, Site, fresh_state};
use crate::tenant::Tenant;

/// What is compared: balances, lists, and a write.
const OPERATIONS: [&str; 4] =
    ["ListPartnerBalances", "ListSubCustomerBillDetail", "ListIssuedPartnerCoupons", SINGLE_ISSUE];

/// The component that imports books.
const IMPORT: &str = "operator-books";

/// What lines of a book every build knows.
const KINDS: [&str; 6] = ["tenant", "partner", "booking", "access_key", "coupon_quota", "customer"];

/// Fee records and coupons of each book.
const RECORDS: u32 = 1_000;

/// Customers of each book, each with ten coupons.
const CUSTOMERS: u32 = 100;

/// Requests over which calls of the store are counted.
const COUNTED: usize = 60;

/// What goes before each run without being counted.
const WARM_UP: Duration = Duration::from_millis(200);

/// How much is compared.
#[derive(Clone, Copy, Debug)]
pub struct Pairs {
    /// Pairs of runs for each operation and number of clients.
    pub count: u32,
    /// How long each run lasts.
    pub run: Duration,
}

impl Pairs {
    /// Those whose ratios count: seven minutes.
    pub const FULL: Self = Self { count: 8, run: Duration::from_secs(3) };

    /// Those that only show something that has become much slower.
    pub const QUICK: Self = Self { count: 8, run: Duration::from_millis(300) };
}

/// An operation of the two builds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The operation.
    pub name: &'static str,
    /// Clients at one time.
    pub clients: usize,
    /// Requests per second of the other build and of this one: medians.
    pub rps: [f64; 2],
    /// What this one's speed is of the other's in neighbouring runs: the least, the median, the most.
    pub ratios: [f64; 3],
    /// Processor time of the host for each request of either, in microseconds: medians, where the
    /// system tells. It says most where the machine does other work.
    pub processor_us: [Option<f64>; 2],
    /// Calls of the store for each request of either, where they are counted.
    pub calls: [Option<f64>; 2],
}

/// What came of a run.
#[derive(Clone, Copy, Debug)]
struct Speed {
    rps: f64,
    processor_us: Option<f64>,
}

/// Compares this build with one that lies where the manifest `other` says.
///
/// # Errors
/// One of them is not built, does not take the book, or does not answer as it must.
pub fn compare(
    workspace: &Workspace,
    kind: Kind,
    other: &Path,
    pairs: Pairs,
    folder: &Path,
) -> Result<Vec<Comparison>> {
    let operations = OPERATIONS.map(operation::find);
    let operations = operations.into_iter().collect::<Result<Vec<&Operation>>>()?;
    let mut names: Vec<&str> = operations.iter().map(|operation| operation.component).collect();
    names.push(IMPORT);
    names.sort_unstable();
    names.dedup();

    fs::create_dir_all(folder)?;
    let this = workspace.root.join("spin.toml");
    let serve = |name: &str, of: &Path| {
        let manifest = folder.join(format!("{name}.toml"));
        fs::write(&manifest, manifest::part_of(of, &names)?)?;
        let bundle = Bundle { workspace, kind, manifest: &manifest };
        filled(&bundle, &folder.join(name))
    };
    let sites = [serve("other", other)?, serve("this", &this)?];

    let mut comparisons = Vec::new();
    for operation in operations {
        let [other, this] = &sites;
        let calls = [other.count(operation, COUNTED)?, this.count(operation, COUNTED)?];
        let calls = calls.map(|calls| calls.map(|calls| calls.all));
        for clients in [CLIENTS, 1] {
            let (run, warm_up) = (pairs.run, WARM_UP);
            let extent = Extent { clients, run, warm_up, requests_max: None };
            let runs = (0..pairs.count).map(|number| one_pair(&sites, operation, extent, number));
            let runs = runs.collect::<Result<Vec<[Speed; 2]>>>()?;
            comparisons.push(Comparison::of(operation.name, clients, &runs, calls));
        }
    }
    Ok(comparisons)
}

/// The speed of both. Which goes first alternates too.
fn one_pair(
    sites: &[Site; 2],
    operation: &Operation,
    extent: Extent,
    number: u32,
) -> Result<[Speed; 2]> {
    let run = |site: &Site| -> Result<Speed> {
        let before = site.processor_seconds();
        let run = site.run(operation, extent)?;
        let sent = f64::from(u32::try_from(run.sent)?);
        let seconds = before.zip(site.processor_seconds()).map(|(before, after)| after - before);
        let processor_us = seconds.map(|seconds| seconds * 1e6 / sent);
        Ok(Speed { rps: run.rps, processor_us })
    };
    let [other, this] = sites;
    if number.is_multiple_of(2) {
        let first = run(other)?;
        return Ok([first, run(this)?]);
    }
    let first = run(this)?;
    Ok([run(other)?, first])
}

impl Comparison {
    fn of(
        name: &'static str,
        clients: usize,
        runs: &[[Speed; 2]],
        calls: [Option<f64>; 2],
    ) -> Self {
        let ratios = || runs.iter().map(|[other, this]| this.rps / other.rps);
        let of = |build: usize| runs.iter().map(move |speeds| speeds[build]);
        let rps = [0, 1].map(|build| median(of(build).map(|speed| speed.rps)));
        let processor_us = [0, 1].map(|build| {
            let figures: Option<Vec<f64>> = of(build).map(|speed| speed.processor_us).collect();
            figures.map(median)
        });
        let least = ratios().fold(f64::INFINITY, f64::min);
        let most = ratios().fold(0.0, f64::max);
        let ratios = [least, median(ratios()), most];
        Self { name, clients, rps, ratios, processor_us, calls }
    }
}

/// Serves a build on a book of its own.
fn filled(bundle: &Bundle<'_>, folder: &Path) -> Result<Site> {
    let state = fresh_state(folder)?;
    let site = Site::start(bundle, &state, Tenant::new(RECORDS, CUSTOMERS, 0, Utc::now()))?;
    let file = folder.join("book.ndjson");
    let fee_records = (0..RECORDS).map(|number| site.tenant.fee_record(number));
    fs::write(&file, known(&site.tenant.book()).chain(fee_records).collect::<String>())?;
    let outcome = import::import(&file, &site.operator()?)?;
    ensure!(outcome.applied > u64::from(RECORDS), "not all lines were taken: {outcome}");

    let customers: Vec<String> =
        (0..CUSTOMERS).map(|number| site.tenant.customer(number)).collect();
    let answer = operation::find(SINGLE_ISSUE)?.answer;
    for _ in 0..RECORDS / CUSTOMERS {
        site.once(&issue(&site.tenant, &customers), answer)?;
    }
    Ok(site)
}

/// The lines of a book that every build knows.
fn known(book: &str) -> impl Iterator<Item = String> {
    let is_known = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        // Customers had no credit once.
        let is_credit = line["account_type"] == 2 && line["customer_id"].is_string();
        line["kind"].as_str().is_some_and(|kind| KINDS.contains(&kind) && !is_credit)
    };
    book.lines().filter(is_known).map(|line| format!("{line}\n"))
}

/// The figures as text.
pub fn table(comparisons: &[Comparison]) -> String {
    let mut text = format!(
        "{:28} {:>7} {:>9} {:>9} {:>7} {:>13} {:>13} {:>13}\n",
        "route",
        "clients",
        "other rps",
        "this rps",
        "ratio",
        "least to most",
        "processor us",
        "calls"
    );
    for comparison in comparisons {
        let Comparison { name, clients, rps: [other, this], ratios, .. } = comparison;
        let [least, ratio, most] = ratios;
        let shown = |figure: Option<f64>, decimals: usize| {
            figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.decimals$}"))
        };
        let processor_us = comparison.processor_us.map(|figure| shown(figure, 0));
        let calls = comparison.calls.map(|figure| shown(figure, 2));
        // Writing to a string does not fail.
        _ = writeln!(
            text,
            "{name:28} {clients:>7} {other:>9.0} {this:>9.0} {ratio:>7.3} {:>13} {:>13} {:>13}",
            format!("{least:.2} to {most:.2}"),
            processor_us.join(" to "),
            calls.join(" to ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_the_median_of_the_pairs() {
        let speed = |rps| Speed { rps, processor_us: Some(1_000.0 / rps) };
        let runs = [[100.0, 90.0], [50.0, 50.0], [10.0, 12.0]].map(|pair| pair.map(speed));
        let comparison = Comparison::of("ListPartnerBalances", 8, &runs, [Some(2.0), None]);
        assert_eq!((comparison.rps, comparison.ratios), ([50.0, 50.0], [0.9, 1.0, 1.2]));
        let text = table(&[comparison]);
        let row = "ListPartnerBalances                8        50        50   1.000  0.90 to 1.20";
        let rest = "      20 to 20     2.00 to -\n";
        assert!(text.contains(row) && text.ends_with(rest), "{text}");
    }

    #[test]
    fn a_book_that_every_build_knows_has_what_the_requests_are_about() {
        let tenant = Tenant::new(1, 2, 1, "2026-03-31T23:00:00Z".parse().expect("a time"));
        let book: String = known(&tenant.book()).collect();
        assert!(book.contains(&tenant.customer(1)) && book.contains(tenant.quota()), "{book}");
        assert!(!book.contains("\"kind\":\"enterprise"), "{book}");
    }
}
