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
        Ok(Self { root, target })
    }

    /// `cargo`, to be run at the workspace's root.
    pub fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// The names of the component packages: the folders of `functions`, in order.
    pub fn functions(&self) -> Result<Vec<String>> {
        let folder = self.root.join("functions");
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder)
            .with_context(|| format!("cannot list the components in {}", folder.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(name) = name
                && path.join("Cargo.toml").is_file()
            {
                names.push(name.to_owned());
            }
        }
        if names.is_empty() {
            bail!("there is no component in {}", folder.display());
        }
        names.sort();
        Ok(names)
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

    /// The local host's program.
    pub fn host_file(&self) -> PathBuf {
        self.target.join("debug").join(format!("host{}", env::consts::EXE_SUFFIX))
    }
}

fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}
