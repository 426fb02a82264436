//! The journal around what a gateway's operation, or an entry written back, commits. Request and answer are sealed under the
//! customer's key.

use std::collections::BTreeMap;

use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_ports::plugin::PluginErrorKind;
use recaudo_store::effect::{self, Of, Prepared};
use recaudo_store::journal::Entry;

use crate::instant::micros;
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// The journal of one of them.
pub(crate) struct EffectJournal<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) of: Of,
    pub(crate) customer_id: i64,
}

impl EffectJournal<'_> {
    fn subject(&self) -> Subject {
        Subject::Customer(self.customer_id)
    }
}

impl Journal for EffectJournal<'_> {
    fn prepared(&self, effect: &Effect<'_>) -> Result<i64, JournalError> {
        let (engine, tenant) = (self.engine, self.engine.tenant);
        let at = micros(engine.clock.now());
        let row = engine.store.write(|tx| {
            let random = engine.random.as_ref();
            let request = engine.vault.seal(tx, tenant, self.subject(), random, effect.request)?;
            let prepared = Prepared {
                of: self.of,
                commit_number: i64::from(effect.commit),
                kind: effect.kind,
                target: effect.target,
                request: &request,
                at,
            };
            Ok::<_, EngineError>(effect::prepare(tx, tenant, &prepared)?)
        });
        row.map_err(|error| JournalError(error.to_string()))
    }

    /// Waits for the disk: everything before it is on the disk then too.
    fn sent(&self, row: i64) -> Result<(), JournalError> {
        let at = micros(self.engine.clock.now());
        let sent =
            self.engine.store.write_durably(|tx| effect::sent(tx, self.engine.tenant, (self.of, row), at));
        sent.map_err(|error| JournalError(error.to_string()))
    }

    fn settled(&self, row: i64, how: Settled, answer: &[u8]) -> Result<(), JournalError> {
        let (engine, tenant) = (self.engine, self.engine.tenant);
        let at = micros(engine.clock.now());
        let how = match how {
            Settled::Done => "done",
            Settled::NotDone => "not_done",
            Settled::Unknown => "unknown",
        };
        let settled = engine.store.write(|tx| {
            let answer = engine.vault.seal(tx, tenant, self.subject(), engine.random.as_ref(), answer)?;
            Ok::<_, EngineError>(effect::settle(tx, tenant, (self.of, row), (how, &answer), at)?)
        });
        settled.map_err(|error| JournalError(error.to_string()))
    }
}

/// May something have reached the far side? What was sent and refused for certain did nothing there.
pub(crate) fn may_have_left(effects: &[Entry]) -> bool {
    effects.iter().any(|e| match e.settled.as_deref() {
        Some("not_done") => false,
        Some(_) => true,
        None => e.sent_at.is_some(),
    })
}

/// A far side that is away is not asked about everything that waits for it: after three failures in a row the rest of a pass
/// is put off.
#[derive(Debug, Default)]
pub(crate) struct Breakers(BTreeMap<i64, u32>);

impl Breakers {
    const TRIES: u32 = 3;
    /// How long what was not tried is put off, microseconds.
    pub(crate) const WAIT_US: i64 = 60_000_000;

    pub(crate) fn is_open(&self, source_id: i64) -> bool {
        self.0.get(&source_id).is_some_and(|failures| *failures >= Self::TRIES)
    }

    /// What a call came to: none is an answer.
    pub(crate) fn note(&mut self, source_id: i64, failure: Option<PluginErrorKind>) {
        use PluginErrorKind as K;
        let away = matches!(failure, Some(K::Unavailable | K::Timeout | K::RateLimited | K::Deadline));
        let failures = self.0.entry(source_id).or_default();
        *failures = if away { failures.saturating_add(1) } else { 0 };
    }
}
