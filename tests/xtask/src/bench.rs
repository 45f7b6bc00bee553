//! `cargo xtask bench`: builds the bundle, the floor and a host, and measures them.
//!
//! The measuring is a program of its own, `tests/bench`, so that this one stays quick to build.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::host::Kind;
use crate::workspace::Workspace;
use crate::{build, process};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Short runs and at most 10,000 records: a quarter of an hour
    #[arg(long)]
    pub quick: bool,
    /// The shortest runs, on tiny books: shows that everything can be measured, not what is fast
    #[arg(long, conflicts_with_all = ["quick", "strict"])]
    pub trial: bool,
    /// What to measure on [default: spin 3 or 4 if it is on PATH, else local]
    #[arg(long)]
    pub host: Option<Kind>,
    /// Measure only the operations that have this in their names, and write no files
    #[arg(long, value_name = "PART")]
    pub only: Option<String>,
    /// Fail if a figure is below its aim
    #[arg(long)]
    pub strict: bool,
    /// The most records of one tenant: a power of ten from 1000 on
    #[arg(long, value_name = "COUNT")]
    pub records: Option<u32>,
    /// Also start the local host with nothing compiled, which takes minutes
    #[arg(long)]
    pub cold_start: bool,
    /// Compare only balances, lists and a coupon with those of another build, by its spin.toml beside
    /// its components
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = ["trial", "strict", "records", "cold_start"])]
    pub before: Option<PathBuf>,
    /// Measure only the import of a tenant of so many customers with random ids, 100000 at the least
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["quick", "strict", "records", "cold_start"])]
    pub import_customers: Option<u32>,
    /// Measure only a month of so many usage tickets, 10000 at the least: their import, and its close
    #[arg(long, value_name = "COUNT",
          conflicts_with_all = ["quick", "strict", "records", "import_customers"])]
    pub import_usage: Option<u32>,
    /// Measure only snapshots, restores and forks of a tenant of a thousand records and of one of so
    /// many
    #[arg(long, value_name = "COUNT",
          conflicts_with_all = ["quick", "strict", "records", "import_customers", "import_usage"])]
    pub snapshots: Option<u32>,
}

impl Options {
    /// The host that is asked for, or the one that is here.
    pub fn host(&self) -> Kind {
        self.host.unwrap_or_else(Kind::available)
    }

    /// Passes the options on to the program that measures.
    fn pass_on(&self, command: &mut Command) {
        let host = match self.host() {
            Kind::Local => "local",
            Kind::Spin => "spin",
        };
        command.args(["--host", host]);
        if self.quick {
            command.arg("--quick");
        }
        if self.trial {
            command.arg("--trial");
        }
        if self.strict {
            command.arg("--strict");
        }
        if let Some(manifest) = &self.before {
            command.arg("--before").arg(manifest);
        }
        if let Some(part) = &self.only {
            command.args(["--only", part]);
        }
        if self.cold_start {
            command.arg("--cold-start");
        }
        if let Some(records) = self.records {
            command.args(["--records", &records.to_string()]);
        }
        if let Some(customers) = self.import_customers {
            command.args(["--import-customers", &customers.to_string()]);
        }
        if let Some(tickets) = self.import_usage {
            command.args(["--import-usage", &tickets.to_string()]);
        }
        if let Some(records) = self.snapshots {
            command.args(["--snapshots", &records.to_string()]);
        }
    }
}

/// Builds everything, and measures.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.host() == Kind::Spin && process::find("spin").is_none() {
        bail!("there is no spin on PATH: install it, or use --host local");
    }
    build::components(workspace)?;
    build::floor(workspace)?;
    if options.host() == Kind::Local {
        build::host(workspace)?;
    }
    let mut bench = workspace.cargo();
    bench.args(["run", "--quiet", "--package", "bench", "--"]);
    options.pass_on(&mut bench);
    process::run(&mut bench)
}
