//! `cargo xtask check`: all that can be found wrong without running the bundle.

use anyhow::Result;

use crate::workspace::{FLOOR, WASM_TARGET, Workspace};
use crate::{dependencies, manifest, openapi, process, wasm_target};

/// Fails at the first of: what `cargo xtask manifest` and `openapi` write, formatting, dependencies, lints for this
/// machine and for the components' target, the fuzz targets, and the documentation.
pub fn run(workspace: &Workspace) -> Result<()> {
    manifest::check(workspace)?;
    openapi::check(workspace)?;
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    dependencies::unused(workspace)?;
    dependencies::deny(workspace)?;

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
    process::run(&mut clippy)?;

    dependencies::fuzz_targets(workspace)?;

    let mut document = workspace.cargo();
    document.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    process::run(document.env("RUSTDOCFLAGS", "--deny warnings"))
}
