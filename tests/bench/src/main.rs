//! Measures what the bundle's requests cost. `cargo xtask bench` builds everything and runs it.

use std::process::ExitCode;

use anyhow::{Result, bail};
use bench::before::Pairs;
use bench::plan::Plan;
use bench::{before, customers, snapshots, usage};
use clap::Parser;
use xtask::bench::Options;
use xtask::workspace::Workspace;

/// What is written of all operations.
const FILES: [&str; 4] = [bench::REPORT, bench::BUNDLE, bench::TIMES, bench::CALLS];

#[derive(Parser)]
#[command(name = "bench", about = "Use `cargo xtask bench`, which builds what this measures")]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    let folder = workspace.target.join("bench");
    if let Some(customers) = options.import_customers {
        let folder = folder.join("customers");
        let figures = customers::import(&workspace, options.host(), customers, &folder)?;
        print!("{}", customers::table(&figures));
        return Ok(());
    }
    if let Some(tickets) = options.import_usage {
        let folder = folder.join("usage");
        let figures = usage::import(&workspace, options.host(), tickets, &folder)?;
        print!("{}", usage::table(&figures));
        return Ok(());
    }
    if let Some(records) = options.snapshots {
        let folder = folder.join("snapshots");
        let figures = snapshots::measure(&workspace, options.host(), records, &folder)?;
        print!("{}", snapshots::table(&figures));
        return Ok(());
    }
    if let Some(other) = &options.before {
        let pairs = if options.quick { Pairs::QUICK } else { Pairs::FULL };
        let folder = folder.join("before");
        let figures = before::compare(&workspace, options.host(), other, pairs, &folder)?;
        print!("{}", before::table(&figures));
        return Ok(());
    }
    // Its books are others: the large ones stay.
    let folder = if options.trial { folder.join("trial") } else { folder };
    let plan = match options {
        Options { trial: true, .. } => Plan::trial(),
        Options { quick: true, .. } => Plan::quick(),
        _ => Plan::full(),
    };
    let plan = match options.records {
        Some(records) => plan.with_records(records)?,
        None => plan,
    };
    let plan = Plan { starts_cold: options.cold_start, only: options.only.clone(), ..plan };
    let figures = bench::run(&workspace, options.host(), &plan, &folder)?;
    print!("{}", bench::table::table(&figures));
    println!();
    let written = if plan.only.is_none() { &FILES[..] } else { &[] };
    for file in written {
        println!("written: {}", folder.join(file).display());
    }
    let failures = figures.failures.len();
    if failures > 0 {
        bail!(
            "{failures} operations could not be measured, in part at least: they are listed above"
        );
    }
    let misses = bench::aim::misses(&figures.report);
    if options.strict && !misses.is_empty() {
        bail!("{} figures are below their aims", misses.len());
    }
    Ok(())
}
