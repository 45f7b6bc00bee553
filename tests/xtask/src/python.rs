//! What is needed from Python, the official SDK above all, in virtual environments of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// The Python program of an environment that has the official SDK.
pub fn sdk(workspace: &Workspace) -> Result<PathBuf> {
    environment(workspace, "tests/sdk/requirements.txt", "venv")
}

/// The Python program of an environment that checks the OpenAPI description.
pub fn openapi(workspace: &Workspace) -> Result<PathBuf> {
    environment(workspace, "tests/description/requirements.txt", "openapi")
}

/// Makes a virtual environment in the target folder if its requirements changed, and returns its
/// Python program.
pub fn environment(workspace: &Workspace, requirements: &str, name: &str) -> Result<PathBuf> {
    let requirements = workspace.root.join(requirements);
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = workspace.target.join(name);
    let python = folder.join("bin/python");
    // Written last, so that what was interrupted is made again.
    let installed = folder.join("requirements.txt");
    let unchanged = fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted);
    if unchanged && process::succeeds(Command::new(&python).arg("--version")) {
        return Ok(python);
    }

    eprintln!("installing {} into {} ...", requirements.display(), folder.display());
    require_venv()?;
    make(&folder)?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
    pip.arg(&requirements);
    process::run(&mut pip)?;
    fs::write(&installed, wanted)?;
    Ok(python)
}

fn make(folder: &Path) -> Result<()> {
    let mut command = Command::new("python3");
    command.args(["-m", "venv", "--clear"]).arg(folder);
    process::run(&mut command)
}

/// Fails, saying what to install, if Python cannot make virtual environments: Debian keeps a part of
/// that in a package of its own.
pub fn require_venv() -> Result<()> {
    if process::find("python3").is_none() {
        bail!("the tests need Python 3.10 or later: there is no python3 on PATH");
    }
    let venv_works =
        || process::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]));
    if venv_works() {
        return Ok(());
    }
    process::install_in_ci("python3-venv")?;
    if !venv_works() {
        bail!(
            "python3 cannot make virtual environments: install your system's package for it \
             (on Debian and Ubuntu: `apt-get install python3-venv`)"
        );
    }
    Ok(())
}
