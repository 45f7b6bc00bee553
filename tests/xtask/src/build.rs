//! `cargo xtask build`: the components, and how large they are.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::{FLOOR, Function, WASM_TARGET, Workspace};
use crate::{imports, process, wasm_target};

/// What a component should stay below, in bytes: hosts fetch and compile each one.
const COMPONENT_BYTES_MAX: u64 = 400_000;

/// What to build.
#[derive(Args)]
pub struct Options {
    /// Build without Spin's key-value storage, for hosts that do not have its atomics
    #[arg(long)]
    redis_only: bool,
}

/// Which stores a component can use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// Spin's key-value storage and Redis
    All,
    /// Redis
    RedisOnly,
}

/// How a component is compiled.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Small and fast, where `spin.toml` looks for it
    Release,
    /// Quickly
    Dev,
}

/// Builds the components and shows their sizes.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.redis_only {
        redis_only(workspace, Profile::Release)?;
    } else {
        components(workspace)?;
    }

    let width = workspace.functions.iter().map(|function| function.name.len()).max();
    let width = width.unwrap_or_default();
    println!("{:width$}  {:>9}  {:>6}", "component", "bytes", "KB");
    for Function { name, .. } in &workspace.functions {
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
    build(workspace, names(workspace), Stores::All, Profile::Release)
}

/// Builds the component that the benchmarks compare the others with.
pub fn floor(workspace: &Workspace) -> Result<()> {
    build(workspace, [FLOOR], Stores::All, Profile::Release)
}

/// Builds all components without Spin's key-value storage. Fails, naming it, if one imports it all
/// the same.
pub fn redis_only(workspace: &Workspace, profile: Profile) -> Result<()> {
    build(workspace, names(workspace), Stores::RedisOnly, profile)?;
    for name in names(workspace) {
        if imports::needs_key_value(&file(workspace, name, profile))? {
            bail!(
                "{name} imports wasi:keyvalue without the feature key-value: its Cargo.toml must \
                 forward the feature and leave billing's own default out"
            );
        }
    }
    Ok(())
}

fn names(workspace: &Workspace) -> impl Iterator<Item = &str> {
    workspace.functions.iter().map(|function| function.name.as_str())
}

fn build<'a>(
    workspace: &Workspace,
    names: impl IntoIterator<Item = &'a str>,
    stores: Stores,
    profile: Profile,
) -> Result<()> {
    wasm_target::ensure(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--target", WASM_TARGET, "--target-dir"]);
    cargo.arg(workspace.components_target());
    if matches!(profile, Profile::Release) {
        cargo.arg("--release");
    }
    if stores == Stores::RedisOnly {
        cargo.arg("--no-default-features");
    }
    for name in names {
        cargo.args(["--package", name]);
    }
    process::run(&mut cargo)
}

/// Where the build of a component is.
fn file(workspace: &Workspace, name: &str, profile: Profile) -> PathBuf {
    let release = workspace.component_file(name);
    match profile {
        Profile::Release => release,
        Profile::Dev => {
            let folder = workspace.components_target().join(WASM_TARGET).join("debug");
            release.file_name().map_or(folder.clone(), |name| folder.join(name))
        }
    }
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
