//! `cargo xtask attack`: the tests that attack the bundle, with a larger budget, and a table of what
//! was tried and what held. All addresses are of this machine.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::Workspace;
use crate::{build, process};

/// How the tests begin what they say of an attack.
const SAYS: &str = "attack: ";

/// How much is tried.
#[derive(Args)]
pub struct Options {
    /// How many times what `cargo xtask test` tries of forgeries, guesses and changed lines
    #[arg(long, default_value_t = 20)]
    rounds: u32,
}

/// What was tried of one kind, all of which held.
#[derive(Debug, PartialEq, Eq)]
struct Tried {
    what: String,
    count: u64,
}

/// Builds the bundle and its host, runs the attacks one after another, and prints the table. Fails if
/// something gave way.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    build::components(workspace)?;
    build::host(workspace)?;

    let mut cargo = workspace.cargo();
    cargo
        .args(["test", "--no-fail-fast", "--package", "api-tests", "--", "whole::attack::"])
        .args(["--nocapture", "--test-threads", "1"])
        .env("ATTACK_ROUNDS", options.rounds.to_string())
        .env("HOST_BINARY", workspace.host_file())
        .stdout(Stdio::piped());
    let mut child =
        cargo.spawn().with_context(|| format!("cannot start `{}`", process::line(&cargo)))?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut held = Vec::new();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        held.extend(tried(&line));
    }
    let success = child.wait()?.success();

    println!("\n{:42} {:>8}", "tried", "times");
    for Tried { what, count } in &held {
        println!("{what:42} {count:8} held");
    }
    if !success || held.is_empty() {
        bail!("something gave way, and the tests above say what");
    }
    Ok(())
}

/// What a line of the tests' output says of an attack.
fn tried(line: &str) -> Option<Tried> {
    let (_, said) = line.split_once(SAYS)?;
    let (what, count) = said.strip_suffix(" tried, held")?.rsplit_once(": ")?;
    Some(Tried { what: what.to_owned(), count: count.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_held() {
        let line = "test whole::attack::http::refused ... attack: raw HTTP: 60 tried, held";
        assert_eq!(tried(line), Some(Tried { what: "raw HTTP".to_owned(), count: 60 }));
        assert_eq!(tried("test whole::attack::http::refused ... ok"), None);
        assert_eq!(tried("attack: raw HTTP: some tried, held"), None);
    }
}
