//! Ours gives way to a source's word: suggestions that no longer stand, and payments that turn out to be questions.

use std::collections::BTreeMap;

use recaudo_core::ledger::EntryKind;
use recaudo_store::Tx;
use recaudo_store::bank::{self, Entry};
use recaudo_store::suggestion::{self, Suggestion};

use super::desk::{Desk, Movement};
use super::tell::{by_payment, movement};
use crate::error::EngineError;

/// What was taken back of what we applied: (payment, item) -> minor units. Suggestions are made to say so.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<(i64, i64), i64>);

impl Given {
    pub(crate) fn add(&mut self, payment: i64, item: i64, minor: i64) {
        *self.0.entry((payment, item)).or_default() += minor;
    }

    /// Lowers or closes the confirmed suggestions, the latest first.
    pub(crate) fn keep(self, tx: &Tx<'_>, tenant: i64, (by, at): (&str, i64)) -> Result<(), EngineError> {
        for ((payment, item), mut minor) in self.0 {
            let confirmed = by_payment(tx, tenant, &[payment])?.into_values().flatten();
            let mut confirmed: Vec<Suggestion> =
                confirmed.filter(|s| s.item_id == Some(item) && s.state == "confirmed").collect();
            confirmed.dedup_by_key(|s| s.id);
            for s in confirmed.into_iter().rev() {
                let taken = minor.min(s.amount_minor);
                minor -= taken;
                if taken == s.amount_minor {
                    suggestion::decide(tx, tenant, (s.id, "replaced"), (by, at))?;
                } else if taken > 0 {
                    suggestion::posted(tx, tenant, s.id, (s.amount_minor - taken, s.written_off_minor))?;
                }
            }
        }
        Ok(())
    }
}

/// A payment of a bank that may be the one an ERP tells of now: its money waits as a question until a person says. Nothing
/// happens to one that was applied already.
pub(crate) fn questioned(
    tx: &Tx<'_>,
    (tenant, at): (i64, i64),
    bank_payment: i64,
    (told_payment, by): (i64, &str),
) -> Result<(), EngineError> {
    let mut desk = Desk::new(tenant, at);
    desk.load(tx, &[], &[bank_payment])?;
    let row = desk.payment(bank_payment)?;
    if row.unapplied_minor != row.amount_minor || row.status != "received" {
        return Ok(());
    }
    let (amount, on, source_id) = (row.amount_minor, row.received_on, row.source_id);
    let back = movement(EntryKind::Reverse, -amount, on);
    let reason = "may be another payment".to_owned();
    desk.post(None, Some(bank_payment), Movement { source_id: Some(source_id), reason, ..back })?;
    desk.payment_mut(bank_payment)?.status = "questioned".into();
    desk.flush(tx, ("money-questioned", by))?;
    for s in by_payment(tx, tenant, &[bank_payment])?.into_values().flatten().filter(|s| s.state == "open") {
        suggestion::decide(tx, tenant, (s.id, "replaced"), (by, at))?;
    }
    let mut entries: Vec<Entry> = Vec::new();
    bank::of_payments(tx, tenant, &[bank_payment], |entry| {
        entries.push(entry);
        Ok(())
    })?;
    entries.dedup_by_key(|entry| entry.id);
    for entry in &mut entries {
        (entry.state, entry.payment_id) = ("waiting".into(), None);
        let question = Suggestion {
            id: tx.ids("suggestions", 1)?,
            kind: "same".into(),
            payment_id: told_payment,
            item_id: None,
            entry_id: Some(entry.id),
            amount_minor: amount,
            written_off_minor: 0,
            confidence_ppm: 0,
            rule: "amount-and-day".into(),
            difference: String::new(),
            difference_minor: 0,
            state: "open".into(),
            made_at: at,
            decided_at: None,
            decided_by: String::new(),
        };
        suggestion::insert(tx, tenant, &[question])?;
    }
    Ok(bank::save_entries(tx, tenant, &entries)?)
}
