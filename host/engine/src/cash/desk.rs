//! The ledger as cash application writes it: items and payments read by number, moved in memory, written once.

use std::collections::BTreeMap;

use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::{Currency, MoneyError};
use recaudo_store::item::Item;
use recaudo_store::payment::Payment;
use recaudo_store::{Tx, item, payment};

use crate::error::EngineError;

/// A movement before it is numbered.
#[derive(Debug, Clone)]
pub(crate) struct Movement {
    pub(crate) kind: EntryKind,
    pub(crate) amount_minor: i64,
    pub(crate) effective_on: Day,
    /// Who says so; none: we do.
    pub(crate) source_id: Option<i64>,
    pub(crate) allocation_id: Option<i64>,
    pub(crate) reason: String,
}

/// Integer keys, taken from the store a handful at a time.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    next: i64,
    end: i64,
}

impl Keys {
    pub(crate) fn take(&mut self, tx: &Tx<'_>, table: &str) -> Result<i64, EngineError> {
        const HANDFUL: i64 = 256;
        if self.next == self.end {
            self.next = tx.ids(table, HANDFUL)?;
            self.end = self.next + HANDFUL;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Kept,
    Changed,
    New,
}

/// The working set.
#[derive(Debug)]
pub(crate) struct Desk {
    tenant: i64,
    at: i64,
    items: BTreeMap<i64, (Item, State)>,
    payments: BTreeMap<i64, (Payment, State)>,
    entries: Vec<Entry>,
}

impl Desk {
    /// `at`: microseconds UTC, the moment everything becomes known.
    pub(crate) fn new(tenant: i64, at: i64) -> Self {
        Self { tenant, at, items: BTreeMap::new(), payments: BTreeMap::new(), entries: Vec::new() }
    }

    pub(crate) fn tenant(&self) -> i64 {
        self.tenant
    }

    pub(crate) fn at(&self) -> i64 {
        self.at
    }

    /// Reads items and payments that are not there yet.
    pub(crate) fn load(&mut self, tx: &Tx<'_>, items: &[i64], payments: &[i64]) -> Result<(), EngineError> {
        let wanted = |ids: &[i64], has: &dyn Fn(&i64) -> bool| -> Vec<i64> {
            let mut ids: Vec<i64> = ids.iter().copied().filter(|id| !has(id)).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let ids = wanted(items, &|id| self.items.contains_key(id));
        item::by_id(tx, self.tenant, &ids, |row| {
            self.items.insert(row.id, (row, State::Kept));
            Ok(())
        })?;
        let ids = wanted(payments, &|id| self.payments.contains_key(id));
        payment::by_ids(tx, self.tenant, &ids, |row| {
            self.payments.insert(row.id, (row, State::Kept));
            Ok(())
        })?;
        Ok(())
    }

    pub(crate) fn item(&self, id: i64) -> Result<&Item, EngineError> {
        let found = self.items.get(&id).map(|(row, _)| row);
        found.ok_or_else(|| EngineError::fault(format!("open item {id} is gone")))
    }

    pub(crate) fn payment(&self, id: i64) -> Result<&Payment, EngineError> {
        let found = self.payments.get(&id).map(|(row, _)| row);
        found.ok_or_else(|| EngineError::fault(format!("payment {id} is gone")))
    }

    /// For changing: the row will be written.
    pub(crate) fn payment_mut(&mut self, id: i64) -> Result<&mut Payment, EngineError> {
        let found = self.payments.get_mut(&id);
        let (row, state) = found.ok_or_else(|| EngineError::fault(format!("payment {id} is gone")))?;
        if *state == State::Kept {
            *state = State::Changed;
        }
        Ok(row)
    }

    /// A payment nobody has told of; its money comes by a movement.
    pub(crate) fn add_payment(&mut self, row: Payment) {
        self.payments.insert(row.id, (row, State::New));
    }

    /// Moves an item, a payment, or both by the same amount with one entry.
    pub(crate) fn post(
        &mut self,
        item: Option<i64>,
        payment: Option<i64>,
        movement: Movement,
    ) -> Result<(), EngineError> {
        if movement.amount_minor == 0 {
            return Ok(());
        }
        let mut currency: Option<Currency> = None;
        if let Some(id) = item {
            let found = self.items.get_mut(&id);
            let (row, state) = found.ok_or_else(|| EngineError::fault(format!("open item {id} is gone")))?;
            row.position.move_by(movement.amount_minor, movement.effective_on)?;
            if *state == State::Kept {
                *state = State::Changed;
            }
            currency = Some(row.currency);
        }
        if let Some(id) = payment {
            let row = self.payment_mut(id)?;
            let left = row.unapplied_minor.checked_add(movement.amount_minor).ok_or(MoneyError::TooLarge)?;
            row.unapplied_minor = left;
            currency = Some(row.currency);
        }
        let currency = currency.ok_or_else(|| EngineError::fault("a movement of nothing"))?;
        self.entries.push(Entry {
            id: 0,
            item_id: item,
            payment_id: payment,
            effective_on: movement.effective_on,
            known_at: self.at,
            amount_minor: movement.amount_minor,
            kind: movement.kind,
            currency,
            source_id: movement.source_id,
            page_id: None,
            allocation_id: movement.allocation_id,
            reason: movement.reason,
        });
        Ok(())
    }

    /// Entries of this desk that are not written yet.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Writes everything, and the audit row that speaks for it.
    pub(crate) fn flush(&mut self, tx: &Tx<'_>, (kind, subject): (&str, &str)) -> Result<(), EngineError> {
        fn of<T>(rows: &BTreeMap<i64, (T, State)>, wanted: State) -> impl Iterator<Item = &T> {
            rows.values().filter(move |(_, state)| *state == wanted).map(|(row, _)| row)
        }
        item::update(tx, self.tenant, of(&self.items, State::Changed))?;
        payment::insert(tx, self.tenant, of(&self.payments, State::New))?;
        payment::update(tx, self.tenant, of(&self.payments, State::Changed))?;
        self.items.values_mut().for_each(|(_, state)| *state = State::Kept);
        self.payments.values_mut().for_each(|(_, state)| *state = State::Kept);
        crate::audit::post(tx, self.tenant, self.at, (kind, subject), &mut self.entries)?;
        self.entries.clear();
        Ok(())
    }
}
