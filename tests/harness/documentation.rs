//! The table of operations, as `functions/README.md` has it.

use std::collections::BTreeSet;

const OPERATIONS: &str = include_str!("../../functions/README.md");

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

/// The operations that the table says work.
pub fn working() -> BTreeSet<String> {
    rows().into_iter().filter(|row| row.works).map(|row| row.operation_id.to_owned()).collect()
}
