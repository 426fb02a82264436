//! Payments come in as unapplied cash; what a source takes back is reversed, never removed.

use recaudo_core::day::Day;
use recaudo_core::ledger::EntryKind;
use recaudo_ports::plugin::{self as source, Key};
use recaudo_store::customer;
use recaudo_store::payment::Payment;

use super::allocation::release;
use super::book::Movement;
use super::check;
use super::page::{State, Stop, attributes, digest, version};
use super::party::conflicting;
use super::roads;
use super::tally::Refusal;
use crate::error::EngineError;

pub(super) fn payments(state: &mut State<'_>) -> Result<(), EngineError> {
    for source in &state.work.page.rows.payments {
        match payment(state, source) {
            Ok(news) => state.tally.came_in("payment", &source.key, news),
            Err(Stop::Refused(refusal)) => state.tally.refuse("payment", &source.key, refusal),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    Ok(())
}

fn payment(state: &mut State<'_>, source: &source::Payment) -> Result<bool, Stop> {
    let fresh = read(state, source)?;
    let Some(place) = state.book.payments.find(&fresh.external_id) else {
        if roads::find(state, source, &fresh)?.is_some() {
            return Ok(true);
        }
        let (amount, on) = (fresh.amount_minor, fresh.received_on);
        let place = state.book.add_payment(state.tx, fresh)?;
        state.book.move_payment(place, cash(EntryKind::Receive, amount, on, ""))?;
        roads::came_in(state, place);
        return Ok(true);
    };
    if let Some(news) = roads::again(state, place, &fresh)? {
        return Ok(news);
    }
    let known = state.book.payments.get(place);
    let same = known.digest == fresh.digest;
    if fresh.version < known.version || same && fresh.version == known.version {
        return Ok(false);
    }
    if same {
        state.book.payments.get_mut(place).version = fresh.version;
        return Ok(false);
    }
    if fresh.version == known.version {
        return Err(difference(known, &fresh).into());
    }
    if known.currency != fresh.currency {
        let message = format!("its currency was {} and cannot change", known.currency);
        return Err(Refusal::new("currency", fresh.currency.code(), "currency-changed", message).into());
    }
    replace(state, place, fresh)?;
    Ok(true)
}

fn cash(kind: EntryKind, amount_minor: i64, effective_on: Day, reason: &'static str) -> Movement {
    Movement { kind, amount_minor, effective_on, allocation_id: None, reason }
}

fn read(state: &mut State<'_>, source: &source::Payment) -> Result<Payment, Stop> {
    check::id("id", &source.key.id)?;
    let (amount_minor, currency) = check::money("amount", &source.amount)?;
    if amount_minor == 0 {
        let message = "a payment is more than nothing; money that went back is negative";
        return Err(Refusal::new("amount", currency.decimal(0), "not-positive-amount", message).into());
    }
    let received_on = check::day("received", source.received)?;
    let customer_id = if source.customer.is_empty() { None } else { Some(state.customer(&source.customer)?) };
    let creditor_id = state.creditor(&source.creditor)?;
    let attributes = attributes(&source.attributes);
    let numbers = [creditor_id, customer_id.unwrap_or(-1), amount_minor, i64::from(received_on.0)];
    let numbers = numbers.map(i64::to_be_bytes).concat();
    let texts = [&source.method, &source.reference, &attributes].map(|text| text.as_bytes());
    Ok(Payment {
        id: 0,
        creditor_id,
        customer_id,
        unapplied_minor: 0,
        amount_minor,
        received_on,
        currency,
        method: source.method.clone(),
        reference: source.reference.clone(),
        status: "received".into(),
        source_id: state.scope.source_id,
        external_id: source.key.id.clone(),
        version: version(source.key.version),
        digest: digest([&numbers[..], &currency.0].into_iter().chain(texts)),
        attributes,
    })
}

fn difference(known: &Payment, fresh: &Payment) -> Refusal {
    let money = |p: &Payment| format!("{} {}", p.currency.decimal(p.amount_minor), p.currency);
    let customer = |p: &Payment| p.customer_id.map_or_else(|| "nobody".into(), |id| format!("#{id}"));
    let fields: [(&'static str, String, String); 5] = [
        ("amount", money(known), money(fresh)),
        ("received", known.received_on.to_string(), fresh.received_on.to_string()),
        ("customer", customer(known), customer(fresh)),
        ("reference", known.reference.clone(), fresh.reference.clone()),
        ("method", known.method.clone(), fresh.method.clone()),
    ];
    let found = fields.into_iter().find(|(_, ours, theirs)| ours != theirs);
    let (field, ours, theirs) = found.unwrap_or_else(|| ("content", "one thing".into(), "another".into()));
    conflicting(field, &ours, &theirs, fresh.version)
}

/// A newer copy: its money moves by entries, and what it no longer covers is taken back from the items it settled.
fn replace(state: &mut State<'_>, place: usize, fresh: Payment) -> Result<(), Stop> {
    let known = state.book.payments.get(place).clone();
    if known.received_on == fresh.received_on && known.status == "received" {
        let by = fresh.amount_minor.checked_sub(known.amount_minor);
        let by = by.ok_or(recaudo_core::money::MoneyError::TooLarge)?;
        state.book.move_payment(place, cash(EntryKind::Adjust, by, fresh.received_on, "amount"))?;
    } else {
        let before = if known.status == "received" { known.amount_minor } else { 0 };
        let back = cash(EntryKind::Reverse, -before, known.received_on, "received on another day");
        state.book.move_payment(place, back)?;
        state
            .book
            .move_payment(place, cash(EntryKind::Receive, fresh.amount_minor, fresh.received_on, ""))?;
    }
    release(state, place, state.scope.business_day)?;
    let payment = state.book.payments.get_mut(place);
    *payment = Payment {
        id: known.id,
        unapplied_minor: payment.unapplied_minor,
        source_id: known.source_id,
        external_id: known.external_id,
        ..fresh
    };
    Ok(())
}

/// What the source says is gone: documents are voided, payments and allocations reversed.
pub(super) fn deletions(state: &mut State<'_>) -> Result<(), EngineError> {
    for deletion in &state.work.page.rows.deletions {
        let key = Key { id: deletion.id.clone(), version: 0, row: 0 };
        let done = match deletion.entity.as_str() {
            "document" => delete_document(state, &deletion.id),
            "payment" => delete_payment(state, &deletion.id),
            "allocation" => super::allocation::delete(state, &deletion.id),
            "contact" => {
                let (tenant, source_id, at) =
                    (state.scope.tenant, state.scope.source_id, state.scope.known_at);
                customer::remove_contact(state.tx, tenant, source_id, &deletion.id, at).map_err(Stop::from)
            }
            other => {
                let message =
                    format!("{other:?} cannot be deleted by a source; erase persons with the person's tools");
                Err(Refusal::new("entity", other, "undeletable", message).into())
            }
        };
        // A document and a payment of one id are two records.
        let entity = format!("deletion of {}", deletion.entity);
        match done {
            Ok(news) => state.tally.came_in(&entity, &key, news),
            Err(Stop::Refused(refusal)) => state.tally.refuse(&entity, &key, refusal),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    Ok(())
}

fn delete_document(state: &mut State<'_>, external_id: &str) -> Result<bool, Stop> {
    let Some(place) = state.book.items.find(external_id) else { return Ok(false) };
    let item = state.book.items.get(place);
    if item.status == "void" {
        return Ok(false);
    }
    let (total, on) = (item.total_minor, state.scope.business_day.max(item.issued_on));
    state.book.move_item(place, cash(EntryKind::Reverse, -total, on, "deleted by the source"))?;
    state.book.change(place, "status", "open".into(), "void".into());
    state.book.items.get_mut(place).status = "void".into();
    Ok(true)
}

/// A payment that came back: what it had settled is open again.
fn delete_payment(state: &mut State<'_>, external_id: &str) -> Result<bool, Stop> {
    let Some(place) = state.book.payments.find(external_id) else { return Ok(false) };
    let payment = state.book.payments.get(place);
    if payment.status == "returned" {
        return Ok(false);
    }
    let (id, amount) = (payment.id, payment.amount_minor);
    let (owned, on) =
        (payment.source_id == state.scope.source_id, state.scope.business_day.max(payment.received_on));
    if !owned || roads::is_seen(state, id)? {
        // The bank still has the money: only what the source said of it is taken back.
        super::allocation::withdraw(state, place, on)?;
        if !owned {
            roads::forget(state, external_id)?;
        }
        return Ok(true);
    }
    state.book.move_payment(place, cash(EntryKind::Reverse, -amount, on, "returned"))?;
    release(state, place, on)?;
    state.book.payments.get_mut(place).status = "returned".into();
    Ok(true)
}
