//! `cargo xtask openapi`: the OpenAPI 3.1 description of all that the bundle serves.
//!
//! It is written from the contract, and for the routes beside it from the `openapi.toml` in the folder
//! of each function. The component `description-pages` serves what is written.

mod beside;
mod kind;
mod published;
mod refusals;
mod schemas;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Map, Value, json};

use self::refusals::Refusals;
use self::schemas::Schemas;
use crate::manifest::{self, GROUPS};
use crate::workspace::Workspace;

/// The description, relative to the root.
const FILE: &str = "functions/description/pages/src/openapi.json";

/// What to do about a description that is not up to date.
#[derive(Args)]
pub struct Options {
    /// Change nothing, and fail if the description is not what would be written
    #[arg(long)]
    check: bool,
}

/// What the parts of the description are written with.
struct Writer<'c> {
    contract: &'c Value,
    refusals: Refusals<'c>,
    schemas: Schemas,
    paths: Map<String, Value>,
}

impl Writer<'_> {
    /// Adds what a path does for a method.
    fn add(&mut self, method: &str, path: &str, operation: Value) {
        let methods = self.paths.entry(path).or_insert_with(|| json!({}));
        methods[method.to_lowercase()] = operation;
    }
}

/// Writes the description, or checks it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        return check(workspace);
    }
    let text = text(workspace)?;
    fs::write(workspace.root.join(FILE), text).with_context(|| format!("cannot write {FILE}"))?;
    println!("{FILE} is written");
    Ok(())
}

/// Fails if the description is not up to date.
pub fn check(workspace: &Workspace) -> Result<()> {
    let text = text(workspace)?;
    let current = fs::read_to_string(workspace.root.join(FILE));
    if current.is_ok_and(|current| current == text) {
        return Ok(());
    }
    bail!("not up to date: {FILE}; run `cargo xtask openapi`")
}

fn text(workspace: &Workspace) -> Result<String> {
    let read = |name: &str| -> Result<Value> {
        let file = workspace.root.join("tests/contract").join(name);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))
    };
    let contract = read("operations.json")?;
    let (errors, own) = (read("errors.json")?, read("own_refusals.json")?);
    let components = manifest::components(workspace)?;
    let mut writer = Writer {
        contract: &contract,
        refusals: Refusals { errors: &errors, own: &own },
        schemas: Schemas::default(),
        paths: Map::new(),
    };
    published::describe(&mut writer)?;
    beside::describe(&mut writer, workspace, &components)?;
    writer.schemas.check()?;
    Ok(written(&document(writer)))
}

fn document(writer: Writer<'_>) -> Value {
    let Writer { refusals, schemas, paths, .. } = writer;
    let tags = GROUPS.iter().filter(|group| !beside::has_no_description(group.folder));
    let tags = tags.map(|group| json!({"name": group.folder, "description": group.title}));
    let (mut schemas, mut responses) = (schemas.into_map(), Map::new());
    refusals.add_common(&mut schemas, &mut responses);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Partner operations bundle",
            "summary": "The partner operations API of Huawei Cloud (BSS), served by one's own host",
            "description": INTRODUCTION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": "/", "description": "The host that serves this description"}],
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "headers": {
                "RequestId": {
                    "description": "Names the request in the log",
                    "schema": {"type": "string"},
                },
            },
            "parameters": {
                "ClientToken": client_token("X-Client-Token"),
                "IdempotencyKey": client_token("Idempotency-Key"),
            },
            "responses": responses,
            "schemas": schemas,
            "securitySchemes": security_schemes(),
        },
    })
}

const INTRODUCTION: &str = "The published operations as the official SDKs call them, what the partner \
    centre offers beside them, and the operator's routes. Amounts are exact: read numbers by their \
    digits. A write takes `X-Client-Token`, or `Idempotency-Key`: the same request with the same token \
    gets the same answer and changes nothing.";

fn client_token(name: &str) -> Value {
    json!({
        "name": name,
        "in": "header",
        "description": "Makes a repeat harmless for 24 hours. A signed request signs it",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]+$"},
    })
}

fn security_schemes() -> Value {
    json!({
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`, with \
                `X-Sdk-Date`, as the official SDKs sign with an access key",
        },
        "token": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Auth-Token",
            "description": "A token of an access key, from `POST /operator/v1/tokens`",
        },
        "operator": {
            "type": "http",
            "scheme": "bearer",
            "description": "The variable `operator_token`, or the token of a named operator",
        },
    })
}

/// The document as text: a line for each operation and each component, so that a change of one is
/// one line.
fn written(document: &Value) -> String {
    let mut text = String::new();
    write(document, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let entries = match value {
        Value::Object(entries) if depth < 3 && !entries.is_empty() => entries,
        // Written by itself, it has no line ends.
        _ => return text.push_str(&value.to_string()),
    };
    text.push('{');
    for (number, (name, entry)) in entries.iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str(&format!("{}: ", Value::from(name.as_str())));
        write(entry, depth + 1, text);
    }
    text.push_str("\n}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_up_to_date() {
        let workspace = Workspace::find().expect("the workspace");
        check(&workspace).expect("it is");
    }

    #[test]
    fn an_operation_and_a_component_has_one_line_each() {
        let document = json!({
            "paths": {"/a": {"get": {"tags": ["x"]}, "put": {}}},
            "components": {"schemas": {"One": {"type": "object"}}},
            "tags": [{"name": "x"}],
        });
        let text = written(&document);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), document);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.contains(&r#""get": {"tags":["x"]},"#), "{text}");
        assert!(lines.contains(&r#""One": {"type":"object"}"#), "{text}");
    }
}
