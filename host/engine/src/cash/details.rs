//! Who paid and what they wrote: personal data, sealed wherever it is kept.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use recaudo_ports::plugin::Attribute;
use recaudo_store::bank::Entry;
use recaudo_store::{Conn, Tx};
use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::error::EngineError;
use crate::vault::{Sealer, Subject};

/// As a bank or a gateway tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) counterparty: String,
    pub(crate) account: String,
    pub(crate) reference: String,
    pub(crate) remittance: String,
    pub(crate) attributes: Vec<Attribute>,
}

/// Sealers, each looked up once.
pub(crate) struct Seals<'e> {
    engine: &'e Engine,
    known: HashMap<(bool, i64), Option<Sealer>>,
}

/// Whose key an entry's details are under.
fn subject(entry: &Entry) -> Subject {
    entry.customer_id.map_or(Subject::Source(entry.source_id), Subject::Customer)
}

fn key(subject: Subject) -> (bool, i64) {
    match subject {
        Subject::Customer(id) => (true, id),
        Subject::Source(id) => (false, id),
    }
}

impl<'e> Seals<'e> {
    pub(crate) fn new(engine: &'e Engine) -> Self {
        Self { engine, known: HashMap::new() }
    }

    /// Seals an entry's details under its customer's key, or its source's.
    pub(crate) fn seal(
        &mut self,
        tx: &Tx<'_>,
        entry: &mut Entry,
        details: &Details,
    ) -> Result<(), EngineError> {
        let plain = postcard::to_stdvec(details)
            .map_err(|error| EngineError::fault(format!("details cannot be written: {error}")))?;
        let (engine, subject) = (self.engine, subject(entry));
        let random = engine.random.as_ref();
        let slot = self.known.entry(key(subject)).or_default();
        let sealer = match slot {
            Some(sealer) => sealer,
            empty => empty.insert(engine.vault.sealer(tx, engine.tenant, subject, random)?),
        };
        entry.details = sealer.seal(&plain, random)?;
        Ok(())
    }

    /// Opens an entry's details; empty when its customer was erased.
    pub(crate) fn open(&mut self, conn: &Conn<'_>, entry: &Entry) -> Result<Details, EngineError> {
        let subject = subject(entry);
        let sealer = match self.known.entry(key(subject)) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(place) => place.insert(self.engine.vault.find(conn, self.engine.tenant, subject)?),
        };
        let Some(sealer) = sealer else { return Ok(Details::default()) };
        let plain = sealer.open(&entry.details)?;
        if plain.is_empty() {
            return Ok(Details::default());
        }
        postcard::from_bytes(&plain)
            .map_err(|error| EngineError::fault(format!("bank entry {}: {error}", entry.id)))
    }

    /// The customer is known now: the details go under the customer's key.
    pub(crate) fn belongs_to(
        &mut self,
        tx: &Tx<'_>,
        entry: &mut Entry,
        (customer, details): (i64, &Details),
    ) -> Result<(), EngineError> {
        if entry.customer_id == Some(customer) {
            return Ok(());
        }
        entry.customer_id = Some(customer);
        self.seal(tx, entry, details)
    }
}
