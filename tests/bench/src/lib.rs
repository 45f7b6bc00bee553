//! The benchmarks: what the bundle's requests cost, beside the least that they could cost.
//!
//! A host serves the bundle and, beside it, the *floor*: a component that does nothing but answer,
//! read one key, or swap one value. Runs of an operation alternate with runs of its floor, so that
//! whatever else the machine does slows both, and the figures are medians. What the store is asked
//! is counted by the local host, exactly; Spin does not count, so its figures lack that.
//!
//! Writes are compared with the contended swap: a tenant is one sequence of transactions on one
//! key, and eight clients of a floor on eight keys would do what no ledger can.
//!
//! - [`plan`]: how much is measured.
//! - [`operation`], [`tenant`]: what is asked, and in whose books.
//! - [`client`], [`load`]: how it is asked.
//! - [`site`], [`state`], [`manifest`], [`calls`]: what is asked of.
//! - [`before`]: this build and another one beside each other.
//! - [`customers`], [`usage`]: the import of a tenant of many customers, and a month of usage from its
//!   tickets to its close, each measured by itself. [`snapshots`]: those of a small tenant and of a
//!   large one.
//! - [`report`], [`aim`], [`table`], [`plot`]: what came of it.

// Rates and times are measured; money is nowhere here.
#![allow(clippy::float_arithmetic)]

pub mod aim;
pub mod before;
pub mod bundle;
pub mod calls;
pub mod client;
pub mod customers;
mod footprint;
pub mod load;
pub mod manifest;
pub mod operation;
mod orders;
pub mod plan;
pub mod plot;
pub mod report;
pub mod site;
pub mod snapshots;
pub mod state;
pub mod table;
pub mod tenant;
pub mod usage;

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use xtask::host::Kind;
use xtask::workspace::Workspace;

use crate::bundle::BundleFigures;
use crate::calls::PerRequest;
use crate::load::{Run, median};
use crate::operation::{Operation, SINGLE_ISSUE};
use crate::plan::Plan;
use crate::report::{Component, Growth, Report, Route, rounded};
use crate::site::{Bundle, Extent, Floor, Site};
use crate::state::States;

/// The report's file.
pub const REPORT: &str = "report.json";

/// The file with the figures of the bundle as a whole.
pub const BUNDLE: &str = "bundle.json";

/// The picture of times.
pub const TIMES: &str = "report.svg";

/// The picture of calls of the store.
pub const CALLS: &str = "calls.svg";

/// The floors that are measured by themselves. The reads of several keys show what each further
/// call costs.
const FLOORS: [Floor; 9] = [
    Floor::Answer,
    Floor::Read(1),
    Floor::Read(2),
    Floor::Read(4),
    Floor::Read(6),
    Floor::Swap(0),
    Floor::Swap(1),
    Floor::Swap(3),
    Floor::SwapApart,
];

/// Numbers of clients that each operation is measured with.
const CLIENTS: [usize; 2] = [aim::CLIENTS, 1];

/// An operation that takes longer on all books is not measured in further rounds: on the largest a
/// run is as long as the answers of all clients, which are seconds where a whole month is read.
const SLOW: Duration = Duration::from_secs(30);

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// What goes into the report's file.
    pub report: Report,
    /// The floors themselves.
    pub floors: Vec<FloorFigure>,
    /// The bundle as a whole.
    pub bundle: BundleFigures,
    /// How long the first request of each operation then takes, in the order of the operations.
    pub first_request_ms: Vec<(&'static str, f64)>,
    /// What could not be measured, and why. All else was.
    pub failures: Vec<String>,
}

/// A floor's speed.
#[derive(Clone, Debug, PartialEq)]
pub struct FloorFigure {
    /// Which.
    pub floor: Floor,
    /// Clients at one time.
    pub clients: usize,
    /// Requests per second.
    pub rps: f64,
    /// Time within which half of the requests were answered, in milliseconds.
    pub p50_ms: f64,
    /// Time within which 99 of 100 were.
    pub p99_ms: f64,
    /// The share of its swaps that another one was faster than, where that is counted.
    pub lost_swaps: Option<f64>,
}

/// Measures, and writes report and pictures into `folder`, which also keeps the books. Of a part of
/// the operations nothing is written.
///
/// # Errors
/// No operation is meant, or something is not built. An answer that is not as it must be ends only
/// the measuring of its operation, and stands in [`Figures::failures`].
pub fn run(workspace: &Workspace, kind: Kind, plan: &Plan, folder: &Path) -> Result<Figures> {
    ensure!(plan.operations().next().is_some(), "no operation has such a name");
    fs::create_dir_all(folder)?;
    let manifest = folder.join("spin.toml");
    fs::write(&manifest, manifest::with_floor(workspace)?)?;
    let bundle = Bundle { workspace, kind, manifest: &manifest };

    let states = States::open(&folder.join("states"), &bundle, plan)?;
    let mut import_lines_per_second = 0.0;
    for records in &plan.records {
        let filling = states.fill(&bundle, *records)?;
        import_lines_per_second = filling.import_lines_per_second;
    }
    let (progress, failures) = (progress(plan), RefCell::default());
    let bench = Bench { bundle, plan, states, folder, progress, failures };
    let growth = bench.growth()?;
    let (start_ms, first_request_ms) = bench.starts()?;
    let site = bench.site(bench.smallest()?)?;
    site.prepare_floor(aim::CLIENTS)?;
    let floors = bench.floors(&site)?;
    let routes = bench.routes(&site);
    let commits_per_issue = bench.commits_per_issue(&site)?;
    bench.progress.finish_and_clear();
    let failures = bench.failures.take();

    let report = Report {
        routes,
        commits_per_issue,
        growth,
        components: components(workspace)?,
        import_lines_per_second: rounded(import_lines_per_second),
    };
    let uncompiled = plan.starts_cold && kind == Kind::Local;
    let uncompiled = uncompiled.then(|| bundle::start_uncompiled(workspace, &folder.join("cold")));
    let bundle = BundleFigures::of(&report.components, start_ms, uncompiled.transpose()?);
    if plan.only.is_none() {
        fs::write(folder.join(REPORT), serde_json::to_vec_pretty(&report)?)?;
        fs::write(folder.join(BUNDLE), serde_json::to_vec_pretty(&bundle)?)?;
        fs::write(folder.join(TIMES), plot::times(&report)?)?;
        fs::write(folder.join(CALLS), plot::calls(&report)?)?;
    }
    Ok(Figures { report, floors, bundle, first_request_ms, failures })
}

struct Bench<'b> {
    bundle: Bundle<'b>,
    plan: &'b Plan,
    states: States,
    folder: &'b Path,
    /// Moves on by one at each run.
    progress: ProgressBar,
    /// What could not be measured so far.
    failures: RefCell<Vec<String>>,
}

impl Bench<'_> {
    fn smallest(&self) -> Result<u32> {
        self.plan.records.first().copied().context("the plan has no books")
    }

    /// A host on a fresh copy of the books.
    fn site(&self, records: u32) -> Result<Site> {
        let folder = self.folder.join("running").join(records.to_string());
        self.states.site(&self.bundle, records, &folder)
    }

    /// Every operation on books of every size, each in turn. Writes are few, so that the books
    /// keep their size.
    fn growth(&self) -> Result<Vec<Growth>> {
        let sites: Vec<Site> =
            self.plan.records.iter().map(|records| self.site(*records)).collect::<Result<_>>()?;
        let growth = self.plan.operations().filter_map(|operation| {
            self.kept(operation, "growth", self.growth_of(operation, &sites))
        });
        Ok(growth.flatten().collect())
    }

    fn growth_of(&self, operation: &Operation, sites: &[Site]) -> Result<Vec<Growth>> {
        let mut runs: Vec<Vec<Run>> = sites.iter().map(|_| Vec::new()).collect();
        let begun = Instant::now();
        for _ in 0..self.plan.rounds {
            if begun.elapsed() > SLOW {
                break;
            }
            for (site, runs) in sites.iter().zip(&mut runs) {
                let records = site.tenant.records;
                self.show(format!("{}, {records} records", operation.name));
                runs.push(site.run(operation, self.growing(site, operation))?);
            }
        }
        let smallest = runs.first().map_or(0.0, |runs| rps(runs));
        let growth = sites.iter().zip(&runs).map(|(site, runs)| {
            let counted = site.count(operation, self.plan.counted)?;
            Ok(Growth {
                route: operation.name.to_owned(),
                records: site.tenant.records,
                rps: rounded(rps(runs)),
                speed_vs_smallest: rounded(rps(runs) / smallest),
                calls: counted.map(|calls| rounded(calls.all)),
            })
        });
        growth.collect()
    }

    fn growing(&self, site: &Site, operation: &Operation) -> Extent {
        let extent = Extent { run: self.plan.run_growing, ..Extent::of(self.plan, aim::CLIENTS) };
        match operation.kind {
            operation::Kind::Read => extent,
            operation::Kind::Write => {
                let share = self.share(site, operation, 1).unwrap_or(usize::MAX);
                Extent { requests_max: Some(share.min(self.plan.writes_max)), ..extent }
            }
        }
    }

    /// What came of measuring an operation. A failure is noted, and the other operations go on.
    fn kept<T>(&self, operation: &Operation, part: &str, outcome: Result<T>) -> Option<T> {
        let failure = match outcome {
            Ok(measured) => return Some(measured),
            Err(error) => format!("{}, {part}: {error:#}", operation.name),
        };
        self.progress.println(&failure);
        self.failures.borrow_mut().push(failure);
        None
    }

    /// How long a host takes to start, and then the first request of each operation.
    fn starts(&self) -> Result<(f64, Vec<(&'static str, f64)>)> {
        let mut starts = Vec::new();
        let mut firsts: Vec<Vec<f64>> = self.plan.operations().map(|_| Vec::new()).collect();
        for _ in 0..self.plan.starts {
            self.show("starting".to_owned());
            let site = self.site(self.smallest()?)?;
            starts.push(site.start.as_secs_f64() * 1000.0);
            for (operation, firsts) in self.plan.operations().zip(&mut firsts) {
                firsts.extend(self.kept(operation, "first request", first(&site, operation)));
            }
        }
        let names = self.plan.operations().map(|operation| operation.name);
        let measured = names.zip(firsts).filter(|(_, firsts)| !firsts.is_empty());
        let firsts = measured.map(|(name, firsts)| (name, median(firsts)));
        Ok((median(starts), firsts.collect()))
    }

    fn floors(&self, site: &Site) -> Result<Vec<FloorFigure>> {
        let mut floors = Vec::new();
        for floor in FLOORS {
            for clients in CLIENTS {
                self.show(format!("floor {floor:?}, {clients} clients"));
                let before = site.floor_calls()?;
                let run = site.run_floor(floor, Extent::of(self.plan, clients))?;
                let after = site.floor_calls()?;
                let lost_swaps = before.zip(after).map(|(before, after)| after.lost(before));
                let [p50_ms, p99_ms] = [50, 99].map(|percent| run.percentile_ms(percent));
                let rps = run.rps;
                floors.push(FloorFigure { floor, clients, rps, p50_ms, p99_ms, lost_swaps });
            }
        }
        Ok(floors)
    }

    fn routes(&self, site: &Site) -> Vec<Route> {
        let routes = self.plan.operations().filter_map(|operation| {
            self.kept(operation, "beside the floor", self.routes_of(site, operation))
        });
        routes.flatten().collect()
    }

    fn routes_of(&self, site: &Site, operation: &Operation) -> Result<[Route; CLIENTS.len()]> {
        let counted = site.count(operation, self.plan.counted)?;
        let [several, one] = CLIENTS;
        Ok([
            self.route(site, operation, several, counted)?,
            self.route(site, operation, one, counted)?,
        ])
    }

    /// Floor, floor with as many calls, operation, floor, ...
    fn route(
        &self,
        site: &Site,
        operation: &Operation,
        clients: usize,
        counted: Option<PerRequest>,
    ) -> Result<Route> {
        let extent = Extent::of(self.plan, clients);
        let floor_with_calls = counted.map(|calls| Floor::with_calls(operation.kind, calls));
        let mut floors = Vec::new();
        let mut floors_with_calls = Vec::new();
        let mut runs = Vec::new();
        for _ in 0..self.plan.rounds {
            self.show(format!("{}, {clients} clients", operation.name));
            floors.push(site.run_floor(Floor::of(operation.kind), extent)?);
            if let Some(floor) = floor_with_calls {
                floors_with_calls.push(site.run_floor(floor, extent)?);
            }
            let share = self.share(site, operation, CLIENTS.len());
            runs.push(site.run(operation, Extent { requests_max: share, ..extent })?);
        }
        let percentile =
            |percent| rounded(median(runs.iter().map(|run| run.percentile_ms(percent))));
        Ok(Route {
            route: operation.name.to_owned(),
            kind: operation.kind,
            clients,
            sent: runs.iter().map(|run| run.sent).sum(),
            rps: rounded(rps(&runs)),
            floor_rps: rounded(rps(&floors)),
            ratio: rounded(rps(&runs) / rps(&floors)),
            floor_with_calls_rps: floor_with_calls.map(|_| rounded(rps(&floors_with_calls))),
            p50_ms: percentile(50),
            p99_ms: percentile(99),
            gets: counted.map(|calls| rounded(calls.gets)),
            swaps: counted.map(|calls| rounded(calls.swaps)),
            batches: counted.map(|calls| rounded(calls.batches)),
        })
    }

    /// How many of the requests that can be sent once one run may take, so that they last for `runs`
    /// runs in each round. `None` if the operation's requests can be repeated.
    fn share(&self, site: &Site, operation: &Operation, runs: usize) -> Option<usize> {
        let runs = usize::try_from(self.plan.rounds).unwrap_or(1) * runs;
        (operation.repeat == operation::Repeat::Once).then(|| {
            let requests = (operation.requests)(&site.tenant).len();
            requests.saturating_sub(self.plan.counted) / runs
        })
    }

    fn commits_per_issue(&self, site: &Site) -> Result<Option<f64>> {
        self.show("commits for an issue".to_owned());
        let operation = operation::find(SINGLE_ISSUE)?;
        let counted = site.count(operation, self.plan.issues);
        let counted = self.kept(operation, "commits", counted).flatten();
        Ok(counted.map(|calls| rounded(calls.commits)))
    }

    fn show(&self, what: String) {
        self.progress.inc(1);
        self.progress.set_message(what);
    }
}

/// How many milliseconds the first request of an operation takes.
fn first(site: &Site, operation: &Operation) -> Result<f64> {
    let requests = (operation.requests)(&site.tenant);
    let request = requests.first().context("it has no request")?;
    let (took, answer) = site.once(request, operation.answer)?;
    let is_read = operation.kind == operation::Kind::Read;
    ensure!(!is_read || !lists_nothing(&answer), "it lists nothing");
    Ok(took.as_secs_f64() * 1000.0)
}

/// Requests per second of some runs: the median.
fn rps(runs: &[Run]) -> f64 {
    median(runs.iter().map(|run| run.rps))
}

fn progress(plan: &Plan) -> ProgressBar {
    let count = |items: usize| u64::try_from(items).unwrap_or_default();
    let operations = count(plan.operations().count());
    let runs = operations * u64::from(plan.rounds) * count(plan.records.len() + CLIENTS.len());
    let others = u64::from(plan.starts) + count(FLOORS.len() * CLIENTS.len()) + 1;
    let template = "measuring {bar:30} {percent}%, {eta} left: {msg}";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(runs + others).with_style(style)
}

/// Whether an answer has lists, and all of them are empty: such a request would measure nothing.
fn lists_nothing(answer: &[u8]) -> bool {
    let lists = || answer.windows(2).filter(|pair| pair.first() == Some(&b'['));
    lists().next().is_some() && lists().all(|pair| pair.last() == Some(&b']'))
}

/// The bundle's components by size of their files.
fn components(workspace: &Workspace) -> Result<Vec<Component>> {
    let sizes = workspace.functions.iter().map(|function| {
        let name = function.name.clone();
        let file = workspace.component_file(&name);
        let bytes =
            fs::metadata(&file).with_context(|| format!("there is no {}", file.display()))?.len();
        Ok(Component { name, bytes })
    });
    sizes.collect()
}
