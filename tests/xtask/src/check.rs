//! `cargo xtask check`: what is written by `cargo xtask manifest`, formatting, and lints, for this
//! machine and for the components' target.

use anyhow::Result;

use crate::workspace::{FLOOR, WASM_TARGET, Workspace};
use crate::{manifest, process, wasm_target};

/// Fails at the first of: what is not up to date, formatting, clippy on this machine, clippy for WebAssembly.
pub fn run(workspace: &Workspace) -> Result<()> {
    manifest::check(workspace)?;
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;

    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    process::run(&mut clippy)?;

    wasm_target::ensure(workspace)?;
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--target", WASM_TARGET, "--package", "billing", "--package", FLOOR]);
    for function in &workspace.functions {
        clippy.args(["--package", &function.name]);
    }
    clippy.args(["--", "--deny", "warnings"]);
    process::run(&mut clippy)
}
