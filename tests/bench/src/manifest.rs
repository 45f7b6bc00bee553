//! The application that is measured: the bundle's manifest with the floor in it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};
use xtask::workspace::{FLOOR, Workspace};

/// Below this the floor answers.
pub const FLOOR_PATH: &str = "/floor";

/// What sends verification codes: nobody receives them, which only a demo tenant can do without. To
/// all others the measured tenant is any tenant: in a demo tenant each request reads the sandbox's
/// rules first.
const CODE_SENDERS: [&str; 2] = ["send-sms-verification-code", "send-verification-message-code"];

/// The text of the manifest. Its files are named by whole paths, so that it can lie anywhere.
///
/// # Errors
/// `spin.toml` cannot be read.
pub fn with_floor(workspace: &Workspace) -> Result<String> {
    let floor = workspace.component_file(FLOOR);
    made(&workspace.root.join("spin.toml"), |text, root| add_floor(text, root, &floor))
}

/// The text of a manifest of these components alone: a host that serves few starts soon, and has
/// little in memory before anything is asked.
///
/// # Errors
/// `spin.toml` cannot be read, or lacks one.
pub fn of_components(workspace: &Workspace, names: &[&str]) -> Result<String> {
    part_of(&workspace.root.join("spin.toml"), names)
}

/// The text of a manifest of these components of another one, which may be another build's.
///
/// # Errors
/// It cannot be read, or lacks one.
pub fn part_of(file: &Path, names: &[&str]) -> Result<String> {
    made(file, |text, root| keep(text, root, names))
}

fn made(file: &Path, make: impl FnOnce(&str, &Path) -> Result<String>) -> Result<String> {
    let named = || file.display().to_string();
    let root = file.parent().with_context(named)?.canonicalize().with_context(named)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", named()))?;
    make(&text, &root).with_context(|| format!("{} is not a manifest", named()))
}

fn keep(text: &str, root: &Path, names: &[&str]) -> Result<String> {
    let mut manifest: Table = text.parse()?;
    let components = components(&mut manifest, root)?;
    components.retain(|name, _| names.contains(&name));
    ensure!(components.len() == names.len(), "it lacks one of {names:?}");
    let is_kept = |trigger: &Value| {
        let component = trigger.get("component").and_then(Value::as_str);
        component.is_some_and(|name| names.contains(&name))
    };
    triggers(&mut manifest)?.retain(is_kept);
    Ok(toml::to_string(&manifest)?)
}

/// The components, their files named by whole paths. Few of them know of demo tenants.
fn components<'m>(manifest: &'m mut Table, root: &Path) -> Result<&'m mut Table> {
    let components = manifest.get_mut("component").and_then(Value::as_table_mut);
    let components = components.context("it has no components")?;
    for (name, component) in components.iter_mut() {
        let component = component.as_table_mut().context("a component is no table")?;
        let source = component.get("source").and_then(Value::as_str);
        let source = root.join(source.context("a component has no file")?);
        component.insert("source".to_owned(), source.display().to_string().into());
        // Its folder is the manifest's.
        component.remove("build");
        let variables = component.get_mut("variables").and_then(Value::as_table_mut);
        let demo_tenants = variables.and_then(|variables| variables.get_mut("demo_tenants"));
        if let Some(demo_tenants) = demo_tenants.filter(|_| !CODE_SENDERS.contains(&name.as_str()))
        {
            *demo_tenants = "".into();
        }
    }
    Ok(components)
}

fn triggers(manifest: &mut Table) -> Result<&mut Vec<Value>> {
    let triggers = manifest.get_mut("trigger").and_then(|trigger| trigger.get_mut("http"));
    triggers.and_then(Value::as_array_mut).context("it has no HTTP triggers")
}

fn add_floor(text: &str, root: &Path, floor: &Path) -> Result<String> {
    let mut manifest: Table = text.parse()?;
    let components = components(&mut manifest, root)?;
    let mut component = Table::new();
    component.insert("source".to_owned(), floor.display().to_string().into());
    component.insert("key_value_stores".to_owned(), Value::Array(vec!["default".into()]));
    components.insert(FLOOR.to_owned(), component.into());

    let mut trigger = Table::new();
    trigger.insert("route".to_owned(), format!("{FLOOR_PATH}/...").into());
    trigger.insert("component".to_owned(), FLOOR.into());
    triggers(&mut manifest)?.push(trigger.into());
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

    #[test]
    fn only_what_sends_codes_knows_of_demo_tenants() {
        let component = |name: &str| {
            format!(
                "[component.{name}]\nsource = \"{name}.wasm\"\n\
                 [component.{name}.variables]\ndemo_tenants = \"{{{{ demo_tenants }}}}\"\n"
            )
        };
        let bundle =
            format!("[[trigger.http]]\n{}{}", component("bills"), component(CODE_SENDERS[0]));
        let manifest = add_floor(&bundle, Path::new("/repository"), Path::new("/floor.wasm"));
        let manifest: Table = manifest.expect("a manifest").parse().expect("TOML");
        let known = |name: &str| manifest["component"][name]["variables"]["demo_tenants"].as_str();
        assert_eq!(known("bills"), Some(""));
        assert_eq!(known(CODE_SENDERS[0]), Some("{{ demo_tenants }}"));
    }

    #[test]
    fn a_part_of_the_bundle_has_its_components_and_their_routes() {
        let bundle = r#"
            [[trigger.http]]
            route = "/v2/bills"
            component = "bills"
            [[trigger.http]]
            route = "/v2/costs"
            component = "costs"
            [component.bills]
            source = "target/bills.wasm"
            [component.costs]
            source = "target/costs.wasm"
        "#;
        let manifest = keep(bundle, Path::new("/repository"), &["costs"]).expect("a manifest");
        let expected: Table = r#"
            [[trigger.http]]
            route = "/v2/costs"
            component = "costs"
            [component.costs]
            source = "/repository/target/costs.wasm"
        "#
        .parse()
        .expect("TOML");
        assert_eq!(manifest.parse::<Table>().expect("TOML"), expected);
        assert!(keep(bundle, Path::new("/"), &["costs", "orders"]).is_err());
    }
}
