//! The store and the operations under every crash and interleaving.
//!
//! Clients run real transactions against a simulated key-value store; a scheduler decides at every
//! call who goes on and what becomes of the call. Small scenarios are run through *all* decisions,
//! large ones through many seeds. Afterwards the journal is replayed on a sequential model: the
//! state and every acknowledged answer must be the model's.
//!
//! `SIMULATION_SEEDS=100000 cargo test -p billing simulation::random -- --nocapture` runs longer;
//! `SIMULATION_SEED=17` runs one seed, shrinks it if it fails, and prints its trace.

mod operations;
mod schedule;
mod transfers;
mod world;

use schedule::{Choices, Limits, Program, Script, Seeded, Trace};
use std::rc::Rc;
use world::{Client, Rules, World};

/// A scenario: how the world begins, what each client does, and what must hold at the end.
trait Scenario {
    /// What it is about.
    fn name(&self) -> &str;
    /// Sets the world up and answers the clients' programs.
    fn begin(&self) -> (Rc<World>, Vec<Program>);
    /// Limits of a run.
    fn limits(&self) -> Limits;
    /// Checks the world after a run; the error says what does not hold.
    fn check(&self, world: &Rc<World>) -> Result<(), String>;
}

/// A run that went wrong.
struct Failure {
    reason: String,
    trace: Trace,
}

fn run_once(scenario: &dyn Scenario, choices: &mut dyn Choices) -> Result<(), Failure> {
    let (world, programs) = scenario.begin();
    let trace = schedule::run(&world, programs, scenario.limits(), choices);
    scenario.check(&world).map_err(|reason| Failure { reason, trace })
}

/// Runs a scenario through all decisions. Answers how many runs there were, or the first failure.
fn explore(scenario: &dyn Scenario) -> Result<u64, Failure> {
    let mut script = Some(Script::default());
    let mut runs = 0;
    while let Some(mut current) = script {
        run_once(scenario, &mut current)?;
        runs += 1;
        script = current.next();
    }
    Ok(runs)
}

/// Explores scenarios completely and says how many runs that were.
fn explore_all<S: Scenario>(scenarios: &[S]) {
    for scenario in scenarios {
        match explore(scenario) {
            Ok(runs) => println!("{}: {runs} runs", scenario.name()),
            Err(failure) => fail(scenario.name(), &failure),
        }
    }
}

/// Runs a scenario on both kinds of backend by seeds: one, or as many as asked for, or `usual`.
fn run_seeds<S: Scenario>(usual: u64, scenario: impl Fn(Rules) -> S) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIMULATION_SEEDS").unwrap_or(usual),
    };
    println!("seeds {seeds:?}");
    for seed in seeds {
        let rules = if seed % 2 == 0 { Rules::Sqlite } else { Rules::DynamoDb };
        if let Err(failure) = run_seed(&scenario(rules), seed) {
            fail(&format!("SIMULATION_SEED={seed}"), &failure);
        }
    }
}

fn fail(name: &str, failure: &Failure) -> ! {
    panic!("{name}: {}\n{}", failure.reason, failure.trace)
}

/// Runs one seed; a failure is shrunk to a short script.
fn run_seed(scenario: &dyn Scenario, seed: u64) -> Result<(), Failure> {
    let mut choices = Seeded::new(seed);
    match run_once(scenario, &mut choices) {
        Ok(()) => Ok(()),
        Err(_) => Err(shrink(scenario, choices.decisions)),
    }
}

/// Replaces decisions by plainer ones as long as the run still fails.
fn shrink(scenario: &dyn Scenario, mut decisions: Vec<usize>) -> Failure {
    let fails =
        |decisions: &[usize]| run_once(scenario, &mut Script::new(decisions.to_vec())).err();
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
