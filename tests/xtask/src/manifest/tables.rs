//! What is written of the operations into the documents.

use anyhow::{Context, Result};

use super::component::{Component, GROUPS};
use crate::contract::Operation;

/// The table of all operations, for `functions/README.md`; those that work are linked.
pub fn operations(operations: &[Operation], components: &[Component]) -> String {
    let mut table = "| group | operation | method | path | works |\n\
                     | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for operation in by_group(operations) {
        let Operation { id, group, method, path, .. } = operation;
        let component = components.iter().find(|component| component.serves(operation));
        let folder = component.and_then(|component| component.folder.strip_prefix("functions/"));
        let (name, works) = match folder {
            Some(folder) => (format!("[`{id}`]({folder})"), "yes"),
            None => (format!("`{id}`"), "no"),
        };
        table.push_str(&format!("| {group} | {name} | {method} | `{path}` | {works} |\n"));
    }
    table
}

/// How many operations work, for `README.md`: in a sentence, and group by group.
pub fn counts(operations: &[Operation], components: &[Component]) -> String {
    let works = |operation: &&Operation| components.iter().any(|other| other.serves(operation));
    let all = operations.len();
    let working = operations.iter().filter(works).count();
    let mut text = format!(
        "{working} of the {all} operations of the contract work, complete with all filters, \
         limits and error codes:\n\n| group | works | for |\n| --- | --- | --- |\n"
    );
    for group in GROUPS {
        let members = operations.iter().filter(|operation| operation.group == group.folder);
        let all = members.clone().count();
        if all == 0 {
            continue;
        }
        let working = members.filter(works).count();
        let folder = group.folder;
        let name = match working {
            0 => folder.to_owned(),
            _ => format!("[{folder}](functions/{folder})"),
        };
        text.push_str(&format!("| {name} | {working} of {all} | {} |\n", group.title));
    }
    text
}

/// A document in which what stands between two marks is replaced.
pub fn replace(document: &str, name: &str, text: &str) -> Result<String> {
    let begin = format!("<!-- {name}: written by `cargo xtask manifest` -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let parts = document.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.with_context(|| {
        format!("it lacks the lines `{}` and `{}`", begin.trim_end(), end.trim_end())
    })?;
    Ok(format!("{before}{begin}\n{text}\n{end}{after}"))
}

/// The operations in the order of the groups.
fn by_group(operations: &[Operation]) -> impl Iterator<Item = &Operation> {
    GROUPS.iter().flat_map(move |group| {
        operations.iter().filter(move |operation| operation.group == group.folder)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced_and_nothing_else() {
        let document = "one\n<!-- list: written by `cargo xtask manifest` -->\nold\n\
                        <!-- end of list -->\ntwo\n";
        let replaced = replace(document, "list", "new\n").expect("it has the marks");
        assert_eq!(
            replaced,
            "one\n<!-- list: written by `cargo xtask manifest` -->\n\nnew\n\n\
             <!-- end of list -->\ntwo\n"
        );
        assert_eq!(replace(&replaced, "list", "new\n").expect("again"), replaced);
        assert!(replace(document, "other", "").is_err());
    }
}
