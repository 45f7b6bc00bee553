//! The application that is measured: the bundle's manifest with the floor in it.

use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};
use xtask::workspace::{FLOOR, Workspace};

/// Below this the floor answers.
pub const FLOOR_PATH: &str = "/floor";

/// The text of the manifest. Its files are named by whole paths, so that it can lie anywhere.
///
/// # Errors
/// `spin.toml` cannot be read.
pub fn with_floor(workspace: &Workspace) -> Result<String> {
    let file = workspace.root.join("spin.toml");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let floor = workspace.component_file(FLOOR);
    add_floor(&text, &workspace.root, &floor)
        .with_context(|| format!("{} is not a manifest", file.display()))
}

fn add_floor(text: &str, root: &Path, floor: &Path) -> Result<String> {
    let mut manifest: Table = text.parse()?;
    let components = manifest.get_mut("component").and_then(Value::as_table_mut);
    let components = components.context("it has no components")?;
    for (_, component) in components.iter_mut() {
        let component = component.as_table_mut().context("a component is no table")?;
        let source = component.get("source").and_then(Value::as_str);
        let source = root.join(source.context("a component has no file")?);
        component.insert("source".to_owned(), source.display().to_string().into());
        // Its folder is the manifest's.
        component.remove("build");
    }
    let mut component = Table::new();
    component.insert("source".to_owned(), floor.display().to_string().into());
    component.insert("key_value_stores".to_owned(), Value::Array(vec!["default".into()]));
    components.insert(FLOOR.to_owned(), component.into());

    let triggers = manifest.get_mut("trigger").and_then(|trigger| trigger.get_mut("http"));
    let triggers = triggers.and_then(Value::as_array_mut).context("it has no HTTP triggers")?;
    let mut trigger = Table::new();
    trigger.insert("route".to_owned(), format!("{FLOOR_PATH}/...").into());
    trigger.insert("component".to_owned(), FLOOR.into());
    triggers.push(trigger.into());
    Ok(toml::to_string(&manifest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_stands_beside_the_bundle() {
        let bundle = r#"
            [[trigger.http]]
            route = "/v2/bills"
            component = "bills"
            [component.bills]
            source = "target/bills.wasm"
            key_value_stores = ["default"]
            [component.bills.build]
            command = "cargo build"
        "#;
        let manifest = add_floor(bundle, Path::new("/repository"), Path::new("/built/floor.wasm"));
        let manifest: Table = manifest.expect("a manifest").parse().expect("TOML");
        let expected: Table = r#"
            [[trigger.http]]
            route = "/v2/bills"
            component = "bills"
            [[trigger.http]]
            route = "/floor/..."
            component = "floor"
            [component.bills]
            source = "/repository/target/bills.wasm"
            key_value_stores = ["default"]
            [component.floor]
            source = "/built/floor.wasm"
            key_value_stores = ["default"]
        "#
        .parse()
        .expect("TOML");
        assert_eq!(manifest, expected);
        assert!(add_floor("", Path::new("/"), Path::new("/")).is_err());
    }
}
