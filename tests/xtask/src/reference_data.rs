//! `cargo xtask reference-data`: writes the catalogue files in `tests/fixtures`.
//!
//! They are checked in: it is run when their tables change, or the package that one comes from.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// What to do with the files.
#[derive(Args)]
pub struct Options {
    /// Only fail if the files are not what this would write
    #[arg(long)]
    pub check: bool,
}

/// Writes the files.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut python = Command::new("python3");
    // Nothing but the files is left in the repository.
    python.arg("-B").arg(workspace.root.join("tests/reference_data/generate.py"));
    python.arg(workspace.root.join("tests/fixtures"));
    if options.check {
        python.arg("--check");
    }
    process::run(&mut python)
}
