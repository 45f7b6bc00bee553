//! `cargo xtask build`: the components, and how large they are.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::workspace::{FLOOR, Function, WASM_TARGET, Workspace};
use crate::{dependencies, imports, process, wasm_target};

/// What to build.
#[derive(Args)]
pub struct Options {
    /// Build without Spin's key-value storage, for hosts that do not have its atomics
    #[arg(long)]
    redis_only: bool,
}

/// Which stores a component can use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stores {
    /// Spin's key-value storage and Redis
    All,
    /// Redis
    RedisOnly,
}

/// How a component is compiled.
#[derive(Clone, Copy)]
enum Profile {
    /// Small and fast, where `spin.toml` looks for it
    Release,
    /// Quickly
    Dev,
}

/// Builds the components and shows their sizes.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.redis_only {
        redis_only(workspace)?;
    } else {
        components(workspace)?;
    }

    let width = workspace.functions.iter().map(|function| function.name.len()).max();
    let width = width.unwrap_or_default();
    println!("{:width$}  {:>9}  {:>6}", "component", "bytes", "KB");
    let mut total = 0;
    for Function { name, .. } in &workspace.functions {
        let file = workspace.component_file(name);
        let bytes = fs::metadata(&file)
            .with_context(|| format!("the build left no {}", file.display()))?
            .len();
        println!("{name:width$}  {bytes:>9}  {:>6}", kilobytes(bytes));
        total += bytes;
    }
    println!("{:width$}  {total:>9}  {:>6}", "all", kilobytes(total));
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
fn redis_only(workspace: &Workspace) -> Result<()> {
    redis_only_of(workspace, names(workspace).collect(), Profile::Release)
}

/// Whether all components can be built without Spin's key-value storage, as fast as that can be told:
/// cargo is asked what it would build for each, and one of each kind is built.
pub fn check_redis_only(workspace: &Workspace) -> Result<()> {
    if has_key_value(workspace, names(workspace))? {
        for name in names(workspace) {
            if has_key_value(workspace, [name])? {
                bail!("{name} has the feature key-value when it is not asked for: {ADVICE}");
            }
        }
    }
    redis_only_of(workspace, one_of_each_kind(workspace)?, Profile::Dev)
}

/// What a component must do that has the storage all the same.
const ADVICE: &str =
    "its Cargo.toml must forward the feature key-value and leave billing's own default out";

fn redis_only_of(workspace: &Workspace, names: Vec<&str>, profile: Profile) -> Result<()> {
    build(workspace, names.iter().copied(), Stores::RedisOnly, profile)?;
    for name in names {
        if imports::needs_key_value(&file(workspace, name, profile))? {
            bail!("{name} imports wasi:keyvalue without the feature key-value: {ADVICE}");
        }
    }
    Ok(())
}

/// Whether cargo would build the library with Spin's key-value storage for one of these components,
/// although their own default is left out.
fn has_key_value<'a>(
    workspace: &Workspace,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<bool> {
    let mut tree = workspace.cargo();
    tree.args(["tree", "--no-default-features", "--edges", "normal", "--target", WASM_TARGET]);
    tree.args(["--prefix", "none", "--format", "{p}={f}"]);
    for name in names {
        tree.args(["--package", name]);
    }
    library_has_key_value(&process::output(&mut tree)?).context("no component uses the library")
}

/// The same, of lines that each name a package and its features. None: the library is not among them.
fn library_has_key_value(tree: &str) -> Option<bool> {
    let library = tree.lines().find(|line| line.starts_with("billing v"))?;
    let (_, features) = library.split_once('=')?;
    Some(features.trim_end_matches(" (*)").split(',').any(|feature| feature == "key-value"))
}

/// For each of the library's macros a component that it makes.
fn one_of_each_kind(workspace: &Workspace) -> Result<Vec<&str>> {
    let mut names = Vec::new();
    for name in dependencies::MACROS {
        let invocation = format!("billing::{name}!");
        let mut found = None;
        for function in &workspace.functions {
            if workspace.sources(function)?.contains(&invocation) {
                found = Some(function.name.as_str());
                break;
            }
        }
        names.push(found.with_context(|| format!("no component is made by {invocation}"))?);
    }
    Ok(names)
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
    match profile {
        Profile::Release => _ = cargo.arg("--release"),
        // As fast as the compiler can: nobody runs them.
        Profile::Dev => {
            cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "false");
        }
    }
    if stores == Stores::RedisOnly {
        cargo.arg("--no-default-features");
    }
    let names: Vec<&str> = names.into_iter().collect();
    for name in &names {
        cargo.args(["--package", name]);
    }
    show_progress(&mut cargo, &names)
}

/// Runs cargo, and says which components it has built, as it does: the first time that takes minutes.
fn show_progress(cargo: &mut Command, names: &[&str]) -> Result<()> {
    cargo.args(["--quiet", "--message-format", "json-render-diagnostics"]);
    let count = u64::try_from(names.len())?;
    let style = ProgressStyle::with_template("building {bar:30} {pos} of {len} components {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let progress = ProgressBar::new(count).with_style(style);
    progress.enable_steady_tick(Duration::from_millis(200));

    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", process::line(cargo)))?;
    let messages = child.stdout.take().context("cargo has no output")?;
    for message in BufReader::new(messages).lines() {
        let Some(name) = built(&message?) else {
            continue;
        };
        progress.set_message(name.clone());
        if names.contains(&name.as_str()) {
            progress.inc(1);
            if progress.is_hidden() {
                eprintln!("built {} of {count} components: {name}", progress.position());
            }
        }
    }
    let status = child.wait()?;
    progress.finish_and_clear();
    if !status.success() {
        bail!("`{}` failed ({status})", process::line(cargo));
    }
    Ok(())
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

/// The component that cargo has just built, in a line of its messages.
fn built(message: &str) -> Option<String> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_new = message["reason"] == "compiler-artifact" && message["fresh"] == false;
    let name = message["target"]["name"].as_str().filter(|_| is_new)?;
    Some(name.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_thousands_of_bytes() {
        assert_eq!(kilobytes(400_000), "400.0");
        assert_eq!(kilobytes(1_234_567), "1234.5");
    }

    #[test]
    fn tells_whether_the_library_has_the_storage() {
        let tree = |features: &str| {
            format!("list-a v0.0.0 (/a)=\nbilling v0.1.0 (/b)={features}\nserde v1.0.0=key-value\n")
        };
        assert_eq!(library_has_key_value(&tree("default,key-value")), Some(true));
        assert_eq!(library_has_key_value(&tree("key-value (*)")), Some(true));
        assert_eq!(library_has_key_value(&tree("parquet")), Some(false));
        assert_eq!(library_has_key_value(&tree("")), Some(false));
        assert_eq!(library_has_key_value("list-a v0.0.0 (/a)="), None);
    }

    #[test]
    fn there_is_a_component_of_each_kind() {
        let workspace = Workspace::find().expect("the workspace");
        let names = one_of_each_kind(&workspace).expect("one of each");
        assert_eq!(names.len(), dependencies::MACROS.len());
        assert!(names.contains(&"console-pages"), "{names:?}");
    }

    #[test]
    fn a_component_that_was_compiled_is_named_and_one_that_was_there_is_not() {
        let message = |fresh: bool| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"list_a"}},"fresh":{fresh}}}"#
            )
        };
        assert_eq!(built(&message(false)).as_deref(), Some("list-a"));
        assert_eq!(built(&message(true)), None);
        assert_eq!(built(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(built("not JSON"), None);
    }
}
