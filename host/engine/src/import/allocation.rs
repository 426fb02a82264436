//! Allocations: what settles what. They never take more than the settler has or the item needs.

use std::collections::BTreeMap;

use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::Currency;
use recaudo_core::receivable::{self, SettleError, Standing, effective_on};
use recaudo_ports::plugin::{self as source, Settler};
use recaudo_store::entry;
use recaudo_store::payment::Allocation;

use super::book::Movement;
use super::check;
use super::page::{State, Stop, digest, version};
use super::party::conflicting;
use super::roads;
use super::tally::Refusal;
use crate::error::EngineError;

pub(super) fn allocations(state: &mut State<'_>) -> Result<(), EngineError> {
    for source in &state.work.page.rows.allocations {
        match allocation(state, source) {
            Ok(news) => state.tally.came_in("allocation", &source.key, news),
            Err(Stop::Refused(refusal)) if refusal.code.starts_with("unknown-") => {
                state.tally.refuse_in_turn("allocation", &source.key, refusal);
            }
            Err(Stop::Refused(refusal)) => state.tally.refuse("allocation", &source.key, refusal),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Both sides of an allocation, on the book.
#[derive(Debug, Clone, Copy)]
struct Sides {
    item: usize,
    settler: Settling,
}

#[derive(Debug, Clone, Copy)]
enum Settling {
    Payment(usize),
    Credit(usize),
}

fn allocation(state: &mut State<'_>, source: &source::Allocation) -> Result<bool, Stop> {
    let (sides, fresh) = read(state, source)?;
    let Some(place) = state.book.allocations.find(&fresh.external_id) else {
        let mut fresh = fresh;
        fresh.id = state.book.allocation_key(state.tx)?;
        apply(state, sides, &fresh)?;
        let external_id = fresh.external_id.clone();
        state.book.allocations.add_new(&external_id, fresh);
        return Ok(true);
    };
    let known = state.book.allocations.get(place);
    let same = known.digest == fresh.digest;
    if fresh.version < known.version || same && fresh.version == known.version {
        return Ok(false);
    }
    if same {
        state.book.allocations.get_mut(place).version = fresh.version;
        return Ok(false);
    }
    if fresh.version == known.version {
        let currency = state.book.items.get(sides.item).currency;
        return Err(difference(known, &fresh, currency).into());
    }
    let fresh = Allocation { id: known.id, external_id: known.external_id.clone(), ..fresh };
    let back = known.applied_on.max(fresh.applied_on);
    take_back(state, place, back)?;
    apply(state, sides, &fresh)?;
    *state.book.allocations.get_mut(place) = fresh;
    Ok(true)
}

fn read(state: &mut State<'_>, source: &source::Allocation) -> Result<(Sides, Allocation), Stop> {
    check::id("id", &source.key.id)?;
    let (amount_minor, currency) = check::money("amount", &source.amount)?;
    let applied_on = check::day("on", source.on)?;
    let item = state.book.items.find(&source.document).ok_or_else(|| unknown_document(&source.document))?;
    let settler = match &source.settler {
        Settler::Payment(id) => state.book.payments.find(id).map(Settling::Payment).ok_or_else(|| {
            let message = "no payment with this id has come in from this source";
            Refusal::new("payment", id, "unknown-payment", message)
        })?,
        Settler::CreditNote(id) => {
            state.book.items.find(id).map(Settling::Credit).ok_or_else(|| unknown_document(id))?
        }
    };
    let (item_row, settler_currency) = (state.book.items.get(item), currency_of(state, settler));
    if item_row.currency != currency || settler_currency != currency {
        let message = format!(
            "it is in {currency}, the document in {} and what settles it in {settler_currency}; \
             a conversion needs a dated rate",
            item_row.currency
        );
        return Err(Refusal::new("amount", currency.code(), "two-currencies", message).into());
    }
    let (payment_id, credit_item_id) = match settler {
        Settling::Payment(place) => (Some(state.book.payments.get(place).id), None),
        Settling::Credit(place) => (None, Some(state.book.items.get(place).id)),
    };
    let numbers = [
        item_row.id,
        payment_id.unwrap_or(-1),
        credit_item_id.unwrap_or(-1),
        amount_minor,
        i64::from(applied_on.0),
    ];
    let numbers = numbers.map(i64::to_be_bytes).concat();
    let fresh = Allocation {
        id: 0,
        item_id: item_row.id,
        payment_id,
        credit_item_id,
        amount_minor,
        applied_on,
        source_id: state.scope.source_id,
        external_id: source.key.id.clone(),
        version: version(source.key.version),
        digest: digest([&numbers[..]]),
    };
    Ok((Sides { item, settler }, fresh))
}

fn unknown_document(id: &str) -> Refusal {
    Refusal::new("document", id, "unknown-document", "no document with this id has come in from this source")
}

fn currency_of(state: &State<'_>, settler: Settling) -> Currency {
    match settler {
        Settling::Payment(place) => state.book.payments.get(place).currency,
        Settling::Credit(place) => state.book.items.get(place).currency,
    }
}

fn difference(known: &Allocation, fresh: &Allocation, currency: Currency) -> Refusal {
    let fields: [(&'static str, String, String); 3] = [
        ("amount", currency.decimal(known.amount_minor), currency.decimal(fresh.amount_minor)),
        ("on", known.applied_on.to_string(), fresh.applied_on.to_string()),
        ("document", format!("#{}", known.item_id), format!("#{}", fresh.item_id)),
    ];
    let found = fields.into_iter().find(|(_, ours, theirs)| ours != theirs);
    let (field, ours, theirs) = found.unwrap_or_else(|| ("settler", "one".into(), "another".into()));
    conflicting(field, &ours, &theirs, fresh.version)
}

/// Settles as much as the item needs; the rest stays with the settler.
fn apply(state: &mut State<'_>, sides: Sides, allocation: &Allocation) -> Result<(), Stop> {
    let settler = match sides.settler {
        Settling::Payment(place) => Some(place),
        Settling::Credit(_) => None,
    };
    roads::make_room(state, sides.item, settler, allocation.amount_minor)?;
    let item = state.book.items.get(sides.item);
    let (issued_on, currency) = (item.issued_on, item.currency);
    let standing = Standing { total_minor: item.total_minor, open_minor: item.position.open_minor };
    let (left, from) = match sides.settler {
        Settling::Payment(place) => {
            let payment = state.book.payments.get(place);
            (payment.unapplied_minor, payment.received_on)
        }
        Settling::Credit(place) => {
            let credit = state.book.items.get(place);
            (-credit.position.open_minor, credit.issued_on)
        }
    };
    let taken = receivable::settle(allocation.amount_minor, left, standing)
        .map_err(|error| refusal(error, allocation.amount_minor, currency))?;
    let mut movement = Movement {
        kind: EntryKind::Apply,
        amount_minor: -taken,
        effective_on: effective_on(allocation.applied_on, issued_on, from),
        allocation_id: Some(allocation.id),
        reason: "",
    };
    match sides.settler {
        Settling::Payment(place) => state.book.move_both(sides.item, place, movement)?,
        Settling::Credit(place) => {
            movement.kind = EntryKind::Credit;
            state.book.move_item(sides.item, movement)?;
            state.book.move_item(place, Movement { amount_minor: taken, ..movement })?;
        }
    }
    Ok(())
}

fn refusal(error: SettleError, asked_minor: i64, currency: Currency) -> Refusal {
    let shown = currency.decimal(asked_minor);
    let message = match error {
        SettleError::Nothing => {
            let message = "an allocation of nothing settles nothing";
            return Refusal::new("amount", shown, "not-positive-amount", message);
        }
        SettleError::TooLittleLeft { left_minor } => {
            let left = currency.decimal(left_minor);
            format!("it settles {shown} {currency}, but what it settles with has {left} {currency} left")
        }
        SettleError::NeverSettled { settled_minor } => {
            let settled = currency.decimal(settled_minor);
            format!(
                "it takes {shown} {currency} back, but only {settled} {currency} of the document was settled"
            )
        }
    };
    Refusal::new("amount", shown, "over-allocated", message)
}

/// Takes back what an allocation had settled.
fn take_back(state: &mut State<'_>, place: usize, on: Day) -> Result<(), Stop> {
    let known = state.book.allocations.get(place).clone();
    let item = state.book.find_item_id(state.tx, known.item_id)?;
    let mut entries = entry::of_item(state.tx, state.scope.tenant, known.item_id)?;
    entries.extend(state.book.entries().iter().cloned());
    let mine =
        entries.iter().filter(|e| e.allocation_id == Some(known.id) && e.item_id == Some(known.item_id));
    let settled: i64 = mine.map(|e| e.amount_minor).sum();
    let movement = Movement {
        kind: EntryKind::Reverse,
        amount_minor: -settled,
        effective_on: on,
        allocation_id: Some(known.id),
        reason: "allocation changed",
    };
    match (known.payment_id, known.credit_item_id) {
        (Some(id), _) => {
            let payment = state.book.find_payment_id(state.tx, id)?;
            state.book.move_both(item, payment, movement)?;
        }
        (None, Some(id)) => {
            let credit = state.book.find_item_id(state.tx, id)?;
            state.book.move_item(item, movement)?;
            state.book.move_item(credit, Movement { amount_minor: settled, ..movement })?;
        }
        (None, None) => {}
    }
    Ok(())
}

/// The source took an allocation back.
pub(super) fn delete(state: &mut State<'_>, external_id: &str) -> Result<bool, Stop> {
    let Some(place) = state.book.allocations.find(external_id) else { return Ok(false) };
    if state.book.allocations.get(place).amount_minor == 0 {
        return Ok(false);
    }
    take_back(state, place, state.scope.business_day)?;
    let allocation = state.book.allocations.get_mut(place);
    allocation.amount_minor = 0;
    allocation.digest = [0; 16];
    Ok(true)
}

/// A payment has less than it settled: the items it settled last are open again, as far as needed.
pub(super) fn release(state: &mut State<'_>, place: usize, on: Day) -> Result<(), Stop> {
    let payment = state.book.payments.get(place);
    let mut missing = payment.unapplied_minor.saturating_neg();
    if missing <= 0 || payment.amount_minor < 0 {
        return Ok(());
    }
    let id = payment.id;
    let mut entries = entry::of_payment(state.tx, state.scope.tenant, id)?;
    entries.extend(state.book.entries().iter().filter(|e| e.payment_id == Some(id)).cloned());
    for ((item_id, allocation_id), settled) in settled_by(&entries).into_iter().rev() {
        let back = missing.min(-settled);
        if back <= 0 {
            continue;
        }
        missing -= back;
        if allocation_id.is_none() {
            roads::take_back(state, (id, item_id), (back, on))?;
            continue;
        }
        let item = state.book.find_item_id(state.tx, item_id)?;
        let movement = Movement {
            kind: EntryKind::Reverse,
            amount_minor: back,
            effective_on: on,
            allocation_id,
            reason: "payment taken back",
        };
        state.book.move_both(item, place, movement)?;
    }
    Ok(())
}

/// Takes back all this source said a payment settles.
pub(super) fn withdraw(state: &mut State<'_>, place: usize, on: Day) -> Result<(), Stop> {
    let id = state.book.payments.get(place).id;
    let mut entries = entry::of_payment(state.tx, state.scope.tenant, id)?;
    entries.extend(state.book.entries().iter().filter(|e| e.payment_id == Some(id)).cloned());
    for ((item_id, allocation_id), settled) in settled_by(&entries).into_iter().rev() {
        if allocation_id.is_none() || settled == 0 {
            continue;
        }
        let item = state.book.find_item_id(state.tx, item_id)?;
        let movement = Movement {
            kind: EntryKind::Reverse,
            amount_minor: -settled,
            effective_on: on,
            allocation_id,
            reason: "payment withdrawn by the source",
        };
        state.book.move_both(item, place, movement)?;
    }
    Ok(())
}

/// What a payment settled, item by item, in the order it did.
fn settled_by(entries: &[Entry]) -> Vec<((i64, Option<i64>), i64)> {
    let mut order: Vec<(i64, Option<i64>)> = Vec::new();
    let mut sums: BTreeMap<(i64, Option<i64>), i64> = BTreeMap::new();
    for entry in entries {
        let Some(item_id) = entry.item_id else { continue };
        let key = (item_id, entry.allocation_id);
        if !sums.contains_key(&key) {
            order.push(key);
        }
        let sum = sums.entry(key).or_default();
        *sum = sum.saturating_add(entry.amount_minor);
    }
    order.into_iter().map(|key| (key, sums[&key])).collect()
}
