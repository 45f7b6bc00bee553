//! What `cargo xtask check` asks of the dependencies: that each is used, and what `.deny.toml` says.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::{Workspace, sources};
use crate::{process, python};

/// Fails if a package depends on something that its sources do not name.
///
/// What is there for another reason is listed below `package.metadata.cargo-machete`, where the tool
/// of that name looks too.
pub fn unused(workspace: &Workspace) -> Result<()> {
    let mut metadata = workspace.cargo();
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&process::output(&mut metadata)?)?;
    let mut unused = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let manifest = package["manifest_path"].as_str().context("a package without a path")?;
        let folder = Path::new(manifest).parent().context("a manifest without a folder")?;
        let sources = sources(folder)?;
        for name in dependencies(package) {
            if !names(&sources, &name.replace('-', "_")) {
                unused.push(format!("{}: {name}", package["name"].as_str().unwrap_or_default()));
            }
        }
    }
    if !unused.is_empty() {
        bail!("dependencies that nothing uses: {}", unused.join(", "));
    }
    Ok(())
}

/// The names by which a package knows its dependencies, but for those that it lists as used.
fn dependencies(package: &Value) -> Vec<String> {
    let ignored = &package["metadata"]["cargo-machete"]["ignored"];
    let ignored: Vec<&str> =
        ignored.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let names = package["dependencies"].as_array().into_iter().flatten().filter_map(|dependency| {
        dependency["rename"].as_str().or(dependency["name"].as_str()).map(str::to_owned)
    });
    names.filter(|name| !ignored.contains(&name.as_str())).collect()
}

/// The macros that make a crate a component.
pub const MACROS: [&str; 7] = [
    "authentication_page",
    "component",
    "console",
    "open",
    "operator",
    "partner_centre",
    "unrouted",
];

/// Whether a source has a word. What the macros of the components name, components have.
fn names(sources: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let has = |text: &str| {
        text.match_indices(word).any(|(at, _)| {
            !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
        })
    };
    let has_macro = MACROS.iter().any(|name| sources.contains(&format!("billing::{name}!")));
    has(sources) || (has_macro && word == "spin_sdk")
}

/// Asks cargo-deny about licences, sources and bans, and about advisories where their database can be
/// reached. In continuous integration it is installed for that; elsewhere it is asked if it is there.
pub fn deny(workspace: &Workspace) -> Result<()> {
    let Some(path) = path_with_deny(workspace)? else {
        eprintln!("the dependencies' licences are not checked: there is no cargo-deny");
        return Ok(());
    };
    let deny = || {
        let mut cargo = workspace.cargo();
        cargo.args(["deny", "--config", ".deny.toml"]).env("PATH", &path);
        cargo
    };
    let mut check = deny();
    check.args(["check", "bans", "licenses", "sources"]);
    if process::succeeds(deny().args(["fetch", "db"])) {
        check.arg("advisories");
    } else {
        eprintln!("no advisories are checked: their database is out of reach");
    }
    process::run(&mut check)
}

/// A search path on which cargo-deny is.
fn path_with_deny(workspace: &Workspace) -> Result<Option<OsString>> {
    let path = env::var_os("PATH").unwrap_or_default();
    if process::find("cargo-deny").is_some() {
        return Ok(Some(path));
    }
    let in_ci = env::var("CI").is_ok_and(|ci| ci == "true");
    if !in_ci || cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        return Ok(None);
    }
    let python = python::environment(workspace, "tests/xtask/tools.txt", "tools")?;
    let programs = python.parent().map(Path::to_path_buf).context("Python lies in no folder")?;
    let folders: Vec<PathBuf> = std::iter::once(programs).chain(env::split_paths(&path)).collect();
    Ok(Some(env::join_paths(folders)?))
}

/// Formats and lints the fuzz targets, which are a workspace of their own. What they link is for a
/// nightly compiler only, and not needed for that.
pub fn fuzz_targets(workspace: &Workspace) -> Result<()> {
    const MANIFEST: [&str; 2] = ["--manifest-path", "tests/fuzz/Cargo.toml"];
    process::run(workspace.cargo().args(["fmt"]).args(MANIFEST).arg("--check"))?;
    let mut clippy: Command = workspace.cargo();
    clippy.arg("clippy").args(MANIFEST).arg("--target-dir").arg(workspace.target.join("fuzz"));
    clippy.args(["--all-targets", "--", "--deny", "warnings"]);
    // The library of fuzzing itself is not compiled when it is said to be elsewhere.
    process::run(clippy.env("CUSTOM_LIBFUZZER_PATH", workspace.target.join("none/libfuzzer.a")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_used_where_it_is_a_word() {
        assert!(names("use serde::Serialize;", "serde"));
        assert!(!names("use serde_json::Value;", "serde"));
        assert!(!names("fn my_serde() {}", "serde"));
        assert!(names("billing::component! { GET A => a }", "spin_sdk"));
        assert!(!names("fn f() {}", "spin_sdk"));
    }

    #[test]
    fn the_packages_use_what_they_depend_on() {
        unused(&Workspace::find().expect("the workspace")).expect("all are used");
    }

    #[test]
    fn what_is_listed_as_used_is_not_asked_for() {
        let package = serde_json::json!({
            "metadata": {"cargo-machete": {"ignored": ["memchr"]}},
            "dependencies": [{"name": "memchr"}, {"name": "rust-x", "rename": "x"}],
        });
        assert_eq!(dependencies(&package), ["x"]);
    }
}
