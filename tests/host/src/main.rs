//! The local host: serves a `spin.toml` over HTTP as `spin up` does, for development and tests.
//!
//! In reading order: [`manifest`] and [`variables`] say what to serve, [`route`] which component
//! answers a path, [`source`] and [`compiler`] what a component's file becomes, [`component`] runs
//! components, [`bindings`], [`key_value`], [`redis`]
//! and [`outbound`] are what a component may call, [`mod@serve`] speaks HTTP, and [`connections`] and
//! [`body`] bound what clients may keep of the host. Where Spin 4.1 has a
//! quirk that a component can notice, this host has it too.

mod bindings;
mod body;
mod calls;
mod compiler;
mod component;
mod connections;
mod key_value;
mod manifest;
mod outbound;
mod redis;
mod route;
mod serve;
mod source;
mod variables;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::component::Loader;
use crate::key_value::KeyValueFile;
use crate::manifest::Manifest;
use crate::route::Router;
use crate::serve::{Application, Limits};

/// Open files that are not clients' connections: the store, components and their logs, connections
/// of components.
const FILES_KEPT: usize = 768;

/// Serves a Spin application for development and tests. Not for production.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// The application's manifest.
    #[arg(long, default_value = "spin.toml")]
    manifest: PathBuf,

    /// Holds the key-value file, and the logs and the cache unless they are put elsewhere.
    #[arg(long, default_value = ".spin")]
    state_dir: PathBuf,

    /// The address to serve on; with port 0 the system chooses one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: String,

    /// The value of an application variable, before `SPIN_VARIABLE_<NAME>` and the default.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variables::assignment)]
    variables: Vec<(String, String)>,

    /// Where what components print goes [default: `logs` in the state directory]
    #[arg(long)]
    log_dir: Option<PathBuf>,

    /// Keeps compiled components; may be shared by hosts [default: `cache` in the state directory]
    #[arg(long)]
    cache_dir: Option<PathBuf>,

    /// When components are compiled that are not in the cache, or taken from there
    #[arg(long, value_enum, default_value_t = Compile::OnRequest)]
    compile: Compile,

    /// Answers GET /.well-known/host/calls with each component's calls of the key-value store
    #[arg(long)]
    count_calls: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Compile {
    /// Each when it is first asked
    OnRequest,
    /// The same, and in spare time those that have not been asked yet
    Ahead,
    /// All before anything is served
    First,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let application = Arc::new(load(options)?);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(serve(application, options))
}

/// Reads the manifest, and opens the key-value file and the components' files.
fn load(options: &Options) -> Result<Application> {
    let manifest = Manifest::read(&options.manifest)?;
    let provided = options.variables.iter().cloned().collect();
    let variables = variables::resolve(&manifest.variables, &provided)?;
    let router = Router::new(&manifest.triggers)?;

    let key_value = Arc::new(KeyValueFile::open(&options.state_dir)?);
    let in_state_dir = |folder| options.state_dir.join(folder);
    let log_dir = options.log_dir.clone().unwrap_or_else(|| in_state_dir("logs"));
    let cache_dir = options.cache_dir.clone().unwrap_or_else(|| in_state_dir("cache"));
    let loader = Loader::new(&log_dir, &cache_dir, key_value)?;

    let components = manifest
        .components
        .iter()
        .map(|(id, settings)| Ok((id.clone(), loader.load(id, settings, &variables)?)))
        .collect::<Result<_>>()?;
    let application = Application::new(router, components);
    if options.compile == Compile::First {
        application.compile_first()?;
    }
    Ok(if options.count_calls { application.telling_calls() } else { application })
}

/// Serves until the process is told to stop, and then stops at once, as Spin does.
async fn serve(application: Arc<Application>, options: &Options) -> Result<()> {
    let listen = &options.listen;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;

    let limits = limits();
    // Who started the host may have closed its end; that is no reason to stop.
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "listening on http://{}", listener.local_addr()?);
    let _ = stdout.flush();

    if options.compile == Compile::Ahead {
        let (application, pool) = (Arc::clone(&application), compiler::spare_time()?);
        tokio::spawn(async move { application.compile_ahead(&pool).await });
    }
    tokio::spawn(serve::serve(listener, application, limits));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    // Dropping the runtime would wait for running components.
    std::process::exit(0)
}

/// What clients may take: as much as the system lets the host have.
fn limits() -> Limits {
    let files = getrlimit(Resource::Nofile);
    // Without it the host still serves, fewer connections at a time.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files });
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let spare = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(FILES_KEPT).max(1);
    Limits { connections: Limits::USUAL.connections.min(spare), ..Limits::USUAL }
}
