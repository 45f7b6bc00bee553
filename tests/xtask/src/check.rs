//! `cargo xtask check`: all that can be found wrong without running the bundle.

use anyhow::Result;

use crate::workspace::{FLOOR, WASM_TARGET, Workspace};
use crate::{build, dependencies, manifest, openapi, process, wasm_target};

/// Fails at the first of: what `cargo xtask manifest` and `openapi` write, formatting, dependencies,
/// lints for this machine and for the components' target, the fuzz targets, the documentation, and
/// components that cannot do without Spin's key-value storage.
pub fn run(workspace: &Workspace) -> Result<()> {
    manifest::check(workspace)?;
    openapi::check(workspace)?;
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    dependencies::unused(workspace)?;
    dependencies::deny(workspace)?;
    lints_for_this_machine(workspace)?;

    wasm_target::ensure(workspace)?;
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--target", WASM_TARGET, "--package", "billing", "--package", FLOOR]);
    for function in &workspace.functions {
        clippy.args(["--package", &function.name]);
    }
    clippy.args(["--", "--deny", "warnings"]);
    process::run(&mut clippy)?;

    dependencies::fuzz_targets(workspace)?;

    documentation(workspace)?;
    build::check_redis_only(workspace)
}

/// Lints what runs on this machine: all but the components, and of those the ones with tests. The code
/// of the others is the same for each target.
fn lints_for_this_machine(workspace: &Workspace) -> Result<()> {
    let tested = workspace.tested_functions()?;
    let mut clippy = workspace.cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--exclude", FLOOR]);
    for function in &workspace.functions {
        if !tested.contains(&function.name.as_str()) {
            clippy.args(["--exclude", &function.name]);
        }
    }
    clippy.args(["--", "--deny", "warnings"]);
    process::run(&mut clippy)
}

/// Builds the documentation. Of components only that in which rustdoc can find something wrong.
fn documentation(workspace: &Workspace) -> Result<()> {
    let mut document = workspace.cargo();
    document.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    for function in &workspace.functions {
        if !workspace.sources(function)?.lines().any(has_markup) {
            document.args(["--exclude", &function.name]);
        }
    }
    process::run(document.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Whether a line is a doc comment with a link, an address, HTML or code. Rustdoc's lints are about
/// those, and whether items are documented at all is one of the compiler.
fn has_markup(line: &str) -> bool {
    let line = line.trim_start();
    let is_documentation =
        ["//!", "///", "/**", "#[doc", "#![doc"].iter().any(|it| line.starts_with(it));
    is_documentation && ["[", "<", "://", "```", "~~~"].iter().any(|it| line.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_can_be_wrong_where_it_is_more_than_words() {
        for line in ["//! See [`Call`].", "    /// At <b>once</b>.", "/// ```", "#[doc = \"x\"]"] {
            assert!(has_markup(line), "{line}");
        }
        for line in ["//! List cities: `GET /v2/cities`.", "// Not of a [list].", "let a = b[0];"] {
            assert!(!has_markup(line), "{line}");
        }
    }
}
