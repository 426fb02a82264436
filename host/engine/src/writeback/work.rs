//! Has the target's plugin write what is wished for, once each, and asks about what nobody knows.
//!
//! A wish is marked before the call, and the journal says what left. What may have left is asked about; it is told again only
//! when the target has said twice, the second time long after anything under way has ended, that it is not there.

use std::sync::Arc;

use recaudo_core::gateway::wait_after;
use recaudo_ports::plugin::writeback::{Entry, Posting, PostingStatus};
use recaudo_ports::plugin::{Call, Installation, Operation, PluginError, PluginErrorKind};
use recaudo_store::effect::{self, Of};
use recaudo_store::source;
use recaudo_store::writeback::{self as rows, Writeback};
use serde::Serialize;

use super::make::{Made, kept, make};
use crate::effects::{Breakers, EffectJournal, may_have_left};
use crate::instant::{day_in, instant, micros};
use crate::pay::is_for_a_person;
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// Wishes looked at in one go.
const BATCH: i64 = 256;
/// How long one call may take, seconds.
const PATIENCE_S: i64 = 120;
/// How long a wish waits for what it rests on, or for its source, microseconds.
const LATER_US: i64 = 300_000_000;
/// Answers that it is not there after which it is told again.
const SURE_AFTER: i64 = 2;
/// Times a wish is told before a person is to look.
const ATTEMPTS_MAX: i64 = 5;

/// What became of wishes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WorkView {
    /// Told, or tried.
    pub told: u64,
    /// Asked about.
    pub asked: u64,
    /// Of those, ended.
    pub settled: u64,
    /// Of those, a person's matter now.
    pub persons: u64,
    /// Nothing had to be told: the target knows, or nothing is left to tell.
    pub not_needed: u64,
    /// Left for later: the source is not there, or its plugin writes nothing back.
    pub no_target: u64,
    /// Left for later: the target is away.
    pub put_off: u64,
    /// Seconds until something is due again; none: nothing is wished for.
    pub next_in_s: Option<i64>,
}

/// Does what is due: a bounded pass, and when to come again. One worker at a time.
///
/// # Errors
/// Another worker is at it, or the store's. A plugin's failure is an outcome, not an error.
pub fn work(engine: &Engine) -> Result<WorkView, EngineError> {
    let lock = engine.store.try_lock_for("writeback")?;
    let _lock = lock.ok_or_else(|| EngineError::Conflict {
        detail: "another worker of this home's write-back is at it; wait until it is done".into(),
    })?;
    recover(engine)?;
    let now = micros(engine.clock.now());
    let due = engine.store.read(|conn| rows::due(conn, engine.tenant, now, BATCH))?;
    let mut done = WorkView::default();
    let mut breakers = Breakers::default();
    for id in due {
        one(engine, id, (&mut done, &mut breakers))?;
    }
    let next = engine.store.read(|conn| rows::next_due(conn, engine.tenant))?;
    let wait = |at: i64| at.saturating_sub(micros(engine.clock.now())).max(0).div_euclid(1_000_000);
    done.next_in_s = next.map(wait);
    Ok(done)
}

/// What an earlier worker left behind: nothing can have left, or it is asked about.
fn recover(engine: &Engine) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    engine.store.write(|tx| {
        for mut wish in rows::in_state(tx, tenant, "executing")? {
            let at = micros(engine.clock.now());
            wish.changed_at = at;
            let left = may_have_left(&effect::list(tx, tenant, Of::Writeback(wish.id))?);
            wish.state = if left { "asking" } else { "queued" }.into();
            wish.code = if left { "interrupted" } else { "" }.into();
            rows::save(tx, tenant, &wish, Some(at))?;
        }
        Ok(())
    })
}

fn one(
    engine: &Engine,
    id: i64,
    (done, breakers): (&mut WorkView, &mut Breakers),
) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let Some(wish) = engine.store.read(|conn| rows::by_id(conn, tenant, id))? else { return Ok(()) };
    let installation = engine.store.read(|conn| {
        let found = source::list(conn, tenant)?.into_iter().find(|source| source.id == wish.source_id);
        found.as_ref().map(crate::source::installation).transpose()
    })?;
    let target = installation.and_then(|i| engine.plugins.writeback(&i).ok().map(|target| (i, target)));
    let Some((installation, target)) = target else {
        done.no_target += 1;
        let later = micros(engine.clock.now()).saturating_add(LATER_US);
        return Ok(engine.store.write(|tx| rows::save(tx, tenant, &wish, Some(later)))?);
    };
    let source_id = wish.source_id;
    if breakers.is_open(source_id) {
        done.put_off += 1;
        let later = micros(engine.clock.now()).saturating_add(Breakers::WAIT_US);
        return Ok(engine.store.write(|tx| rows::save(tx, tenant, &wish, Some(later)))?);
    }
    let asking = wish.state == "asking";
    let made = engine
        .store
        .read(|conn| if asking { kept(conn, engine, &wish) } else { make(conn, engine, &wish) })?;
    let entry = match made {
        Made::Tell(entry) => entry,
        Made::NotNeeded(code) => {
            done.not_needed += 1;
            return end(engine, wish, ("not-needed", code));
        }
        Made::Later => {
            let later = micros(engine.clock.now()).saturating_add(LATER_US);
            return Ok(engine.store.write(|tx| rows::save(tx, tenant, &wish, Some(later)))?);
        }
    };
    let mut job = Job { engine, wish, entry: *entry };
    let outcome = if asking {
        done.asked += 1;
        job.ask(&installation, target.as_ref())
    } else {
        done.told += 1;
        match job.tell(&installation, target.as_ref())? {
            Some(outcome) => outcome,
            None => return Ok(()),
        }
    };
    breakers.note(source_id, outcome.as_ref().err().map(|error| error.kind));
    match job.conclude(outcome)?.as_str() {
        "settled" => done.settled += 1,
        "person" => done.persons += 1,
        _ => {}
    }
    Ok(())
}

fn end(engine: &Engine, mut wish: Writeback, (status, code): (&str, &str)) -> Result<(), EngineError> {
    wish.changed_at = micros(engine.clock.now());
    (wish.state, wish.status, wish.code) = ("settled".into(), status.into(), code.into());
    Ok(engine.store.write(|tx| rows::save(tx, engine.tenant, &wish, None))?)
}

struct Job<'e> {
    engine: &'e Engine,
    wish: Writeback,
    entry: Entry,
}

type Outcome = Result<Posting, PluginError>;
type Target = dyn recaudo_ports::plugin::Writeback;

impl Job<'_> {
    /// None: somebody else has it.
    fn tell(&mut self, installation: &Installation, target: &Target) -> Result<Option<Outcome>, EngineError> {
        let (engine, tenant) = (self.engine, self.engine.tenant);
        let plain =
            postcard::to_stdvec(&self.entry).map_err(|error| EngineError::fault(error.to_string()))?;
        let marked = engine.store.write_durably(|tx| {
            let found = rows::by_id(tx, tenant, self.wish.id)?.filter(|wish| wish.state == "queued");
            let Some(mut wish) = found else { return Ok(None) };
            let subject = Subject::Customer(wish.customer_id);
            wish.entry = engine.vault.seal(tx, tenant, subject, engine.random.as_ref(), &plain)?;
            wish.state = "executing".into();
            wish.attempts += 1;
            wish.asked = 0;
            wish.changed_at = micros(engine.clock.now());
            rows::save(tx, tenant, &wish, Some(wish.changed_at))?;
            Ok::<_, EngineError>(Some(wish))
        })?;
        let Some(marked) = marked else { return Ok(None) };
        self.wish = marked;
        let of = Of::Writeback(self.wish.id);
        let journal = EffectJournal { engine, of, customer_id: self.wish.customer_id };
        let operation = self.operation(self.wish.attempts);
        Ok(Some(target.push(&self.call(installation, operation), &self.entry, &journal)))
    }

    fn ask(&self, installation: &Installation, target: &Target) -> Outcome {
        let id = format!("{}-query-{}-{}", self.wish.operation_id, self.wish.attempts, self.wish.asked + 1);
        let own = Operation { id: id.clone(), idempotency_key: id, attempt: 1 };
        target.query(&self.call(installation, own), &self.operation(self.wish.attempts.max(1)), &self.entry)
    }

    fn operation(&self, attempt: i64) -> Operation {
        Operation {
            id: self.wish.operation_id.clone(),
            idempotency_key: self.wish.idempotency_key.clone(),
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
        }
    }

    fn call(&self, installation: &Installation, operation: Operation) -> Call {
        let engine = self.engine;
        let now = engine.clock.now();
        let zone = engine.settings.creditor.time_zone;
        let mut entropy = [0; 32];
        engine.random.fill(&mut entropy);
        let mut deadline = instant(now);
        deadline.seconds += PATIENCE_S;
        Call {
            now: instant(now),
            business_day: day_in(zone, now).0,
            time_zone: zone.name().into(),
            locale: engine.settings.creditor.locale.clone(),
            deadline,
            entropy,
            trace_id: operation.id.clone(),
            operation,
            config: Arc::clone(&installation.config),
        }
    }

    /// Says what an outcome leads to; gives the state.
    fn conclude(mut self, outcome: Outcome) -> Result<String, EngineError> {
        let (engine, tenant) = (self.engine, self.engine.tenant);
        let effects = engine.store.read(|conn| effect::list(conn, tenant, Of::Writeback(self.wish.id)))?;
        let left = may_have_left(&effects);
        let asked = self.wish.state == "asking";
        let wish = &mut self.wish;
        wish.changed_at = micros(engine.clock.now());
        let mut wait = 0;
        let next = match outcome {
            Ok(posting) => {
                wish.code = posting.code;
                if !posting.id.is_empty() {
                    wish.target_id = posting.id;
                }
                match posting.status {
                    PostingStatus::Applied => Next::End("applied"),
                    PostingStatus::AlreadyApplied => Next::End("already-applied"),
                    PostingStatus::NotAttempted if asked || left => Next::NotThere,
                    PostingStatus::NotAttempted => Next::Again,
                    PostingStatus::Unknown => Next::Ask,
                }
            }
            Err(error) => {
                wish.code.clone_from(&error.code);
                let asked_to = error.retry_after_ms.and_then(|ms| i64::try_from(ms).ok());
                wait = asked_to.unwrap_or(0).saturating_mul(1_000);
                failed(&error, asked, left)
            }
        };
        let run_after = self.step(next, asked, wait);
        engine.store.write(|tx| rows::save(tx, tenant, &self.wish, run_after))?;
        Ok(self.wish.state)
    }

    fn step(&mut self, next: Next, asked: bool, wait: i64) -> Option<i64> {
        let wish = &mut self.wish;
        let at = |us: i64| wish.changed_at.saturating_add(us.max(wait));
        let tries = |times: i64| usize::try_from(times).ok().and_then(wait_after);
        let (state, status, due) = match next {
            Next::End(status) => ("settled", status, None),
            Next::Person(status) => ("person", status, None),
            Next::Again => match tries(wish.attempts - 1).filter(|_| wish.attempts < ATTEMPTS_MAX) {
                Some(us) => ("queued", "not-attempted", Some(at(us))),
                None => ("person", "not-attempted", None),
            },
            // Whatever was under way has long ended: it may be told again.
            Next::NotThere if asked && wish.asked + 1 >= SURE_AFTER => {
                if wish.attempts < ATTEMPTS_MAX {
                    ("queued", "not-attempted", Some(at(0)))
                } else {
                    ("person", "not-attempted", None)
                }
            }
            Next::NotThere | Next::Ask => {
                wish.asked = if asked { wish.asked + 1 } else { 0 };
                match tries(wish.asked) {
                    Some(us) => ("asking", "unknown", Some(at(us))),
                    None => ("person", "unknown", None),
                }
            }
        };
        (wish.state, wish.status) = (state.into(), status.into());
        due
    }
}

/// What comes next.
#[derive(Clone, Copy)]
enum Next {
    End(&'static str),
    Person(&'static str),
    /// Nothing left: the same key, later.
    Again,
    /// It is asked about.
    Ask,
    /// The target says that it is not there.
    NotThere,
}

fn failed(error: &PluginError, asked: bool, left: bool) -> Next {
    match error.kind {
        _ if asked || left || error.may_have_committed => Next::Ask,
        // The target cannot hold it: it is kept here, and not tried again.
        PluginErrorKind::Unsupported => Next::End("unsupported"),
        PluginErrorKind::NotFound => Next::Person("not-attempted"),
        kind if is_for_a_person(kind) => Next::Person("not-attempted"),
        _ => Next::Again,
    }
}
