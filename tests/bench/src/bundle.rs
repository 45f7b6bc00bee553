//! The bundle as a whole: how large it is, and how long a host takes to start with all of it.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;
use xtask::host::{Host, Kind, Start};
use xtask::workspace::Workspace;

use crate::report::{Component, rounded};
use crate::site::{fresh_state, start_on};

/// Its figures, as their own file has them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BundleFigures {
    /// Components.
    pub components: usize,
    /// Bytes of all their files.
    pub bytes: u64,
    /// How long a host takes to start with all of them ready, when they have been compiled before.
    pub start_compiled_ms: f64,
    /// How long it takes when none has been; null where that was not measured.
    pub start_uncompiled_ms: Option<f64>,
}

impl BundleFigures {
    /// Of these components.
    pub fn of(components: &[Component], compiled_ms: f64, uncompiled_ms: Option<f64>) -> Self {
        Self {
            components: components.len(),
            bytes: components.iter().map(|component| component.bytes).sum(),
            start_compiled_ms: rounded(compiled_ms),
            start_uncompiled_ms: uncompiled_ms.map(rounded),
        }
    }
}

/// Starts the local host once on empty books with nothing compiled, and answers how long that took.
/// Spin keeps nothing compiled: there every start is such a one.
///
/// # Errors
/// It does not start.
pub fn start_uncompiled(workspace: &Workspace, folder: &Path) -> Result<f64> {
    let state = fresh_state(folder)?;
    let cache_dir = folder.join("cache");
    let manifest = workspace.root.join("spin.toml");
    let start = Start { cache_dir: Some(&cache_dir), ..start_on(Kind::Local, &manifest, &state) };
    let started = Instant::now();
    let host = Host::start(workspace, &start)?;
    let took = started.elapsed();
    drop(host);
    fs::remove_dir_all(folder)?;
    Ok(took.as_secs_f64() * 1000.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn bundle() -> BundleFigures {
        let components = [("not-found", 100_177), ("list-cities", 900_000)];
        let components = components.map(|(name, bytes)| Component { name: name.to_owned(), bytes });
        BundleFigures::of(&components, 120.0, Some(301_000.123_4))
    }

    #[test]
    fn says_how_large_the_bundle_is_and_how_long_it_takes_to_start() {
        let expected = json!({
            "components": 2, "bytes": 1_000_177, "start_compiled_ms": 120.0,
            "start_uncompiled_ms": 301_000.123,
        });
        assert_eq!(serde_json::to_value(bundle()).expect("JSON"), expected);
        let not_measured = BundleFigures { start_uncompiled_ms: None, ..bundle() };
        let written = serde_json::to_value(not_measured).expect("JSON");
        assert!(written["start_uncompiled_ms"].is_null(), "{written}");
    }
}
