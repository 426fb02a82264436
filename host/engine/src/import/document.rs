//! Documents become open items; what changes on them becomes movements and changes, never an overwrite.

use recaudo_core::cash::snapshot_moves;
use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::receivable::{Position, Sign, sign_of};
use recaudo_ports::plugin::{self as source, Key};
use recaudo_store::Tx;
use recaudo_store::item::{self, Identity, Item};

use super::book::{Movement, Scope};
use super::check;
use super::page::{State, Stop, attributes, digest, version};
use super::party::conflicting;
use super::roads;
use super::tally::Refusal;
use crate::error::EngineError;

pub(super) fn documents(state: &mut State<'_>) -> Result<(), EngineError> {
    for source in &state.work.page.rows.documents {
        match document(state, source) {
            Ok(news) => state.tally.came_in("document", &source.key, news),
            Err(Stop::Refused(refusal)) => state.tally.refuse("document", &source.key, refusal),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    Ok(())
}

fn document(state: &mut State<'_>, source: &source::Document) -> Result<bool, Stop> {
    let fresh = read(state, source)?;
    let identity = Identity {
        customer_id: fresh.customer_id,
        creditor_id: fresh.creditor_id,
        number: &fresh.number,
        instalment: fresh.instalment,
    };
    let known = match state.book.items.find(&fresh.external_id) {
        Some(place) => Some(place),
        None => {
            let found = state.book.find_identity(state.tx, &identity)?;
            // Allocations of this page may name it by this id too.
            found.inspect(|place| state.book.items.also_known_as(&fresh.external_id, *place))
        }
    };
    let (place, mut news) = match known {
        Some(place) => (place, amend(state, place, &fresh, &source.key)?),
        None => (add(state, fresh)?, true),
    };
    if let Some(day) = state.snapshot() {
        news |= infer(state, place, source, day)?;
    }
    let item = state.book.items.get(place);
    // The source's sign, not ours: a credit note may be sent as a positive amount.
    let ours = if source.total.minor.signum() == item.total_minor.signum() {
        item.total_minor
    } else {
        -item.total_minor
    };
    let sums = state.control.entry(item.currency).or_default();
    sums.1 = sums.1.saturating_add(ours);
    Ok(news)
}

/// The record as an item without a key, checked.
fn read(state: &mut State<'_>, source: &source::Document) -> Result<Item, Stop> {
    check::id("id", &source.key.id)?;
    check::id("number", &source.number)?;
    let (total, currency) = check::money("total", &source.total)?;
    let kind = if source.kind.is_empty() { "invoice" } else { &source.kind };
    let total_minor = match sign_of(kind) {
        Sign::Credit => -total.saturating_abs(),
        Sign::Debt if total < 0 => {
            let shown = currency.decimal(total);
            let message = "the total of a debt cannot be negative; send it as a credit-note";
            return Err(Refusal::new("total", shown, "negative-total", message).into());
        }
        Sign::Debt => total,
    };
    let (issued_on, due_on) = (check::day("issued", source.issued)?, check::day("due", source.due)?);
    if due_on < issued_on {
        let message = format!("it is due on {due_on}, before it was issued on {issued_on}");
        return Err(Refusal::new("due", due_on.to_string(), "due-before-issued", message).into());
    }
    let customer_id = state.customer(&source.customer)?;
    let creditor_id = state.creditor(&source.creditor)?;
    let attributes = attributes(&source.attributes);
    let status = if check::is_void(&source.status) { "void" } else { "open" };
    let rate = source.exchange_rate.map(|rate| (rate.coefficient, rate.scale));
    let mut item = Item {
        id: 0,
        creditor_id,
        customer_id,
        position: Position::new(issued_on),
        total_minor,
        issued_on,
        due_on,
        disputed: source.disputed,
        currency,
        kind: kind.into(),
        number: source.number.clone(),
        instalment: source.instalment,
        status: status.into(),
        source_id: state.scope.source_id,
        external_id: source.key.id.clone(),
        version: version(source.key.version),
        digest: [0; 16],
        rate,
        seen_in: state.snapshot().map(|_| state.scope.import_id),
        attributes,
    };
    item.digest = content(&item);
    Ok(item)
}

fn content(item: &Item) -> [u8; 16] {
    let rate = item.rate.unwrap_or((0, u8::MAX));
    let mut words = [0_u8; 8 * 8];
    let numbers = [
        item.creditor_id,
        item.customer_id,
        item.total_minor,
        i64::from(item.issued_on.0),
        i64::from(item.due_on.0),
        i64::from(item.disputed) << 32 | i64::from(item.instalment),
        rate.0,
        i64::from(rate.1),
    ];
    for (slot, number) in words.chunks_exact_mut(8).zip(numbers) {
        slot.copy_from_slice(&number.to_be_bytes());
    }
    let texts = [&item.kind, &item.number, &item.status, &item.attributes].map(|text| text.as_bytes());
    digest([&words[..], &item.currency.0].into_iter().chain(texts))
}

fn add(state: &mut State<'_>, fresh: Item) -> Result<usize, Stop> {
    let (total_minor, issued_on, void) = (fresh.total_minor, fresh.issued_on, fresh.status == "void");
    let place = state.book.add_item(state.tx, fresh)?;
    state.book.move_item(place, bill(EntryKind::Bill, total_minor, issued_on, ""))?;
    if void {
        let day = state.scope.business_day.max(issued_on);
        state.book.move_item(place, bill(EntryKind::Reverse, -total_minor, day, "void"))?;
    }
    Ok(place)
}

fn bill(kind: EntryKind, amount_minor: i64, effective_on: Day, reason: &'static str) -> Movement {
    Movement { kind, amount_minor, effective_on, allocation_id: None, reason }
}

/// A copy of an item we know: older and equal ones change nothing, newer ones do.
fn amend(state: &mut State<'_>, place: usize, fresh: &Item, key: &Key) -> Result<bool, Stop> {
    let known = state.book.items.get(place);
    let same = known.digest == fresh.digest;
    if known.source_id != fresh.source_id && !same {
        let refusal = difference(known, fresh);
        let message =
            format!("another source brought this document first, and differently: {}", refusal.message);
        return Err(Refusal { message, ..refusal }.into());
    }
    if fresh.version < known.version || same && fresh.version == known.version {
        return Ok(false);
    }
    if known.source_id != fresh.source_id {
        return Ok(false);
    }
    if same {
        state.book.items.get_mut(place).version = fresh.version;
        return Ok(false);
    }
    if fresh.version == known.version {
        return Err(difference(known, fresh).into());
    }
    if known.currency != fresh.currency {
        let message =
            format!("its currency was {} and cannot change; void it and issue another", known.currency);
        return Err(Refusal::new("currency", fresh.currency.code(), "currency-changed", message).into());
    }
    replace(state, place, fresh, key)?;
    Ok(true)
}

/// Names the first field two copies differ in, with both values.
fn difference(known: &Item, fresh: &Item) -> Refusal {
    let money = |item: &Item| format!("{} {}", item.currency.decimal(item.total_minor), item.currency);
    let fields: [(&'static str, String, String); 9] = [
        ("total", money(known), money(fresh)),
        ("due", known.due_on.to_string(), fresh.due_on.to_string()),
        ("issued", known.issued_on.to_string(), fresh.issued_on.to_string()),
        ("status", known.status.clone(), fresh.status.clone()),
        ("kind", known.kind.clone(), fresh.kind.clone()),
        ("number", known.number.clone(), fresh.number.clone()),
        ("customer", format!("#{}", known.customer_id), format!("#{}", fresh.customer_id)),
        ("disputed", known.disputed.to_string(), fresh.disputed.to_string()),
        ("attributes", known.attributes.clone(), fresh.attributes.clone()),
    ];
    let found = fields.into_iter().find(|(_, ours, theirs)| ours != theirs);
    let (field, ours, theirs) = found.unwrap_or_else(|| ("content", "one thing".into(), "another".into()));
    conflicting(field, &ours, &theirs, fresh.version)
}

/// A newer copy: amounts move by entries, the rest by changes; both keep what was known before.
fn replace(state: &mut State<'_>, place: usize, fresh: &Item, _key: &Key) -> Result<(), Stop> {
    let known = state.book.items.get(place).clone();
    let moved = (known.customer_id, known.creditor_id, &known.number, known.instalment)
        != (fresh.customer_id, fresh.creditor_id, &fresh.number, fresh.instalment);
    if moved {
        let identity = Identity {
            customer_id: fresh.customer_id,
            creditor_id: fresh.creditor_id,
            number: &fresh.number,
            instalment: fresh.instalment,
        };
        let taken = state.book.find_identity(state.tx, &identity)?;
        if taken.is_some_and(|other| other != place) {
            let message = format!("another document of this customer already has number {}", fresh.number);
            return Err(Refusal::new("number", &fresh.number, "identity-taken", message).into());
        }
    }
    let today = state.scope.business_day.max(fresh.issued_on);
    let (was_void, is_void) = (known.status == "void", fresh.status == "void");
    // A voided total is taken back in full and billed again in full, so that the two always cancel.
    let standing = if was_void { 0 } else { known.total_minor };
    let wanted = if is_void { 0 } else { fresh.total_minor };
    let (kind, reason) = match (was_void, is_void) {
        (false, true) => (EntryKind::Reverse, "void"),
        (true, false) => (EntryKind::Reverse, "void taken back"),
        _ => (EntryKind::Adjust, "total"),
    };
    let on = if kind == EntryKind::Adjust { fresh.issued_on } else { today };
    let by = wanted.checked_sub(standing).ok_or(recaudo_core::money::MoneyError::TooLarge)?;
    state.book.move_item(place, bill(kind, by, on, reason))?;
    note_changes(state, place, &known, fresh);
    let item = state.book.items.get_mut(place);
    *item = Item {
        id: known.id,
        position: item.position,
        source_id: known.source_id,
        external_id: known.external_id,
        ..fresh.clone()
    };
    if moved {
        state.book.identify_again(place);
    }
    Ok(())
}

fn note_changes(state: &mut State<'_>, place: usize, known: &Item, fresh: &Item) {
    let fields: [(&'static str, String, String); 8] = [
        ("due_on", known.due_on.0.to_string(), fresh.due_on.0.to_string()),
        ("issued_on", known.issued_on.0.to_string(), fresh.issued_on.0.to_string()),
        ("disputed", known.disputed.to_string(), fresh.disputed.to_string()),
        ("status", known.status.clone(), fresh.status.clone()),
        ("kind", known.kind.clone(), fresh.kind.clone()),
        ("number", known.number.clone(), fresh.number.clone()),
        ("customer_id", known.customer_id.to_string(), fresh.customer_id.to_string()),
        ("total_minor", known.total_minor.to_string(), fresh.total_minor.to_string()),
    ];
    for (field, old, new) in fields {
        if old != new {
            state.book.change(place, field, old, new);
        }
    }
}

/// A snapshot's open balance against ours: the difference is a movement nobody told us of.
fn infer(state: &mut State<'_>, place: usize, source: &source::Document, day: Day) -> Result<bool, Stop> {
    let item = state.book.items.get(place);
    let open = match &source.open {
        Some(open) => {
            let (minor, currency) = check::money("open", open)?;
            if currency != item.currency {
                let message = format!("the open amount is in {currency}, the document in {}", item.currency);
                return Err(Refusal::new("open", currency.code(), "two-currencies", message).into());
            }
            minor
        }
        None => item.total_minor.abs(),
    };
    let wanted = match (item.status.as_str(), sign_of(&item.kind)) {
        ("void", _) => 0,
        (_, Sign::Debt) => open,
        (_, Sign::Credit) => -open.saturating_abs(),
    };
    let (id, open) = (item.id, item.position.open_minor);
    let by = snapshot_moves(wanted, open, roads::foreign(state, id))?;
    let item = state.book.items.get(place);
    let (on, seen) = (day.max(item.issued_on), item.seen_in == Some(state.scope.import_id));
    if !seen {
        state.book.items.get_mut(place).seen_in = Some(state.scope.import_id);
    }
    state.book.move_item(place, bill(EntryKind::Inferred, by, on, "snapshot"))?;
    Ok(by != 0)
}

/// What a complete snapshot does not hold any more is settled, as of its day.
pub(super) fn settle_absent(tx: &Tx<'_>, scope: &Scope, day: Day, subject: &str) -> Result<(), EngineError> {
    const BATCH: i64 = 1_000;
    loop {
        let mut absent = item::absent_from(tx, scope.tenant, scope.source_id, scope.import_id, BATCH)?;
        if absent.is_empty() {
            return Ok(());
        }
        let mut entries = Vec::with_capacity(absent.len());
        for item in &mut absent {
            let (by, on) = (-item.position.open_minor, day.max(item.issued_on));
            item.position.move_by(by, on)?;
            entries.push(Entry {
                id: 0,
                item_id: Some(item.id),
                payment_id: None,
                effective_on: on,
                known_at: scope.known_at,
                amount_minor: by,
                kind: EntryKind::Inferred,
                currency: item.currency,
                source_id: Some(scope.source_id),
                page_id: Some(scope.page_id),
                allocation_id: None,
                reason: "absent from snapshot".into(),
            });
        }
        item::update(tx, scope.tenant, &absent)?;
        crate::audit::post(tx, scope.tenant, scope.known_at, ("import-absent", subject), &mut entries)?;
    }
}
