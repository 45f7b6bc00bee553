//! `cargo xtask test`: all set-up, all tests, a summary.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::Value;

use crate::browser::Browser;
use crate::workspace::Workspace;
use crate::{browser, build, process, python, redis};

/// What is run, the fast ones first.
const RUNS: [Run; 7] = [
    Run { name: "billing", folder: "shared", arguments: &[], store: "key-value" },
    Run { name: "functions", folder: "functions/", arguments: &[], store: "key-value" },
    Run { name: "xtask", folder: "tests/xtask", arguments: &[], store: "key-value" },
    Run { name: "host", folder: "tests/host", arguments: &[], store: "key-value" },
    Run { name: "bench", folder: "tests/bench", arguments: &[], store: "key-value" },
    // The tests of what only Redis can show start one whatever the store is: once is enough.
    Run {
        name: "api-tests",
        folder: "tests",
        arguments: &["--skip", "redis_store::"],
        store: "key-value",
    },
    // An attack from outside and a browser do not meet the store, and what is described is the same
    // on each.
    Run {
        name: "api-tests on Redis",
        folder: "tests",
        arguments: &[
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

/// Tells glibc to keep memory that was freed: the simulator needs it again in its next run, and to
/// ask the system for it each time takes up to a fifth of its time.
const KEEPING_MEMORY: [(&str, &str); 2] =
    [("MALLOC_TRIM_THRESHOLD_", "1073741824"), ("MALLOC_TOP_PAD_", "16777216")];

/// The tests of a package.
struct Run {
    /// What the summary calls it.
    name: &'static str,
    /// Where the package is; with a slash at its end, all that are below it.
    folder: &'static str,
    /// What the test programs are given after the filter.
    arguments: &'static [&'static str],
    /// Where the application under test keeps its books.
    store: &'static str,
}

/// A program of tests that cargo has compiled.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    file: PathBuf,
    /// The folder of its package, in which it is to be run.
    folder: PathBuf,
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

/// What tests start besides the bundle.
struct Tools {
    /// A Python that has the official SDK, and one that checks the OpenAPI description.
    sdk: PathBuf,
    openapi: PathBuf,
    browser: Option<Browser>,
}

struct Suite {
    name: &'static str,
    count: Count,
    /// Whether the suite ran to its end and nothing failed.
    success: bool,
    duration: Duration,
}

/// Runs all suites, also after one has failed; fails if one did.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    // What a newcomer has to install is said before minutes of compiling, and what this installs by
    // itself is fetched meanwhile.
    redis::require_server()?;
    python::require_venv()?;
    let (programs, tools) = thread::scope(|scope| {
        let tools = scope.spawn(|| Tools::find(workspace));
        (build(workspace), tools.join())
    });
    let tools = tools.map_err(|_| anyhow!("what the tests start could not be installed"))??;
    let programs = programs?;

    let mut suites = Vec::new();
    for Run { name, folder, arguments, store } in RUNS {
        eprintln!("\ntesting {name} ...");
        let of_suite = programs.iter().filter(|program| program.is_in(&workspace.root, folder));
        let commands = of_suite.map(|program| {
            let mut command = program.command();
            command.args(&options.filter).args(arguments).env("TEST_STORE", store);
            command.env("HOST_BINARY", workspace.host_file());
            if folder == "shared" {
                command.envs(KEEPING_MEMORY);
            }
            tools.tell(&mut command);
            command
        });
        suites.push(suite(name, commands)?);
    }
    summarise(&suites)
}

/// Builds all that is tested, and the programs of tests.
fn build(workspace: &Workspace) -> Result<Vec<Program>> {
    build::components(workspace)?;
    build::floor(workspace)?;
    build::host(workspace)?;
    let mut programs = compile(workspace, &["host"])?;
    // Each package alone would give the libraries that they share other features, and compile those
    // again, `billing` among them.
    let together = ["billing", "xtask", "bench", "api-tests"];
    programs.extend(compile(workspace, &[&together, &*workspace.tested_functions()?].concat())?);
    Ok(programs)
}

impl Tools {
    /// Installs what can be.
    fn find(workspace: &Workspace) -> Result<Self> {
        let sdk = python::sdk(workspace)?;
        let openapi = python::openapi(workspace)?;
        if process::find("nginx").is_none() {
            process::install_in_ci("nginx-light")?;
        }
        if process::find("hledger").is_none() {
            process::install_in_ci("hledger")?;
        }
        Ok(Self { sdk, openapi, browser: browser::find_or_say_so(workspace)? })
    }

    /// Tells a program of tests where they are.
    fn tell(&self, command: &mut Command) {
        command.env("PYTHON_SDK", &self.sdk).env("PYTHON_OPENAPI", &self.openapi);
        if let Some(Browser { chromium, python }) = &self.browser {
            command.env("CHROMIUM", chromium).env("PYTHON_BROWSER", python);
        }
    }
}

/// Compiles the tests of packages.
fn compile(workspace: &Workspace, packages: &[&str]) -> Result<Vec<Program>> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--no-run", "--message-format", "json-render-diagnostics"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    Ok(process::output(&mut cargo)?.lines().filter_map(Program::of_message).collect())
}

impl Program {
    /// The one that cargo says, in a line of its messages, to have compiled.
    fn of_message(message: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(message).ok()?;
        // The program that a package is for has a file as well.
        message["profile"]["test"].as_bool().filter(|is_test| *is_test)?;
        let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
        Some(Self { file: message["executable"].as_str()?.into(), folder })
    }

    fn is_in(&self, root: &Path, folder: &str) -> bool {
        let of_package = root.join(folder);
        if folder.ends_with('/') {
            self.folder.starts_with(of_package)
        } else {
            self.folder == of_package
        }
    }

    /// Runs it as cargo does.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }
}

/// Runs the programs of a suite, also after one has failed.
fn suite(name: &'static str, commands: impl IntoIterator<Item = Command>) -> Result<Suite> {
    let started = Instant::now();
    let mut suite =
        Suite { name, count: Count::default(), success: true, duration: Duration::ZERO };
    let mut any = false;
    for mut command in commands {
        any = true;
        let (count, success) = run_program(&mut command)?;
        suite.count.passed += count.passed;
        suite.count.failed += count.failed;
        suite.success &= success;
    }
    if !any {
        bail!("cargo has compiled no tests of {name}");
    }
    suite.duration = started.elapsed();
    Ok(suite)
}

/// Runs a program of tests, and answers how many passed and whether it ended well.
fn run_program(command: &mut Command) -> Result<(Count, bool)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", process::line(command)))?;
    let stdout = child.stdout.take().context("a test program has no output")?;

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
        // It died: that must not read as nothing failed.
        count.failed = 1;
    }
    Ok((count, success))
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
        let commands = ["false", "true"].map(Command::new);
        let suite = suite("billing", commands).expect("it ran");
        assert_eq!((suite.count, suite.success), (Count { passed: 0, failed: 1 }, false));
        assert!(summarise(&[suite]).is_err());
        assert!(super::suite("billing", []).is_err(), "no tests are not tests that passed");
    }

    #[test]
    fn a_program_of_tests_is_told_from_what_it_tests() {
        let message = |is_test: bool| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/r/tests/host/Cargo.toml",
                    "profile":{{"test":{is_test}}},"executable":"/r/target/debug/deps/host-1"}}"#
            )
        };
        let program = Program::of_message(&message(true)).expect("a program");
        assert_eq!(program.file, Path::new("/r/target/debug/deps/host-1"));
        assert!(program.is_in(Path::new("/r"), "tests/host"));
        assert!(program.is_in(Path::new("/r"), "tests/"));
        assert!(!program.is_in(Path::new("/r"), "tests"));
        assert_eq!(Program::of_message(&message(false)), None);
        assert_eq!(Program::of_message(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
