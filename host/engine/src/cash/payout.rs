//! Money a gateway paid out arrives at the bank: it was counted when the payers paid, and is nobody's payment again.

use std::collections::{BTreeMap, HashMap};

use chrono::DateTime;
use recaudo_core::cash::plain;
use recaudo_core::day::Day;
use recaudo_core::ledger::EntryKind;
use recaudo_store::bank::{self, Entry};
use recaudo_store::gateway::transaction::{self, Payout};
use recaudo_store::{Conn, Tx, sighting, suggestion};

use super::desk::{Desk, Movement};
use super::details::{Details, Seals};
use super::tell::{by_payment, movement};
use crate::Engine;
use crate::error::EngineError;
use crate::instant::day_in;

/// Days a payout is under way at most.
const DAYS_MAX: i32 = 7;
/// Shorter names say nothing.
const NAME_MIN: usize = 4;
/// Who says that it was a payout.
const GATEWAY: &str = "gateway";

/// Payouts that entries of a batch may be, by amount.
#[derive(Debug, Default)]
pub(super) struct Payouts(HashMap<i64, Vec<Payout>>);

impl Payouts {
    pub(super) fn load(conn: &Conn<'_>, tenant: i64, amounts: &[i64]) -> Result<Self, EngineError> {
        let mut found: HashMap<i64, Vec<Payout>> = HashMap::new();
        transaction::payouts(conn, tenant, amounts, |payout| {
            found.entry(payout.amount_minor).or_default().push(payout);
            Ok(())
        })?;
        Ok(Self(found))
    }

    /// Is the entry one of them? Its texts must name the payout or the gateway.
    pub(super) fn hold(&self, engine: &Engine, entry: &Entry, details: &Details) -> bool {
        let of_amount = self.0.get(&entry.amount_minor);
        of_amount.into_iter().flatten().any(|payout| is_it(engine, payout, (entry, details)))
    }
}

fn is_it(engine: &Engine, payout: &Payout, (entry, details): (&Entry, &Details)) -> bool {
    let apart = entry.value_on.since(left_on(engine, payout)).saturating_abs();
    if payout.currency != entry.currency || apart > DAYS_MAX {
        return false;
    }
    let bare = |text: &str| plain(text).replace(' ', "");
    let told = [&details.counterparty, &details.reference, &details.remittance].map(|text| bare(text));
    let names = [
        payout.gateway_id.as_str(),
        payout.source.trim_start_matches("gateway:"),
        payout.plugin.trim_start_matches("gateway-"),
    ];
    names
        .map(bare)
        .iter()
        .any(|name| name.len() >= NAME_MIN && told.iter().any(|text| text.contains(name.as_str())))
}

fn left_on(engine: &Engine, payout: &Payout) -> Day {
    let at = DateTime::from_timestamp_micros(payout.at);
    at.map_or(Day(0), |at| day_in(engine.settings.creditor.time_zone, at))
}

/// A gateway tells of a payout after its bank did: what was taken for somebody's payment, and settles nothing, was none.
pub(crate) fn paid_out(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    payout: &Payout,
) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let day = left_on(engine, payout);
    let mut candidates = BTreeMap::new();
    let days = (day.plus(-DAYS_MAX), day.plus(DAYS_MAX));
    sighting::candidates(tx, tenant, days, &[payout.amount_minor], |known| {
        let is_free = known.unapplied_minor == known.amount_minor && known.customer_id.is_none();
        if is_free && known.status == "received" && known.source_kind == "bank" {
            candidates.insert(known.id, known);
        }
        Ok(())
    })?;
    let ids: Vec<i64> = candidates.keys().copied().collect();
    let mut told = Vec::new();
    bank::of_payments(tx, tenant, &ids, |entry| {
        told.push(entry);
        Ok(())
    })?;
    told.sort_by_key(|entry| (entry.value_on.since(day).saturating_abs(), entry.id));
    let mut seals = Seals::new(engine);
    for entry in told {
        let details = seals.open(tx, &entry)?;
        if let (Some(id), true) = (entry.payment_id, is_it(engine, payout, (&entry, &details))) {
            return was_none(tx, (engine, at), id);
        }
    }
    Ok(())
}

fn was_none(tx: &Tx<'_>, (engine, at): (&Engine, i64), payment_id: i64) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let mut desk = Desk::new(tenant, at);
    desk.load(tx, &[], &[payment_id])?;
    let row = desk.payment_mut(payment_id)?;
    row.status = "payout".into();
    let (amount, on, source_id) = (row.amount_minor, row.received_on, row.source_id);
    let reason = "paid out by a gateway".to_owned();
    let back = Movement { source_id: Some(source_id), reason, ..movement(EntryKind::Reverse, -amount, on) };
    desk.post(None, Some(payment_id), back)?;
    desk.flush(tx, ("money-paid-out", GATEWAY))?;
    for s in by_payment(tx, tenant, &[payment_id])?.into_values().flatten().filter(|s| s.state == "open") {
        suggestion::decide(tx, tenant, (s.id, "replaced"), (GATEWAY, at))?;
    }
    let mut entries: Vec<Entry> = Vec::new();
    bank::of_payments(tx, tenant, &[payment_id], |entry| {
        entries.push(entry);
        Ok(())
    })?;
    entries.dedup_by_key(|entry| entry.id);
    for entry in &mut entries {
        (entry.state, entry.payment_id) = ("other".into(), None);
    }
    Ok(bank::save_entries(tx, tenant, &entries)?)
}
