//! Posts what an allocator is sure of, and keeps the rest for a person.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use recaudo_core::cash::assign::{self, Assignment, Fate};
use recaudo_core::ledger::EntryKind;
use recaudo_core::receivable::effective_on;
use recaudo_store::Tx;
use recaudo_store::bank;
use recaudo_store::suggestion::{self, Debt, Suggestion};

use super::allot::{Answer, Purse};
use super::desk::{Desk, Keys, Movement};
use super::details::Seals;
use super::tell::{by_payment, movement};
use crate::Engine;
use crate::error::EngineError;
use crate::import::check;

/// Who confirms what is sure enough.
pub(crate) const US: &str = "recaudo";
/// Reasons for which a small rest may be given up.
const GIVEN_UP: [&str; 3] = ["bank-fee", "rounding", "discount"];

/// What an answer is taken with.
pub(super) struct Taking<'t> {
    pub(super) tx: &'t Tx<'t>,
    pub(super) engine: &'t Engine,
    pub(super) at: i64,
    pub(super) open: &'t BTreeMap<i64, Vec<Suggestion>>,
    pub(super) refused: &'t BTreeSet<(i64, i64)>,
}

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) posted: BTreeSet<i64>,
    pub(super) suggested: BTreeSet<i64>,
    /// Payments whose earlier suggestions no longer stand.
    pub(super) settled: BTreeSet<i64>,
}

/// An assignment with where it came from.
struct Wish<'a> {
    place: Assignment,
    told: &'a recaudo_ports::plugin::allocator::Assignment,
}

pub(super) fn take(
    taking: &Taking<'_>,
    purses: &mut [Purse],
    debts: &mut [&mut Debt],
    answer: &Answer,
) -> Result<Taken, EngineError> {
    let wishes = wishes(taking, purses, debts, answer);
    let places: Vec<Assignment> = wishes.iter().map(|wish| wish.place).collect();
    let left = |minor, currency| assign::Purse { minor, currency };
    let receipts: Vec<assign::Purse> =
        purses.iter().map(|p| left(p.money.unapplied_minor, p.money.currency)).collect();
    let items: Vec<assign::Purse> = debts.iter().map(|d| left(d.open_minor, d.currency)).collect();
    let fates = assign::decide(&places, &receipts, &items, taking.engine.settings.cash.confidence_ppm);
    let mut taken = Taken::default();
    let mut keys = Keys::default();
    let mut made: BTreeMap<usize, Vec<Suggestion>> = BTreeMap::new();
    for (wish, fate) in wishes.iter().zip(&fates) {
        if *fate == Fate::Unfit {
            continue;
        }
        let mut suggestion = suggest(taking, wish, purses, debts, answer);
        if *fate == Fate::Posted {
            suggestion.state = "confirmed".into();
            suggestion.decided_at = Some(taking.at);
            suggestion.decided_by = US.into();
        }
        made.entry(wish.place.receipt).or_default().push(suggestion);
    }
    let (mut sure, mut waiting, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for (place, purse) in purses.iter().enumerate() {
        let payment = purse.money.payment_id;
        let fresh = made.remove(&place).unwrap_or_default();
        let before = taking.open.get(&payment).map_or(&[][..], Vec::as_slice);
        let is_sure = fresh.first().is_some_and(|s| s.state == "confirmed");
        if !is_sure && alike(before, &fresh) {
            continue;
        }
        gone.extend(before.iter().map(|s| s.id));
        taken.settled.insert(payment);
        for mut s in fresh {
            s.id = keys.take(taking.tx, "suggestions")?;
            if is_sure { sure.push((place, s)) } else { waiting.push(s) }
        }
    }
    suggestion::remove(taking.tx, taking.engine.tenant, &gone)?;
    suggestion::insert(taking.tx, taking.engine.tenant, &waiting)?;
    taken.suggested.extend(waiting.iter().map(|s| s.payment_id));
    let posted = apply(taking, purses, debts, sure)?;
    taken.posted.extend(posted);
    Ok(taken)
}

/// Assignments by places; names that are not of the batch, and what a person refused, are left out.
fn wishes<'a>(
    taking: &Taking<'_>,
    purses: &[Purse],
    debts: &[&mut Debt],
    answer: &'a Answer,
) -> Vec<Wish<'a>> {
    let receipts: HashMap<i64, usize> = purses.iter().map(|p| p.money.payment_id).zip(0..).collect();
    let items: HashMap<i64, usize> = debts.iter().map(|d| d.item_id).zip(0..).collect();
    let place = |told: &'a recaudo_ports::plugin::allocator::Assignment| {
        let (payment, item) = (told.receipt.parse::<i64>().ok()?, told.item.parse::<i64>().ok()?);
        let (minor, currency) = check::money("amount", &told.amount).ok()?;
        let (receipt, place) = (*receipts.get(&payment)?, *items.get(&item)?);
        if taking.refused.contains(&(payment, item)) {
            return None;
        }
        let confidence_ppm = told.confidence_ppm.clamp(0, 1_000_000);
        let place = Assignment { receipt, item: place, amount_minor: minor, currency, confidence_ppm };
        Some(Wish { place, told })
    };
    answer.assignments.iter().filter_map(place).collect()
}

fn suggest(
    taking: &Taking<'_>,
    wish: &Wish<'_>,
    purses: &[Purse],
    debts: &[&mut Debt],
    answer: &Answer,
) -> Suggestion {
    let about = |d: &&recaudo_ports::plugin::allocator::Difference| d.receipt == wish.told.receipt;
    let own = answer.differences.iter().filter(about).find(|d| d.item.as_ref() == Some(&wish.told.item));
    let rest = answer.differences.iter().filter(about).find(|d| d.item.is_none());
    let difference = own.or(rest);
    let amount = difference.and_then(|d| check::money("amount", &d.amount).ok());
    Suggestion {
        id: 0,
        kind: "apply".into(),
        payment_id: purses[wish.place.receipt].money.payment_id,
        item_id: Some(debts[wish.place.item].item_id),
        entry_id: None,
        amount_minor: wish.place.amount_minor,
        written_off_minor: 0,
        confidence_ppm: i64::from(wish.place.confidence_ppm),
        rule: wish.told.rule.clone(),
        difference: difference.map(|d| d.code.clone()).unwrap_or_default(),
        difference_minor: amount.map_or(0, |(minor, _)| minor),
        state: "open".into(),
        made_at: taking.at,
        decided_at: None,
        decided_by: String::new(),
    }
}

/// Do the same suggestions wait already?
fn alike(before: &[Suggestion], fresh: &[Suggestion]) -> bool {
    let said = |s: &Suggestion| (s.item_id, s.amount_minor, s.rule.clone(), s.difference.clone());
    let (mut a, mut b): (Vec<_>, Vec<_>) =
        (before.iter().map(said).collect(), fresh.iter().map(said).collect());
    a.sort();
    b.sort();
    a == b
}

/// Posts suggestions; gives the payments.
fn apply(
    taking: &Taking<'_>,
    purses: &mut [Purse],
    debts: &mut [&mut Debt],
    mut sure: Vec<(usize, Suggestion)>,
) -> Result<BTreeSet<i64>, EngineError> {
    let (tx, tenant) = (taking.tx, taking.engine.tenant);
    let mut desk = Desk::new(tenant, taking.at);
    let items: Vec<i64> = sure.iter().filter_map(|(_, s)| s.item_id).collect();
    let payments: Vec<i64> = sure.iter().map(|(_, s)| s.payment_id).collect();
    desk.load(tx, &items, &payments)?;
    let places: HashMap<i64, usize> = debts.iter().map(|d| d.item_id).zip(0..).collect();
    let mut belongs: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
    for (place, s) in &mut sure {
        let customer = post(taking.engine, &mut desk, s)?;
        belongs.entry(*place).or_default().insert(customer);
        purses[*place].money.unapplied_minor -= s.amount_minor;
        if let Some(at) = s.item_id.and_then(|id| places.get(&id)) {
            debts[*at].open_minor -= s.amount_minor + s.written_off_minor;
        }
    }
    let (mut entries, mut payers) = (Vec::new(), Vec::new());
    let mut seals = Seals::new(taking.engine);
    for (place, customers) in belongs {
        let [customer] = customers.into_iter().collect::<Vec<_>>()[..] else { continue };
        let purse = &mut purses[place];
        let row = desk.payment_mut(purse.money.payment_id)?;
        row.customer_id.get_or_insert(customer);
        purse.money.customer_id = row.customer_id;
        for mut entry in std::mem::take(&mut purse.entries) {
            if entry.customer_id.is_none() {
                let details = seals.open(tx, &entry)?;
                seals.belongs_to(tx, &mut entry, (customer, &details))?;
                if !entry.payer.is_empty() {
                    payers.push((entry.payer.clone(), customer));
                }
                entries.push(entry);
            }
        }
    }
    bank::save_entries(tx, tenant, &entries)?;
    bank::remember_payers(tx, tenant, &payers)?;
    desk.flush(tx, ("money-applied", US))?;
    let sure: Vec<Suggestion> = sure.into_iter().map(|(_, s)| s).collect();
    suggestion::insert(tx, tenant, &sure)?;
    crate::writeback::paid(tx, (taking.engine, taking.at), &payments)?;
    Ok(payments.into_iter().collect())
}

/// Applies what is left of a payment to the items it was asked for, in their order. What had only been suggested for it gives
/// way.
pub(crate) fn apply_to(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    payment_id: i64,
    (items, rule): (&[i64], &str),
) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let mut desk = Desk::new(tenant, at);
    desk.load(tx, items, &[payment_id])?;
    let mut sure = Vec::new();
    for item_id in items {
        let (item, payment) = (desk.item(*item_id)?, desk.payment(payment_id)?);
        let minor = item.position.open_minor.min(payment.unapplied_minor);
        if minor <= 0 || item.currency != payment.currency || payment.status != "received" {
            continue;
        }
        let mut s = Suggestion {
            id: tx.ids("suggestions", 1)?,
            kind: "apply".into(),
            payment_id,
            item_id: Some(*item_id),
            entry_id: None,
            amount_minor: minor,
            written_off_minor: 0,
            confidence_ppm: 1_000_000,
            rule: rule.into(),
            difference: String::new(),
            difference_minor: 0,
            state: "confirmed".into(),
            made_at: at,
            decided_at: Some(at),
            decided_by: US.into(),
        };
        let customer = post(engine, &mut desk, &mut s)?;
        desk.payment_mut(payment_id)?.customer_id.get_or_insert(customer);
        sure.push(s);
    }
    if sure.is_empty() {
        return Ok(());
    }
    desk.flush(tx, ("money-applied", US))?;
    for s in by_payment(tx, tenant, &[payment_id])?.into_values().flatten() {
        if s.state == "open" && s.kind == "apply" {
            suggestion::decide(tx, tenant, (s.id, "replaced"), (US, at))?;
        }
    }
    suggestion::insert(tx, tenant, &sure)?;
    crate::writeback::paid(tx, (engine, at), &[payment_id])
}

/// Posts one suggestion on the desk; notes what was given up, and says whose the item is.
pub(super) fn post(engine: &Engine, desk: &mut Desk, s: &mut Suggestion) -> Result<i64, EngineError> {
    let item_id = s.item_id.ok_or_else(|| EngineError::fault(format!("suggestion {} has no item", s.id)))?;
    let (item, payment) = (desk.item(item_id)?, desk.payment(s.payment_id)?);
    let on = effective_on(payment.received_on, item.issued_on, payment.received_on);
    let (customer, currency) = (item.customer_id, item.currency);
    let rest = item.position.open_minor - s.amount_minor;
    let reason = format!("suggestion {}: {}", s.id, s.rule);
    let apply = movement(EntryKind::Apply, -s.amount_minor, on);
    desk.post(Some(item_id), Some(s.payment_id), Movement { reason, ..apply })?;
    let limit = engine.settings.cash.write_off.get(&currency).copied().unwrap_or(0);
    if rest > 0 && rest <= limit && rest == s.difference_minor && GIVEN_UP.contains(&s.difference.as_str()) {
        let off = movement(EntryKind::WriteOff, -rest, on);
        desk.post(Some(item_id), None, Movement { reason: s.difference.clone(), ..off })?;
        s.written_off_minor = rest;
    }
    Ok(customer)
}
