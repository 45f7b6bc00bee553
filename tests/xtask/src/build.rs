//! `cargo xtask build`: the components, and how large they are.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace::{WASM_TARGET, Workspace};
use crate::{process, wasm_target};

/// What a component should stay below, in bytes: hosts fetch and compile each one.
const COMPONENT_BYTES_MAX: u64 = 400_000;

/// Builds the components and shows their sizes.
pub fn run(workspace: &Workspace) -> Result<()> {
    components(workspace)?;

    let functions = workspace.functions()?;
    let width = functions.iter().map(String::len).max().unwrap_or_default();
    println!("{:width$}  {:>9}  {:>6}", "component", "bytes", "KB");
    for name in &functions {
        let file = workspace.component_file(name);
        let bytes = fs::metadata(&file)
            .with_context(|| format!("the build left no {}", file.display()))?
            .len();
        println!("{name:width$}  {bytes:>9}  {:>6}{}", kilobytes(bytes), remark(bytes));
    }
    Ok(())
}

/// Builds all components, cargo's progress visible. Makes the WebAssembly target available.
pub fn components(workspace: &Workspace) -> Result<()> {
    wasm_target::ensure(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--target", WASM_TARGET, "--target-dir"]);
    cargo.arg(workspace.components_target());
    for name in workspace.functions()? {
        cargo.args(["--package", &name]);
    }
    process::run(&mut cargo)
}

/// Builds the local host, cargo's progress visible.
pub fn host(workspace: &Workspace) -> Result<()> {
    process::run(workspace.cargo().args(["build", "--package", "host"]))
}

/// Thousands of bytes with one decimal, rounded down.
fn kilobytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

fn remark(bytes: u64) -> &'static str {
    if bytes > COMPONENT_BYTES_MAX { "  warning: above 400 KB" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_above_the_limit_gets_a_warning() {
        assert_eq!(kilobytes(400_000), "400.0");
        assert_eq!(remark(400_000), "");
        assert_eq!(kilobytes(1_234_567), "1234.5");
        assert!(remark(400_001).contains("warning"));
    }
}
