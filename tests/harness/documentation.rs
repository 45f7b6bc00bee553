//! The table of operations, as `functions/README.md` has it.

use crate::harness::contract;
use std::collections::BTreeSet;

const OPERATIONS: &str = include_str!("../../functions/README.md");
const OPERATOR: &str = include_str!("../../functions/operator/README.md");
const PARTNER_CENTRE: &str = include_str!("../../functions/partner-centre/README.md");

/// A row of the table.
pub struct Row {
    pub group: &'static str,
    pub operation_id: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub works: bool,
}

/// The folder that the name of an operation is linked to.
pub fn folder_of(operation_id: &str) -> Option<&'static str> {
    let (_, rest) = OPERATIONS.split_once(&format!("[`{operation_id}`]("))?;
    rest.split(')').next()
}

/// The rows, one for each published operation.
pub fn rows() -> Vec<Row> {
    let (_, table) = OPERATIONS.split_once("| group | operation |").expect("the table");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let rows = table.lines().filter(|line| line.contains('`'));
    let row = |line: &'static str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let mut cell = || cells.next().unwrap_or_else(|| panic!("{line} has too few cells"));
        // The text in code quotes, in a link or not.
        let quoted = |cell: &'static str| cell.split('`').nth(1).expect("a name");
        Row {
            group: cell(),
            operation_id: quoted(cell()),
            method: cell(),
            path: quoted(cell()),
            works: cell() == "yes",
        }
    };
    rows.map(row).collect()
}

/// The operations that work, but those of these groups of the contract.
pub fn working_but(groups: &[&str]) -> BTreeSet<String> {
    let is_of = |name: &String| {
        let group = &contract::operation(name)["group"];
        groups.iter().any(|left_out| group == left_out)
    };
    working().into_iter().filter(|name| !is_of(name)).collect()
}

/// The operations that the table says work.
pub fn working() -> BTreeSet<String> {
    rows().into_iter().filter(|row| row.works).map(|row| row.operation_id.to_owned()).collect()
}

/// A row of a table of routes beside the contract.
pub struct RouteRow {
    pub method: &'static str,
    pub path: &'static str,
    /// Who may call it: what the second column says.
    pub caller: &'static str,
}

/// The routes of the operator, with the role that each needs.
pub fn operator_roles() -> Vec<RouteRow> {
    routes_in(OPERATOR, "| route | role | does |")
}

/// The routes of the partner centre, with who may call each.
pub fn partner_centre_callers() -> Vec<RouteRow> {
    routes_in(PARTNER_CENTRE, "| route | caller | does |")
}

fn routes_in(text: &'static str, head: &str) -> Vec<RouteRow> {
    let (_, table) = text.split_once(head).expect("the table");
    let (table, _) = table.split_once("\n\n").expect("its end");
    let row = |line: &'static str| {
        let mut quoted = line.split('`').skip(1).step_by(2);
        let mut quoted = || quoted.next().unwrap_or_else(|| panic!("{line} has too few names"));
        let (method, target) = quoted().split_once(' ').expect("a method and a path");
        let path = target.split(['?', '[']).next().unwrap_or(target);
        RouteRow { method, path, caller: quoted() }
    };
    table.lines().filter(|line| line.contains('`')).map(row).collect()
}
