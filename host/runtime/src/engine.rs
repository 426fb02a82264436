//! Two engines: one for judgement, where the same call has the same outcome on every machine, and one for connectors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::error::RuntimeError;
use crate::limits::{Limits, MIB};

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Gates, strategists, scorers: deterministic.
    Policy,
    /// Importers, channels: they ask for effects.
    Connector,
}

impl Family {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Connector => "connector",
        }
    }
}

/// How much room there is for guests that run at the same time. Probed at start; more calls than instances wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Guests at once.
    pub instances: u32,
    /// Linear memory of each, at least what the limits can grant.
    pub memory_bytes: usize,
    /// Memory of a slot that is cleared instead of given back between calls: saves page faults, costs resident memory.
    pub keep_resident_bytes: usize,
    /// Make instances as they are needed instead, slower and without a fixed reservation.
    pub on_demand: bool,
}

/// The pools of both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pools {
    /// Gates, strategists, scorers.
    pub policy: Pool,
    /// Importers, channels.
    pub connector: Pool,
}

impl Default for Pools {
    fn default() -> Self {
        Self {
            policy: Pool {
                instances: 32,
                memory_bytes: 64 * MIB,
                keep_resident_bytes: 2 * MIB,
                on_demand: false,
            },
            connector: Pool {
                instances: 32,
                memory_bytes: 256 * MIB,
                keep_resident_bytes: MIB,
                on_demand: false,
            },
        }
    }
}

/// How often the clock of the guests ticks: the grain of every wall-clock limit.
const TICK: Duration = Duration::from_millis(10);

/// An engine and its places.
pub(crate) struct Room {
    pub(crate) engine: Engine,
    places: Places,
}

/// Both engines and their clock.
pub(crate) struct Engines {
    policy: Room,
    connector: Room,
    stop: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

impl Engines {
    pub(crate) fn new(pools: &Pools, limits: &Limits) -> Result<Self, RuntimeError> {
        let policy = room(Family::Policy, &pools.policy, limits.policy.memory_bytes_granted)?;
        let connector = room(Family::Connector, &pools.connector, limits.connector.memory_bytes_granted)?;
        let stop = Arc::new(AtomicBool::new(false));
        let ticker = std::thread::Builder::new()
            .name("recaudo-epochs".into())
            .spawn({
                let (policy, connector, stop) =
                    (policy.engine.clone(), connector.engine.clone(), Arc::clone(&stop));
                move || {
                    while !stop.load(Ordering::Relaxed) {
                        std::thread::park_timeout(TICK);
                        policy.increment_epoch();
                        connector.increment_epoch();
                    }
                }
            })
            .map_err(|e| RuntimeError::Start(format!("no thread for the guests' clock: {e}")))?;
        Ok(Self { policy, connector, stop, ticker: Some(ticker) })
    }

    pub(crate) fn room(&self, family: Family) -> &Room {
        match family {
            Family::Policy => &self.policy,
            Family::Connector => &self.connector,
        }
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // It only counts; that it panicked would change nothing here.
            let _ = ticker.join();
        }
    }
}

/// Ticks until a wall-clock limit of `wall`; never below one whole tick.
pub(crate) fn ticks(wall: Duration) -> u64 {
    u64::try_from(wall.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX).saturating_add(1)
}

fn room(family: Family, pool: &Pool, granted: usize) -> Result<Room, RuntimeError> {
    if !pool.on_demand && pool.memory_bytes < granted {
        return Err(RuntimeError::PoolTooSmall {
            pool: family.name(),
            pool_mib: pool.memory_bytes / MIB,
            granted_mib: granted / MIB,
        });
    }
    let engine = Engine::new(&config(family, pool)).map_err(|source| RuntimeError::Pool {
        pool: family.name(),
        size: format!("{} instances of {} MiB", pool.instances, pool.memory_bytes / MIB),
        source,
    })?;
    Ok(Room { engine, places: Places::new(pool.instances) })
}

fn config(family: Family, pool: &Pool) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true).consume_fuel(true).epoch_interruption(true);
    // A backtrace names functions of somebody else's code; the panic's own message comes through the log.
    config.wasm_backtrace_max_frames(None).wasm_relaxed_simd(false).relaxed_simd_deterministic(true);
    config.wasm_memory64(false).wasm_multi_memory(false);
    config.cranelift_nan_canonicalization(family == Family::Policy);
    // Copy-on-write images make start-up fuel differ between platforms (wasmtime issue 14331).
    config.memory_init_cow(family == Family::Connector);
    if !pool.on_demand {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling(pool)));
    }
    config
}

/// A component made of one module has three core instances (module, shim, fix-ups) and up to that many tables.
const CORE_INSTANCES: u32 = 4;

fn pooling(pool: &Pool) -> PoolingAllocationConfig {
    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .total_component_instances(pool.instances)
        .total_core_instances(pool.instances * CORE_INSTANCES)
        .total_memories(pool.instances)
        .total_tables(pool.instances * CORE_INSTANCES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(1)
        .max_tables_per_component(CORE_INSTANCES)
        .table_elements(20_000)
        .max_memory_size(pool.memory_bytes)
        .linear_memory_keep_resident(pool.keep_resident_bytes)
        .table_keep_resident(16 * 1024)
        // Where the kernel says which pages a call wrote to, only those are cleared.
        .pagemap_scan(Enabled::Auto)
        .max_unused_warm_slots(pool.instances);
    pooling
}

/// Counts free places, so that one call too many waits instead of failing.
struct Places {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A place; given back when dropped.
pub(crate) struct Place<'a>(&'a Places);

impl Places {
    fn new(n: u32) -> Self {
        Self { free: Mutex::new(n), freed: Condvar::new() }
    }
}

impl Room {
    /// Waits for a place.
    pub(crate) fn place(&self) -> Place<'_> {
        let mut free = self.places.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.places.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Place(&self.places)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::{Engines, Pools};
    use crate::error::RuntimeError;
    use crate::limits::{Limits, MIB};

    #[test]
    fn pools_that_do_not_fit_are_refused_at_the_start() {
        let mut small = Pools::default();
        small.connector.memory_bytes = 64 * MIB;
        let refused = Engines::new(&small, &Limits::default()).err().unwrap().to_string();
        let expected = "the connector pool has 64 MiB an instance, but the limits grant up to 256 MiB";
        assert_eq!(refused, expected);
        // A machine addresses 128 TiB: this asks for twice that.
        let mut large = Pools::default();
        large.policy.instances = 4_000_000;
        match Engines::new(&large, &Limits::default()) {
            Err(error @ RuntimeError::Pool { .. }) => {
                assert!(error.to_string().contains("lower its instances, or choose on_demand"), "{error}");
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it started"),
        }
    }
}
