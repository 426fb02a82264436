//! What a person says about suggestions: each a movement or a mark, and an audit row with who and when.

use recaudo_core::ledger::EntryKind;
use recaudo_store::bank::{self, Entry};
use recaudo_store::suggestion::{self, Suggestion};
use recaudo_store::{Tx, sighting};
use serde_json::json;

use super::desk::{Desk, Movement};
use super::details::Details;
use super::post::post;
use super::returned::take_back;
use super::tell::{Road, Telling, movement};
use crate::Engine;
use crate::error::EngineError;
use crate::instant::micros;

/// Confirms suggestions: what they say is posted. All of them or none.
///
/// # Errors
/// One is not there, was decided before, or no longer fits.
pub fn confirm(engine: &mut Engine, ids: &[i64], by: &str) -> Result<(), EngineError> {
    each(engine, ids, ("confirmed", by), |saying, s| {
        expect(s, "open")?;
        match s.kind.as_str() {
            "apply" => saying.apply(s),
            "same" => saying.is_same(s),
            _ => saying.is_return(s),
        }
    })
}

/// Rejects suggestions: they are not made again. An entry that is none of its candidates becomes a payment of its own.
///
/// # Errors
/// One is not there or was decided before.
pub fn reject(engine: &mut Engine, ids: &[i64], by: &str) -> Result<(), EngineError> {
    each(engine, ids, ("rejected", by), |saying, s| {
        expect(s, "open")?;
        let Some(entry_id) = s.entry_id else { return Ok(()) };
        let others = suggestion::of_entry(saying.tx, saying.engine.tenant, entry_id)?;
        let is_last = others.iter().all(|other| other.id == s.id);
        if s.kind == "same" && is_last {
            let (mut entry, details) = saying.entry(entry_id)?;
            return saying.told(&mut entry, |telling, entry| telling.new_payment(entry, &details));
        }
        Ok(())
    })
}

/// Takes a decision back: what was applied is unapplied, and not suggested again.
///
/// # Errors
/// There is none, it was not confirmed, or it cannot be taken back by itself.
pub fn undo(engine: &mut Engine, id: i64, by: &str) -> Result<(), EngineError> {
    each(engine, &[id], ("undone", by), |saying, s| match (s.kind.as_str(), s.state.as_str()) {
        ("apply", "confirmed") => saying.unapply(s),
        ("same", "confirmed") => saying.is_not_same(s),
        _ => Err(refused(
            "not_confirmed",
            format!("suggestion {} is {} and has nothing to be taken back", s.id, s.state),
        )),
    })
}

struct Saying<'s> {
    engine: &'s Engine,
    tx: &'s Tx<'s>,
    at: i64,
    by: &'s str,
}

fn refused(code: &'static str, detail: String) -> EngineError {
    EngineError::Refused { code, detail }
}

fn expect(s: &Suggestion, state: &str) -> Result<(), EngineError> {
    if s.state == state {
        return Ok(());
    }
    let by = if s.decided_by.is_empty() { String::new() } else { format!(" by {}", s.decided_by) };
    Err(refused("already_decided", format!("suggestion {} is {} already{by}", s.id, s.state)))
}

/// One transaction for all of them; each leaves an audit row.
fn each(
    engine: &Engine,
    ids: &[i64],
    (state, by): (&str, &str),
    work: impl Fn(&Saying<'_>, &mut Suggestion) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    engine.store.write(|tx| {
        for id in ids {
            let found = suggestion::by_id(tx, tenant, *id)?;
            let mut s =
                found.ok_or_else(|| EngineError::NotFound { kind: "suggestion", id: id.to_string() })?;
            work(&Saying { engine, tx, at, by }, &mut s)?;
            suggestion::decide(tx, tenant, (s.id, state), (by, at))?;
            let body = json!({
                "suggestion": s.id, "kind": s.kind, "payment": s.payment_id, "item": s.item_id, "entry": s.entry_id,
                "amount_minor": s.amount_minor, "by": by,
            });
            let subject = format!("suggestion {}", s.id);
            let kind = format!("suggestion-{state}");
            crate::audit::append(tx, tenant, at, (&kind, &subject), body.to_string().as_bytes())?;
        }
        Ok(())
    })
}

impl Saying<'_> {
    fn desk(&self, s: &Suggestion) -> Result<Desk, EngineError> {
        let mut desk = Desk::new(self.engine.tenant, self.at);
        let item: Vec<i64> = s.item_id.into_iter().collect();
        desk.load(self.tx, &item, &[s.payment_id])?;
        Ok(desk)
    }

    /// Applies as much as still fits: the item may have been paid in part since.
    fn apply(&self, s: &mut Suggestion) -> Result<(), EngineError> {
        let tenant = self.engine.tenant;
        let mut desk = self.desk(s)?;
        let item_id = s.item_id.unwrap_or_default();
        let fits = desk.item(item_id)?.position.open_minor.min(desk.payment(s.payment_id)?.unapplied_minor);
        if fits <= 0 {
            let detail = format!(
                "suggestion {}: the item is settled or the money is used up; nothing of it fits any more",
                s.id
            );
            return Err(refused("nothing_fits", detail));
        }
        s.amount_minor = s.amount_minor.min(fits);
        let customer = post(self.engine, &mut desk, s)?;
        let row = desk.payment_mut(s.payment_id)?;
        row.customer_id.get_or_insert(customer);
        desk.flush(self.tx, ("money-applied", self.by))?;
        suggestion::posted(self.tx, tenant, s.id, (s.amount_minor, s.written_off_minor))?;
        crate::writeback::paid(self.tx, (self.engine, self.at), &[s.payment_id])?;
        self.learn(s.payment_id, customer)
    }

    /// The account paid for this customer: next time it is known.
    fn learn(&self, payment_id: i64, customer: i64) -> Result<(), EngineError> {
        let tenant = self.engine.tenant;
        let mut entries = Vec::new();
        bank::of_payments(self.tx, tenant, &[payment_id], |entry| {
            entries.push(entry);
            Ok(())
        })?;
        entries.dedup_by_key(|entry| entry.id);
        let mut seals = super::details::Seals::new(self.engine);
        let mut payers = Vec::new();
        for entry in &mut entries {
            if !entry.payer.is_empty() {
                payers.push((entry.payer.clone(), customer));
            }
            if entry.customer_id.is_none() {
                let details = seals.open(self.tx, entry)?;
                seals.belongs_to(self.tx, entry, (customer, &details))?;
            }
        }
        bank::save_entries(self.tx, tenant, &entries)?;
        Ok(bank::remember_payers(self.tx, tenant, &payers)?)
    }

    fn unapply(&self, s: &Suggestion) -> Result<(), EngineError> {
        let mut desk = self.desk(s)?;
        let item_id = s.item_id.unwrap_or_default();
        let on = desk.item(item_id)?.position.moved_on;
        let reason = format!("suggestion {} undone", s.id);
        let back = movement(EntryKind::Reverse, s.amount_minor, on);
        desk.post(Some(item_id), Some(s.payment_id), Movement { reason: reason.clone(), ..back.clone() })?;
        let off = Movement { amount_minor: s.written_off_minor, reason, ..back };
        desk.post(Some(item_id), None, off)?;
        desk.flush(self.tx, ("money-unapplied", self.by))
    }

    fn entry(&self, id: i64) -> Result<(Entry, Details), EngineError> {
        let found = bank::entry_by_id(self.tx, self.engine.tenant, id)?;
        let entry = found.ok_or_else(|| EngineError::fault(format!("bank entry {id} is gone")))?;
        let details = super::details::Seals::new(self.engine).open(self.tx, &entry)?;
        Ok((entry, details))
    }

    /// Tells one entry again, with what a person knows of it.
    fn told(
        &self,
        entry: &mut Entry,
        say: impl FnOnce(&mut Telling<'_>, &mut Entry) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let name = entry.road.clone();
        let road = Road {
            engine: self.engine,
            source_id: entry.source_id,
            name: &name,
            at: self.at,
            subject: self.by,
        };
        let mut telling = Telling::new(self.tx, road)?;
        say(&mut telling, entry)?;
        telling.flush()?;
        bank::save_entries(self.tx, self.engine.tenant, std::slice::from_ref(&*entry))?;
        telling.close().map(drop)
    }

    fn is_same(&self, s: &Suggestion) -> Result<(), EngineError> {
        let (mut entry, details) = self.entry(s.entry_id.unwrap_or_default())?;
        self.drop_others(s)?;
        self.told(&mut entry, |telling, entry| telling.same(entry, &details, (s.payment_id, "person")))
    }

    fn is_not_same(&self, s: &Suggestion) -> Result<(), EngineError> {
        let (mut entry, details) = self.entry(s.entry_id.unwrap_or_default())?;
        let road = (entry.source_id, entry.road.clone());
        // Whose it is was known by the payment it is not.
        entry.customer_id = None;
        super::details::Seals::new(self.engine).seal(self.tx, &mut entry, &details)?;
        sighting::remove(self.tx, self.engine.tenant, (road.0, &road.1), &entry.external_id)?;
        self.told(&mut entry, |telling, entry| telling.new_payment(entry, &details))
    }

    fn is_return(&self, s: &Suggestion) -> Result<(), EngineError> {
        let (mut entry, _) = self.entry(s.entry_id.unwrap_or_default())?;
        self.drop_others(s)?;
        let mut desk = self.desk(s)?;
        take_back((self.tx, self.engine), &mut desk, s.payment_id, (entry.source_id, entry.value_on))?;
        desk.flush(self.tx, ("money-returned", self.by))?;
        (entry.payment_id, entry.state) = (Some(s.payment_id), "returned".into());
        Ok(bank::save_entries(self.tx, self.engine.tenant, [&entry])?)
    }

    /// The entry's other candidates are out.
    fn drop_others(&self, s: &Suggestion) -> Result<(), EngineError> {
        let tenant = self.engine.tenant;
        for other in suggestion::of_entry(self.tx, tenant, s.entry_id.unwrap_or_default())? {
            if other.id != s.id {
                suggestion::decide(self.tx, tenant, (other.id, "rejected"), (self.by, self.at))?;
            }
        }
        Ok(())
    }
}
