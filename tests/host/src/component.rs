//! Components: what each may use, and running them, a fresh instance for each request.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, ensure};
use hyper::Request;
use hyper::body::Incoming;
use rayon::ThreadPool;
use tokio::sync::{OnceCell, Semaphore, oneshot};
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::cli::OutputFile;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::body::RequestBody;
use crate::calls::Calls;
use crate::compiler::{Compiler, INSTANCES_MAX};
use crate::key_value::{DEFAULT_STORE, KeyValueFile};
use crate::manifest;
use crate::outbound::{AllowedHosts, Outbound};
use crate::source::Source;
use crate::variables::{self, Values};

/// Where the answer to a request goes.
pub type Responder = oneshot::Sender<Result<hyper::Response<HyperOutgoingBody>, ErrorCode>>;

/// Makes components of what the manifest says.
pub struct Loader {
    compiler: Arc<Compiler>,
    log_dir: PathBuf,
    key_value: Arc<KeyValueFile>,
    turns: Arc<Semaphore>,
}

/// A component. It is compiled when it is needed first.
pub struct Component {
    compiler: Arc<Compiler>,
    /// Until it is compiled.
    source: Mutex<Option<Source>>,
    /// Once it is compiled, or why it cannot be.
    compiled: OnceCell<Result<ProxyPre<State>, String>>,
    turns: Arc<Semaphore>,
    settings: Arc<Settings>,
}

/// What a component may use.
pub struct Settings {
    /// Its id in the manifest.
    pub id: String,
    /// The values of its variables.
    pub variables: Values,
    /// The key-value file.
    pub key_value: Arc<KeyValueFile>,
    /// What its instances have asked of the key-value store.
    pub calls: Calls,
    key_value_stores: Vec<String>,
    environment: Vec<(String, String)>,
    outbound: Outbound,
    stdout: OutputFile,
    stderr: OutputFile,
}

/// What one instance has.
pub struct State {
    /// The resources that the instance holds.
    pub table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    settings: Arc<Settings>,
}

impl Loader {
    /// `log_dir` and `cache_dir` are made when they are not there.
    pub fn new(log_dir: &Path, cache_dir: &Path, key_value: Arc<KeyValueFile>) -> Result<Self> {
        let make = |dir: &Path| {
            fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
            dir.canonicalize().with_context(|| format!("cannot find {}", dir.display()))
        };
        Ok(Self {
            compiler: Arc::new(Compiler::new(&make(cache_dir)?)?),
            log_dir: make(log_dir)?,
            key_value,
            turns: Arc::new(Semaphore::new(usize::try_from(INSTANCES_MAX)?)),
        })
    }

    /// Fails if the file is no component that answers `wasi:http` requests, and if its variables or
    /// allowed hosts cannot be read. Whether it can be compiled shows when it is.
    pub fn load(
        &self,
        id: &str,
        component: &manifest::Component,
        values: &Values,
    ) -> Result<Component> {
        let settings =
            self.settings(id, component, values).with_context(|| format!("component `{id}`"))?;
        let source = &component.source;
        let opened = Source::open(source)
            .with_context(|| format!("component `{id}` from {}", source.display()))?;
        Ok(Component {
            compiler: Arc::clone(&self.compiler),
            source: Mutex::new(Some(opened)),
            compiled: OnceCell::new(),
            turns: Arc::clone(&self.turns),
            settings: Arc::new(settings),
        })
    }

    fn settings(
        &self,
        id: &str,
        component: &manifest::Component,
        values: &Values,
    ) -> Result<Settings> {
        ensure!(!id.contains(['/', '\\']), "the id has a slash");
        let variables = component
            .variables
            .iter()
            .map(|(name, template)| Ok((name.clone(), variables::fill(template, values)?)))
            .collect::<Result<_>>()?;
        for store in component.key_value_stores.iter().filter(|store| *store != DEFAULT_STORE) {
            eprintln!("host: component `{id}` is granted the store `{store}`, which is not here");
        }
        let allowed = AllowedHosts::new(&component.allowed_outbound_hosts, values)?;
        Ok(Settings {
            id: id.to_owned(),
            variables,
            key_value: Arc::clone(&self.key_value),
            calls: Calls::default(),
            key_value_stores: component.key_value_stores.clone(),
            environment: component.environment.clone().into_iter().collect(),
            outbound: Outbound(Arc::new(allowed)),
            stdout: OutputFile::new(self.log(id, "stdout")?),
            stderr: OutputFile::new(self.log(id, "stderr")?),
        })
    }

    fn log(&self, id: &str, stream: &str) -> Result<File> {
        let path = self.log_dir.join(format!("{id}_{stream}.txt"));
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Component {
    /// What it may use, and what it has used.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Compiles it before anything asks for it.
    pub fn compile_first(&self) -> Result<()> {
        let compiled = self.compile();
        let failure = compiled.as_ref().err().map(|reason| anyhow!("{reason}"));
        self.compiled.set(compiled).ok().context("it is being compiled")?;
        failure.map_or(Ok(()), Err)
    }

    /// Compiles it in `pool`, unless that is done or being done. Fails if it cannot be.
    pub async fn compile_ahead(self: &Arc<Self>, pool: &Arc<ThreadPool>) -> Result<()> {
        self.compile_once(Some(Arc::clone(pool))).await;
        self.compiled().map(drop)
    }

    /// Lets a fresh instance answer a request. Ends when the instance has ended, which may be
    /// after it has answered.
    pub async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        responder: Responder,
    ) -> wasmtime::Result<()> {
        if !self.compiled.initialized() {
            // In a task of its own: a client that goes away must not make the next one start again.
            let component = Arc::clone(&self);
            tokio::spawn(async move { component.compile_once(None).await }).await?;
        }
        let proxy = self.compiled().map_err(wasmtime::Error::from_anyhow)?;
        let _turn = self.turns.acquire().await?;
        let mut store = Store::new(self.compiler.engine(), State::new(&self.settings));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        let proxy = proxy.instantiate_async(&mut store).await?;
        let request = request.map(|body| RequestBody::new(body, Arc::clone(&self.turns)));
        let mut http = store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request)?;
        let responder = http.new_response_outparam(responder)?;
        proxy.wasi_http_incoming_handler().call_handle(&mut store, request, responder).await
    }

    /// Compiles it, in `pool` or for a request, unless that is done. Who comes while it is being
    /// done waits for it.
    async fn compile_once(self: &Arc<Self>, pool: Option<Arc<ThreadPool>>) {
        let compiled = || async {
            // What is compiled ahead takes its time, and no request's turn.
            let _turn = match &pool {
                None => Some(self.compiler.turn().await),
                Some(_) => None,
            };
            let component = Arc::clone(self);
            let compile = move || match pool {
                None => component.compile(),
                Some(pool) => pool.install(|| component.compile()),
            };
            let compiled = tokio::task::spawn_blocking(compile).await;
            compiled.unwrap_or_else(|error| Err(error.to_string()))
        };
        self.compiled.get_or_init(compiled).await;
    }

    fn compile(&self) -> Result<ProxyPre<State>, String> {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner).take();
        let source = source.ok_or("its file is closed")?;
        let id = &self.settings.id;
        self.compiler.compile(id, source).map_err(|error| format!("{error:#}"))
    }

    fn compiled(&self) -> Result<&ProxyPre<State>> {
        let compiled = self.compiled.get().context("it is not compiled")?;
        compiled.as_ref().map_err(|reason| anyhow!("{reason}"))
    }
}

impl Settings {
    /// Whether the manifest grants a key-value store.
    pub fn may_open(&self, label: &str) -> bool {
        self.key_value_stores.iter().any(|store| store == label)
    }

    /// Where the manifest allows it to send to.
    pub fn allowed_hosts(&self) -> &AllowedHosts {
        &self.outbound.0
    }
}

impl State {
    fn new(settings: &Arc<Settings>) -> Self {
        let wasi = WasiCtxBuilder::new()
            .envs(&settings.environment)
            .stdout(settings.stdout.clone())
            .stderr(settings.stderr.clone())
            .build();
        Self {
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: settings.outbound.clone(),
            settings: Arc::clone(settings),
        }
    }

    /// The component that this is an instance of.
    pub fn component(&self) -> &Settings {
        &self.settings
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}
