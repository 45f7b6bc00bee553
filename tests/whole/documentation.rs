//! What the READMEs say, `spin.toml` and the contract agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::app::{App, ROOT};
use crate::harness::contract::{self, text};
use crate::harness::documentation::{folder_of, rows, working};
use crate::harness::good_requests::served;
use crate::harness::routes::routes;

const README: &str = include_str!("../../README.md");
const OPERATOR: &str = include_str!("../../functions/operator/README.md");

#[test]
fn the_introduction_counts_what_the_table_says_works() {
    let sentence =
        format!("{} of the {} operations of the contract work", working().len(), rows().len());
    let words: Vec<&str> = README.split_whitespace().collect();
    assert!(words.join(" ").contains(&sentence), "the README does not say: {sentence}");
}

#[test]
fn the_introduction_counts_each_group() {
    let mut groups: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for row in rows() {
        let [work, all] = groups.entry(row.group).or_default();
        *work += usize::from(row.works);
        *all += 1;
    }
    for (group, [work, all]) in groups {
        let starts =
            |line: &&str| line.trim_start_matches("| ").trim_start_matches('[').starts_with(group);
        let said = README.lines().filter(|line| line.starts_with("| ")).find(starts);
        let said = said.unwrap_or_else(|| panic!("the README does not name the group {group}"));
        assert!(said.contains(&format!("| {work} of {all} |")), "{said}: {work} of {all}");
    }
}

#[test]
fn the_table_names_every_published_operation() {
    let published: BTreeSet<[&str; 4]> = contract::operations()
        .iter()
        .map(|it| ["group", "operation_id", "method", "path"].map(|name| text(&it[name])))
        .collect();
    let rows = rows();
    assert_eq!(rows.len(), published.len(), "each has one row");
    let named = rows.iter().map(|row| [row.group, row.operation_id, row.method, row.path]);
    assert_eq!(named.collect::<BTreeSet<_>>(), published);
}

#[test]
fn what_the_table_says_works_is_what_is_served() {
    let served = served(App::shared()).into_iter();
    let served: BTreeSet<String> = served.map(|it| text(&it["operation_id"]).to_owned()).collect();
    assert_eq!(working(), served);
}

#[test]
fn every_operation_that_works_is_linked_to_its_folder() {
    for operation_id in working() {
        let folder =
            folder_of(&operation_id).unwrap_or_else(|| panic!("{operation_id} is no link"));
        let library = format!("{ROOT}/functions/{folder}/src/lib.rs");
        assert!(std::fs::exists(&library).is_ok_and(|there| there), "{library} is not there");
    }
}

#[test]
fn the_operators_routes_are_described() {
    for route in routes().iter().filter(|route| route.starts_with("/operator/")) {
        assert!(OPERATOR.contains(route.as_str()), "{route} is missing in the operator's guide");
    }
}

#[test]
fn every_variable_is_described() {
    let text = std::fs::read_to_string(format!("{ROOT}/spin.toml")).expect("spin.toml");
    let manifest: toml::Table = text.parse().expect("spin.toml is TOML");
    for name in manifest["variables"].as_table().expect("variables").keys() {
        let row = format!("| `{name}` |");
        assert!(README.contains(&row), "the variable {name} is missing in the README");
    }
}

#[test]
fn a_component_with_the_master_key_has_the_one_before() {
    let text = std::fs::read_to_string(format!("{ROOT}/spin.toml")).expect("spin.toml");
    let manifest: toml::Table = text.parse().expect("spin.toml is TOML");
    for (name, component) in manifest["component"].as_table().expect("components") {
        let has = |variable: &str| {
            component.get("variables").is_some_and(|given| given.get(variable).is_some())
        };
        assert_eq!(has("master_key"), has("master_key_previous"), "{name}");
    }
}
