//! Compiles components and runs them, a fresh instance for each request.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hyper::Request;
use hyper::body::Incoming;
use tokio::sync::{Semaphore, oneshot};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component as Compiled, Linker, ResourceTable, ResourceType};
use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig, Store, UpdateDeadline,
};
use wasmtime_wasi::cli::OutputFile;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::bindings;
use crate::body::RequestBody;
use crate::calls::Calls;
use crate::key_value::{DEFAULT_STORE, KeyValueFile};
use crate::manifest;
use crate::outbound::{AllowedHosts, Outbound};
use crate::variables::{self, Values};

/// Instances that may run at one time; further requests wait for their turn.
const INSTANCES_MAX: u32 = 256;

/// Linear memory of one instance, in bytes. Spin allows more; what runs here, with the largest
/// import of the tests and the benchmarks, has been seen to need less.
const MEMORY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Memory of an ended instance that is cleared by hand for the next one, which is faster than
/// giving it back to the system, in bytes.
const MEMORY_BYTES_KEPT: usize = 512 * 1024;

/// The same for tables.
const TABLE_BYTES_KEPT: usize = 64 * 1024;

/// How long an instance computes before it lets others run.
const TURN: Duration = Duration::from_millis(10);

/// Compiling that takes longer is worth a line.
const COMPILING_NOTED: Duration = Duration::from_millis(200);

/// Where the answer to a request goes.
pub type Responder = oneshot::Sender<Result<hyper::Response<HyperOutgoingBody>, ErrorCode>>;

/// Compiles components.
pub struct Loader {
    engine: Engine,
    linker: Linker<State>,
    log_dir: PathBuf,
    key_value: Arc<KeyValueFile>,
    turns: Arc<Semaphore>,
}

/// A component, ready to run.
pub struct Component {
    engine: Engine,
    proxy: ProxyPre<State>,
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
        let engine = engine(&make(cache_dir)?)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        bindings::add_to_linker(&mut linker)?;
        Ok(Self {
            engine,
            linker,
            log_dir: make(log_dir)?,
            key_value,
            turns: Arc::new(Semaphore::new(usize::try_from(INSTANCES_MAX)?)),
        })
    }

    /// Compiles a component, or takes it from the cache.
    ///
    /// What it imports and this host does not have traps when it is called. Fails if it does not
    /// answer `wasi:http` requests, and if its variables or allowed hosts cannot be read.
    pub fn load(
        &self,
        id: &str,
        component: &manifest::Component,
        values: &Values,
    ) -> Result<Component> {
        let started = Instant::now();
        let named = || format!("component `{id}`");
        let settings = self.settings(id, component, values).with_context(named)?;
        let source = &component.source;
        let compile = || -> wasmtime::Result<ProxyPre<State>> {
            let compiled = Compiled::from_file(&self.engine, source)?;
            let mut linker = self.linker.clone();
            trap_unknown_imports(&mut linker, &compiled)?;
            ProxyPre::new(linker.instantiate_pre(&compiled)?)
        };
        let proxy = compile()
            .map_err(anyhow::Error::from)
            .with_context(|| format!("component `{id}` from {}", source.display()))?;
        if started.elapsed() > COMPILING_NOTED {
            eprintln!("host: compiled component `{id}` in {:.1?}", started.elapsed());
        }
        let (engine, turns) = (self.engine.clone(), Arc::clone(&self.turns));
        Ok(Component { engine, proxy, turns, settings: Arc::new(settings) })
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

    /// Lets a fresh instance answer a request. Ends when the instance has ended, which may be
    /// after it has answered.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        responder: Responder,
    ) -> wasmtime::Result<()> {
        let _turn = self.turns.acquire().await?;
        let mut store = Store::new(&self.engine, State::new(&self.settings));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        let proxy = self.proxy.instantiate_async(&mut store).await?;
        let request = request.map(|body| RequestBody::new(body, Arc::clone(&self.turns)));
        let mut http = store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request)?;
        let responder = http.new_response_outparam(responder)?;
        proxy.wasi_http_incoming_handler().call_handle(&mut store, request, responder).await
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

/// Defines the interfaces that this host does not have: their functions trap when called.
fn trap_unknown_imports(linker: &mut Linker<State>, compiled: &Compiled) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    for (interface, import) in compiled.component_type().imports(&engine) {
        let ComponentItem::ComponentInstance(instance) = import.ty else {
            continue;
        };
        if bindings::provides(interface) {
            continue;
        }
        let mut stub = linker.instance(interface)?;
        for (name, export) in instance.exports(&engine) {
            match export.ty {
                ComponentItem::ComponentFunc(_) => {
                    let function = format!("{interface}#{name}");
                    stub.func_new(name, move |_, _, _, _| {
                        wasmtime::bail!("`{function}` is not here in the local host")
                    })?;
                }
                ComponentItem::Resource(_) => {
                    stub.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn engine(cache_dir: &Path) -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    // A Rust component is three core instances: itself and two small ones that adapt its imports.
    pool.total_component_instances(INSTANCES_MAX)
        .total_core_instances(INSTANCES_MAX * 8)
        .total_memories(INSTANCES_MAX * 2)
        .total_tables(INSTANCES_MAX * 4)
        .total_stacks(INSTANCES_MAX)
        .max_memory_size(MEMORY_BYTES_MAX)
        .linear_memory_keep_resident(MEMORY_BYTES_KEPT)
        .table_keep_resident(TABLE_BYTES_KEPT)
        // Clears only what an instance has touched, where the system can tell.
        .pagemap_scan(Enabled::Auto);
    let mut cache = CacheConfig::new();
    cache.with_directory(cache_dir);

    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .cache(Some(Cache::new(cache)?))
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let clock = engine.weak();
    thread::spawn(move || {
        while let Some(engine) = clock.upgrade() {
            engine.increment_epoch();
            thread::sleep(TURN);
        }
    });
    Ok(engine)
}
