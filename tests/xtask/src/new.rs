//! `cargo xtask new OperationId`: the files of an operation, with what the contract says of it.

mod texts;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::contract::{self, Operation, snake_case};
use crate::manifest::{self, GROUPS};
use crate::workspace::Workspace;

/// Which operation to begin.
#[derive(Args)]
pub struct Options {
    /// The published id, such as CreatePartnerCoupons
    operation: String,
}

/// Writes the files of an operation that is not there yet. They do not compile before they are
/// filled in.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let operations = contract::operations(workspace)?;
    let operation = operations
        .iter()
        .find(|operation| operation.id == options.operation)
        .with_context(|| format!("the contract has no operation {}", options.operation))?;
    let component = operation.component(&operations);
    let is_shared = operations.iter().filter(|other| other.path == operation.path).count() > 1;

    for file in plan(workspace, operation, &component, is_shared)? {
        let path = workspace.root.join(&file.name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.text).with_context(|| format!("cannot write {}", file.name))?;
        println!("{}", file.name);
    }
    manifest::write(&Workspace::find()?)?;
    println!("a good request of it belongs into tests/harness/good_requests");
    Ok(())
}

/// A file and what it should hold.
struct File {
    name: String,
    text: String,
}

/// All that is to be written; nothing is if a file is there that should be new.
fn plan(
    workspace: &Workspace,
    operation: &Operation,
    component: &str,
    is_shared: bool,
) -> Result<Vec<File>> {
    let root = &workspace.root;
    let group = operation.group.replace('-', "_");
    let mut files = function(root, operation, component, is_shared)?;

    let name = snake_case(&operation.id);
    let test = format!("tests/operations/{group}/{name}.rs");
    files.push(new_file(root, test, texts::test(operation))?);
    files.extend(with_module(root, "tests/operations", &group, &name, &operation.group)?);
    files.extend(benchmark(root, operation, component, &group)?);
    Ok(files)
}

/// The function's folder, or what a shared one gets.
fn function(
    root: &Path,
    operation: &Operation,
    component: &str,
    is_shared: bool,
) -> Result<Vec<File>> {
    let folder = format!("functions/{}/{component}", operation.group);
    let manifest = format!("{folder}/Cargo.toml");
    let library = format!("{folder}/src/lib.rs");
    if !is_shared {
        return Ok(vec![
            new_file(root, manifest, texts::package(component))?,
            new_file(root, library, texts::function(operation))?,
        ]);
    }
    let handler = texts::handler(operation);
    let module = format!("{folder}/src/{handler}.rs");
    let mut files = vec![new_file(root, module, texts::module(operation))?];
    if root.join(&library).exists() {
        let text = insert_module(&read(root, &library)?, &handler);
        let entry = texts::entry(operation, &format!("{handler}::{handler}"));
        let text = insert_handler(&text, &entry)
            .with_context(|| format!("{library} names no handlers in billing::component!"))?;
        files.push(File { name: library, text });
    } else {
        files.push(new_file(root, manifest, texts::package(component))?);
        files.push(new_file(root, library, texts::shared(operation))?);
    }
    Ok(files)
}

/// The module file of a group in `folder` with one module more, and where the group is new, the one
/// above it too.
fn with_module(
    root: &Path,
    folder: &str,
    group: &str,
    module: &str,
    published_group: &str,
) -> Result<Vec<File>> {
    let name = format!("{folder}/{group}.rs");
    if root.join(&name).exists() {
        let text = insert_module(&read(root, &name)?, module);
        return Ok(vec![File { name, text }]);
    }
    let above = format!("{folder}.rs");
    let title = title(published_group);
    let text = insert_module(&read(root, &above)?, group);
    Ok(vec![
        File { name, text: format!("//! {title}.\n\nmod {module};\n") },
        File { name: above, text },
    ])
}

/// The benchmark's file of a group with one row more, and where the group is new, the list of
/// groups.
fn benchmark(
    root: &Path,
    operation: &Operation,
    component: &str,
    group: &str,
) -> Result<Vec<File>> {
    const LIST: &str = "tests/bench/src/operation.rs";
    let name = format!("tests/bench/src/operation/{group}.rs");
    let row = texts::benchmark(operation, component);
    if root.join(&name).exists() {
        let text = read(root, &name)?;
        let at = text.find("\n];").with_context(|| format!("{name} has no list of operations"))?;
        let text = format!("{}{row}{}", &text[..=at], &text[at + 1..]);
        return Ok(vec![File { name, text }]);
    }
    let title = title(&operation.group);
    let text = format!(
        "//! {title}.\n\nuse super::{{Aim, Kind, Operation, Repeat, SHORT_READ}};\n\
         use crate::client::Expected;\n\npub const OPERATIONS: &[Operation] = &[\n{row}];\n"
    );
    let list = insert_module(&read(root, LIST)?, group);
    let list = insert_group(&list, &operation.group, group)
        .with_context(|| format!("{LIST} has no GROUPS of the form that is expected"))?;
    Ok(vec![File { name, text }, File { name: LIST.to_owned(), text: list }])
}

/// What a group is for.
fn title(group: &str) -> &'static str {
    GROUPS.iter().find(|other| other.folder == group).map_or("Operations", |other| other.title)
}

fn new_file(root: &Path, name: String, text: String) -> Result<File> {
    if root.join(&name).exists() {
        bail!("{name} is there already");
    }
    Ok(File { name, text })
}

fn read(root: &Path, name: &str) -> Result<String> {
    fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))
}

/// A source file with one `mod` line more, where the alphabet has it.
fn insert_module(text: &str, name: &str) -> String {
    let line = format!("mod {name};");
    let mut lines: Vec<&str> = text.lines().collect();
    let modules = |line: &&str| line.starts_with("mod ") && line.ends_with(';');
    let after = lines.iter().rposition(|other| modules(other) && **other < *line);
    let first = lines.iter().position(modules);
    let at = after.map(|at| at + 1).or(first).unwrap_or(lines.len());
    lines.insert(at, &line);
    lines.join("\n") + "\n"
}

/// A source file whose macro `component!` has one handler more.
fn insert_handler(text: &str, entry: &str) -> Option<String> {
    let (before, list) = text.split_once("billing::component! {")?;
    let (list, after) = list.split_once('}')?;
    let list = list.trim().trim_end_matches(',');
    Some(format!("{before}billing::component! {{ {list}, {entry} }}{after}"))
}

/// The benchmark's list of groups with one more.
fn insert_group(text: &str, published: &str, module: &str) -> Option<String> {
    const TYPE: &str = "GROUPS: [(&str, &[Operation]); ";
    let (before, rest) = text.split_once(TYPE)?;
    let (count, rest) = rest.split_once(']')?;
    let count: usize = count.parse().ok()?;
    let (list, after) = rest.split_once("\n];")?;
    let entry = format!("(\"{published}\", {module}::OPERATIONS),");
    Some(format!("{before}{TYPE}{}]{list}\n    {entry}\n];{after}", count + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_goes_where_the_alphabet_has_it() {
        let text = "//! Bills.\n\nmod b;\nmod d;\n\nfn f() {}\n";
        for (name, lines) in [
            ("a", "mod a;\nmod b;\nmod d;"),
            ("c", "mod b;\nmod c;\nmod d;"),
            ("e", "mod d;\nmod e;"),
        ] {
            let text = insert_module(text, name);
            assert!(text.contains(lines) && text.ends_with("\n\nfn f() {}\n"), "{text}");
        }
    }

    #[test]
    fn a_shared_component_gets_one_handler_more() {
        let text = "mod list;\n\nbilling::component! { GET ListGold => list::list }\n";
        assert_eq!(
            insert_handler(text, "POST CreateGold => create::create").expect("handlers"),
            "mod list;\n\nbilling::component! { GET ListGold => list::list, POST CreateGold => create::create }\n"
        );
        assert_eq!(insert_handler("fn f() {}", "POST CreateGold => create"), None);
    }

    #[test]
    fn the_benchmark_gets_one_group_more() {
        let text = "pub const GROUPS: [(&str, &[Operation]); 1] = [\n    (\"a-b\", \
                    a_b::OPERATIONS),\n];\nfn f() {}\n";
        assert_eq!(
            insert_group(text, "c-d", "c_d").expect("groups"),
            "pub const GROUPS: [(&str, &[Operation]); 2] = [\n    (\"a-b\", a_b::OPERATIONS),\n    \
             (\"c-d\", c_d::OPERATIONS),\n];\nfn f() {}\n"
        );
    }

    #[test]
    fn every_operation_has_texts_that_do_not_compile_as_they_are() {
        let workspace = Workspace::find().expect("the workspace");
        let operations = contract::operations(&workspace).expect("the contract");
        for operation in &operations {
            for text in [
                texts::function(operation),
                texts::module(operation),
                texts::test(operation),
                texts::benchmark(operation, "component"),
            ] {
                assert!(text.contains("compile_error!") && text.contains(&operation.id), "{text}");
                let longest = text.lines().map(str::len).max();
                assert!(longest.is_some_and(|length| length <= 120), "{text}");
            }
        }
    }
}
