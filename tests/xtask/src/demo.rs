//! The demo book, and the key pairs in it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::workspace::Workspace;

/// A key pair of the book, and whom it stands for.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// `distributor`, `solution_provider`, `reseller` or `customer`.
    pub kind: String,
    /// The partner's or customer's id: what an SDK calls the domain id.
    pub principal_id: String,
    pub access_key_id: String,
    pub secret_key: String,
}

/// The demo book's file.
pub fn file(workspace: &Workspace) -> PathBuf {
    workspace.root.join("tests/fixtures/demo.ndjson")
}

/// What `up --demo` imports, in this order: the catalogue says what the book's customer pays.
pub fn files(workspace: &Workspace) -> [PathBuf; 3] {
    let fixtures = workspace.root.join("tests/fixtures");
    [file(workspace), fixtures.join("demo_catalogue.ndjson"), fixtures.join("divisions.ndjson")]
}

/// The key pairs of the demo book, in its order.
pub fn keys(workspace: &Workspace) -> Result<Vec<Key>> {
    let file = file(workspace);
    let book =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&book).with_context(|| format!("{} is not a book", file.display()))
}

/// The tenants of the demo book, as the variable `demo_tenants` has them.
pub fn tenants(workspace: &Workspace) -> Result<String> {
    let file = file(workspace);
    let book =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    parse_tenants(&book).with_context(|| format!("{} is not a book", file.display()))
}

/// The tenant of the demo book that is a distributor's, and the distributor.
pub fn distributor(workspace: &Workspace) -> Result<(String, String)> {
    let file = file(workspace);
    let book =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    parse_distributor(&book).with_context(|| format!("{} is not a book", file.display()))
}

fn parse_distributor(book: &str) -> Result<(String, String)> {
    let lines: Vec<Value> = book.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let is_one = |line: &&Value| line["kind"] == "partner" && line["partner_kind"] == "distributor";
    let partner = lines.iter().find(is_one).context("there is no distributor")?;
    let id = |name: &str| partner[name].as_str().map(str::to_owned);
    let found = id("tenant_id").zip(id("partner_id"));
    found.context("the distributor lacks an id")
}

fn parse_tenants(book: &str) -> Result<String> {
    let lines: Vec<Value> = book.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let tenants = lines.iter().filter(|line| line["kind"] == "tenant");
    let ids: Vec<&str> = tenants.filter_map(|line| line["tenant_id"].as_str()).collect();
    Ok(ids.join(","))
}

fn parse(book: &str) -> Result<Vec<Key>> {
    let lines: Vec<Value> = book.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let text = |line: &Value, field: &str| line[field].as_str().map(str::to_owned);

    let mut keys = Vec::new();
    for line in lines.iter().filter(|line| line["kind"] == "access_key") {
        let kind = lines
            .iter()
            .find(|other| other["kind"] == "partner" && other["partner_id"] == line["partner_id"])
            .and_then(|partner| text(partner, "partner_kind"))
            .unwrap_or_else(|| "customer".to_owned());
        let key = || {
            Some(Key {
                kind,
                principal_id: text(line, "partner_id").or_else(|| text(line, "customer_id"))?,
                access_key_id: text(line, "access_key_id")?,
                secret_key: text(line, "secret_key")?,
            })
        };
        keys.push(key().with_context(|| format!("an access key lacks a field: {line}"))?);
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_tenants() {
        let book = "{\"kind\": \"tenant\", \"tenant_id\": \"a\"}\n{\"kind\": \"partner\"}\n\
                    {\"kind\": \"tenant\", \"tenant_id\": \"b\"}";
        assert_eq!(parse_tenants(book).expect("a book"), "a,b");
    }

    #[test]
    fn finds_whom_a_key_stands_for() {
        let keys = parse(
            r#"{"kind": "partner", "partner_id": "p1", "partner_kind": "distributor"}
               {"kind": "access_key", "partner_id": "p1", "access_key_id": "A", "secret_key": "a"}
               {"kind": "access_key", "customer_id": "c", "access_key_id": "B", "secret_key": ""}"#,
        )
        .expect("a book");
        let keys: Vec<_> = keys
            .iter()
            .map(|key| (key.kind.as_str(), key.principal_id.as_str(), key.secret_key.as_str()))
            .collect();
        assert_eq!(keys, [("distributor", "p1", "a"), ("customer", "c", "")]);
    }
}
