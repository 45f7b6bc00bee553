//! The Redis that tests start for themselves.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// Fails, saying what to install, if there is no `redis-server` to start.
pub fn require_server() -> Result<()> {
    let works = || process::succeeds(Command::new("redis-server").arg("--version"));
    if works() {
        return Ok(());
    }
    process::install_in_ci("redis-server")?;
    if !works() {
        bail!(
            "the tests start Redis and there is no redis-server on PATH: install your system's \
             package for it (on Debian and Ubuntu: `apt-get install redis-server`); it need not run"
        );
    }
    Ok(())
}
