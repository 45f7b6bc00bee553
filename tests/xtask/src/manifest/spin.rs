//! The text of `spin.toml`.

use super::component::{Component, GROUPS};
use crate::workspace::WASM_TARGET;

/// What stands above the components: the application and its variables.
pub const HEAD: &str = include_str!("head.toml");

/// The whole manifest.
pub fn text(components: &[Component]) -> String {
    let mut text = HEAD.to_owned();
    for group in GROUPS {
        let mut members = components.iter().filter(|component| component.group == group.folder);
        if let Some(first) = members.next() {
            text.push_str(&format!("\n# {}\n", group.title));
            text.push_str(&entry(first));
        }
        text.extend(members.map(entry));
    }
    text
}

/// The trigger and the component of one function.
fn entry(component: &Component) -> String {
    let Component { name, folder, profile, .. } = component;
    let file = name.replace('-', "_");
    let hosts: Vec<String> = profile.outbound_hosts().map(template).collect();
    let hosts = hosts.join(", ");
    let triggers = component
        .routes()
        .map(|route| format!("\n[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"{name}\"\n"));
    let mut entry: String = triggers.collect();
    entry.push_str(&format!(
        r#"
[component.{name}]
source = "target/{WASM_TARGET}/release/{file}.wasm"
allowed_outbound_hosts = [{hosts}]
"#
    ));
    if profile.has_store() {
        entry.push_str("key_value_stores = [\"default\"]\n");
    }
    let variables = profile.variables().map(|name| format!("{name} = {}\n", template(name)));
    let variables: String = variables.collect();
    if !variables.is_empty() {
        entry.push_str(&format!("\n[component.{name}.variables]\n{variables}"));
    }
    entry.push_str(&format!(
        r#"
[component.{name}.build]
command = "cargo build --target {WASM_TARGET} --release -p {name}"
watch = ["Cargo.toml", "shared/**/*.rs", "shared/wit/**/*.wit", "{folder}/**/*"]
"#
    ));
    entry
}

/// The value of an application's variable.
fn template(variable: &str) -> String {
    format!("\"{{{{ {variable} }}}}\"")
}
