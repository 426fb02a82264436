//! Threads that work through queues beside the server: each in a loop that sleeps longer the less there is to do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use recaudo_engine::pay::{self, Gateways};
use recaudo_engine::progress::Silent;
use recaudo_engine::{Engine, EngineError, dispatch, watch, writeback};

/// A worker that gave no sign of life for so long is stuck. One pass may well take minutes.
pub(crate) const STALLED_S: u64 = 1_800;

/// Sleep after a pass that did something, and the longest one.
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(15);

/// Who has gateways do what is wanted.
pub(crate) const GATEWAYS: &str = "gateways";

/// Settlements are first read so long after the start: a server that is restarted again and again asks nobody for nothing.
const FIRST_SETTLEMENT: Duration = Duration::from_secs(300);

/// What a plugin that tells of no settlements is answered for.
const NO_SETTLEMENT: &str = "no-such-interface";

/// One look at a queue: did it do anything?
type Pass = Box<dyn Fn() -> Result<bool, EngineError> + Send>;

/// How a worker does.
#[derive(Debug, Clone)]
pub(crate) struct Beat {
    pub(crate) name: &'static str,
    pub(crate) alive: bool,
    /// Seconds since its last sign of life.
    pub(crate) age: u64,
    pub(crate) passes: u64,
    pub(crate) failures: u64,
}

struct Worker {
    name: &'static str,
    alive: AtomicBool,
    /// Milliseconds after the start.
    beat: AtomicU64,
    passes: AtomicU64,
    failures: AtomicU64,
    /// Somebody put something into its queue.
    nudged: Mutex<bool>,
    wake: Condvar,
}

/// The workers of a server.
pub(crate) struct Workers {
    started: Instant,
    ending: AtomicBool,
    workers: Vec<Arc<Worker>>,
}

impl Workers {
    /// None at all: another process works.
    pub(crate) fn none() -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), ending: AtomicBool::new(false), workers: Vec::new() })
    }

    /// Starts them.
    pub(crate) fn start(
        engine: &Arc<Engine>,
        gateways: &Arc<Gateways>,
        settlements: Option<Duration>,
    ) -> (Arc<Self>, Vec<JoinHandle<()>>) {
        let mut passes = vec![
            (GATEWAYS, through_gateways(engine, gateways)),
            ("messages", messages(engine)),
            ("write-back", write_back(engine)),
        ];
        if let Some(every) = settlements.filter(|_| !gateways.is_empty()) {
            passes.push(("settlements", settled(engine, gateways, every)));
        }
        Self::of(passes)
    }

    pub(crate) fn of(passes: Vec<(&'static str, Pass)>) -> (Arc<Self>, Vec<JoinHandle<()>>) {
        let worker = |name| {
            Arc::new(Worker {
                name,
                alive: AtomicBool::new(true),
                beat: AtomicU64::new(0),
                passes: AtomicU64::new(0),
                failures: AtomicU64::new(0),
                nudged: Mutex::new(false),
                wake: Condvar::new(),
            })
        };
        let workers: Vec<Arc<Worker>> = passes.iter().map(|(name, _)| worker(*name)).collect();
        let all = Arc::new(Self { started: Instant::now(), ending: AtomicBool::new(false), workers });
        let thread = |(worker, (name, pass)): (&Arc<Worker>, (&'static str, Pass))| {
            let (all, worker) = (Arc::clone(&all), Arc::clone(worker));
            let builder = std::thread::Builder::new().name(format!("recaudo-{name}"));
            let begun = builder.spawn(move || all.run(&worker, &pass));
            begun.map_err(|error| log::error!("worker {name} does not start: {error}")).ok()
        };
        let threads: Vec<Option<JoinHandle<()>>> = all.workers.iter().zip(passes).map(thread).collect();
        for (worker, thread) in all.workers.iter().zip(&threads) {
            worker.alive.store(thread.is_some(), Ordering::Relaxed);
        }
        let threads = threads.into_iter().flatten().collect();
        (all, threads)
    }

    fn run(&self, worker: &Worker, pass: &Pass) {
        let mut sleep = SHORTEST;
        while !self.ending.load(Ordering::Acquire) {
            // A pass leaves the store as its last commit left it, whatever it dies of.
            let done = catch_unwind(AssertUnwindSafe(pass));
            worker.passes.fetch_add(1, Ordering::Relaxed);
            let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            worker.beat.store(millis, Ordering::Relaxed);
            let idle = match done {
                Ok(Ok(did)) => !did,
                // Another process is at it: that is as good.
                Ok(Err(EngineError::Conflict { .. })) => true,
                Ok(Err(error)) => {
                    worker.failures.fetch_add(1, Ordering::Relaxed);
                    log::error!("worker {}: {}: {error}", worker.name, error.code());
                    true
                }
                Err(_) => {
                    worker.failures.fetch_add(1, Ordering::Relaxed);
                    log::error!("worker {}: its pass died; the next one goes on", worker.name);
                    true
                }
            };
            sleep = if idle { (sleep * 2).min(LONGEST) } else { SHORTEST };
            if worker.sleep(sleep) {
                sleep = SHORTEST;
            }
        }
        worker.alive.store(false, Ordering::Relaxed);
    }

    /// There is something for a worker to do. Says whether there is such a worker.
    pub(crate) fn nudge(&self, name: &str) -> bool {
        let found = self.workers.iter().find(|worker| worker.name == name);
        found.map(|worker| worker.nudge()).is_some()
    }

    /// Lets everyone end their pass.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.workers.iter().for_each(|worker| worker.nudge());
    }

    pub(crate) fn beats(&self) -> Vec<Beat> {
        let now = self.started.elapsed().as_secs();
        let beat = |worker: &Arc<Worker>| Beat {
            name: worker.name,
            alive: worker.alive.load(Ordering::Relaxed),
            age: now.saturating_sub(worker.beat.load(Ordering::Relaxed) / 1_000),
            passes: worker.passes.load(Ordering::Relaxed),
            failures: worker.failures.load(Ordering::Relaxed),
        };
        self.workers.iter().map(beat).collect()
    }
}

impl Worker {
    fn nudge(&self) {
        *self.nudged.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    /// Sleeps, unless or until it is nudged; says whether it was.
    fn sleep(&self, time: Duration) -> bool {
        let nudged = self.nudged.lock().unwrap_or_else(PoisonError::into_inner);
        let slept = self.wake.wait_timeout_while(nudged, time, |nudged| !*nudged);
        let (mut nudged, _) = slept.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut nudged)
    }
}

fn through_gateways(engine: &Arc<Engine>, gateways: &Arc<Gateways>) -> Pass {
    let (engine, gateways) = (Arc::clone(engine), Arc::clone(gateways));
    Box::new(move || {
        let view = pay::work(&engine, &gateways)?;
        Ok(view.executed + view.asked + view.matched + view.suggested > 0)
    })
}

fn messages(engine: &Arc<Engine>) -> Pass {
    let engine = Arc::clone(engine);
    Box::new(move || {
        // Sending keeps runs out, so that nobody sends while nothing is due.
        if !watch::messages_due(&engine)? {
            return Ok(false);
        }
        let view = dispatch::dispatch(&engine, &mut Silent)?;
        Ok(view.sent + view.failed + view.cancelled > 0)
    })
}

fn write_back(engine: &Arc<Engine>) -> Pass {
    let engine = Arc::clone(engine);
    Box::new(move || {
        let view = writeback::work(&engine)?;
        Ok(view.told + view.asked > 0)
    })
}

/// Reads what gateways settled, one after the other: what a lost webhook would have told comes this way.
fn settled(engine: &Arc<Engine>, gateways: &Arc<Gateways>, every: Duration) -> Pass {
    let (engine, gateways) = (Arc::clone(engine), Arc::clone(gateways));
    let due = Mutex::new(Instant::now() + every.min(FIRST_SETTLEMENT));
    Box::new(move || {
        let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
        if Instant::now() < *due {
            return Ok(false);
        }
        *due = Instant::now() + every;
        let mut failed = Ok(false);
        for installation in gateways.values() {
            match pay::pull_settlement(&engine, installation) {
                Ok(view) => {
                    for reject in &view.rejects {
                        log::warn!("settlement of {}: {reject}", installation.name);
                    }
                }
                Err(EngineError::Plugin(error)) if error.code == NO_SETTLEMENT => {}
                // The others are read all the same.
                Err(error) => failed = Err(error),
            }
        }
        failed
    })
}
