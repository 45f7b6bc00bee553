//! Where things are: the repository, its target folder, its components.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// The target that components are built for.
pub const WASM_TARGET: &str = "wasm32-wasip2";

/// The component that the benchmarks compare the others with. It is no part of the bundle.
pub const FLOOR: &str = "floor";

/// This checkout of the repository.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml` and of `spin.toml`.
    pub root: PathBuf,
    /// Where cargo puts what it builds for this machine.
    pub target: PathBuf,
    /// The bundle's components, in the order of their names.
    pub functions: Vec<Function>,
}

/// A component of the bundle.
pub struct Function {
    /// The name of its package, which `spin.toml` gives the component too.
    pub name: String,
    /// Its folder, such as `functions/coupons/partner-coupons`: relative to the root, with slashes.
    pub folder: String,
    /// What its `Cargo.toml` says below `package.metadata.bundle`, where the folder and the
    /// contract do not say it.
    pub declared: Declared,
}

/// What a function declares of its place in the bundle.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The path that it serves, as Spin's routes have it.
    pub route: Option<String>,
    /// The path, below that of the partner centre, at which that has it too.
    pub partner_centre: Option<String>,
    /// Further paths that it serves.
    pub more_routes: Vec<String>,
    /// The name of its capability profile.
    pub profile: Option<String>,
}

impl Workspace {
    /// Finds the workspace that this program belongs to, from any current folder.
    pub fn find() -> Result<Self> {
        // Cargo names the package at run time too: a checkout may have been moved since the build.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package
            .ancestors()
            .nth(2)
            .context("the package xtask does not lie in tests/xtask")?
            .to_path_buf();

        let mut metadata = cargo(&root);
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata: serde_json::Value = serde_json::from_str(&process::output(&mut metadata)?)
            .context("cargo metadata did not answer in JSON")?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?
            .into();
        let functions = functions(&root, &metadata)?;
        Ok(Self { root, target, functions })
    }

    /// The names of the components that have tests of their own.
    pub fn tested_functions(&self) -> Result<Vec<&str>> {
        let mut names = Vec::new();
        for function in &self.functions {
            if self.sources(function)?.contains("#[test]") {
                names.push(function.name.as_str());
            }
        }
        Ok(names)
    }

    /// All Rust of a component.
    pub fn sources(&self, function: &Function) -> Result<String> {
        sources(&self.root.join(&function.folder))
    }

    /// `cargo`, to be run at the workspace's root.
    pub fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// Where components are built, whatever `CARGO_TARGET_DIR` says: `spin.toml` names this folder.
    pub fn components_target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// The WebAssembly file that the component package `name` is built into.
    pub fn component_file(&self, name: &str) -> PathBuf {
        self.components_target()
            .join(WASM_TARGET)
            .join("release")
            .join(name.replace('-', "_"))
            .with_extension("wasm")
    }

    /// The program of these commands.
    pub fn xtask_file(&self) -> PathBuf {
        self.target.join("debug").join(format!("xtask{}", env::consts::EXE_SUFFIX))
    }

    /// The local host's program.
    pub fn host_file(&self) -> PathBuf {
        self.target.join("debug").join(format!("host{}", env::consts::EXE_SUFFIX))
    }
}

/// All Rust below a folder, without the packages in it.
pub fn sources(folder: &Path) -> Result<String> {
    let mut text = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.join("Cargo.toml").exists() {
                text.push_str(&sources(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(text)
}

/// The packages below the folder `functions`.
fn functions(root: &Path, metadata: &serde_json::Value) -> Result<Vec<Function>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut functions: Vec<Function> = packages
        .iter()
        .filter_map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str()?);
            let folder = manifest.parent()?.strip_prefix(root).ok()?;
            if !folder.starts_with("functions") {
                return None;
            }
            let parts: Vec<&str> =
                folder.iter().map(|part| part.to_str()).collect::<Option<_>>()?;
            let bundle = &package["metadata"]["bundle"];
            let text = |field: &str| bundle[field].as_str().map(str::to_owned);
            let more = bundle["more_routes"].as_array().into_iter().flatten();
            let more = more.filter_map(|route| route.as_str().map(str::to_owned));
            Some(Function {
                name: package["name"].as_str()?.to_owned(),
                folder: parts.join("/"),
                declared: Declared {
                    route: text("route"),
                    partner_centre: text("partner_centre"),
                    more_routes: more.collect(),
                    profile: text("profile"),
                },
            })
        })
        .collect();
    if functions.is_empty() {
        bail!("there is no component in {}", root.join("functions").display());
    }
    functions.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(functions)
}

fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}
