//! `cargo xtask test`: all set-up, all tests, a summary.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::browser::Browser;
use crate::build::{self, Profile};
use crate::workspace::Workspace;
use crate::{browser, process, python, redis};

/// What is run, the fast ones first.
const RUNS: [Run; 6] = [
    Run { name: "billing", package: "billing", arguments: &[], store: "key-value" },
    Run { name: "xtask", package: "xtask", arguments: &[], store: "key-value" },
    Run { name: "host", package: "host", arguments: &[], store: "key-value" },
    Run { name: "bench", package: "bench", arguments: &[], store: "key-value" },
    // The tests of what only Redis can show start one whatever the store is: once is enough.
    Run {
        name: "api-tests",
        package: "api-tests",
        arguments: &["--", "--skip", "redis_store::"],
        store: "key-value",
    },
    // An attack from outside and a browser do not meet the store, and what is described is the same
    // on each.
    Run {
        name: "api-tests on Redis",
        package: "api-tests",
        arguments: &[
            "--",
            "--skip",
            "whole::attack::",
            "--skip",
            "whole::proxy::",
            "--skip",
            "console::browser::",
            "--skip",
            "description::truth::",
        ],
        store: "redis",
    },
];

/// The tests of a package.
struct Run {
    /// What the summary calls it.
    name: &'static str,
    package: &'static str,
    /// What cargo is given after the filter.
    arguments: &'static [&'static str],
    /// Where the application under test keeps its books.
    store: &'static str,
}

/// Which tests to run.
#[derive(Args)]
pub struct Options {
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// What became of tests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// The Python programs that tests start.
struct Pythons {
    sdk: PathBuf,
    openapi: PathBuf,
}

struct Suite {
    name: &'static str,
    count: Count,
    /// Whether cargo ran the suite to its end and found no failure.
    success: bool,
    duration: Duration,
}

/// Runs all suites, also after one has failed; fails if one did.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let pythons = Pythons { sdk: python::sdk(workspace)?, openapi: python::openapi(workspace)? };
    redis::require_server()?;
    if process::find("nginx").is_none() {
        process::install_in_ci("nginx-light")?;
    }
    if process::find("hledger").is_none() {
        process::install_in_ci("hledger")?;
    }
    let browser = browser::find_or_say_so(workspace)?;
    if options.filter.is_none() {
        build::redis_only(workspace, Profile::Dev)?;
    }
    build::components(workspace)?;
    build::floor(workspace)?;
    build::host(workspace)?;

    let mut suites = Vec::new();
    for Run { name, package, arguments, store } in RUNS {
        eprintln!("\ntesting {name} ...");
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--no-fail-fast", "--package", package]);
        cargo.args(&options.filter).args(arguments).env("TEST_STORE", store);
        if let Some(Browser { chromium, python }) = &browser {
            cargo.env("CHROMIUM", chromium).env("PYTHON_BROWSER", python);
        }
        suites.push(suite(name, &mut cargo, &pythons, &workspace.host_file())?);
    }
    summarise(&suites)
}

fn suite(name: &'static str, cargo: &mut Command, pythons: &Pythons, host: &Path) -> Result<Suite> {
    let started = Instant::now();
    let mut child = cargo
        .env("PYTHON_SDK", &pythons.sdk)
        .env("PYTHON_OPENAPI", &pythons.openapi)
        .env("HOST_BINARY", host)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", process::line(cargo)))?;
    let stdout = child.stdout.take().context("cargo has no output")?;

    let mut count = Count::default();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(result) = result(&line) {
            count.passed += result.passed;
            count.failed += result.failed;
        }
    }
    let success = child.wait()?.success();
    if !success && count.failed == 0 {
        // It did not compile, or a test program died: that must not read as nothing failed.
        count.failed = 1;
    }
    Ok(Suite { name, count, success, duration: started.elapsed() })
}

/// The figures of one test program, from the line that it ends with.
fn result(line: &str) -> Option<Count> {
    let figures = line.trim_start().strip_prefix("test result: ")?;
    let figure = |word: &str| {
        figures
            .split(['.', ';'])
            .find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
    };
    Some(Count { passed: figure("passed")?, failed: figure("failed")? })
}

fn summarise(suites: &[Suite]) -> Result<()> {
    println!();
    for suite in suites {
        let Suite { name, count, success, duration } = suite;
        let verdict = if *success { "ok" } else { "FAILED" };
        let Count { passed, failed } = count;
        println!("{name:18} {verdict:7} {passed:5} passed {failed:3} failed  {duration:.1?}");
    }
    let passed: u64 = suites.iter().map(|suite| suite.count.passed).sum();
    let failed: u64 = suites.iter().map(|suite| suite.count.failed).sum();
    println!("{passed} passed, {failed} failed");
    if suites.iter().any(|suite| !suite.success) {
        bail!("not all tests passed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_figures_of_a_test_program() {
        let passed = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; \
                      3 filtered out; finished in 0.00s";
        assert_eq!(result(passed), Some(Count { passed: 12, failed: 0 }));
        let failed = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; \
                      0 filtered out; finished in 1.23s\r";
        assert_eq!(result(failed), Some(Count { passed: 7, failed: 2 }));
        assert_eq!(result("test books::balances ... ok"), None);
        assert_eq!(result("running 12 tests"), None);
    }

    #[test]
    fn a_suite_that_did_not_run_to_its_end_counts_as_a_failure() {
        let mut broken = Command::new("false");
        let pythons = Pythons { sdk: PathBuf::new(), openapi: PathBuf::new() };
        let suite = suite("billing", &mut broken, &pythons, Path::new("")).expect("it ran");
        assert_eq!(suite.count, Count { passed: 0, failed: 1 });
        assert!(summarise(&[suite]).is_err());
    }
}
