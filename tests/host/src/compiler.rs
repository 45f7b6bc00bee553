//! Compiles components, or takes what it has compiled before from the cache.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, ResourceType};
use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig,
};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::bindings;
use crate::component::State;
use crate::source::Source;

/// Instances that may run at one time; further requests wait for their turn.
pub const INSTANCES_MAX: u32 = 256;

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

/// Compiling that takes longer, and is waited for, is worth a line.
const COMPILING_NOTED: Duration = Duration::from_millis(200);

/// Compiles components for one engine.
pub struct Compiler {
    engine: Engine,
    linker: Linker<State>,
    turns: Semaphore,
}

impl Compiler {
    /// One that keeps what it compiles in `cache_dir`, an absolute path.
    pub fn new(cache_dir: &Path) -> Result<Self> {
        let engine = engine(cache_dir)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        bindings::add_to_linker(&mut linker)?;
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        // One that waits for another host must not keep the next one waiting.
        Ok(Self { engine, linker, turns: Semaphore::new(processors.max(2)) })
    }

    /// What runs what it compiles.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits until few enough components are being compiled: each takes much memory. `None` is
    /// never seen, as nothing ends the turns.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Compiles the component `id`, unless this or another host has before.
    ///
    /// What it imports and this host does not have traps when it is called.
    pub fn compile(&self, id: &str, mut source: Source) -> Result<ProxyPre<State>> {
        let bytes = source.read().with_context(|| source.to_string())?;
        let started = Instant::now();
        let compile = || -> wasmtime::Result<ProxyPre<State>> {
            let compiled = Component::from_binary(&self.engine, &bytes)?;
            let mut linker = self.linker.clone();
            trap_unknown_imports(&mut linker, &compiled)?;
            ProxyPre::new(linker.instantiate_pre(&compiled)?)
        };
        let proxy = compile().map_err(anyhow::Error::from).with_context(|| source.to_string())?;
        let is_waited_for = rayon::current_thread_index().is_none();
        if is_waited_for && started.elapsed() > COMPILING_NOTED {
            eprintln!("host: compiled component `{id}` in {:.1?}", started.elapsed());
        }
        Ok(proxy)
    }
}

/// Where components are compiled that nobody waits for: one at a time, when there is nothing else
/// to do.
pub fn spare_time() -> Result<Arc<ThreadPool>> {
    let pool = ThreadPoolBuilder::new().num_threads(1).start_handler(|_| take_lowest_priority());
    Ok(Arc::new(pool.build().context("cannot start a thread to compile")?))
}

/// Of this thread. Elsewhere than on Linux it would be the whole process.
fn take_lowest_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        eprintln!("host: compiles ahead at the usual priority: {error}");
    }
}

/// Defines the interfaces that this host does not have: their functions trap when called.
fn trap_unknown_imports(linker: &mut Linker<State>, compiled: &Component) -> wasmtime::Result<()> {
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
    // Else each component that has been loaded often is compressed again, for two seconds of a
    // processor, by hosts that are mostly stopped before they are done.
    cache.with_optimized_compression_usage_counter_threshold(u64::MAX);

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
