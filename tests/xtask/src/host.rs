//! The program that serves the bundle: Spin, or the local host.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::operator::Operator;
use crate::process;
use crate::state;
use crate::workspace::Workspace;

/// How long a host may take until it answers: Spin, and the local host for measurements, compile the
/// components first, which takes two processors some minutes. One that cannot start ends before.
const START_LIMIT: Duration = Duration::from_secs(1_800);

/// How long a host may take to end after it was asked to.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How long logs may grow until their sizes are looked at again.
const LOGS_LOOKED_AT_EVERY: Duration = Duration::from_secs(10);

/// What to run the bundle on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The small host of this repository, for development and tests
    Local,
    /// Spin, from PATH
    Spin,
}

/// What a host is started with.
pub struct Start<'a> {
    pub kind: Kind,
    /// The application: `spin.toml`, or one that was made from it.
    pub manifest: &'a Path,
    pub listen: SocketAddr,
    pub state_dir: &'a Path,
    pub operator_token: &'a str,
    pub master_key: &'a str,
    /// Further options of the program, which differ by its kind.
    pub options: &'a [&'a str],
    /// Where the local host keeps compiled components; `None` where all hosts keep them, so that it
    /// starts at once when one has started before.
    pub cache_dir: Option<&'a Path>,
    /// Tenants whose verification codes the operator may read; `None` leaves it to the environment.
    pub demo_tenants: Option<&'a str>,
}

/// Says where customers reach the page on which they are authenticated: by itself, at this host.
const REAL_NAME_PAGE: &str = "SPIN_VARIABLE_REAL_NAME_PAGE";

/// The hosts that run, to be stopped by a signal.
static RUNNING: Mutex<Vec<Weak<Mutex<Child>>>> = Mutex::new(Vec::new());

/// A running host. It is stopped when this is dropped, and when this program ends in any way.
pub struct Host {
    child: Arc<Mutex<Child>>,
    /// `http://ADDRESS`
    pub url: String,
}

impl Kind {
    /// Spin if a supported one is installed, else the local host.
    pub fn available() -> Self {
        let version = process::find("spin")
            .and_then(|spin| Command::new(spin).arg("--version").output().ok());
        let supported = version.is_some_and(|output| {
            ["spin 3.", "spin 4."].iter().any(|start| output.stdout.starts_with(start.as_bytes()))
        });
        if supported { Self::Spin } else { Self::Local }
    }
}

/// Fails if something else listens on the address.
pub fn address_is_free(listen: SocketAddr) -> Result<()> {
    TcpListener::bind(listen).map(drop).with_context(|| {
        format!("cannot listen on {listen}: stop what uses it, or choose another with --listen")
    })
}

impl Host {
    /// Starts a host and waits until it answers.
    pub fn start(workspace: &Workspace, start: &Start) -> Result<Self> {
        let mut command = match start.kind {
            Kind::Local => local(workspace, start),
            Kind::Spin => spin(workspace, start),
        };
        // By environment, so that a list of processes does not show them.
        command.env("SPIN_VARIABLE_OPERATOR_TOKEN", start.operator_token);
        command.env("SPIN_VARIABLE_MASTER_KEY", start.master_key);
        if let Some(tenants) = start.demo_tenants {
            command.env("SPIN_VARIABLE_DEMO_TENANTS", tenants);
        }
        if env::var_os(REAL_NAME_PAGE).is_none() {
            command.env(REAL_NAME_PAGE, format!("http://{}/real-name", start.listen));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        end_with_this_program(&mut command);

        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{}`", process::line(&command)))?;
        let stdout = child.stdout.take().context("the host has no output")?;
        let addresses = forward(stdout);
        let child = Arc::new(Mutex::new(child));
        let mut host = Self { child, url: format!("http://{}", start.listen) };
        host.stop_on_signal()?;
        host.wait_until_it_answers(&addresses)?;
        Ok(host)
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        lock(&self.child).id()
    }

    /// Returns when the host has ended by itself, which is a failure. Keeps the logs small meanwhile.
    pub fn serve(&self, logs: &Path) -> Result<()> {
        loop {
            state::rotate(logs).with_context(|| format!("cannot rotate {}", logs.display()))?;
            let until = Instant::now() + LOGS_LOOKED_AT_EVERY;
            while Instant::now() < until {
                self.fail_if_ended()?;
                thread::sleep(Duration::from_millis(100));
            }
        }
    }

    fn wait_until_it_answers(&mut self, addresses: &Receiver<String>) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            self.fail_if_ended()?;
            match addresses.recv_timeout(Duration::from_millis(50)) {
                Ok(url) => self.url = url,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(50)),
            }
            // Port 0 stands for any free one: which, the host says.
            if !self.url.ends_with(":0") && Operator::new(&self.url, "")?.host_answers() {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the host did not answer at {} within {START_LIMIT:?}", self.url);
            }
        }
    }

    /// Fails if the host has ended.
    pub fn fail_if_ended(&self) -> Result<()> {
        if let Some(status) = lock(&self.child).try_wait()? {
            bail!("the host has ended ({status}); what it wrote is above");
        }
        Ok(())
    }

    /// On an interrupt or a termination signal: stops all hosts, then ends this program.
    fn stop_on_signal(&self) -> Result<()> {
        let mut running = lock(&RUNNING);
        let is_first = running.is_empty();
        running.push(Arc::downgrade(&self.child));
        if !is_first {
            return Ok(());
        }
        ctrlc::set_handler(|| {
            let running: Vec<_> = lock(&RUNNING).iter().filter_map(Weak::upgrade).collect();
            // Locked until the end, so that the main thread does not report the hosts' end.
            let mut children: Vec<_> = running.iter().map(|child| lock(child)).collect();
            children.iter_mut().for_each(|child| stop(child));
            std::process::exit(0);
        })
        .context("cannot wait for signals")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        stop(&mut lock(&self.child));
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks the host to end, and ends it if it does not.
fn stop(child: &mut Child) {
    let deadline = Instant::now() + STOP_LIMIT;
    let asked =
        i32::try_from(child.id()).is_ok_and(|id| kill(Pid::from_raw(id), Signal::SIGTERM).is_ok());
    while asked && Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    // It may have ended meanwhile; there is nothing else to do about a failure here.
    child.kill().ok();
    child.wait().ok();
}

fn local(workspace: &Workspace, start: &Start) -> Command {
    let mut command = Command::new(workspace.host_file());
    command.current_dir(&workspace.root);
    command.arg("--manifest").arg(start.manifest);
    command.arg("--listen").arg(start.listen.to_string());
    command.arg("--state-dir").arg(start.state_dir);
    command.arg("--log-dir").arg(state::logs(start.state_dir));
    let cache_dir = start.cache_dir.map_or_else(|| workspace.target.join("host-cache"), Into::into);
    command.arg("--cache-dir").arg(cache_dir);
    command.args(start.options);
    command
}

fn spin(workspace: &Workspace, start: &Start) -> Command {
    let program = process::find("spin").map_or_else(|| OsString::from("spin"), Into::into);
    let mut command = Command::new(program);
    command.current_dir(&workspace.root);
    command.args(["up", "--from"]).arg(start.manifest);
    command.arg("--listen").arg(start.listen.to_string());
    command.arg("--state-dir").arg(start.state_dir);
    command.arg("--log-dir").arg(state::logs(start.state_dir));
    command.args(start.options);
    command
}

/// Passes the host's output on, and sends the address in it. What the host says about being ready
/// is left out: the last line on our standard output says it.
fn forward(stdout: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            match address(&line) {
                // Nobody waits for it any more once the host answers.
                Some(url) => drop(sender.send(url.to_owned())),
                None => eprintln!("{line}"),
            }
        }
    });
    receiver
}

fn address(line: &str) -> Option<&str> {
    let url =
        line.strip_prefix("listening on ").or_else(|| line.strip_prefix("Serving "))?.trim_end();
    url.starts_with("http://").then_some(url)
}

/// Lets the kernel end the host when this program is killed without a chance to do so itself.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn end_with_this_program(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    // SAFETY: between fork and exec only a system call is made, and nothing is allocated.
    unsafe {
        command.pre_exec(|| {
            nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
            Ok(())
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_this_program(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_address_in_what_a_host_writes() {
        let local = "listening on http://127.0.0.1:41234";
        assert_eq!(address(local), Some("http://127.0.0.1:41234"));
        assert_eq!(address("Serving http://127.0.0.1:3000"), Some("http://127.0.0.1:3000"));
        assert_eq!(address("Serving static files"), None);
        assert_eq!(address("Available Routes:"), None);
    }

    #[test]
    fn a_used_address_is_refused_and_a_free_one_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let refusal = address_is_free(address).expect_err("it is used").to_string();
        assert!(refusal.contains("--listen"), "{refusal}");
        drop(listener);
        assert!(address_is_free(address).is_ok());
    }
}
