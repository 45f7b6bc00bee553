//! A very small run of the whole benchmark. It shows that measuring works, not what is fast.

use std::collections::BTreeSet;
use std::path::Path;

use bench::operation::operations;
use bench::plan::Plan;
use serde_json::Value;
use xtask::host::Kind;
use xtask::workspace::Workspace;

fn members(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn measures_every_operation_and_writes_the_report() {
    let workspace = Workspace::find().expect("the repository");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let plan = Plan::trial();
    let figures = bench::run(&workspace, Kind::Local, &plan, &folder).expect("figures");
    assert_eq!(figures.failures, Vec::<String>::new());

    let report = std::fs::read(folder.join(bench::REPORT)).expect("a report");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let list = |name: &str| report[name].as_array().expect("a list").clone();
    let expected =
        ["commits_per_issue", "components", "growth", "import_lines_per_second", "routes"];
    assert_eq!(members(&report), expected.into());
    assert_eq!(list("routes").len(), 2 * operations().count());
    assert_eq!(list("growth").len(), plan.records.len() * operations().count());
    assert_eq!(list("components").len(), workspace.functions.len());

    let bundle = std::fs::read(folder.join(bench::BUNDLE)).expect("a file");
    let bundle: Value = serde_json::from_slice(&bundle).expect("JSON");
    assert_eq!(bundle["components"].as_u64(), u64::try_from(workspace.functions.len()).ok());
    let sizes = list("components").into_iter().filter_map(|component| component["bytes"].as_u64());
    assert_eq!(bundle["bytes"].as_u64(), Some(sizes.sum()));
    assert!(bundle["start_compiled_ms"].as_f64().is_some_and(|start| start > 0.0), "{bundle}");
    assert!(bundle["start_uncompiled_ms"].is_null(), "a trial compiles nothing again: {bundle}");

    for route in list("routes") {
        for figure in ["rps", "floor_rps", "ratio", "p50_ms", "p99_ms", "gets"] {
            assert!(route[figure].as_f64().is_some_and(|figure| figure > 0.0), "{route}");
        }
        // One client alone loses no swap.
        let swaps = if route["kind"] == "write" { 1.0 } else { 0.0 };
        assert_eq!(route["swaps"].as_f64(), Some(swaps), "{route}");
    }
    let commits = report["commits_per_issue"].as_f64().expect("counted");
    assert!((1.0..1.2).contains(&commits), "{commits}");
    for picture in [bench::TIMES, bench::CALLS] {
        let svg = std::fs::read_to_string(folder.join(picture)).expect("a picture");
        for operation in operations() {
            assert!(svg.contains(operation.name), "{picture}: {}", operation.name);
        }
    }
}
