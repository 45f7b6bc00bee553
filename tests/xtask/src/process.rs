//! Running other programs: each failure says which command it was.

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs a command with this program's own input and output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command with this program's own input and output, and says how it ended.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| not_started(command))
}

/// Runs a command and returns what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| not_started(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", line(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` wrote something that is not UTF-8", line(command)))
}

/// Whether a command succeeds; nothing of what it writes is shown.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command for at most `limit`. `Ok(None)`: the time was up, and the command was ended.
pub fn status_within(command: &mut Command, limit: Duration) -> Result<Option<ExitStatus>> {
    let mut child = command.stdin(Stdio::null()).spawn().with_context(|| not_started(command))?;
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Installs a Debian package in continuous integration, where nobody can be asked to. Elsewhere,
/// and without apt, it does nothing: what needs the package says so.
pub fn install_in_ci(package: &str) -> Result<()> {
    let in_ci = env::var("CI").is_ok_and(|ci| ci == "true");
    if !in_ci || find("apt-get").is_none() {
        return Ok(());
    }
    run(Command::new("apt-get").arg("update"))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", package]);
    // In run level 1 a package does not start the service that it brings.
    run(install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1"))
}

/// The file of a program that is found on `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// `N` random bytes.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(bytes)
}

/// `N` random bytes, as hexadecimal digits.
pub fn random_hex<const N: usize>() -> Result<String> {
    Ok(hex::encode(random_bytes::<N>()?))
}

/// The command as one would type it. Secrets are passed by environment and so never appear.
pub fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}

fn not_started(command: &Command) -> String {
    format!("cannot start `{}`", line(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let mut slow = Command::new("sleep");
        let started = Instant::now();
        let status = status_within(slow.arg("60"), Duration::from_millis(100));
        assert!(status.expect("it started").is_none());
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_failure_names_the_command() {
        let failure = run(Command::new("false").arg("--now")).expect_err("it fails");
        assert!(failure.to_string().contains("`false --now`"), "{failure}");
        let failure = run(&mut Command::new("no-such-program")).expect_err("it is not there");
        assert!(failure.to_string().contains("cannot start `no-such-program`"), "{failure}");
    }
}
