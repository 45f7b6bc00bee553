//! What the commands need to know of `spin.toml`: the published paths.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

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
