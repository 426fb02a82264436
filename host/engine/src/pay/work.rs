//! Has gateways do what is wanted, once each, and asks what became of it.
//!
//! An operation is marked before the call, and the journal says what left. So after a death at any point it is known whether
//! nothing can have left (it is done again under the same key) or something may have (it is asked about, and never done again).

use std::sync::Arc;

use recaudo_core::gateway::{Status, wait_after};
use recaudo_ports::plugin::gateway::{Gateway, Intent, Transaction};
use recaudo_ports::plugin::{Call, Installation, Operation as Named, PluginError, PluginErrorKind};
use recaudo_store::effect::{self, Of};
use recaudo_store::gateway::{self, Operation};
use recaudo_store::{Store, Tx};
use serde::Serialize;

use super::absorb::{Ear, absorb};
use super::book;
use super::wish::{intent, paid};
use super::{Gateways, source_name, status_of};
use crate::cash::{Steps, allot};
use crate::effects::{Breakers, EffectJournal, may_have_left};
use crate::instant::{day_in, instant, micros};
use crate::progress::Silent;
use crate::{Engine, EngineError};

/// Operations looked at in one go.
const BATCH: i64 = 256;
/// How long one call may take, seconds.
const PATIENCE_S: i64 = 30;
/// How long a job waits whose gateway is not installed, microseconds.
const NO_GATEWAY_US: i64 = 300_000_000;
/// Times a way to pay that waits for its payer is asked about: every twelve hours, some thirty days.
const WAITING_MAX: i64 = 64;

/// Code of what belonged to a person who was erased.
const ERASED: &str = "erased";

/// What became of operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WorkView {
    /// Done by a gateway, or tried.
    pub executed: u64,
    /// Asked about.
    pub asked: u64,
    /// Of those, ended.
    pub settled: u64,
    /// Of those, a person's matter now.
    pub persons: u64,
    /// Left for later: no such gateway is installed.
    pub no_gateway: u64,
    /// Left for later: their gateway is away.
    pub put_off: u64,
    /// Payments no link was for, of which an allocator found what they settle.
    pub matched: u64,
    /// Payments of which a person is to confirm it.
    pub suggested: u64,
    /// Seconds until something is due again; none: nothing is asked for or waited for.
    pub next_in_s: Option<i64>,
}

/// Does what is due: a bounded pass, and when to come again. One worker at a time.
///
/// # Errors
/// Another worker is at it, or the store's. A gateway's failure is an outcome, not an error.
pub fn work(engine: &Engine, gateways: &Gateways) -> Result<WorkView, EngineError> {
    let lock = engine.store.try_lock_for("gateway")?;
    let _lock = lock.ok_or_else(|| EngineError::Conflict {
        detail: "another worker of this home's gateways is at it; wait until it is done".into(),
    })?;
    recover(engine)?;
    let now = micros(engine.clock.now());
    let due = engine.store.read(|conn| gateway::due(conn, engine.tenant, now, BATCH))?;
    let mut done = WorkView::default();
    let mut breakers = Breakers::default();
    for id in due {
        one(engine, gateways, id, (&mut done, &mut breakers))?;
    }
    book::look_again(engine, micros(engine.clock.now()))?;
    allot_the_rest(engine, &mut done)?;
    let next = engine.store.read(|conn| gateway::next_due(conn, engine.tenant))?;
    let wait = |at: i64| at.saturating_sub(micros(engine.clock.now())).max(0).div_euclid(1_000_000);
    done.next_in_s = next.map(wait);
    Ok(done)
}

/// Asks an allocator about gateways' money that no link's items needed, as a bank's is asked about.
fn allot_the_rest(engine: &Engine, done: &mut WorkView) -> Result<(), EngineError> {
    let Some(asked) = engine.store.read(|conn| gateway::allocator_asked(conn, engine.tenant))? else {
        return Ok(());
    };
    // An import or a bank file is being applied: next time.
    let Some(_alone) = engine.store.try_lock_for("-import")? else { return Ok(()) };
    let allotted = Steps::run(engine, false, |steps| allot(steps, &mut Silent))?;
    done.matched = allotted.posted.len() as u64;
    done.suggested = allotted.suggested.len() as u64;
    Ok(engine.store.write(|tx| gateway::allocator_answered(tx, engine.tenant, asked))?)
}

/// What an earlier worker left behind: nothing can have left, or it is asked about.
fn recover(engine: &Engine) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    engine.store.write(|tx| {
        for mut operation in gateway::in_state(tx, tenant, "executing")? {
            let at = micros(engine.clock.now());
            operation.changed_at = at;
            let left = may_have_left(&effect::list(tx, tenant, Of::Operation(operation.id))?);
            operation.state = if left { "asking" } else { "queued" }.into();
            operation.code = if left { "interrupted" } else { "" }.into();
            gateway::save(tx, tenant, &operation, Some(at))?;
        }
        Ok(())
    })
}

/// One operation with everything a call needs.
struct Job<'e> {
    engine: &'e Engine,
    gateway: Arc<dyn Gateway>,
    operation: Operation,
    intent: Intent,
    call: Call,
}

fn one(
    engine: &Engine,
    gateways: &Gateways,
    id: i64,
    (done, breakers): (&mut WorkView, &mut Breakers),
) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let Some(operation) = engine.store.read(|conn| gateway::by_id(conn, tenant, id))? else { return Ok(()) };
    let installation = engine.store.read(|conn| {
        let mut found = None;
        for installation in gateways.values() {
            if gateway::find_source(conn, tenant, &source_name(&installation.name))?
                == Some(operation.source_id)
            {
                found = Some(installation);
            }
        }
        Ok::<_, EngineError>(found)
    })?;
    let found = installation.and_then(|i| engine.plugins.gateway(i).ok().map(|gateway| (i, gateway)));
    let Some((installation, gateway)) = found else {
        done.no_gateway += 1;
        let later = micros(engine.clock.now()).saturating_add(NO_GATEWAY_US);
        return Ok(engine.store.write(|tx| gateway::save(tx, tenant, &operation, Some(later)))?);
    };
    let source_id = operation.source_id;
    if breakers.is_open(source_id) {
        done.put_off += 1;
        let later = micros(engine.clock.now()).saturating_add(Breakers::WAIT_US);
        return Ok(engine.store.write(|tx| gateway::save(tx, tenant, &operation, Some(later)))?);
    }
    let intent = match engine.store.read(|conn| intent(conn, engine, &operation)) {
        Ok(intent) => intent,
        // Nobody can go on with what belonged to a person who was erased.
        Err(error) if error.code() == ERASED => {
            done.settled += 1;
            let operation = Operation { state: "settled".into(), code: ERASED.into(), ..operation };
            return Ok(engine.store.write(|tx| gateway::save(tx, tenant, &operation, None))?);
        }
        Err(error) => return Err(error),
    };
    let call = call(engine, installation, &operation);
    let job = Job { engine, gateway, operation, intent, call };
    let (end, failure) = match job.operation.state.as_str() {
        "queued" => {
            done.executed += 1;
            job.execute()?
        }
        "asking" => {
            done.asked += 1;
            job.ask()?
        }
        _ => return Ok(engine.store.write(|tx| gateway::save(tx, tenant, &job.operation, None))?),
    };
    breakers.note(source_id, failure);
    match end.state.as_str() {
        "settled" => done.settled += 1,
        "person" => done.persons += 1,
        _ => {}
    }
    Ok(())
}

fn call(engine: &Engine, installation: &Installation, operation: &Operation) -> Call {
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
        trace_id: operation.operation_id.clone(),
        operation: named(operation, operation.attempts + 1),
        config: Arc::clone(&installation.config),
    }
}

fn named(operation: &Operation, attempt: i64) -> Named {
    Named {
        id: operation.operation_id.clone(),
        idempotency_key: operation.idempotency_key.clone(),
        attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
    }
}

/// What a call gave, as far as it can be believed.
struct Outcome {
    status: Status,
    code: String,
    word: Option<Transaction>,
    retry_after_us: Option<i64>,
    /// Nothing left, and it may be tried again.
    again: bool,
    failure: Option<PluginErrorKind>,
}

/// Where an operation is now, and how its call failed, if it did.
type Ended = (Operation, Option<PluginErrorKind>);

impl Outcome {
    fn failed(error: &PluginError, status: Status, again: bool) -> Self {
        let wait = error.retry_after_ms.and_then(|ms| i64::try_from(ms).ok());
        let retry_after_us = wait.map(|ms| ms.saturating_mul(1_000));
        let failure = Some(error.kind);
        Self { status, code: error.code.clone(), word: None, retry_after_us, again, failure }
    }
}

/// Failures that do not go away by themselves.
pub(crate) fn is_for_a_person(kind: PluginErrorKind) -> bool {
    use PluginErrorKind as K;
    matches!(
        kind,
        K::InvalidConfig
            | K::Unauthenticated
            | K::Forbidden
            | K::InvalidInput
            | K::Rejected
            | K::Unsupported
            | K::NotInstalled
    )
}

impl Job<'_> {
    fn store(&self) -> &Store {
        &self.engine.store
    }

    fn execute(mut self) -> Result<Ended, EngineError> {
        let tenant = self.engine.tenant;
        let marked = self.store().write_durably(|tx| {
            let found = gateway::by_id(tx, tenant, self.operation.id)?.filter(|o| o.state == "queued");
            let Some(mut operation) = found else { return Ok(None) };
            operation.state = "executing".into();
            operation.attempts += 1;
            operation.changed_at = micros(self.engine.clock.now());
            gateway::save(tx, tenant, &operation, Some(operation.changed_at))?;
            Ok::<_, EngineError>(Some(operation))
        })?;
        let Some(marked) = marked else { return Ok((self.operation, None)) };
        self.operation = marked;
        let of = Of::Operation(self.operation.id);
        let journal = EffectJournal { engine: self.engine, of, customer_id: self.operation.customer_id };
        let answer = self.gateway.execute(&self.call, &self.intent, &journal);
        let effects =
            self.store().read(|conn| effect::list(conn, tenant, Of::Operation(self.operation.id)))?;
        let left = may_have_left(&effects);
        let outcome = match answer {
            Ok(word) => {
                let status = status_of(word.status).after(left);
                let again = status == Status::NotAttempted;
                let code = word.code.clone();
                Outcome { status, code, word: Some(word), retry_after_us: None, again, failure: None }
            }
            Err(error) if left || error.may_have_committed => Outcome::failed(&error, Status::Unknown, false),
            Err(error) => Outcome::failed(&error, Status::NotAttempted, !is_for_a_person(error.kind)),
        };
        let ended = self.store().write(|tx| self.conclude(tx, &outcome))?;
        Ok((ended, outcome.failure))
    }

    fn ask(self) -> Result<Ended, EngineError> {
        let tenant = self.engine.tenant;
        let mut call = self.call.clone();
        let asked = self.operation.asked + 1;
        call.operation.id = format!("{}-query-{asked}", self.operation.operation_id);
        call.operation.idempotency_key.clone_from(&call.operation.id);
        call.operation.attempt = 1;
        let original = named(&self.operation, self.operation.attempts.max(1));
        let answer = self.gateway.query(&call, &original, &self.intent, self.operation.gateway_id.as_deref());
        let effects =
            self.store().read(|conn| effect::list(conn, tenant, Of::Operation(self.operation.id)))?;
        let left = may_have_left(&effects);
        let outcome = match answer {
            Ok(word) => {
                let claim = status_of(word.status);
                let status = claim.after(left);
                let code = if status == claim { word.code.clone() } else { "overruled-may-have-left".into() };
                Outcome { status, code, word: Some(word), retry_after_us: None, again: false, failure: None }
            }
            Err(error) => Outcome::failed(&error, Status::Unknown, false),
        };
        let ended = self.store().write(|tx| self.conclude(tx, &outcome))?;
        Ok((ended, outcome.failure))
    }

    /// Joins an outcome to what is known by now, and says what comes next, in one transaction.
    fn conclude(&self, tx: &Tx<'_>, outcome: &Outcome) -> Result<Operation, EngineError> {
        let (engine, tenant) = (self.engine, self.engine.tenant);
        let at = micros(engine.clock.now());
        let mut operation = gateway::by_id(tx, tenant, self.operation.id)?
            .ok_or_else(|| EngineError::fault(format!("operation {} is gone", self.operation.id)))?;
        if let Some(word) = &outcome.word {
            if operation.gateway_id.is_none() && !word.gateway_id.is_empty() {
                operation.gateway_id = Some(word.gateway_id.clone());
            }
            if let Some(url) = &word.next_url {
                operation.next_url = Some(url.clone());
            }
            if moves_money(&operation.action) {
                // What the claim is worth, not the claim.
                let mut word = word.clone();
                if outcome.status != status_of(word.status) {
                    word.status = recaudo_ports::plugin::gateway::TransactionStatus::Unknown;
                }
                absorb(Ear { tx, engine, source_id: operation.source_id, at }, &word, Some(&operation))?;
            }
        }
        if operation.state == "settled" {
            return Ok(operation);
        }
        let before = operation.status;
        operation.status = before.max(outcome.status);
        operation.code.clone_from(&outcome.code);
        operation.changed_at = at;
        let whole = operation.action == "create-link"
            && paid(tx, tenant, operation.id)? >= operation.amount_minor
            && operation.amount_minor > 0;
        if whole {
            operation.status = Status::Succeeded;
        }
        let next = next(&mut operation, before, outcome, at);
        gateway::save(tx, tenant, &operation, next)?;
        Ok(operation)
    }
}

/// Cancellations, mandates and references end without money: what their gateway says of them is no payment.
fn moves_money(action: &str) -> bool {
    matches!(action, "create-link" | "charge-saved" | "refund")
}

/// Sets the state an outcome leads to; says when the operation is looked at again.
fn next(operation: &mut Operation, before: Status, outcome: &Outcome, at: i64) -> Option<i64> {
    let later = |wait: Option<i64>| {
        let wait = wait.map(|us| us.max(outcome.retry_after_us.unwrap_or(0)));
        wait.map(|us| at.saturating_add(us))
    };
    let tries = |times: i64| usize::try_from(times).ok().and_then(wait_after);
    if outcome.again {
        // Nothing left: the same key, later.
        let next = later(tries(operation.attempts - 1));
        operation.state = if next.is_some() { "queued" } else { "person" }.into();
        operation.status = Status::NotAttempted;
        return next;
    }
    if operation.status == Status::NotAttempted && outcome.word.is_none() {
        operation.state = "person".into();
        return None;
    }
    if operation.status.is_final() {
        operation.state = "settled".into();
        return None;
    }
    operation.asked = match operation.state.as_str() {
        "asking" if operation.status == before => operation.asked + 1,
        _ => 0,
    };
    let waits = matches!(operation.status, Status::RequiresAction | Status::Pending);
    let wait = match tries(operation.asked) {
        None if waits && operation.asked < WAITING_MAX => wait_after(4),
        wait => wait,
    };
    let next = later(wait);
    // A link nobody used is no person's matter; its payment would still be heard.
    let asking = next.is_some() || operation.status == Status::RequiresAction;
    operation.state = if asking { "asking" } else { "person" }.into();
    next
}
