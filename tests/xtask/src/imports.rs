//! What a component asks of its host.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasmparser::{Parser, Payload};

/// The namespace of the interfaces that a host without atomics does not have.
const KEY_VALUE: &str = "wasi:keyvalue/";

/// Whether a component imports `wasi:keyvalue`.
pub fn needs_key_value(component: &Path) -> Result<bool> {
    let at = || format!("cannot read the component {}", component.display());
    let bytes = fs::read(component).with_context(at)?;
    let imports = imports(&bytes).with_context(at)?;
    Ok(imports.iter().any(|name| name.starts_with(KEY_VALUE)))
}

/// The names of a component's own imports. Those of the parts inside it are met by itself.
fn imports(component: &[u8]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.push(import?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_what_a_component_imports_and_not_what_its_parts_do() {
        let component = wat::parse_str(
            r#"(component
                (import "wasi:clocks/wall-clock@0.2.0" (instance))
                (core module (import "wasi:keyvalue/store@0.2.0-draft2" "open" (func)))
                (component (import "wasi:keyvalue/batch@0.2.0-draft2" (instance)))
                (import "wasi:keyvalue/atomics@0.2.0-draft2" (instance)))"#,
        )
        .expect("a component");
        let names = imports(&component).expect("is read");
        assert_eq!(names, ["wasi:clocks/wall-clock@0.2.0", "wasi:keyvalue/atomics@0.2.0-draft2"]);
        assert!(imports(b"nonsense").is_err());
    }

    #[test]
    fn tells_who_needs_key_value_storage() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("component.wasm");
        for (name, needs) in
            [("wasi:keyvalue/store@0.2.0-draft2", true), ("fermyon:spin/redis@2.0.0", false)]
        {
            let component = wat::parse_str(format!("(component (import \"{name}\" (instance)))"));
            fs::write(&file, component.expect("a component")).expect("is written");
            assert_eq!(needs_key_value(&file).expect("is read"), needs, "{name}");
        }
    }
}
