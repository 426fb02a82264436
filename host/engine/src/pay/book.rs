//! The ledger's side of a gateway's money: told to cash application as any road's is, and moved by what is known now less what
//! was posted before.

use chrono::DateTime;
use recaudo_core::day::Day;
use recaudo_core::gateway::{Kind, Standing, standing};
use recaudo_core::ledger::EntryKind;
use recaudo_core::money::{Currency, MoneyError};
use recaudo_ports::plugin::Attribute;
use recaudo_store::gateway::transaction::{self, Transaction};
use recaudo_store::gateway::{self, Operation};
use recaudo_store::payment::{self, Payment};
use recaudo_store::{import as rows, item};

use super::absorb::Ear;
use crate::cash::{
    Desk, GATEWAY, Movement, Receipt, amend, apply_to, give_back, heard, movement, receive, take_part,
};
use crate::instant::day_in;
use crate::{Engine, EngineError};

/// The rule by which money settles what its link was for.
const RULE: &str = "payment-link";

/// Posts what a transaction changes of the payment it belongs to. `told` are the attributes it comes with; `what_for` says
/// that it is news which link the money came by.
pub(super) fn post(
    ear: Ear<'_>,
    row: &Transaction,
    (told, what_for): (&[Attribute], bool),
) -> Result<(), EngineError> {
    let Some((mut root, stand)) = family(ear, row)? else { return Ok(()) };
    let now = [stand.received, stand.returned, stand.fee];
    let what_for = what_for && root.id == row.id;
    let waits = root.posted[0] > 0 && root.payment_id.is_none();
    let Some(currency) = root.currency.filter(|_| waits || what_for || now != root.posted) else {
        return Ok(());
    };
    let money = Money::new(ear, currency, &root)?;
    money.receive(&mut root, stand.received, (told, what_for))?;
    money.go_back(&mut root, stand.returned)?;
    money.fee(&mut root, stand.fee)?;
    transaction::put(ear.tx, ear.engine.tenant, &root)?;
    money.leave_the_rest(&root)
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

/// One payment of a gateway, on its way into the ledger.
struct Money<'a> {
    ear: Ear<'a>,
    currency: Currency,
    today: Day,
    /// The day the gateway says it happened.
    on: Day,
    operation: Option<Operation>,
    /// What it was asked for, in order.
    items: Vec<i64>,
}

impl<'a> Money<'a> {
    fn new(ear: Ear<'a>, currency: Currency, root: &Transaction) -> Result<Self, EngineError> {
        let (tx, tenant) = (ear.tx, ear.engine.tenant);
        let zone = ear.engine.settings.creditor.time_zone;
        let day = |at: i64| DateTime::from_timestamp_micros(at).map(|at| day_in(zone, at));
        let today = day(ear.at).unwrap_or(Day(0));
        let on = root.known.occurred_at.and_then(day).map_or(today, |on| on.min(today));
        let operation = match root.operation {
            Some(id) => gateway::by_id(tx, tenant, id)?,
            None => None,
        };
        let items = match &operation {
            Some(operation) => gateway::items(tx, tenant, operation.id)?,
            None => Vec::new(),
        };
        Ok(Self { ear, currency, today, on, operation, items })
    }

    /// Tells of the money once; from then on the payment is whichever the roads agree on, or a person says.
    fn receive(
        &self,
        root: &mut Transaction,
        received: i64,
        (told, what_for): (&[Attribute], bool),
    ) -> Result<(), EngineError> {
        let Ear { tx, engine, source_id, at } = self.ear;
        let entry = match heard(tx, engine.tenant, source_id, &root.gateway_id)? {
            Some(entry) => entry,
            None if received > 0 => self.tell(root, received, told)?,
            None => return Ok(()),
        };
        root.posted[0] = entry.amount_minor;
        if entry.amount_minor != received {
            if amend(tx, (engine, at), &entry, received)? {
                root.posted[0] = received;
            } else {
                root.code = "amount-changed".into();
            }
        }
        let news = what_for || root.payment_id != entry.payment_id || root.posted[0] != entry.amount_minor;
        root.payment_id = entry.payment_id;
        match root.payment_id.filter(|_| news) {
            Some(payment) => apply_to(tx, (engine, at), payment, (&self.items, RULE)),
            None => Ok(()),
        }
    }

    fn tell(
        &self,
        root: &Transaction,
        received: i64,
        told: &[Attribute],
    ) -> Result<recaudo_store::bank::Entry, EngineError> {
        let Ear { tx, engine, source_id, at } = self.ear;
        let mut attributes = told.to_vec();
        if !attributes.iter().any(|(name, _)| name == "method") {
            attributes.push(("method".into(), "gateway".into()));
        }
        let named = attributes.iter().find(|(name, value)| name == "reference" && !value.is_empty());
        let reference = named.map_or(&root.gateway_id, |(_, value)| value).clone();
        let mut numbers = Vec::new();
        let mut creditor_id = None;
        item::by_id(tx, engine.tenant, &self.items, |row| {
            creditor_id.get_or_insert(row.creditor_id);
            numbers.push(row.number);
            Ok(())
        })?;
        let receipt = Receipt {
            source_id,
            id: &root.gateway_id,
            amount_minor: received,
            currency: self.currency,
            on: self.on,
            customer_id: self.operation.as_ref().map(|operation| operation.customer_id),
            reference: &reference,
            text: &numbers.join(" "),
            attributes,
        };
        let entry = receive(tx, (engine, at), &receipt)?;
        if let (Some(payment), Some(creditor_id), "posted") =
            (entry.payment_id, creditor_id, entry.state.as_str())
        {
            // It is of whom the link was for, whoever the home's creditor is.
            let mut desk = self.desk();
            desk.load(tx, &[], &[payment])?;
            if desk.payment(payment)?.creditor_id != creditor_id {
                desk.payment_mut(payment)?.creditor_id = creditor_id;
                desk.flush(tx, ("money-in", &root.gateway_id))?;
            }
        }
        Ok(entry)
    }

    /// Refunds and charge-backs reopen what was settled; one that was undone settles it again.
    fn go_back(&self, root: &mut Transaction, returned: i64) -> Result<(), EngineError> {
        let Ear { tx, engine, source_id, at } = self.ear;
        let more = returned.checked_sub(root.posted[1]).ok_or(MoneyError::TooLarge)?;
        let Some(payment) = root.payment_id.filter(|_| more != 0) else { return Ok(()) };
        let mut desk = self.desk();
        if more > 0 {
            take_part((tx, engine), &mut desk, (payment, more), (source_id, self.today, GATEWAY))?;
        } else {
            give_back(tx, &mut desk, (payment, -more), (source_id, self.today))?;
        }
        desk.flush(tx, ("money-returned", &root.gateway_id))?;
        root.posted[1] = returned;
        if more > 0 {
            return Ok(());
        }
        apply_to(tx, (engine, at), payment, (&self.items, RULE))?;
        crate::writeback::came_again(tx, (engine, at), payment, (-more, self.today))
    }

    /// What the gateway keeps is money out of its own: received negative, and borne by the creditor.
    fn fee(&self, root: &mut Transaction, fee: i64) -> Result<(), EngineError> {
        let more = fee.checked_sub(root.posted[2]).ok_or(MoneyError::TooLarge)?;
        if more == 0 {
            return Ok(());
        }
        let Ear { tx, engine, source_id, .. } = self.ear;
        let external = format!("fee:{}", root.gateway_id);
        let mut known = None;
        payment::by_external(tx, engine.tenant, source_id, &[&external], |row| {
            known = Some(row.id);
            Ok(())
        })?;
        let mut desk = self.desk();
        let id = match known {
            Some(id) => id,
            None => {
                let row = self.fee_payment(tx.ids("payments", 1)?, external)?;
                let id = row.id;
                desk.add_payment(row);
                id
            }
        };
        desk.load(tx, &[], &[id])?;
        let row = desk.payment_mut(id)?;
        row.amount_minor = row.amount_minor.checked_sub(more).ok_or(MoneyError::TooLarge)?;
        let on = row.received_on;
        for (kind, minor) in [(EntryKind::Receive, -more), (EntryKind::Charge, more)] {
            let reason = "gateway fee".to_owned();
            let by = Movement { source_id: Some(source_id), reason, ..movement(kind, minor, on) };
            desk.post(None, Some(id), by)?;
        }
        desk.flush(tx, ("gateway-fee", &root.gateway_id))?;
        root.posted[2] = fee;
        Ok(())
    }

    fn fee_payment(&self, id: i64, external_id: String) -> Result<Payment, EngineError> {
        let Ear { tx, engine, source_id, .. } = self.ear;
        let creditor_id = match rows::creditor(tx, engine.tenant, "")? {
            Some((id, _)) => id,
            None => add_home(tx, engine)?,
        };
        Ok(Payment {
            id,
            creditor_id,
            customer_id: None,
            unapplied_minor: 0,
            amount_minor: 0,
            received_on: self.on,
            currency: self.currency,
            method: "gateway-fee".into(),
            reference: String::new(),
            // No money of anybody's: it is never taken for one that another road tells of.
            status: "fee".into(),
            source_id,
            external_id,
            version: 0,
            digest: [0; 16],
            attributes: "{}".into(),
        })
    }

    fn desk(&self) -> Desk {
        Desk::new(self.ear.engine.tenant, self.ear.at)
    }

    /// What no link's items needed is the allocator's, at the next work.
    fn leave_the_rest(&self, root: &Transaction) -> Result<(), EngineError> {
        let Ear { tx, engine, at, .. } = self.ear;
        let Some(id) = root.payment_id else { return Ok(()) };
        crate::writeback::paid(tx, (engine, at), &[id])?;
        let row = payment::by_id(tx, engine.tenant, id)?;
        if row.is_some_and(|row| row.unapplied_minor > 0 && row.status == "received") {
            gateway::ask_allocator(tx, engine.tenant, at)?;
        }
        Ok(())
    }
}

/// Looks again at money a person was asked about: what was decided since is posted on.
pub(super) fn look_again(engine: &Engine, at: i64) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let waiting = engine.store.read(|conn| transaction::without_payment(conn, tenant))?;
    for row in waiting {
        engine.store.write(|tx| {
            let decided = heard(tx, tenant, row.source_id, &row.gateway_id)?;
            if decided.is_some_and(|entry| entry.payment_id.is_some()) {
                post(Ear { tx, engine, source_id: row.source_id, at }, &row, (&[], false))?;
            }
            Ok::<_, EngineError>(())
        })?;
    }
    Ok(())
}

fn add_home(tx: &recaudo_store::Tx<'_>, engine: &Engine) -> Result<i64, EngineError> {
    let home = &engine.settings.creditor;
    Ok(rows::add_creditor(tx, engine.tenant, "", &home.name, home.time_zone.name())?)
}
