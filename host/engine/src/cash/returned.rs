//! Money that went back: what it had settled is open again.

use std::collections::BTreeMap;

use recaudo_core::cash::plain;
use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry as Movements, EntryKind};
use recaudo_store::bank::{self, Entry};
use recaudo_store::suggestion::{self, Suggestion};
use recaudo_store::{Tx, entry as ledger, sighting};

use super::desk::{Desk, Movement};
use super::details::Details;
use super::known::describe;
use super::tell::{Telling, by_payment, movement};
use crate::Engine;
use crate::error::EngineError;

/// Payments a person is shown for one returned transfer.
const CANDIDATES_MAX: usize = 5;

/// Who takes back what a bank returned.
const BANK: &str = "bank";
/// Who takes back what a gateway says went back.
pub(crate) const GATEWAY: &str = "gateway";
/// What these took back may be suggested again: nobody said that it was wrong.
pub(super) const BY_RETURN: [&str; 2] = [BANK, GATEWAY];

/// What may have been returned.
enum Found {
    Sure(Vec<i64>),
    Guess(Vec<i64>),
}

/// Finds the payment a returned transfer takes back: the one it names, else the only one of its amount and account that can
/// be meant.
pub(super) fn find(
    telling: &mut Telling<'_>,
    entry: &mut Entry,
    details: &Details,
) -> Result<(), EngineError> {
    let (on, engine) = (entry.value_on, telling.road.engine);
    let found = match named(telling, entry, details)? {
        named if named.is_empty() => alike(telling, entry, details)?,
        named => Found::Sure(named),
    };
    match found {
        Found::Sure(found) if found.len() == 1 => {
            let payment = found[0];
            entry.payment_id = Some(payment);
            entry.state = "returned".into();
            telling.told.returned += 1;
            telling.desk.load(telling.tx, &[], &[payment])?;
            if let Some(customer) = telling.desk.payment(payment)?.customer_id {
                telling.seals.belongs_to(telling.tx, entry, (customer, details))?;
            }
            take_back((telling.tx, engine), &mut telling.desk, payment, (entry.source_id, on))
        }
        // One payment of the amount and nothing else that speaks for it is a guess: it is shown, not taken.
        Found::Sure(several) | Found::Guess(several) => telling.ask("return", entry, &several),
    }
}

/// The payment of the entry that this one says it reverses.
fn named(telling: &Telling<'_>, entry: &Entry, details: &Details) -> Result<Vec<i64>, EngineError> {
    let Some((_, id)) = details.attributes.iter().find(|(name, _)| name == "reverses") else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let tenant = telling.road.engine.tenant;
    bank::known_entries(telling.tx, tenant, (entry.source_id, &entry.road), &[id], |known| {
        if known.amount_minor == -entry.amount_minor && known.currency == entry.currency {
            found.extend(known.payment_id.filter(|_| known.state != "returned"));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Payments of this amount that the same account or reference tells of; without either, every one of the amount.
fn alike(telling: &mut Telling<'_>, entry: &Entry, details: &Details) -> Result<Found, EngineError> {
    let engine = telling.road.engine;
    let first = entry.value_on.plus(-engine.settings.cash.return_days);
    let mut candidates = BTreeMap::new();
    let amounts = [-entry.amount_minor];
    sighting::candidates(telling.tx, engine.tenant, (first, entry.value_on), &amounts, |candidate| {
        if candidate.currency == entry.currency && candidate.status == "received" {
            candidates.insert(candidate.id, candidate);
        }
        Ok(())
    })?;
    let mut told = Vec::new();
    let ids: Vec<i64> = candidates.keys().copied().collect();
    bank::of_payments(telling.tx, engine.tenant, &ids, |known| {
        if known.source_id == entry.source_id {
            told.push(known);
        }
        Ok(())
    })?;
    candidates.retain(|id, _| told.iter().any(|known| known.payment_id == Some(*id)));
    let reference = plain(&details.reference);
    let text = plain(&format!("{} {}", details.reference, details.remittance));
    let known = describe(telling.tx, engine.tenant, candidates, &mut telling.seals)?;
    let sure = known.iter().filter(|known| {
        let same_payer = !entry.payer.is_empty()
            && told.iter().any(|t| t.payment_id == Some(known.candidate.id) && t.payer == entry.payer);
        let same_reference = known
            .trace
            .references
            .iter()
            .any(|r| *r == reference || format!(" {text} ").contains(&format!(" {r} ")));
        same_payer || same_reference
    });
    let sure: Vec<i64> = sure.map(|known| known.candidate.id).collect();
    let every = || known.iter().map(|known| known.candidate.id).take(CANDIDATES_MAX).collect();
    Ok(if sure.is_empty() { Found::Guess(every()) } else { Found::Sure(sure) })
}

/// Takes a payment back, all that is left of it: the movements it made on items are reversed, the last first.
pub(super) fn take_back(
    by: (&Tx<'_>, &Engine),
    desk: &mut Desk,
    payment_id: i64,
    (source_id, on): (i64, Day),
) -> Result<(), EngineError> {
    take_part(by, desk, (payment_id, i64::MAX), (source_id, on, BANK))
}

/// Takes so much of a payment back, at most what is left of it: what it cannot cover any more is taken from the items it
/// settled, the last first. With nothing left it is returned.
pub(crate) fn take_part(
    (tx, engine): (&Tx<'_>, &Engine),
    desk: &mut Desk,
    (payment_id, minor): (i64, i64),
    (source_id, on, by): (i64, Day, &str),
) -> Result<(), EngineError> {
    let tenant = desk.tenant();
    desk.load(tx, &[], &[payment_id])?;
    let held = held(&movements(tx, desk, payment_id)?);
    let minor = minor.min(held);
    if minor <= 0 {
        return Ok(());
    }
    let payment = desk.payment(payment_id)?;
    let (lacks, on) = (minor.saturating_sub(payment.unapplied_minor), on.max(payment.received_on));
    free(tx, desk, (payment_id, lacks), (on, by))?;
    let back = movement(EntryKind::Reverse, -minor, on);
    desk.post(
        None,
        Some(payment_id),
        Movement { source_id: Some(source_id), reason: "returned".into(), ..back },
    )?;
    crate::writeback::went_back(tx, (engine, desk.at()), desk.payment(payment_id)?, (minor, on))?;
    if minor < held {
        return Ok(());
    }
    desk.payment_mut(payment_id)?.status = "returned".into();
    let at = desk.at();
    for s in by_payment(tx, tenant, &[payment_id])?.into_values().flatten().filter(|s| s.state == "open") {
        suggestion::decide(tx, tenant, (s.id, "replaced"), (by, at))?;
    }
    Ok(())
}

/// So much of what was taken back is here again, at most what is missing.
pub(crate) fn give_back(
    tx: &Tx<'_>,
    desk: &mut Desk,
    (payment_id, minor): (i64, i64),
    (source_id, on): (i64, Day),
) -> Result<(), EngineError> {
    desk.load(tx, &[], &[payment_id])?;
    let held = held(&movements(tx, desk, payment_id)?);
    let payment = desk.payment_mut(payment_id)?;
    let minor = minor.min(payment.amount_minor.saturating_sub(held));
    if minor <= 0 {
        return Ok(());
    }
    payment.status = "received".into();
    let again = movement(EntryKind::Reverse, minor, on.max(payment.received_on));
    desk.post(
        None,
        Some(payment_id),
        Movement { source_id: Some(source_id), reason: "given back".into(), ..again },
    )
}

fn movements(tx: &Tx<'_>, desk: &Desk, payment_id: i64) -> Result<Vec<Movements>, EngineError> {
    let mut entries = ledger::of_payment(tx, desk.tenant(), payment_id)?;
    entries.extend(desk.entries().iter().filter(|e| e.payment_id == Some(payment_id)).cloned());
    Ok(entries)
}

/// Has anything of a payment gone back?
pub(super) fn is_touched(tx: &Tx<'_>, desk: &Desk, payment_id: i64) -> Result<bool, EngineError> {
    Ok(held(&movements(tx, desk, payment_id)?) != desk.payment(payment_id)?.amount_minor)
}

/// What of a payment came and did not go back.
fn held(entries: &[Movements]) -> i64 {
    let own = entries.iter().filter(|e| e.item_id.is_none());
    own.fold(0, |sum, e| sum.saturating_add(e.amount_minor))
}

/// Takes so much from what a payment settles, the last first, and with it what was written off for it.
pub(super) fn free(
    tx: &Tx<'_>,
    desk: &mut Desk,
    (payment_id, mut lacks): (i64, i64),
    (on, by): (Day, &str),
) -> Result<(), EngineError> {
    for ((item_id, allocation_id), settled) in settled(&movements(tx, desk, payment_id)?) {
        let minor = settled.saturating_neg().min(lacks);
        if minor <= 0 {
            continue;
        }
        lacks -= minor;
        desk.load(tx, &[item_id], &[])?;
        // Ours, whoever had applied it: the source that did has not said so yet.
        let back = movement(EntryKind::Reverse, minor, on);
        let back = Movement { allocation_id, reason: "payment returned".into(), ..back };
        desk.post(Some(item_id), Some(payment_id), back)?;
        if allocation_id.is_none() {
            lower(tx, desk, (payment_id, item_id, minor), (on, by))?;
        }
    }
    Ok(())
}

/// Lowers what we confirmed for the pair by what was taken, the latest first; one of which nothing is left is undone.
fn lower(
    tx: &Tx<'_>,
    desk: &mut Desk,
    (payment_id, item_id, mut minor): (i64, i64, i64),
    (on, by): (Day, &str),
) -> Result<(), EngineError> {
    let (tenant, at) = (desk.tenant(), desk.at());
    let said = by_payment(tx, tenant, &[payment_id])?.into_values().flatten();
    let mut ours: Vec<Suggestion> =
        said.filter(|s| s.item_id == Some(item_id) && s.state == "confirmed").collect();
    ours.sort_by_key(|s| s.id);
    for s in ours.into_iter().rev() {
        let taken = minor.min(s.amount_minor);
        minor -= taken;
        if taken == 0 {
            break;
        }
        if taken < s.amount_minor {
            suggestion::posted(tx, tenant, s.id, (s.amount_minor - taken, s.written_off_minor))?;
            continue;
        }
        suggestion::decide(tx, tenant, (s.id, "undone"), (by, at))?;
        let back = movement(EntryKind::Reverse, s.written_off_minor, on);
        desk.post(Some(item_id), None, Movement { reason: "write-off taken back".into(), ..back })?;
    }
    Ok(())
}

/// What a payment settles, item by item, the last first; nothing that was taken back already.
fn settled(entries: &[Movements]) -> Vec<((i64, Option<i64>), i64)> {
    let mut order: Vec<(i64, Option<i64>)> = Vec::new();
    let mut sums: BTreeMap<(i64, Option<i64>), i64> = BTreeMap::new();
    for e in entries {
        let Some(item_id) = e.item_id else { continue };
        let key = (item_id, e.allocation_id);
        if !sums.contains_key(&key) {
            order.push(key);
        }
        let sum = sums.entry(key).or_default();
        *sum = sum.saturating_add(e.amount_minor);
    }
    order.into_iter().rev().map(|key| (key, sums[&key])).filter(|(_, sum)| *sum != 0).collect()
}
