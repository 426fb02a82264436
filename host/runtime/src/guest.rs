//! One run of a guest: a fresh store, its limits, its log, and a name for whatever goes wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use recaudo_ports::plugin::{Call, PluginError, PluginErrorKind};
use wasmtime::component::{HasSelf, Instance, InstancePre, Linker};
use wasmtime::{AsContextMut, Engine, ResourceLimiter, Store, Trap};

use crate::breaker::Breaker;
use crate::engine::{Engines, Family, ticks};
use crate::exchange::At;
use crate::limits::{Budget, Limits, MIB};
use crate::log_lines::Lines;
use crate::stats::{CallStats, Observer};
use crate::wit;

/// What a store holds.
pub(crate) struct State {
    lines: Lines,
    memory: Memory,
}

/// Says no to a guest that wants more memory than granted, and remembers that it did.
struct Memory {
    max: usize,
    peak: usize,
    refused: Option<usize>,
}

/// Function tables of a plugin are small; this is far above any of ours.
const TABLE_ELEMENTS_MAX: usize = 20_000;

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.max {
            self.refused = Some(desired);
            return Ok(false);
        }
        self.peak = self.peak.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}

/// The linker every guest gets: the logger and nothing else.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wit::log::logger::add_to_linker::<State, HasSelf<Lines>>(&mut linker, |state| &mut state.lines)?;
    Ok(linker)
}

/// A plugin compiled for one engine, with the limits of one installation.
pub(crate) struct Guest {
    pub(crate) family: Family,
    pub(crate) pre: InstancePre<State>,
    /// Id and version, for messages.
    pub(crate) plugin: String,
    pub(crate) component_sha256: [u8; 32],
    pub(crate) engines: Arc<Engines>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) limits: Arc<Limits>,
    /// Granted to this plugin.
    pub(crate) memory_bytes: usize,
    /// Of this installation and interface.
    pub(crate) breaker: Arc<Breaker>,
}

/// One run, for limits and messages.
pub(crate) struct Run<'a> {
    pub(crate) interface: &'static str,
    pub(crate) function: &'static str,
    pub(crate) operation: &'a str,
    pub(crate) attempt: u32,
    pub(crate) step: u32,
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
    pub(crate) wall: Duration,
}

impl<'a> Run<'a> {
    /// A call that asks for nothing.
    pub(crate) fn single(
        guest: &Guest,
        interface: &'static str,
        function: &'static str,
        call: &'a Call,
    ) -> Self {
        Self {
            interface,
            function,
            operation: &call.operation.id,
            attempt: call.operation.attempt,
            step: 1,
            rows: 0,
            bytes: call.config.len(),
            wall: guest.budget().wall,
        }
    }

    /// One run of an exchange.
    pub(crate) fn step(
        guest: &Guest,
        interface: &'static str,
        (function, call): (&'static str, &'a Call),
        at: &At,
    ) -> Self {
        let single = Self::single(guest, interface, function, call);
        Self { step: at.step, bytes: single.bytes + at.bytes, wall: at.wall, ..single }
    }
}

impl Guest {
    /// What one run may use.
    pub(crate) fn budget(&self) -> &Budget {
        match self.family {
            Family::Policy => &self.limits.policy,
            Family::Connector => &self.limits.connector,
        }
    }

    /// An error in this plugin's name; nothing left the host.
    pub(crate) fn error(&self, kind: PluginErrorKind, code: &str, message: impl Into<String>) -> PluginError {
        PluginError {
            plugin: self.plugin.clone(),
            kind,
            code: code.into(),
            message: message.into(),
            may_have_committed: false,
            retry_after_ms: None,
        }
    }

    /// The plugin's own failure.
    pub(crate) fn failure(&self, failure: wit::types::errors::Failure) -> PluginError {
        let (kind, code, message, retry_after_ms) = wit::failure(failure);
        PluginError { retry_after_ms, ..self.error(kind, &code, message) }
    }

    /// Makes a fresh instance, lets `work` call it, and drops it.
    pub(crate) fn run<R>(
        &self,
        run: &Run<'_>,
        work: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<R>,
    ) -> Result<R, PluginError> {
        let room = self.engines.room(self.family);
        let _place = room.place();
        let started = Instant::now();
        let lines = Lines::new(self.budget().log_lines, self.limits.log_line_bytes);
        let memory = Memory { max: self.memory_bytes, peak: 0, refused: None };
        let mut store = Store::new(&room.engine, State { lines, memory });
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(self.limits.lifted_bytes);
        let fuel = self.budget().fuel(run.rows, run.bytes);
        let mut used = 0;
        let result = self.start(&mut store, run).and_then(|instance| {
            // Set after instantiation, so that a call costs the same wherever it runs.
            store.set_fuel(fuel)?;
            let result = work(&mut store, &instance);
            used = fuel - store.get_fuel()?;
            result
        });
        let result = result.map_err(|error| self.explain(&error, run, store.data(), fuel));
        store.data().lines.publish(&self.plugin, run.operation);
        let memory_bytes = store.data().memory.peak;
        drop(store);
        self.observe(run, used, memory_bytes, started.elapsed(), result.as_ref().err());
        result
    }

    fn start(&self, store: &mut Store<State>, run: &Run<'_>) -> wasmtime::Result<Instance> {
        store.set_epoch_deadline(ticks(run.wall));
        store.set_fuel(self.budget().fuel_base)?;
        self.pre.instantiate(store.as_context_mut())
    }

    fn observe(
        &self,
        run: &Run<'_>,
        fuel: u64,
        memory_bytes: usize,
        took: Duration,
        error: Option<&PluginError>,
    ) {
        let Some(observer) = &self.observer else { return };
        observer.ran(&CallStats {
            plugin: self.plugin.clone(),
            component_sha256: self.component_sha256,
            interface: run.interface,
            function: run.function,
            operation: run.operation.into(),
            attempt: run.attempt,
            step: run.step,
            fuel,
            memory_bytes,
            duration: took,
            outcome: error.map_or_else(|| "ok".into(), |e| e.code.clone()),
        });
    }

    fn explain(&self, error: &wasmtime::Error, run: &Run<'_>, state: &State, fuel: u64) -> PluginError {
        let function = run.function;
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => self.error(
                PluginErrorKind::OutOfFuel,
                "out-of-fuel",
                format!(
                    "`{function}` used up its {} million instructions; it loops, or it does too much a row",
                    fuel / 1_000_000
                ),
            ),
            Some(Trap::Interrupt) => self.error(
                PluginErrorKind::Deadline,
                "deadline",
                format!("`{function}` was stopped after {} ms of wall clock", run.wall.as_millis()),
            ),
            Some(trap) => self.trapped(*trap, function, state),
            None => self.error(
                PluginErrorKind::Trap,
                "unreadable-answer",
                format!("what `{function}` returned cannot be read: {}", one_line(error)),
            ),
        }
    }

    fn trapped(&self, trap: Trap, function: &str, state: &State) -> PluginError {
        if let Some(wanted) = state.memory.refused {
            return self.error(
                PluginErrorKind::OutOfMemory,
                "out-of-memory",
                format!(
                    "`{function}` wanted {} MiB of memory and may have {} MiB; hold less at once, or ask for \
                     `memory_mib` in the manifest's [limits]",
                    wanted.div_ceil(MIB),
                    self.memory_bytes / MIB
                ),
            );
        }
        let cause = match state.lines.last_error() {
            Some(panic) => format!("`{function}` trapped: {panic}"),
            None => format!("`{function}` trapped: {trap}"),
        };
        self.error(PluginErrorKind::Trap, "trap", cause)
    }
}

fn one_line(error: &wasmtime::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ").replace('\n', " ")
}
