//! The table of operations, `spin.toml` and the contract say the same.

use std::collections::BTreeSet;

use crate::app::{App, ROOT};
use crate::contract;
use crate::signature_required::{routes, signed_calls};

const README: &str = include_str!("../README.md");

const FUNCTIONS: &str = include_str!("../functions/README.md");

/// A row of the table: operation, method, path, and whether it works.
fn rows() -> Vec<(String, String, String, bool)> {
    let table = FUNCTIONS.split("## Operations").nth(1).expect("the table");
    // A name that is linked is the part in code's letters.
    let text = |cell: &str| cell.split('`').nth(1).unwrap_or(cell.trim()).to_owned();
    let cells = |line: &str| -> Vec<String> { line.split('|').map(text).collect() };
    let rows = table.lines().filter(|line| line.starts_with("| ")).map(cells).skip(2);
    rows.map(|row| (row[2].clone(), row[3].clone(), row[4].clone(), row[5] == "yes")).collect()
}

/// The operations that the table says work.
pub fn working() -> BTreeSet<String> {
    rows().into_iter().filter(|row| row.3).map(|row| row.0).collect()
}

#[test]
fn the_introduction_counts_what_the_table_says_works() {
    let sentence = format!("{} of the {} operations work so far", working().len(), rows().len());
    let words: Vec<&str> = README.split_whitespace().collect();
    assert!(words.join(" ").contains(&sentence), "the README does not say: {sentence}");
}

#[test]
fn the_table_names_every_published_operation() {
    let rows = rows();
    assert_eq!(rows.len(), 92);
    let names: BTreeSet<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(names.len(), 92);
    for (name, method, path, _) in &rows {
        let operation = contract::find(method, path);
        let published = operation.is_some_and(|published| {
            published["operation_id"] == name.as_str() && published["path"] == path.as_str()
        });
        assert!(published, "{name}: {method} {path} is not published so");
    }
}

#[test]
fn what_the_table_says_works_is_what_is_served() {
    let served: BTreeSet<(String, String)> = signed_calls(App::shared())
        .into_iter()
        .map(|(method, path)| (method.to_owned(), path))
        .collect();
    let works: BTreeSet<(String, String)> =
        rows().into_iter().filter(|row| row.3).map(|(_, method, path, _)| (method, path)).collect();
    assert_eq!(works, served);
}

#[test]
fn the_operators_routes_are_described() {
    for route in routes().iter().filter(|route| route.starts_with("/operator/")) {
        assert!(README.contains(route.as_str()), "{route} is missing in the README");
    }
}

#[test]
fn whoever_is_given_the_master_key_is_given_the_one_before() {
    let text = std::fs::read_to_string(format!("{ROOT}/spin.toml")).expect("spin.toml");
    let manifest: toml::Table = text.parse().expect("spin.toml is TOML");
    for (name, component) in manifest["component"].as_table().expect("components") {
        let has = |variable: &str| {
            component.get("variables").is_some_and(|given| given.get(variable).is_some())
        };
        assert_eq!(has("master_key"), has("master_key_previous"), "{name}");
    }
}
