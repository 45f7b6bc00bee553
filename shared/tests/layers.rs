//! The floors of the library: imports run down only, and `lib.rs` tells the floors that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, from the top. Those of one row do not see each other, unless a row of [`SIBLINGS`]
/// says so.
const FLOORS: [&[&str]; 8] = [
    &["component"],
    &["api", "operator", "console"],
    &["operations"],
    &["books"],
    &["domain"],
    &["store"],
    &["security"],
    &["value"],
];

/// Importer and imported, both of one row: the operator's calls are made of the API's parts, and the
/// console makes the calls of both.
const SIBLINGS: [(&str, &str); 3] =
    [("operator", "api"), ("console", "api"), ("console", "operator")];

/// What the domain may know of the store: that it can fail, since a rule's refusal can be that.
const DOMAIN_SEES_OF_STORE: [&str; 1] = ["crate::store::StoreError"];

fn rank(floor: &str) -> Option<usize> {
    FLOORS.iter().position(|row| row.contains(&floor))
}

/// The paths that begin with `crate::` in the code of a file, without its comments and its tests.
fn paths(source: &str) -> Vec<String> {
    let code = source.split("\n#[cfg(test)]\nmod ").next().unwrap_or(source);
    let code: String = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line))
        .flat_map(|line| [line.trim(), " "])
        .collect();
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let path: String = code[at..].chars().take_while(|c| is_path(*c)).collect();
        let rest = code[at + path.len()..].strip_prefix('{');
        let Some(group) = rest.and_then(|rest| rest.split(';').next()) else {
            paths.push(path);
            continue;
        };
        let items = group.split([',', '{', '}']).map(str::trim).filter(|item| !item.is_empty());
        paths.extend(items.map(|item| format!("{path}{item}")));
    }
    paths
}

/// What is wrong with the imports of a file that lies on `floor`.
fn faults(floor: &str, source: &str) -> Vec<String> {
    let own = rank(floor);
    let mut faults = Vec::new();
    for path in paths(source) {
        let Some(imported) = path.split("::").nth(1) else { continue };
        let imported = imported.trim_end_matches(':');
        if imported == floor || rank(imported).is_none() {
            continue;
        }
        let is_down = rank(imported) > own || SIBLINGS.contains(&(floor, imported));
        let is_hidden = (floor, imported) == ("domain", "store")
            && !DOMAIN_SEES_OF_STORE.iter().any(|seen| path.starts_with(seen));
        if !is_down || is_hidden {
            faults.push(path);
        }
    }
    faults
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        // What only tests and fuzzers see may look at every floor.
        if matches!(name, "tests" | "fuzz" | "simulation") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The floor that a file lies on: the first part of its path below `src`.
fn floor_of(path: &Path) -> String {
    let below = path.strip_prefix(root()).expect("a path below src");
    let first = below.components().next().expect("a name");
    let first = first.as_os_str().to_str().expect("a text");
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_run_down_only() {
    let mut found = Vec::new();
    sources(&root(), &mut found);
    assert!(found.len() > 60, "only {} files were found", found.len());
    let mut up = Vec::new();
    for path in found {
        let floor = floor_of(&path);
        if floor == "lib" {
            continue;
        }
        assert!(rank(&floor).is_some(), "{} lies on no floor", path.display());
        let source = fs::read_to_string(&path).expect("a source");
        let faults = faults(&floor, &source).into_iter();
        up.extend(faults.map(|fault| format!("{} imports {fault}", path.display())));
    }
    assert!(up.is_empty(), "imports that run up:\n{}", up.join("\n"));
}

#[test]
fn an_import_that_runs_up_is_found() {
    let planted = "//! crate::api is only named\nuse crate::value::money::Money;\n\
                   use crate::books::{Books,\n    Writer};\nfn f() -> crate::api::Refusal {}\n\
                   use crate::store::StoreError;\nuse crate::store::Reader;\n";
    assert_eq!(
        faults("domain", planted),
        [
            "crate::books::Books",
            "crate::books::Writer",
            "crate::api::Refusal",
            "crate::store::Reader"
        ]
    );
    assert_eq!(faults("operator", "use crate::api::Refusal;"), Vec::<String>::new());
    assert_eq!(faults("api", "use crate::operator::X;"), ["crate::operator::X"]);
    assert_eq!(faults("api", "#[cfg(test)]\nmod tests {\n}"), Vec::<String>::new());
}

#[test]
fn the_library_tells_the_floors_that_there_are() {
    let source = fs::read_to_string(root().join("lib.rs")).expect("lib.rs");
    let told: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`"))
        .map(|row| row.trim_start_matches("mod@").split(" | ").next().unwrap_or(row))
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches(['[', ']', '`']).trim_start_matches("mod@"))
        .collect();
    let declared: Vec<&str> = FLOORS.iter().flat_map(|row| row.iter().copied()).collect();
    assert_eq!(told, declared);

    let on_disk: BTreeSet<String> = fs::read_dir(root())
        .expect("the sources")
        .map(|entry| floor_of(&entry.expect("an entry").path()))
        .filter(|name| !matches!(name.as_str(), "lib" | "fuzz" | "simulation"))
        .collect();
    assert_eq!(on_disk, declared.iter().map(|name| (*name).to_owned()).collect());
}
