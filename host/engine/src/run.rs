//! The daily run: looks at every account with something open, says what is done or why not, and queues what is permitted.
//!
//! Customers pass in blocks: load, score, segment, ask the strategies, the strategist and the gates, and save the block
//! with its contacts, permits, jobs, judgements and the run's place in one transaction. One run at a time; one that died
//! goes on after the last block that was saved.

mod block;
mod gates;
mod judged;
mod names;
mod plan;
mod save;
mod score;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use chrono::{DateTime, TimeZone, Utc};
use recaudo_core::contact::Channels;
use recaudo_core::day::Day;
use recaudo_store::run as runs;
use recaudo_store::{Lock, portfolio};

pub(crate) use block::attributes;
pub use gates::{Asked, Days, Gates, Proposing, attempt, from_micros};
pub use view::{ContactView, ReasonView, RunView};

use crate::decision::{Calls, Judge, Records};
use crate::dispatch;
use crate::instant::{day_in, instant, micros};
use crate::{Engine, EngineError, Progress};
use names::Names;

/// What is asked of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunRequest {
    /// The business day; none is today in the creditor's zone.
    pub on: Option<Day>,
    /// Says what would be done and writes nothing.
    pub dry_run: bool,
}

/// Runs a day and sends what it permitted.
///
/// # Errors
/// Another run is going on, the store's, or a plugin that cannot be used at all.
pub fn run(
    engine: &mut Engine,
    request: RunRequest,
    progress: &mut dyn Progress,
) -> Result<RunView, EngineError> {
    let _lock = take_lock(engine)?;
    let mut view = planned(engine, request, progress)?;
    if !request.dry_run {
        let rehearsed = (!engine.settings.live).then_some(view.moment);
        let sent = dispatch::send(engine, rehearsed, progress)?;
        view.add(&sent);
    }
    Ok(view)
}

/// Plans a day without sending: what is permitted waits for `dispatch`.
///
/// # Errors
/// As [`run`].
pub fn plan(
    engine: &mut Engine,
    request: RunRequest,
    progress: &mut dyn Progress,
) -> Result<RunView, EngineError> {
    let _lock = take_lock(engine)?;
    planned(engine, request, progress)
}

/// The lock of the store's workers.
pub(crate) fn take_lock(engine: &Engine) -> Result<Lock, EngineError> {
    engine.store.try_lock()?.ok_or_else(|| EngineError::Conflict {
        detail: "another run or dispatch of this home is going on; wait until it is done".into(),
    })
}

/// What a day is, once for the whole run.
pub(crate) struct Today {
    /// The business day.
    pub(crate) day: Day,
    /// When contacts are proposed: now when the day is today, else the day's contact hour.
    pub(crate) moment: DateTime<Utc>,
    /// The end of the day in the creditor's zone.
    pub(crate) ends: DateTime<Utc>,
}

impl Today {
    pub(crate) fn of(engine: &Engine, on: Option<Day>) -> Result<Self, EngineError> {
        let zone = engine.settings.creditor.time_zone;
        let now = engine.clock.now();
        let today = day_in(zone, now);
        let day = on.unwrap_or(today);
        let at = |day: Day, time: chrono::NaiveTime| {
            let local = day.date().and_time(time);
            // A time that the clocks leave out is taken an hour later.
            let found = zone.from_local_datetime(&local).earliest();
            found.or_else(|| zone.from_local_datetime(&(local + chrono::TimeDelta::hours(1))).earliest())
        };
        let invalid =
            || EngineError::Invalid { field: "on".into(), detail: format!("{day} has no such hour") };
        let hour = at(day, engine.settings.contacting.hour).ok_or_else(invalid)?.to_utc();
        let ends = at(day.plus(1), chrono::NaiveTime::MIN).ok_or_else(invalid)?.to_utc();
        Ok(Self { day, moment: if day == today { now } else { hour }, ends })
    }
}

/// A run going on: everything blocks share.
struct Running<'e> {
    engine: &'e Engine,
    today: Today,
    run_id: i64,
    calls: Calls,
    names: Names,
    creditors: Vec<portfolio::Creditor>,
    scorer: score::Scoring,
    strategist: Option<judged::Strategizing>,
    gates: Gates,
    days: Days,
    /// Channels that have a plugin.
    installed: Channels,
    records: Records,
    view: RunView,
    dry_run: bool,
}

fn planned(
    engine: &Engine,
    request: RunRequest,
    progress: &mut dyn Progress,
) -> Result<RunView, EngineError> {
    let unfinished = engine.store.read(|conn| runs::unfinished(conn, engine.tenant))?;
    let resumed = unfinished.filter(|_| !request.dry_run);
    let on = match (resumed, request.on) {
        (Some(run), Some(on)) if run.business_on != on => {
            finish_first(engine, run.business_on, progress)?;
            return planned(engine, request, progress);
        }
        (Some(run), _) => Some(run.business_on),
        (None, on) => on,
    };
    let today = Today::of(engine, on)?;
    let (run, names) = begin(engine, &today, resumed, request.dry_run)?;
    let total = engine.store.read(|conn| portfolio::open_customers(conn, engine.tenant))?;
    progress.begin("run", u64::try_from(total).ok());
    let mut running = Running::new(engine, today, run.id, names, request.dry_run)?;
    let mut cursor = run.cursor_customer;
    while let Some(block) = block::load(&mut running, cursor)? {
        cursor = block.last_customer;
        progress.advance(block.customers.len() as u64);
        running.pass(block)?;
    }
    running.end(resumed.is_some())
}

/// A run of another day died: it is finished before a new one begins.
fn finish_first(engine: &Engine, day: Day, progress: &mut dyn Progress) -> Result<(), EngineError> {
    progress.note(&format!("the run of {day} was interrupted; it is finished first"));
    planned(engine, RunRequest { on: Some(day), dry_run: false }, progress).map(|_| ())
}

/// Begins a run, or takes up the one that died; a dry run begins none.
fn begin(
    engine: &Engine,
    today: &Today,
    resumed: Option<runs::Run>,
    dry_run: bool,
) -> Result<(runs::Run, Names), EngineError> {
    let at = micros(engine.clock.now());
    if dry_run {
        let names = engine.store.read(|conn| Names::rehearse(conn, engine.tenant, &engine.settings))?;
        let run = runs::Run {
            id: 0,
            business_on: today.day,
            policy_id: 0,
            started_at: at,
            finished_at: None,
            cursor_customer: 0,
        };
        return Ok((run, names));
    }
    engine.store.write(|tx| {
        let names = Names::keep(tx, engine.tenant, &engine.settings)?;
        if let Some(run) = resumed {
            return Ok((run, names));
        }
        let body = names::policy_body(&engine.settings);
        let policy = runs::keep_policy(tx, engine.tenant, &engine.settings.policy_sha256, &body, at)?;
        Ok::<_, EngineError>((runs::begin(tx, engine.tenant, today.day, policy, at)?, names))
    })
}

impl<'e> Running<'e> {
    fn new(
        engine: &'e Engine,
        today: Today,
        run_id: i64,
        names: Names,
        dry_run: bool,
    ) -> Result<Self, EngineError> {
        let settings = &engine.settings;
        let calls = Calls {
            now: instant(engine.clock.now()),
            business_day: today.day.0,
            time_zone: settings.creditor.time_zone.name().to_owned(),
            locale: settings.creditor.locale.clone(),
            run: format!("run-{run_id}"),
        };
        let creditors = engine.store.read(|conn| portfolio::creditors(conn, engine.tenant))?;
        let records = Records::default();
        let scorer = score::Scoring::new(engine, &calls);
        let strategist = settings
            .installed
            .strategist
            .as_ref()
            .map(|installation| judged::Strategizing::new(engine, &calls, installation));
        let gates = Gates::new(engine);
        let installed =
            settings.installed.channels.keys().fold(Channels::NONE, |set, channel| set.with(*channel));
        let view = RunView::new(run_id, &today, dry_run);
        Ok(Self {
            engine,
            today,
            run_id,
            calls,
            names,
            creditors,
            scorer,
            strategist,
            gates,
            days: Days::default(),
            installed,
            records,
            view,
            dry_run,
        })
    }

    /// One block of customers, from rows to permits.
    fn pass(&mut self, mut block: block::Block) -> Result<(), EngineError> {
        self.score(&mut block);
        self.segment(&mut block);
        let (mut contacts, left) = self.due(&block);
        self.strategize(&block, &mut contacts);
        self.ask_gates(&block, &mut contacts);
        self.save(&block, &contacts, left)
    }

    fn end(mut self, resumed: bool) -> Result<RunView, EngineError> {
        let (tenant, run_id) = (self.engine.tenant, self.run_id);
        if resumed {
            let counts = self.engine.store.read(|conn| view::counts(conn, tenant, run_id))?;
            self.view.set_counts(counts);
        }
        self.view.close();
        if let Some(failure) = self.scorer.failure() {
            self.view.degraded = true;
            self.view.note(format!("scorer: {failure}"));
        }
        if !self.dry_run {
            let at = micros(self.engine.clock.now());
            let body = self.view.audit_body();
            self.engine.store.write(|tx| {
                runs::finish(tx, tenant, run_id, at)?;
                crate::audit::append(tx, tenant, at, ("run", &format!("run {run_id}")), body.as_bytes())
            })?;
        }
        Ok(self.view)
    }
}

/// A judge that can be asked, or why not.
fn judge(
    engine: &Engine,
    installation: &recaudo_ports::plugin::Installation,
) -> Result<Judge, recaudo_ports::plugin::PluginError> {
    Judge::new(engine.plugins.as_ref(), installation)
}

/// 32 bytes for a call.
pub(crate) fn entropy(engine: &Engine) -> [u8; 32] {
    let mut bytes = [0; 32];
    engine.random.fill(&mut bytes);
    bytes
}
