//! An ERP tells of money a bank or a gateway has told of: it is the same payment, and the ERP's word on what it settles
//! outranks ours.

use std::collections::{BTreeSet, HashMap};

use recaudo_core::cash::same::{Evidence, Trace, Verdict, recognise, written_back};
use recaudo_core::cash::{Ours, plain, yielded};
use recaudo_core::ledger::EntryKind;
use recaudo_ports::plugin::{self as source, Settler};
use recaudo_store::payment::Payment;
use recaudo_store::sighting::{self, Sighting};
use recaudo_store::suggestion::{About, applied_by_us};
use recaudo_store::{bank, payment};

use super::book::Movement;
use super::check;
use super::page::{State, Stop};
use super::tally::Refusal;
use crate::cash::{Given, Known, Seals, Wanted, load_known, questioned};
use crate::error::EngineError;

/// The road an importer tells by.
const IMPORT: &str = "import";

/// What a page needs to know of other roads.
#[derive(Debug, Default)]
pub(super) struct Roads {
    /// By the source's id.
    seen: HashMap<String, Sighting>,
    /// By amount: payments no page of this source has told of.
    known: HashMap<i64, Vec<Known>>,
    /// Documents this page says a payment settles, by the source's ids.
    settles: HashMap<String, Vec<String>>,
    fresh: Vec<Sighting>,
    newer: Vec<Sighting>,
    /// Payments of banks that may be a payment of this page, by its place.
    asked: Vec<(i64, usize)>,
    given: Given,
    /// What moved on items without the source's word.
    foreign: HashMap<i64, i64>,
}

/// Reads what other roads told of the page's payments; nothing where no other road has ever told anything.
pub(super) fn load(state: &mut State<'_>) -> Result<(), EngineError> {
    let (tenant, source_id) = (state.scope.tenant, state.scope.source_id);
    if !bank::any(state.tx, tenant)? {
        return Ok(());
    }
    let engine = state.work.run.engine;
    let rows = &state.work.page.rows;
    let mut roads = Roads::default();
    let mut ids: BTreeSet<&str> = rows.payments.iter().map(|p| p.key.id.as_str()).collect();
    for allocation in &rows.allocations {
        if let Settler::Payment(id) = &allocation.settler {
            ids.insert(id);
            roads.settles.entry(id.clone()).or_default().push(allocation.document.clone());
        }
    }
    ids.extend(rows.deletions.iter().filter(|d| d.entity == "payment").map(|d| d.id.as_str()));
    let ids: Vec<&str> = ids.into_iter().filter(|id| state.book.payments.find(id).is_none()).collect();
    sighting::by_external(state.tx, tenant, (source_id, IMPORT), &ids, |seen| {
        roads.seen.insert(seen.external_id.clone(), seen);
        Ok(())
    })?;
    let payments: Vec<i64> = roads.seen.values().map(|seen| seen.payment_id).collect();
    let mut found: HashMap<i64, Payment> = HashMap::new();
    payment::by_ids(state.tx, tenant, &payments, |row| {
        found.insert(row.id, row);
        Ok(())
    })?;
    for seen in roads.seen.values() {
        if let Some(row) = found.get(&seen.payment_id) {
            state.book.shelve_payment(row.clone(), &seen.external_id);
        }
    }
    let mut wanted = Wanted::new(engine.settings.cash.day_window);
    for told in rows.payments.iter().filter(|told| state.book.payments.find(&told.key.id).is_none()) {
        if let Ok((minor, _)) = check::money("amount", &told.amount) {
            wanted.add(minor, recaudo_core::day::Day(told.received));
        }
    }
    for known in load_known(state.tx, tenant, &wanted, &mut Seals::new(engine))? {
        if known.is_open_to(IMPORT, source_id) {
            roads.known.entry(known.trace.amount_minor).or_default().push(known);
        }
    }
    state.roads = Some(roads);
    Ok(())
}

/// The payment on the book that a new record tells of, if another road told of it first.
pub(super) fn find(
    state: &mut State<'_>,
    told: &source::Payment,
    fresh: &Payment,
) -> Result<Option<usize>, Stop> {
    let Some(mut roads) = state.roads.take() else { return Ok(None) };
    let found = roads.find(state, told, fresh);
    state.roads = Some(roads);
    found
}

impl Roads {
    fn find(
        &mut self,
        state: &mut State<'_>,
        told: &source::Payment,
        fresh: &Payment,
    ) -> Result<Option<usize>, Stop> {
        let attributes = told.attributes.iter().map(|(_, value)| value.as_str());
        let ours = std::iter::once(told.reference.as_str()).chain(attributes).find_map(written_back);
        if let Some(id) = ours
            && let Some(row) = payment::by_id(state.tx, state.scope.tenant, id)?
            && row.source_id != state.scope.source_id
            && row.currency == fresh.currency
            && self.has_room(state, (&row, fresh.amount_minor))?
        {
            return self.same(state, fresh, (row, "write-back")).map(Some);
        }
        let candidates = self.known.get(&fresh.amount_minor).map_or(0, Vec::len);
        if candidates == 0 {
            return Ok(None);
        }
        let trace = self.trace(state, fresh)?;
        let window = state.work.run.engine.settings.cash.day_window;
        let known = self.known.entry(fresh.amount_minor).or_default();
        match recognise(&trace, known.iter().map(|known| &known.trace), window) {
            Verdict::Same(place, evidence) => {
                let id = known.remove(place).candidate.id;
                let row = payment::by_id(state.tx, state.scope.tenant, id)?;
                let row = row.ok_or_else(|| EngineError::fault(format!("payment {id} is gone")))?;
                let how = if evidence == Evidence::Reference { "reference" } else { "evidence" };
                self.same(state, fresh, (row, how)).map(Some)
            }
            Verdict::Ambiguous(places) => {
                for place in places.into_iter().rev() {
                    self.asked.push((known.remove(place).candidate.id, usize::MAX));
                }
                Ok(None)
            }
            Verdict::New => Ok(None),
        }
    }

    /// An ERP may keep one payment of ours as several, one a document: they are parts of it, and never more than the whole.
    fn has_room(&self, state: &State<'_>, (row, minor): (&Payment, i64)) -> Result<bool, EngineError> {
        let source_id = state.scope.source_id;
        let mut told = 0_i64;
        sighting::of_payments(state.tx, state.scope.tenant, &[row.id], |seen| {
            if seen.source_id == source_id && seen.road == IMPORT {
                told = told.saturating_add(seen.amount_minor);
            }
            Ok(())
        })?;
        let fresh = self.fresh.iter().filter(|seen| seen.payment_id == row.id);
        told = fresh.fold(told, |sum, seen| sum.saturating_add(seen.amount_minor));
        Ok(minor > 0 && told.saturating_add(minor) <= row.amount_minor)
    }

    /// What the record says, as it is compared.
    fn trace(&self, state: &State<'_>, fresh: &Payment) -> Result<Trace, Stop> {
        let mut trace = Trace::new(fresh.amount_minor, fresh.currency, fresh.received_on)
            .reference(&fresh.reference)
            .reference(&fresh.external_id);
        trace.customer = fresh.customer_id;
        trace.text = plain(&fresh.reference);
        let customer: Vec<i64> = fresh.customer_id.into_iter().collect();
        sighting::names(state.tx, state.scope.tenant, &customer, |_, name, _| {
            trace.name = plain(name);
            Ok(())
        })?;
        for document in self.settles.get(&fresh.external_id).into_iter().flatten() {
            if let Some(place) = state.book.items.find(document) {
                trace.documents.push(plain(&state.book.items.get(place).number));
            }
        }
        Ok(trace)
    }

    /// The record tells of a payment we know: from now on it goes by both names.
    fn same(
        &mut self,
        state: &mut State<'_>,
        fresh: &Payment,
        (row, how): (Payment, &str),
    ) -> Result<usize, Stop> {
        let (id, customer) = (row.id, row.customer_id);
        let place = state.book.shelve_payment(row, &fresh.external_id);
        if customer.is_none() && fresh.customer_id.is_some() {
            state.book.payments.get_mut(place).customer_id = fresh.customer_id;
        }
        if let (None, Some(customer)) = (customer, fresh.customer_id) {
            seal_under(state, id, customer)?;
        }
        let seen = Sighting {
            payment_id: id,
            source_id: state.scope.source_id,
            road: IMPORT.into(),
            external_id: fresh.external_id.clone(),
            matched: how.into(),
            amount_minor: fresh.amount_minor,
            version: fresh.version,
            digest: fresh.digest,
            seen_at: state.scope.known_at,
        };
        self.seen.insert(fresh.external_id.clone(), seen.clone());
        self.fresh.push(seen);
        Ok(place)
    }
}

/// The customer is known now: what the bank said of the payment goes under the customer's key.
fn seal_under(state: &State<'_>, payment_id: i64, customer: i64) -> Result<(), EngineError> {
    let (tenant, engine) = (state.scope.tenant, state.work.run.engine);
    let mut entries = Vec::new();
    bank::of_payments(state.tx, tenant, &[payment_id], |entry| {
        entries.push(entry);
        Ok(())
    })?;
    entries.dedup_by_key(|entry| entry.id);
    let mut seals = Seals::new(engine);
    let mut payers = Vec::new();
    for entry in &mut entries {
        let details = seals.open(state.tx, entry)?;
        seals.belongs_to(state.tx, entry, (customer, &details))?;
        if !entry.payer.is_empty() {
            payers.push((entry.payer.clone(), customer));
        }
    }
    bank::save_entries(state.tx, tenant, &entries)?;
    Ok(bank::remember_payers(state.tx, tenant, &payers)?)
}

/// A record of a payment that is another road's: what it says now against what it said. None: it is the source's own.
pub(super) fn again(state: &mut State<'_>, place: usize, fresh: &Payment) -> Result<Option<bool>, Stop> {
    let known = state.book.payments.get(place);
    if known.source_id == state.scope.source_id {
        return Ok(None);
    }
    let currency = known.currency;
    let Some(roads) = &mut state.roads else { return Ok(Some(false)) };
    let Some(seen) = roads.seen.get_mut(&fresh.external_id) else { return Ok(Some(false)) };
    if fresh.version < seen.version || fresh.digest == seen.digest && fresh.version == seen.version {
        return Ok(Some(false));
    }
    if (seen.amount_minor, currency) != (fresh.amount_minor, fresh.currency) {
        let shown = fresh.currency.decimal(fresh.amount_minor);
        let message = format!(
            "the bank has this payment as {} {currency}; correct it in the ERP or at the bank",
            currency.decimal(seen.amount_minor)
        );
        return Err(Refusal::new("amount", shown, "conflict", message).into());
    }
    let news = fresh.digest != seen.digest;
    (seen.version, seen.digest) = (fresh.version, fresh.digest);
    let seen = seen.clone();
    roads.newer.push(seen);
    if news && fresh.customer_id.is_some() {
        state.book.payments.get_mut(place).customer_id = fresh.customer_id;
    }
    Ok(Some(news))
}

/// The record became a payment of its own; whatever of a bank's may be the same is asked about.
pub(super) fn came_in(state: &mut State<'_>, place: usize) {
    for asked in state.roads.iter_mut().flat_map(|roads| &mut roads.asked) {
        if asked.1 == usize::MAX {
            asked.1 = place;
        }
    }
}

/// What we applied gives way, so that the source's own application finds room.
pub(super) fn make_room(
    state: &mut State<'_>,
    item: usize,
    settler: Option<usize>,
    asked: i64,
) -> Result<(), Stop> {
    if state.roads.is_none() || asked <= 0 {
        return Ok(());
    }
    let item_row = state.book.items.get(item);
    let (item_id, open) = (item_row.id, item_row.position.open_minor);
    let payment_id = settler.map(|place| state.book.payments.get(place).id);
    let left = settler.map_or(asked, |place| state.book.payments.get(place).unapplied_minor);
    if open >= asked && left >= asked {
        return Ok(());
    }
    let tenant = state.scope.tenant;
    let mut ours = applied_by_us(state.tx, tenant, About::Item(item_id))?;
    if let Some(payment) = payment_id {
        ours.extend(
            applied_by_us(state.tx, tenant, About::Payment(payment))?.into_iter().filter(|o| o.1 != item_id),
        );
    }
    // What this page has moved in our name is not stored yet.
    for known in &mut ours {
        let moved =
            state.book.entries().iter().filter(|e| {
                e.source_id.is_none() && e.payment_id == Some(known.0) && e.item_id == Some(known.1)
            });
        known.2 = known.2.saturating_sub(moved.map(|e| e.amount_minor).sum());
    }
    ours.retain(|(.., minor, _)| *minor > 0);
    let sum = |is: &dyn Fn(&(i64, i64)) -> bool| -> i64 {
        ours.iter().filter(|o| is(&(o.0, o.1))).map(|o| o.2).sum()
    };
    let totals = Ours {
        on_item: sum(&|(_, item)| *item == item_id),
        of_settler: sum(&|(payment, _)| Some(*payment) == payment_id),
        of_both: sum(&|(payment, item)| Some(*payment) == payment_id && *item == item_id),
    };
    let mut yielding = yielded(asked, (open, left), totals);
    for (payment, item, minor, on) in ours {
        let rest = match (Some(payment) == payment_id, item == item_id) {
            (true, true) => &mut yielding.pair,
            (false, true) => &mut yielding.on_item,
            _ => &mut yielding.of_settler,
        };
        let back = minor.min(*rest);
        *rest -= back;
        if back > 0 {
            take_back(state, (payment, item), (back, on))?;
        }
    }
    Ok(())
}

/// Takes back so much of what we applied, as of the day it counted from.
pub(super) fn take_back(
    state: &mut State<'_>,
    (payment_id, item_id): (i64, i64),
    (minor, on): (i64, recaudo_core::day::Day),
) -> Result<(), Stop> {
    let item = state.book.find_item_id(state.tx, item_id)?;
    let payment = state.book.find_payment_id(state.tx, payment_id)?;
    let movement = Movement {
        kind: EntryKind::Reverse,
        amount_minor: minor,
        effective_on: on,
        allocation_id: None,
        reason: "the source says otherwise",
    };
    state.book.in_our_name(|book| book.move_both(item, payment, movement))?;
    if let Some(roads) = &mut state.roads {
        roads.given.add(payment_id, item_id, minor);
    }
    Ok(())
}

/// What moved on the page's items without the source's word, for snapshots.
pub(super) fn foreign(state: &mut State<'_>, item_id: i64) -> i64 {
    state.roads.as_ref().and_then(|roads| roads.foreign.get(&item_id)).copied().unwrap_or(0)
}

/// Reads it, once a page.
pub(super) fn load_foreign(state: &mut State<'_>) -> Result<(), EngineError> {
    let ids = state.book.item_numbers();
    let Some(roads) = &mut state.roads else { return Ok(()) };
    let foreign = &mut roads.foreign;
    sighting::foreign_sums(state.tx, state.scope.tenant, &ids, |item, sum| {
        foreign.insert(item, sum);
        Ok(())
    })?;
    Ok(())
}

/// Does a bank or a gateway have this payment too?
pub(super) fn is_seen(state: &State<'_>, payment_id: i64) -> Result<bool, EngineError> {
    let mut seen = false;
    if state.roads.is_some() {
        bank::of_payments(state.tx, state.scope.tenant, &[payment_id], |_| {
            seen = true;
            Ok(())
        })?;
    }
    Ok(seen)
}

/// The source takes back that it told of a payment; the bank's word stands.
pub(super) fn forget(state: &mut State<'_>, external_id: &str) -> Result<(), EngineError> {
    let (tenant, source_id) = (state.scope.tenant, state.scope.source_id);
    if let Some(roads) = &mut state.roads {
        roads.seen.remove(external_id);
        roads.fresh.retain(|seen| seen.external_id != external_id);
    }
    Ok(sighting::remove(state.tx, tenant, (source_id, IMPORT), external_id)?)
}

/// Writes what the page learned of other roads. After the book: questions are about written payments.
pub(super) fn keep(state: &mut State<'_>, subject: &str) -> Result<(), EngineError> {
    let Some(roads) = state.roads.take() else { return Ok(()) };
    let (tx, tenant, at) = (state.tx, state.scope.tenant, state.scope.known_at);
    sighting::insert(tx, tenant, &roads.fresh)?;
    for seen in &roads.newer {
        sighting::update(tx, tenant, seen)?;
    }
    roads.given.keep(tx, tenant, (subject, at))?;
    for (bank_payment, place) in roads.asked {
        if place != usize::MAX {
            let told = state.book.payments.get(place).id;
            questioned(tx, (tenant, at), bank_payment, (told, subject))?;
        }
    }
    Ok(())
}
