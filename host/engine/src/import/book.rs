//! The working set of a page: what it touches, read once, changed in memory, written once.

use std::collections::HashMap;

use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::{Currency, MoneyError};
use recaudo_store::item::{Change, Identity, Item};
use recaudo_store::payment::{Allocation, Payment};
use recaudo_store::{StoreError, Tx, item, payment};

use crate::error::EngineError;

/// Where and when a page stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    pub(super) tenant: i64,
    pub(super) source_id: i64,
    pub(super) import_id: i64,
    pub(super) page_id: i64,
    /// Microseconds UTC: the moment everything on this page became known.
    pub(super) known_at: i64,
    pub(super) business_day: Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Kept,
    Changed,
    New,
}

/// Rows of one kind, found by the source's id.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    slots: Vec<(T, State)>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), places: HashMap::new() }
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, external_id: &str, row: T, state: State) -> usize {
        let place = self.slots.len();
        self.slots.push((row, state));
        self.places.insert(external_id.to_owned(), place);
        place
    }

    pub(super) fn find(&self, external_id: &str) -> Option<usize> {
        self.places.get(external_id).copied()
    }

    /// Another id of a row, for this page.
    pub(super) fn also_known_as(&mut self, external_id: &str, place: usize) {
        self.places.entry(external_id.to_owned()).or_insert(place);
    }

    pub(super) fn get(&self, place: usize) -> &T {
        &self.slots[place].0
    }

    /// For changing: the row will be written.
    pub(super) fn get_mut(&mut self, place: usize) -> &mut T {
        let (row, state) = &mut self.slots[place];
        if *state == State::Kept {
            *state = State::Changed;
        }
        row
    }

    pub(super) fn add_new(&mut self, external_id: &str, row: T) -> usize {
        self.put(external_id, row, State::New)
    }

    fn of(&self, wanted: State) -> impl Iterator<Item = &T> {
        self.slots.iter().filter(move |(_, state)| *state == wanted).map(|(row, _)| row)
    }
}

/// Integer keys, taken from the store a handful at a time.
#[derive(Debug, Default)]
struct Keys {
    next: i64,
    end: i64,
}

impl Keys {
    fn take(&mut self, tx: &Tx<'_>, table: &str) -> Result<i64, StoreError> {
        const HANDFUL: i64 = 256;
        if self.next == self.end {
            self.next = tx.ids(table, HANDFUL)?;
            self.end = self.next + HANDFUL;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}

/// A movement before it is numbered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Movement {
    pub(super) kind: EntryKind,
    pub(super) amount_minor: i64,
    pub(super) effective_on: Day,
    pub(super) allocation_id: Option<i64>,
    pub(super) reason: &'static str,
}

/// The working set.
#[derive(Debug)]
pub(super) struct Book {
    scope: Scope,
    pub(super) items: Shelf<Item>,
    pub(super) payments: Shelf<Payment>,
    pub(super) allocations: Shelf<Allocation>,
    identities: HashMap<(i64, i64, u16, String), usize>,
    item_ids: HashMap<i64, usize>,
    payment_ids: HashMap<i64, usize>,
    /// Movements are ours, not the source's.
    ours: bool,
    item_keys: Keys,
    payment_keys: Keys,
    allocation_keys: Keys,
    entries: Vec<Entry>,
    changes: Vec<Change>,
}

impl Book {
    pub(super) fn new(scope: Scope) -> Self {
        Self {
            scope,
            items: Shelf::default(),
            payments: Shelf::default(),
            allocations: Shelf::default(),
            identities: HashMap::new(),
            item_ids: HashMap::new(),
            payment_ids: HashMap::new(),
            ours: false,
            item_keys: Keys::default(),
            payment_keys: Keys::default(),
            allocation_keys: Keys::default(),
            entries: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Reads what the page's ids name.
    pub(super) fn load(
        &mut self,
        tx: &Tx<'_>,
        items: &[&str],
        payments: &[&str],
        allocations: &[&str],
    ) -> Result<(), EngineError> {
        let Scope { tenant, source_id, .. } = self.scope;
        item::by_external(tx, tenant, source_id, items, |row| {
            self.shelve_item(row);
            Ok(())
        })?;
        payment::by_external(tx, tenant, source_id, payments, |row| {
            if self.payments.find(&row.external_id).is_none() {
                let (number, id) = (row.id, row.external_id.clone());
                let place = self.payments.put(&id, row, State::Kept);
                self.payment_ids.insert(number, place);
            }
            Ok(())
        })?;
        payment::allocations_by_external(tx, tenant, source_id, allocations, |row| {
            if self.allocations.find(&row.external_id).is_none() {
                let id = row.external_id.clone();
                self.allocations.put(&id, row, State::Kept);
            }
            Ok(())
        })?;
        Ok(())
    }

    fn shelve_item(&mut self, row: Item) -> usize {
        if let Some(place) = self.item_ids.get(&row.id) {
            return *place;
        }
        let (id, external_id) = (row.id, row.external_id.clone());
        let identity = (row.customer_id, row.creditor_id, row.instalment, row.number.clone());
        let place = self.items.put(&external_id, row, State::Kept);
        self.item_ids.insert(id, place);
        self.identities.insert(identity, place);
        place
    }

    /// The item that already has this identity, whoever told of it.
    pub(super) fn find_identity(
        &mut self,
        tx: &Tx<'_>,
        identity: &Identity<'_>,
    ) -> Result<Option<usize>, EngineError> {
        let key =
            (identity.customer_id, identity.creditor_id, identity.instalment, identity.number.to_owned());
        if let Some(place) = self.identities.get(&key) {
            return Ok(Some(*place));
        }
        let found = item::by_identity(tx, self.scope.tenant, identity)?;
        Ok(found.map(|row| self.shelve_item(row)))
    }

    /// An item by the store's id, read if need be.
    pub(super) fn find_item_id(&mut self, tx: &Tx<'_>, id: i64) -> Result<usize, EngineError> {
        if let Some(place) = self.item_ids.get(&id) {
            return Ok(*place);
        }
        let mut found = None;
        item::by_id(tx, self.scope.tenant, &[id], |row| {
            found = Some(row);
            Ok(())
        })?;
        let row = found.ok_or_else(|| EngineError::fault(format!("open item {id} is gone")))?;
        Ok(self.shelve_item(row))
    }

    /// A payment by the store's id, read if need be.
    pub(super) fn find_payment_id(&mut self, tx: &Tx<'_>, id: i64) -> Result<usize, EngineError> {
        if let Some(place) = self.payment_ids.get(&id) {
            return Ok(*place);
        }
        let row = payment::by_id(tx, self.scope.tenant, id)?;
        let row = row.ok_or_else(|| EngineError::fault(format!("payment {id} is gone")))?;
        let external_id = row.external_id.clone();
        if row.source_id != self.scope.source_id {
            return Ok(self.shelve_payment(row, ""));
        }
        let place = self.payments.put(&external_id, row, State::Kept);
        self.payment_ids.insert(id, place);
        Ok(place)
    }

    /// A payment of another road, found by this source's id too.
    pub(super) fn shelve_payment(&mut self, row: Payment, also: &str) -> usize {
        let place = match self.payment_ids.get(&row.id) {
            Some(place) => *place,
            None => {
                let id = row.id;
                // Other sources' ids may be the same as this one's.
                let place = self.payments.put(&format!("\u{0}{id}"), row, State::Kept);
                self.payment_ids.insert(id, place);
                place
            }
        };
        if !also.is_empty() {
            self.payments.also_known_as(also, place);
        }
        place
    }

    /// Numbers of the items on the book.
    pub(super) fn item_numbers(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.item_ids.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Movements made meanwhile are ours.
    pub(super) fn in_our_name<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.ours = true;
        let value = work(self);
        self.ours = false;
        value
    }

    pub(super) fn add_item(&mut self, tx: &Tx<'_>, mut row: Item) -> Result<usize, EngineError> {
        row.id = self.item_keys.take(tx, "open_items")?;
        let (id, external_id) = (row.id, row.external_id.clone());
        let identity = (row.customer_id, row.creditor_id, row.instalment, row.number.clone());
        let place = self.items.add_new(&external_id, row);
        self.item_ids.insert(id, place);
        self.identities.insert(identity, place);
        Ok(place)
    }

    /// An item's identity changed.
    pub(super) fn identify_again(&mut self, place: usize) {
        let row = self.items.get(place);
        let identity = (row.customer_id, row.creditor_id, row.instalment, row.number.clone());
        self.identities.retain(|_, at| *at != place);
        self.identities.insert(identity, place);
    }

    pub(super) fn add_payment(&mut self, tx: &Tx<'_>, mut row: Payment) -> Result<usize, EngineError> {
        row.id = self.payment_keys.take(tx, "payments")?;
        let (id, external_id) = (row.id, row.external_id.clone());
        let place = self.payments.add_new(&external_id, row);
        self.payment_ids.insert(id, place);
        Ok(place)
    }

    pub(super) fn allocation_key(&mut self, tx: &Tx<'_>) -> Result<i64, EngineError> {
        Ok(self.allocation_keys.take(tx, "allocations")?)
    }

    /// Moves an item's balance.
    pub(super) fn move_item(&mut self, place: usize, movement: Movement) -> Result<(), MoneyError> {
        if movement.amount_minor == 0 && movement.kind != EntryKind::Bill {
            return Ok(());
        }
        let item = self.items.get_mut(place);
        item.position.move_by(movement.amount_minor, movement.effective_on)?;
        let (id, currency) = (item.id, item.currency);
        self.enter(Some(id), None, currency, movement);
        Ok(())
    }

    /// Moves what is left of a payment.
    pub(super) fn move_payment(&mut self, place: usize, movement: Movement) -> Result<(), MoneyError> {
        if movement.amount_minor == 0 {
            return Ok(());
        }
        let payment = self.payments.get_mut(place);
        let left = payment.unapplied_minor.checked_add(movement.amount_minor).ok_or(MoneyError::TooLarge)?;
        payment.unapplied_minor = left;
        let (id, currency) = (payment.id, payment.currency);
        self.enter(None, Some(id), currency, movement);
        Ok(())
    }

    /// Moves both by the same amount, with one entry.
    pub(super) fn move_both(
        &mut self,
        item: usize,
        payment: usize,
        movement: Movement,
    ) -> Result<(), MoneyError> {
        if movement.amount_minor == 0 {
            return Ok(());
        }
        let left = self.payments.get(payment).unapplied_minor.checked_add(movement.amount_minor);
        let left = left.ok_or(MoneyError::TooLarge)?;
        let item = self.items.get_mut(item);
        item.position.move_by(movement.amount_minor, movement.effective_on)?;
        let (item_id, currency) = (item.id, item.currency);
        let payment = self.payments.get_mut(payment);
        payment.unapplied_minor = left;
        let payment_id = payment.id;
        self.enter(Some(item_id), Some(payment_id), currency, movement);
        Ok(())
    }

    fn enter(&mut self, item_id: Option<i64>, payment_id: Option<i64>, currency: Currency, m: Movement) {
        self.entries.push(Entry {
            id: 0,
            item_id,
            payment_id,
            effective_on: m.effective_on,
            known_at: self.scope.known_at,
            amount_minor: m.amount_minor,
            kind: m.kind,
            currency,
            source_id: (!self.ours).then_some(self.scope.source_id),
            page_id: Some(self.scope.page_id),
            allocation_id: m.allocation_id,
            reason: m.reason.into(),
        });
    }

    /// This page's movements so far.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A change of an item besides money.
    pub(super) fn change(&mut self, place: usize, field: &'static str, old: String, new: String) {
        self.changes.push(Change {
            item_id: self.items.get(place).id,
            known_at: self.scope.known_at,
            field,
            old,
            new,
            source_id: Some(self.scope.source_id),
            page_id: Some(self.scope.page_id),
        });
    }

    /// Writes everything the page made or changed.
    pub(super) fn flush(&mut self, tx: &Tx<'_>, subject: &str) -> Result<(), EngineError> {
        let Scope { tenant, known_at, .. } = self.scope;
        item::insert(tx, tenant, self.items.of(State::New))?;
        item::update(tx, tenant, self.items.of(State::Changed))?;
        payment::insert(tx, tenant, self.payments.of(State::New))?;
        payment::update(tx, tenant, self.payments.of(State::Changed))?;
        payment::insert_allocations(tx, tenant, self.allocations.of(State::New))?;
        payment::update_allocations(tx, tenant, self.allocations.of(State::Changed))?;
        if !self.changes.is_empty() {
            item::append_changes(tx, tenant, &self.changes)?;
        }
        crate::audit::post(tx, tenant, known_at, ("import-page", subject), &mut self.entries)
    }
}
