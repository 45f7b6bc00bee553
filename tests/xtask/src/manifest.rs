//! `cargo xtask manifest`: `spin.toml` and the tables of operations, from what is said once.
//!
//! That is the folders of the functions, the contract, and a table of capabilities.

mod component;
mod profile;
mod spin;
mod tables;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

pub use component::{Component, GROUPS, Group};

use crate::contract;
use crate::workspace::Workspace;

/// What to do about files that are not up to date.
#[derive(Args)]
pub struct Options {
    /// Change nothing, and fail if a file is not what would be written
    #[arg(long)]
    check: bool,
}

/// Writes the files, or checks them.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check { check(workspace) } else { write(workspace) }
}

/// Writes what is not up to date.
pub fn write(workspace: &Workspace) -> Result<()> {
    for (name, text) in stale(workspace)? {
        fs::write(workspace.root.join(name), text)
            .with_context(|| format!("cannot write {name}"))?;
        println!("{name} is written");
    }
    Ok(())
}

/// Fails if a file is not up to date.
pub fn check(workspace: &Workspace) -> Result<()> {
    let names: Vec<&str> = stale(workspace)?.into_iter().map(|(name, _)| name).collect();
    if !names.is_empty() {
        bail!("not up to date: {}; run `cargo xtask manifest`", names.join(", "));
    }
    Ok(())
}

/// The bundle's components, group by group.
pub fn components(workspace: &Workspace) -> Result<Vec<Component>> {
    component::components(workspace, &contract::operations(workspace)?)
}

/// The files that do not have the text that they should, with that text.
fn stale(workspace: &Workspace) -> Result<Vec<(&'static str, String)>> {
    let operations = contract::operations(workspace)?;
    let components = component::components(workspace, &operations)?;
    let mut stale = Vec::new();
    let mut compare = |name: &'static str, current: String, text: String| {
        if current != text {
            stale.push((name, text));
        }
    };
    let read = |name: &str| {
        let file = workspace.root.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let current = read("spin.toml")?;
    compare("spin.toml", current, spin::text(&components));
    for (name, part, text) in [
        ("README.md", "counts", tables::counts(&operations, &components)),
        ("functions/README.md", "operations", tables::operations(&operations, &components)),
    ] {
        let current = read(name)?;
        let text = tables::replace(&current, part, &text).with_context(|| name.to_owned())?;
        compare(name, current, text);
    }
    Ok(stale)
}

/// A path that the bundle serves.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// As in the manifest, wildcards included.
    pub path: String,
    /// The component that answers.
    pub component: String,
}

/// The routes of a manifest's HTTP triggers, in the manifest's order.
pub fn routes(file: &Path) -> Result<Vec<Route>> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the manifest {}", file.display()))?;
    parse(&text).with_context(|| format!("{} is not a Spin manifest", file.display()))
}

fn parse(text: &str) -> Result<Vec<Route>> {
    let manifest: toml::Table = text.parse()?;
    let triggers = manifest
        .get("trigger")
        .and_then(|trigger| trigger.get("http"))
        .and_then(toml::Value::as_array)
        .context("it has no [[trigger.http]]")?;

    let mut routes = Vec::new();
    for trigger in triggers {
        let component = trigger
            .get("component")
            .and_then(toml::Value::as_str)
            .context("a trigger names no component")?;
        // A private route is a table, and reachable by other components only.
        if let Some(path) = trigger.get("route").and_then(toml::Value::as_str) {
            let (path, component) = (path.to_owned(), component.to_owned());
            routes.push(Route { path, component });
        }
    }
    Ok(routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_public_routes_in_the_manifests_order() {
        let routes = parse(
            r#"
            spin_manifest_version = 2
            [[trigger.http]]
            route = "/v2/bills"
            component = "list-bills"
            [[trigger.http]]
            route = { private = true }
            component = "inside"
            [[trigger.http]]
            route = "/operator/v1/..."
            component = "operator"
            "#,
        )
        .expect("a manifest");
        let routes: Vec<_> =
            routes.iter().map(|route| (route.path.as_str(), route.component.as_str())).collect();
        assert_eq!(routes, [("/v2/bills", "list-bills"), ("/operator/v1/...", "operator")]);
    }

    #[test]
    fn refuses_a_manifest_without_triggers() {
        assert!(parse("spin_manifest_version = 2").is_err());
        assert!(parse("not = [toml").is_err());
    }
}
