//! `cargo xtask screenshots`: takes the pictures of the console that README shows.

use anyhow::{Result, bail};

use crate::browser::{self, Browser};
use crate::workspace::Workspace;
use crate::{build, process};

/// Builds the bundle and its host, and lets the browser test that looks at those pages keep its
/// pictures in `tests/fixtures/console`.
pub fn run(workspace: &Workspace) -> Result<()> {
    let Some(Browser { chromium, python }) = browser::find_or_say_so(workspace)? else {
        bail!("pictures need a browser");
    };
    build::components(workspace)?;
    build::host(workspace)?;

    let folder = workspace.root.join("tests/fixtures/console");
    std::fs::create_dir_all(&folder)?;
    let mut cargo = workspace.cargo();
    cargo
        .args(["test", "--package", "api-tests", "--", "the_pages_that_the_readme_shows"])
        .env("HOST_BINARY", workspace.host_file())
        .env("CHROMIUM", chromium)
        .env("PYTHON_BROWSER", python)
        .env("PICTURES", &folder);
    process::run(&mut cargo)?;
    println!("pictures: {}", folder.display());
    Ok(())
}
