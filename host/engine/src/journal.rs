//! The journal around what a channel sends, kept in the store. Request and answer are sealed under the customer's key.

use std::sync::Arc;

use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_store::{Store, journal};

use crate::instant::micros;
use crate::vault::{Subject, Vault};
use crate::{Engine, EngineError};

/// The journal of one action.
pub struct StoreJournal {
    store: Store,
    vault: Vault,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    tenant: i64,
    action_id: i64,
    customer_id: i64,
}

impl StoreJournal {
    /// Of an action to a customer.
    pub fn new(engine: &Engine, action_id: i64, customer_id: i64) -> Self {
        Self {
            store: engine.store.clone(),
            vault: engine.vault.clone(),
            clock: engine.clock.clone(),
            random: engine.random.clone(),
            tenant: engine.tenant,
            action_id,
            customer_id,
        }
    }

    fn subject(&self) -> Subject {
        Subject::Customer(self.customer_id)
    }
}

impl Journal for StoreJournal {
    fn prepared(&self, effect: &Effect<'_>) -> Result<i64, JournalError> {
        let at = micros(self.clock.now());
        let row = self.store.write(|tx| {
            let request =
                self.vault.seal(tx, self.tenant, self.subject(), self.random.as_ref(), effect.request)?;
            let prepared = journal::Prepared {
                action_id: self.action_id,
                customer_id: self.customer_id,
                commit_number: i64::from(effect.commit),
                kind: effect.kind,
                target: effect.target,
                request: &request,
                at,
            };
            Ok::<_, EngineError>(journal::prepare(tx, self.tenant, &prepared)?)
        });
        row.map_err(|error| JournalError(error.to_string()))
    }

    /// The one write of a message that waits for the disk: everything before it is on the disk then too.
    fn sent(&self, row: i64) -> Result<(), JournalError> {
        let at = micros(self.clock.now());
        let sent = self.store.write_durably(|tx| journal::sent(tx, self.tenant, row, at));
        sent.map_err(|error| JournalError(error.to_string()))
    }

    fn settled(&self, row: i64, how: Settled, answer: &[u8]) -> Result<(), JournalError> {
        let at = micros(self.clock.now());
        let how = match how {
            Settled::Done => "done",
            Settled::NotDone => "not_done",
            Settled::Unknown => "unknown",
        };
        let settled = self.store.write(|tx| {
            let answer = self.vault.seal(tx, self.tenant, self.subject(), self.random.as_ref(), answer)?;
            Ok::<_, EngineError>(journal::settle(tx, self.tenant, row, how, &answer, at)?)
        });
        settled.map_err(|error| JournalError(error.to_string()))
    }
}
