//! The store and the operations under every crash and interleaving.
//!
//! Clients run real transactions against a simulated key-value store; a scheduler decides at every
//! call who goes on and what becomes of the call: it happens, its answer is lost, it is lost
//! itself, it arrives late, a host that repeats calls says that it was lost, or the client dies
//! before or after it. Small scenarios are run through *all* decisions, under the rules of both
//! kinds of backend, large ones through many seeds. Afterwards the journal is replayed on a
//! sequential model: the state and every answer must be the model's, and the audit must find
//! nothing.
//!
//! - `world`: the simulated store and the rules of its backend. `schedule`: who goes on.
//! - `transfers`: the bare store, with readers, the sweep and the creation of tenants.
//! - `restores`: books that are built of an export, and what is left of that.
//! - `access_keys`: the register and the credentials that follow it.
//! - `catalogue`: its lines, imported by several operators.
//! - `operations`: the real operations, one file each; a new one is a file with what it does,
//!   what the model does and its scenarios, and a line in each `match` of its `mod.rs`.
//! - `defects`: the deliberate faults, each with the scenario that finds it.
//!
//! `SIMULATION_SCENARIO='two writers'` explores the scenarios whose name contains that.
//! `SIMULATION_SEEDS=1000000 cargo test -p billing simulation::random -- --nocapture` runs for
//! hours; `SIMULATION_SEED=17` runs one seed, shrinks it if it fails, and prints its trace.

mod access_keys;
mod catalogue;
mod defects;
mod operations;
mod restores;
mod schedule;
mod transfers;
mod world;

use crate::store::{self, LOG_BYTES_FOLD_ALWAYS, LOG_BYTES_QUIET, Meta, StoreError, Tree};
use schedule::{Choices, Limits, Program, Script, Seeded, Trace};
use std::collections::HashSet;
use std::fmt;
use std::num::NonZero;
use std::ops::Range;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use world::{Begin, Client, Rules, World};

/// A scenario: how the world begins, what each client does, and what must hold at the end.
trait Scenario {
    /// What it is about.
    fn name(&self) -> String;
    /// Sets the world up and answers the clients' programs.
    fn begin(&self) -> (Rc<World>, Vec<Program>);
    /// Limits of a run.
    fn limits(&self) -> Limits;
    /// Limits of the store.
    fn store_limits(&self) -> store::Limits {
        LOOKING_ONCE
    }
    /// What the clients were told: with the world it is all that [`check`](Self::check) looks at.
    fn told(&self) -> String;
    /// Checks the world after a run; the error says what does not hold.
    fn check(&self, world: &Rc<World>) -> Result<(), String>;
}

/// To look at the turn of another more often is only to wait longer.
const LOOKING_ONCE: store::Limits = store::Limits { looks_at_turn: 1, ..store::Limits::USUAL };

/// How full a tenant's books are at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fill {
    /// Only what the scenario is about.
    Nothing,
    /// A tree of some pages.
    Tree,
    /// A tree of some pages, and a log that the next transaction of any size folds.
    TreeAndLog,
    /// A tree of some pages, and a log that takes [`SMALL_BYTES`] more: the next transaction folds
    /// it if it is larger.
    TreeAndMostOfLog,
    /// A tree of some pages, and a log that takes [`SMALL_BYTES`] more: the next transaction folds
    /// it if it is larger and finds the store quiet.
    TreeAndMostOfQuietLog,
}

/// Room for some transactions of a few bytes.
const SMALL_BYTES: usize = 1_500;

/// Adds records of no meaning, in the tree.
async fn fill_tree(tree: &Tree<'_>, fill: Fill) -> Result<(), StoreError> {
    if fill == Fill::Nothing {
        return Ok(());
    }
    // Too large for a log.
    add_bytes(tree, "tree", 40_000).await
}

/// Adds records of no meaning, in the log.
async fn fill_log(tree: &Tree<'_>, fill: Fill) -> Result<(), StoreError> {
    let wanted = match fill {
        Fill::Nothing | Fill::Tree => return Ok(()),
        // No transaction fits into what is left.
        Fill::TreeAndLog => LOG_BYTES_FOLD_ALWAYS - 40,
        Fill::TreeAndMostOfLog => LOG_BYTES_FOLD_ALWAYS - SMALL_BYTES,
        Fill::TreeAndMostOfQuietLog => LOG_BYTES_QUIET - SMALL_BYTES,
    };
    let log_bytes = async || tree.read::<_, StoreError>(async |books| Ok(books.log_bytes())).await;
    // The journal's entry takes some as well: not more than this, and from then on as before.
    let mut entry_bytes = 300;
    for part in 0.. {
        let before = log_bytes().await?;
        let bytes = wanted.saturating_sub(before + entry_bytes).min(16_000);
        if bytes == 0 {
            break;
        }
        add_bytes(tree, &format!("log{part:02}"), bytes).await?;
        // Shorter than before: the transaction was one of those chosen to fold a long log.
        if let Some(taken) = log_bytes().await?.checked_sub(before) {
            entry_bytes = taken.saturating_sub(bytes);
        }
    }
    Ok(())
}

async fn add_bytes(tree: &Tree<'_>, name: &str, bytes: usize) -> Result<(), StoreError> {
    let meta = Meta { caller: "operator".to_owned(), operation: "fill".to_owned() };
    tree.update(&meta, async |books| {
        for part in 0..=bytes / 500 {
            let key = format!("~{name}/{part}").into_bytes();
            // As the log has it: a byte for what is done, one for the key's length, three for the
            // value's.
            let value = 500.min(bytes - part * 500).saturating_sub(key.len() + 5);
            books.insert(key, vec![b'f'; value]);
        }
        Ok(())
    })
    .await
}

/// A run that went wrong.
struct Failure {
    reason: String,
    trace: Trace,
}

/// What an exploration came to.
#[derive(Clone, Copy, Debug, Default)]
struct Explored {
    /// Complete runs, no two of which differ only in the order of calls that commute.
    runs: u64,
    /// What happened in all of them together.
    events: usize,
    /// Ends that differ.
    ends: usize,
    /// Runs in which pages were written,
    folds: u64,
    /// and in which some were deleted.
    deletions: u64,
}

impl Explored {
    fn count(&mut self, trace: &Trace) {
        let (written, deleted) = trace.pages();
        self.runs += 1;
        self.events += trace.len();
        self.folds += u64::from(written);
        self.deletions += u64::from(deleted);
    }

    fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.events += other.events;
        self.ends += other.ends;
        self.folds += other.folds;
        self.deletions += other.deletions;
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, events, ends, folds, deletions } = self;
        write!(formatter, "{runs:6} runs, {events:7} events, {ends:4} different ends")?;
        write!(formatter, ", {folds:5} with a fold, {deletions:5} with a deletion")
    }
}

/// Runs a scenario once. None if the run is one that is explored elsewhere.
fn run_once(
    scenario: &dyn Scenario,
    choices: &mut dyn Choices,
    ends: &mut HashSet<u64>,
) -> Result<Option<Trace>, Failure> {
    store::limit::set(scenario.store_limits());
    let (world, programs) = scenario.begin();
    let Some(trace) = schedule::run(&world, programs, scenario.limits(), choices) else {
        return Ok(None);
    };
    if ends.insert(world.digest(&scenario.told()))
        && let Err(reason) = scenario.check(&world)
    {
        return Err(Failure { reason, trace });
    }
    Ok(Some(trace))
}

/// Runs a scenario through all decisions. Answers how many runs there were, or the first failure.
fn explore(scenario: &dyn Scenario) -> Result<Explored, Failure> {
    let mut script = Some(Script::first());
    let mut explored = Explored::default();
    let mut ends = HashSet::new();
    while let Some(mut current) = script {
        if let Some(trace) = run_once(scenario, &mut current, &mut ends)? {
            explored.count(&trace);
        }
        script = current.next();
    }
    explored.ends = ends.len();
    Ok(explored)
}

/// Explores scenarios completely, as many at once as there are processors, and says how many runs
/// that were. Those that are about a fold or a deletion must come to one.
fn explore_all<S: Scenario>(scenarios: impl Fn() -> Vec<S> + Sync) {
    let wanted = std::env::var("SIMULATION_SCENARIO").unwrap_or_default();
    let next = AtomicUsize::new(0);
    // Scenarios stay in the thread that made them: each makes all, and takes the next one of them.
    let work = || {
        let mut all = Explored::default();
        let mut scenarios = scenarios();
        scenarios.retain(|scenario| scenario.name().contains(&wanted));
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            all.add(&explore_named(scenario));
        }
        (all, scenarios.len())
    };
    let (all, count) = thread::scope(|scope| {
        let workers: Vec<_> = (0..processors()).map(|_| scope.spawn(work)).collect();
        workers.into_iter().fold((Explored::default(), 0), |(mut all, _), worker| {
            let (explored, count) = worker.join().expect("a failing scenario, see above");
            all.add(&explored);
            (all, count)
        })
    });
    println!("{all}: all {count} scenarios");
}

fn explore_named(scenario: &dyn Scenario) -> Explored {
    let name = scenario.name();
    let started = Instant::now();
    let explored = explore(scenario).unwrap_or_else(|failure| fail(&name, &failure));
    println!("{explored}, {:.1?}: {name}", started.elapsed());
    assert!(!name.contains("fold") || explored.folds > 0, "nothing folds: {name}");
    assert!(!name.contains("deletion") || explored.deletions > 0, "nothing goes: {name}");
    explored
}

/// Threads that get on at the same time.
fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Runs a scenario on both kinds of backend by seeds: one, or as many as asked for, or `usual`.
fn run_seeds<S: Scenario>(usual: u64, scenario: impl Fn(Rules) -> S + Sync) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIMULATION_SEEDS").unwrap_or(usual),
    };
    let threads = u64::try_from(processors()).expect("few");
    let share = (seeds.end - seeds.start).div_ceil(threads).max(1);
    let scenario = &scenario;
    let explored = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let start = (seeds.start + thread * share).min(seeds.end);
                let part = start..(start + share).min(seeds.end);
                scope.spawn(move || run_part(part, scenario))
            })
            .collect();
        workers.into_iter().fold(Explored::default(), |mut all, worker| {
            all.add(&worker.join().expect("a failing seed, see above"));
            all
        })
    });
    println!("{explored}: seeds {seeds:?}");
}

fn run_part<S: Scenario>(seeds: Range<u64>, scenario: &impl Fn(Rules) -> S) -> Explored {
    let scenarios = [scenario(Rules::Sqlite), scenario(Rules::DynamoDb)];
    let mut explored = Explored::default();
    let mut ends = HashSet::new();
    for seed in seeds {
        let scenario = &scenarios[usize::from(seed % 2 == 1)];
        match run_seed(scenario, seed, &mut ends) {
            Ok(trace) => explored.count(&trace),
            Err(failure) => fail(&format!("SIMULATION_SEED={seed}"), &failure),
        }
    }
    explored.ends = ends.len();
    explored
}

fn fail(name: &str, failure: &Failure) -> ! {
    panic!("{name}: {}\n{}", failure.reason, failure.trace)
}

/// Runs one seed; a failure is shrunk to a short script.
fn run_seed(scenario: &dyn Scenario, seed: u64, ends: &mut HashSet<u64>) -> Result<Trace, Failure> {
    let mut choices = Seeded::new(seed);
    match run_once(scenario, &mut choices, ends) {
        Ok(trace) => Ok(trace.unwrap_or_default()),
        Err(_) => Err(shrink(scenario, choices.decisions)),
    }
}

/// Leaves decisions out, or replaces them by plainer ones, as long as the run still fails.
fn shrink(scenario: &dyn Scenario, mut decisions: Vec<usize>) -> Failure {
    let fails = |decisions: &[usize]| {
        let mut script = Script::new(decisions.to_vec());
        run_once(scenario, &mut script, &mut HashSet::new()).err()
    };
    let mut failure = fails(&decisions).expect("a recorded run can be repeated");
    let mut width = decisions.len().max(1);
    while width > 0 {
        let mut start = 0;
        while start < decisions.len() {
            let end = (start + width).min(decisions.len());
            let mut shorter = decisions.clone();
            shorter.drain(start..end);
            let mut plainer = decisions.clone();
            plainer[start..end].fill(0);
            if let Some(smaller) = fails(&shorter) {
                (decisions, failure) = (shorter, smaller);
            } else if plainer != decisions
                && let Some(smaller) = fails(&plainer)
            {
                (decisions, failure) = (plainer, smaller);
                start = end;
            } else {
                start = end;
            }
        }
        width /= 2;
    }
    failure
}
