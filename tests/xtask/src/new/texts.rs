//! The texts that a new operation begins with. None compiles before somebody has filled it in: a
//! handler that answers nothing, or a test that asserts nothing, would only look like one.

use std::collections::VecDeque;

use crate::contract::{Field, Kind, Object, Operation, snake_case};

/// The longest line.
const WIDTH: usize = 100;

/// A function's `Cargo.toml`.
pub fn package(name: &str) -> String {
    format!(
        r#"[package]
name = "{name}"
edition.workspace = true

[lib]
crate-type = ["cdylib"]

[features]
default = ["key-value"]
key-value = ["billing/key-value"]

[dependencies]
billing.workspace = true
serde.workspace = true
spin-sdk.workspace = true

[lints]
workspace = true
"#
    )
}

/// The name of an operation's handler: its verb.
pub fn handler(operation: &Operation) -> String {
    let name = snake_case(&operation.id);
    name.split('_').next().unwrap_or_default().to_owned()
}

/// How the macro `component!` names a handler at `path`.
pub fn entry(operation: &Operation, path: &str) -> String {
    format!("{} {} => {path}", operation.method, operation.id)
}

/// The file of an operation that has its component for itself.
pub fn function(operation: &Operation) -> String {
    let handler = handler(operation);
    let component = format!("billing::component! {{ {} }}\n\n", entry(operation, &handler));
    source(operation, &component, "")
}

/// The file of an operation that shares its component.
pub fn module(operation: &Operation) -> String {
    source(operation, "", "pub ")
}

/// The file that names the handlers of a path which several operations share.
pub fn shared(operation: &Operation) -> String {
    let handler = handler(operation);
    format!(
        "//! The operations of `{}`.\n\nmod {handler};\n\nbilling::component! {{ {} }}\n",
        operation.path,
        entry(operation, &format!("{handler}::{handler}"))
    )
}

fn source(operation: &Operation, component: &str, visibility: &str) -> String {
    let Operation { id, summary, method, path, parameters, request, response, .. } = operation;
    let handler = handler(operation);
    let mut text = comment("//! ", &sentence(summary));
    text.push_str(&format!("//!\n//! `{id}`, `{method} {path}`.\n\n"));
    let mut types = String::new();
    if !parameters.is_empty() {
        let parameters = Object { schema: "Request".to_owned(), fields: parameters.clone() };
        types.push_str(&structs(&parameters, ""));
    }
    if let Some(request) = request {
        let attributes = "#[derive(Deserialize)]\n#[serde(deny_unknown_fields)]\n";
        types.push_str(&structs(request, attributes));
    }
    if !response.fields.is_empty() {
        types.push_str(&structs(response, "#[derive(Serialize)]\n"));
    }
    text.push_str(&imports(&types));
    text.push_str(component);
    text.push_str(&format!(
        "{visibility}async fn {handler}(call: Call) -> Result<Answer, Refusal> {{\n    \
         compile_error!(\"{id}: verify, parse, decide, store, answer\");\n}}\n{types}"
    ));
    text
}

/// What a function needs, and of the rest what its types need.
fn imports(types: &str) -> String {
    let mut text =
        "use billing::api::{Answer, Refusal};\nuse billing::component::Call;\n".to_owned();
    if types.contains("Money") {
        text.push_str("use billing::value::money::Money;\n");
    }
    match (types.contains("Deserialize"), types.contains("Serialize")) {
        (true, true) => text.push_str("use serde::{Deserialize, Serialize};\n"),
        (true, false) => text.push_str("use serde::Deserialize;\n"),
        (false, true) => text.push_str("use serde::Serialize;\n"),
        (false, false) => {}
    }
    text.push('\n');
    text
}

/// A text that begins with a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// An object and those inside it, as structs with the names and limits of the wire. Their types are
/// the plainest ones, to be replaced by those of the domain.
fn structs(object: &Object, attributes: &str) -> String {
    let mut text = String::new();
    let mut written: Vec<&str> = Vec::new();
    let mut waiting = VecDeque::from([object]);
    while let Some(Object { schema, fields }) = waiting.pop_front() {
        if written.contains(&schema.as_str()) || fields.is_empty() {
            continue;
        }
        written.push(schema);
        text.push_str(&format!("\n{attributes}struct {schema} {{\n"));
        for field in fields {
            text.push_str(&member(field));
            waiting.extend(inner(&field.kind));
        }
        text.push_str("}\n");
    }
    text
}

/// A field with its limits.
fn member(field: &Field) -> String {
    let Field { name, kind, required, remarks } = field;
    let mut text = String::new();
    if !remarks.is_empty() {
        text.push_str(&comment("    /// ", &sentence(&remarks.join(", "))));
    }
    let rust_name = snake_case(name);
    if rust_name != *name {
        text.push_str(&format!("    #[serde(rename = \"{name}\")]\n"));
    }
    let rust_name = if rust_name == "type" { "r#type".to_owned() } else { rust_name };
    let rust_type = rust_type(kind);
    let rust_type = if *required { rust_type } else { format!("Option<{rust_type}>") };
    text.push_str(&format!("    {rust_name}: {rust_type},\n"));
    text
}

fn rust_type(kind: &Kind) -> String {
    match kind {
        Kind::Text => "String".to_owned(),
        Kind::Integer => "u32".to_owned(),
        Kind::Decimal => "Money".to_owned(),
        Kind::Flag => "bool".to_owned(),
        Kind::Object(object) => object.schema.clone(),
        Kind::List(kind) => format!("Vec<{}>", rust_type(kind)),
    }
}

fn inner(kind: &Kind) -> Option<&Object> {
    match kind {
        Kind::Object(object) => Some(object),
        Kind::List(kind) => inner(kind),
        Kind::Text | Kind::Integer | Kind::Decimal | Kind::Flag => None,
    }
}

/// The test file of an operation, with what it has to show in order.
pub fn test(operation: &Operation) -> String {
    let Operation { id, summary, path, errors, callers, .. } = operation;
    let mut text = comment("//! ", &format!("`{id}`: {summary}."));
    text.push_str(&format!(
        "\nuse crate::harness::app::App;\nuse crate::harness::tenant::Tenant;\n\n\
         const PATH: &str = \"{path}\";\n\n\
         compile_error!(\"{id} has no tests: in the order below, as sentences\");\n\n\
         // It works, for {}.\n\n// Each reason is reached:\n",
        callers.join(" and ")
    ));
    for refused in errors {
        let line = format!("{} {}: {}", refused.status, refused.code, refused.meaning);
        text.push_str(&comment("// - ", &line));
    }
    if operation.method != "GET" {
        text.push_str("\n// A repeat changes nothing.\n\n// A refusal changes nothing.\n");
    }
    text
}

/// The benchmark's row of an operation.
pub fn benchmark(operation: &Operation, component: &str) -> String {
    let Operation { id, method, path, .. } = operation;
    let (kind, aim) = match method.as_str() {
        "GET" => ("Read", "SHORT_READ"),
        _ => ("Write", "Aim::Prompt"),
    };
    let answer = operation.response.fields.first();
    let answer = answer.map(|field| format!("{{\"{}\":", field.name)).unwrap_or_default();
    format!(
        r##"    Operation {{
        name: "{id}",
        component: "{component}",
        kind: Kind::{kind},
        aim: {aim},
        answer: Expected::Begins(r#"{answer}"#),
        repeat: Repeat::Freely,
        // {method} {path}, as clients send it most.
        requests: |tenant| compile_error!("{id} has no request"),
    }},
"##
    )
}

/// A comment of whole words, each line below the width.
fn comment(mark: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut line = mark.to_owned();
    for word in text.split_whitespace() {
        if line.len() + word.len() >= WIDTH && line != mark {
            lines.push_str(&format!("{}\n", line.trim_end()));
            line = mark.replace("- ", "  ");
        }
        line.push_str(word);
        line.push(' ');
    }
    lines.push_str(&format!("{}\n", line.trim_end()));
    lines
}
