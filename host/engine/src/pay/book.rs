//! The ledger's side of a gateway's money: moved by what is known now less what was posted before.

use std::collections::BTreeMap;

use chrono::DateTime;
use recaudo_core::day::Day;
use recaudo_core::gateway::{Kind, Standing, standing};
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::{Currency, MoneyError};
use recaudo_core::receivable::effective_on;
use recaudo_store::gateway;
use recaudo_store::gateway::transaction::{self, Transaction};
use recaudo_store::item::{self, Item};
use recaudo_store::payment::{self, Payment};
use recaudo_store::{entry, import as rows};

use super::absorb::Ear;
use crate::instant::day_in;
use crate::{Engine, EngineError};

/// Posts what a transaction changes of the payment it belongs to.
pub(super) fn post(ear: Ear<'_>, row: &Transaction) -> Result<(), EngineError> {
    let Some((mut root, stand)) = family(ear, row)? else { return Ok(()) };
    let now = [stand.received, stand.returned, stand.fee];
    let Some(currency) = root.currency.filter(|_| now != root.posted) else { return Ok(()) };
    let mut desk = Desk::new(ear, currency, &root);
    if stand.received != root.posted[0] || stand.returned != root.posted[1] {
        desk.money(&mut root, stand)?;
    }
    desk.fee(&root, stand.fee.saturating_sub(root.posted[2]))?;
    desk.flush(&root.gateway_id)?;
    root.posted = now;
    transaction::put(ear.tx, ear.engine.tenant, &root)?;
    Ok(())
}

/// The payment a transaction is about, with what it and all about it come to; none while the payment was not told of.
fn family(ear: Ear<'_>, row: &Transaction) -> Result<Option<(Transaction, Standing)>, EngineError> {
    let (tx, tenant, source_id) = (ear.tx, ear.engine.tenant, ear.source_id);
    let mut root = row.clone();
    // A given-back sum is about a charge-back, which is about a payment.
    for _ in 0..2 {
        let Some(original) = root.known.original.clone().filter(|_| root.kind != Kind::Payment) else {
            break;
        };
        match transaction::find(tx, tenant, source_id, &original)? {
            Some(found) => root = found,
            None => return Ok(None),
        }
    }
    if root.kind == Kind::Fee {
        let fee = root.known.moved();
        return Ok(Some((root, Standing { fee, ..Standing::default() })));
    }
    if root.kind != Kind::Payment {
        return Ok(None);
    }
    let mut about = transaction::about(tx, tenant, source_id, &root.gateway_id)?;
    for back in about.clone().iter().filter(|t| t.kind == Kind::ChargeBack) {
        about.extend(transaction::about(tx, tenant, source_id, &back.gateway_id)?);
    }
    about.retain(|t| t.currency == root.currency && t.gateway_id != root.gateway_id);
    let stand = standing(&root.known, about.iter().map(|t| (t.kind, &t.known)))?;
    Ok(Some((root, stand)))
}

/// Payments and items in memory, moved together, written once.
struct Desk<'a> {
    ear: Ear<'a>,
    currency: Currency,
    today: Day,
    /// The day the gateway says it happened.
    on: Day,
    items: BTreeMap<i64, Item>,
    payments: BTreeMap<i64, (Payment, bool)>,
    entries: Vec<Entry>,
}

impl<'a> Desk<'a> {
    fn new(ear: Ear<'a>, currency: Currency, root: &Transaction) -> Self {
        let zone = ear.engine.settings.creditor.time_zone;
        let day = |at: i64| DateTime::from_timestamp_micros(at).map(|at| day_in(zone, at));
        let today = day(ear.at).unwrap_or(Day(0));
        let on = root.known.occurred_at.and_then(day).map_or(today, |on| on.min(today));
        let (items, payments) = (BTreeMap::new(), BTreeMap::new());
        Self { ear, currency, today, on, items, payments, entries: Vec::new() }
    }

    /// Brings the payment to where it stands, and applies what of it is free to what it was asked for.
    fn money(&mut self, root: &mut Transaction, stand: Standing) -> Result<(), EngineError> {
        let [received, returned, _] = root.posted;
        let operation = match root.operation {
            Some(id) => gateway::by_id(self.ear.tx, self.ear.engine.tenant, id)?,
            None => None,
        };
        let items = match &operation {
            Some(operation) => gateway::items(self.ear.tx, self.ear.engine.tenant, operation.id)?,
            None => Vec::new(),
        };
        self.load(&items)?;
        let id = match root.payment_id {
            Some(id) => id,
            None => {
                let creditor_id = match items.first().and_then(|id| self.items.get(id)) {
                    Some(item) => item.creditor_id,
                    None => self.creditor()?,
                };
                let method = "gateway";
                let customer_id = operation.map(|operation| operation.customer_id);
                self.add((&root.gateway_id, method), (creditor_id, customer_id), 0)?
            }
        };
        root.payment_id = Some(id);
        self.take(id)?;
        let more = stand.received.checked_sub(received).ok_or(MoneyError::TooLarge)?;
        let kind = if received == 0 { EntryKind::Receive } else { EntryKind::Adjust };
        let on = self.payment(id)?.0.received_on;
        self.move_payment(id, (kind, more, on), "")?;
        let (row, _) = self.payment(id)?;
        row.amount_minor = stand.received;
        row.status =
            if stand.returned > 0 && stand.returned == stand.received { "returned" } else { "received" }
                .into();
        let back = returned.checked_sub(stand.returned).ok_or(MoneyError::TooLarge)?;
        let on = self.today.max(on);
        self.release(id, self.payments[&id].0.unapplied_minor.saturating_add(back), on)?;
        let reason = if back < 0 { "returned" } else { "given back" };
        self.move_payment(id, (EntryKind::Reverse, back, on), reason)?;
        self.apply(id, &items, on)
    }

    /// Frees what a payment lacks by `left`, from what it settled, the last first.
    fn release(&mut self, id: i64, left: i64, on: Day) -> Result<(), EngineError> {
        let mut lacks = left.min(0).saturating_neg();
        if lacks == 0 {
            return Ok(());
        }
        let kept = entry::of_payment(self.ear.tx, self.ear.engine.tenant, id)?;
        let mut settled: Vec<(i64, i64)> = Vec::new();
        for e in kept.iter().chain(self.entries.iter().filter(|e| e.payment_id == Some(id))) {
            let Some(item) = e.item_id else { continue };
            match settled.iter_mut().find(|(known, _)| *known == item) {
                Some((_, sum)) => *sum = sum.saturating_add(e.amount_minor),
                None => settled.push((item, e.amount_minor)),
            }
        }
        let ids: Vec<i64> = settled.iter().map(|(item, _)| *item).collect();
        self.load(&ids)?;
        for (item, sum) in settled.into_iter().rev() {
            let minor = sum.saturating_neg().min(lacks);
            if minor > 0 {
                self.move_both(item, id, (EntryKind::Reverse, minor, on), "payment returned")?;
                lacks = lacks.saturating_sub(minor);
            }
        }
        Ok(())
    }

    fn apply(&mut self, id: i64, items: &[i64], on: Day) -> Result<(), EngineError> {
        for item in items {
            let left = self.payments[&id].0.unapplied_minor;
            let Some(row) = self.items.get(item).filter(|row| row.currency == self.currency) else {
                continue;
            };
            let minor = left.min(row.position.open_minor);
            if minor > 0 {
                let fresh = self.payments[&id].1;
                let said = if fresh { self.on } else { on };
                let day = effective_on(said, row.issued_on, self.payments[&id].0.received_on);
                self.move_both(*item, id, (EntryKind::Apply, -minor, day), "")?;
            }
        }
        Ok(())
    }

    /// What the gateway keeps is money out of its own: received negative, and borne by the creditor.
    fn fee(&mut self, root: &Transaction, more: i64) -> Result<(), EngineError> {
        if more == 0 {
            return Ok(());
        }
        let tenant = self.ear.engine.tenant;
        let external = format!("fee:{}", root.gateway_id);
        let mut known = None;
        payment::by_external(self.ear.tx, tenant, self.ear.source_id, &[&external], |row| {
            known = Some(row);
            Ok(())
        })?;
        let id = if let Some(row) = known {
            let id = row.id;
            self.payments.insert(id, (row, false));
            id
        } else {
            let creditor_id = match root.payment_id.and_then(|id| self.payments.get(&id)) {
                Some((row, _)) => row.creditor_id,
                None => self.creditor()?,
            };
            self.add((&external, "gateway-fee"), (creditor_id, None), 0)?
        };
        let (row, _) = self.payment(id)?;
        row.amount_minor = row.amount_minor.checked_sub(more).ok_or(MoneyError::TooLarge)?;
        let on = row.received_on;
        self.move_payment(id, (EntryKind::Receive, -more, on), "gateway fee")?;
        self.move_payment(id, (EntryKind::Charge, more, on), "gateway fee")
    }

    fn load(&mut self, ids: &[i64]) -> Result<(), EngineError> {
        let ids: Vec<i64> = ids.iter().copied().filter(|id| !self.items.contains_key(id)).collect();
        if !ids.is_empty() {
            item::by_id(self.ear.tx, self.ear.engine.tenant, &ids, |row| {
                self.items.insert(row.id, row);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn take(&mut self, id: i64) -> Result<(), EngineError> {
        if !self.payments.contains_key(&id) {
            let row = payment::by_id(self.ear.tx, self.ear.engine.tenant, id)?;
            let row = row.ok_or_else(|| EngineError::fault(format!("payment {id} is gone")))?;
            self.payments.insert(id, (row, false));
        }
        Ok(())
    }

    fn payment(&mut self, id: i64) -> Result<&mut (Payment, bool), EngineError> {
        self.payments.get_mut(&id).ok_or_else(|| EngineError::fault(format!("payment {id} is gone")))
    }

    fn creditor(&self) -> Result<i64, EngineError> {
        let Ear { tx, engine, .. } = self.ear;
        Ok(match rows::creditor(tx, engine.tenant, "")? {
            Some((id, _)) => id,
            None => add_home(tx, engine)?,
        })
    }

    fn add(
        &mut self,
        (external_id, method): (&str, &str),
        (creditor_id, customer_id): (i64, Option<i64>),
        amount_minor: i64,
    ) -> Result<i64, EngineError> {
        let id = self.ear.tx.ids("payments", 1)?;
        let row = Payment {
            id,
            creditor_id,
            customer_id,
            unapplied_minor: 0,
            amount_minor,
            received_on: self.on,
            currency: self.currency,
            method: method.into(),
            reference: String::new(),
            status: "received".into(),
            source_id: self.ear.source_id,
            external_id: external_id.into(),
            version: 0,
            digest: [0; 16],
            attributes: "{}".into(),
        };
        self.payments.insert(id, (row, true));
        Ok(id)
    }

    fn move_payment(&mut self, id: i64, by: (EntryKind, i64, Day), reason: &str) -> Result<(), EngineError> {
        if by.1 != 0 {
            let (row, _) = self.payment(id)?;
            row.unapplied_minor = row.unapplied_minor.checked_add(by.1).ok_or(MoneyError::TooLarge)?;
            self.enter(None, id, by, reason);
        }
        Ok(())
    }

    fn move_both(
        &mut self,
        item: i64,
        id: i64,
        by: (EntryKind, i64, Day),
        reason: &str,
    ) -> Result<(), EngineError> {
        let (row, _) = self.payment(id)?;
        row.unapplied_minor = row.unapplied_minor.checked_add(by.1).ok_or(MoneyError::TooLarge)?;
        let row = self.items.get_mut(&item);
        let row = row.ok_or_else(|| EngineError::fault(format!("open item {item} is gone")))?;
        row.position.move_by(by.1, by.2)?;
        self.enter(Some(item), id, by, reason);
        Ok(())
    }

    fn enter(
        &mut self,
        item: Option<i64>,
        payment: i64,
        (kind, minor, on): (EntryKind, i64, Day),
        reason: &str,
    ) {
        self.entries.push(Entry {
            id: 0,
            item_id: item,
            payment_id: Some(payment),
            effective_on: on,
            known_at: self.ear.at,
            amount_minor: minor,
            kind,
            currency: self.currency,
            source_id: Some(self.ear.source_id),
            page_id: None,
            allocation_id: None,
            reason: reason.into(),
        });
    }

    fn flush(mut self, gateway_id: &str) -> Result<(), EngineError> {
        let (tx, tenant) = (self.ear.tx, self.ear.engine.tenant);
        let moved: std::collections::BTreeSet<i64> = self.entries.iter().filter_map(|e| e.item_id).collect();
        item::update(tx, tenant, self.items.values().filter(|row| moved.contains(&row.id)))?;
        let of =
            |fresh: bool| self.payments.values().filter(move |(_, new)| *new == fresh).map(|(row, _)| row);
        payment::insert(tx, tenant, of(true))?;
        payment::update(tx, tenant, of(false))?;
        crate::audit::post(tx, tenant, self.ear.at, ("gateway-money", gateway_id), &mut self.entries)
    }
}

fn add_home(tx: &recaudo_store::Tx<'_>, engine: &Engine) -> Result<i64, EngineError> {
    let home = &engine.settings.creditor;
    Ok(rows::add_creditor(tx, engine.tenant, "", &home.name, home.time_zone.name())?)
}
