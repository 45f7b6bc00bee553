//! The developer's commands: `cargo xtask up`, `test`, `attack`, `build`, `new`, `manifest`, `openapi`,
//! `check`, `import`, `logs`, `listen`, `trigger`, `screenshots` and `bench`.
//!
//! Each does its own set-up, so that a fresh clone needs nothing by hand.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::workspace::Workspace;
use xtask::{
    attack, bench, build, check, import, listen, logs, manifest, new, openapi, reference_data,
    screenshots, test, trigger, up,
};

/// The commands of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the bundle, start it, and serve until interrupted
    Up(up::Options),
    /// Set up and run all tests; with FILTER only those whose name contains it
    Test(test::Options),
    /// Attack the bundle on this machine, and show what was tried and what held
    Attack(attack::Options),
    /// Build the components and show their sizes
    Build(build::Options),
    /// Write spin.toml and the tables of operations from the folders and the contract
    Manifest(manifest::Options),
    /// Write the OpenAPI description from the contract and from what functions say of themselves
    Openapi(openapi::Options),
    /// Begin an operation: its folder, test, benchmark and manifest entry
    New(new::Options),
    /// Check what is written and the formatting, and run clippy for both targets, warnings denied
    Check,
    /// Send a book (one JSON object per line) to a running bundle
    Import(import::Options),
    /// Print the requests of a demo tenant that a running bundle has recorded
    Logs(logs::Options),
    /// Receive the events of a running bundle and pass them on
    Listen(listen::Options),
    /// Make an event happen to the demo tenant of a running bundle
    Trigger(trigger::Options),
    /// Take the pictures of the console that README shows
    Screenshots,
    /// Write the catalogue files in tests/fixtures
    ReferenceData(reference_data::Options),
    /// Measure what requests cost, and write figures and pictures into target/bench
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The causes, without the backtrace that `RUST_BACKTRACE` would add.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::find()?;
    match &arguments.command {
        Command::Up(options) => up::run(&workspace, options),
        Command::Test(options) => test::run(&workspace, options),
        Command::Attack(options) => attack::run(&workspace, options),
        Command::Build(options) => build::run(&workspace, options),
        Command::Manifest(options) => manifest::run(&workspace, options),
        Command::Openapi(options) => openapi::run(&workspace, options),
        Command::New(options) => new::run(&workspace, options),
        Command::Check => check::run(&workspace),
        Command::Import(options) => import::run(options),
        Command::Logs(options) => logs::run(options),
        Command::Listen(options) => listen::run(options),
        Command::Trigger(options) => trigger::run(&workspace, options),
        Command::Screenshots => screenshots::run(&workspace),
        Command::ReferenceData(options) => reference_data::run(&workspace, options),
        Command::Bench(options) => bench::run(&workspace, options),
    }
}
