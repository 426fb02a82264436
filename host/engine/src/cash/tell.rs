//! What a bank or a gateway tells becomes a payment, is found to be one we know, takes one back, or waits for a person.

use std::collections::{BTreeMap, HashMap};

use recaudo_core::cash::plain;
use recaudo_core::cash::same::{Evidence, Trace, Verdict, recognise, written_back};
use recaudo_core::day::Day;
use recaudo_core::ledger::EntryKind;
use recaudo_store::bank::{self, Entry};
use recaudo_store::payment::Payment;
use recaudo_store::sighting::{self, Sighting};
use recaudo_store::suggestion::{self, Suggestion};
use recaudo_store::{Tx, import as rows};

use super::desk::{Desk, Keys, Movement};
use super::details::{Details, Seals};
use super::known::{self, Known, Wanted, add_details};
use super::payout::Payouts;
use super::returned;
use crate::Engine;
use crate::error::EngineError;
use crate::import::page::digest;

/// Candidates a person is shown for one entry.
const CANDIDATES_MAX: usize = 5;

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Payments nobody had told of.
    pub(crate) new: Vec<i64>,
    /// Entries that tell of a payment we knew.
    pub(crate) same: i64,
    /// Entries a person decides.
    pub(crate) waiting: i64,
    /// Payments taken back.
    pub(crate) returned: i64,
    /// No receipts.
    pub(crate) other: i64,
}

impl Told {
    pub(crate) fn add(&mut self, more: Self) {
        self.new.extend(more.new);
        self.same += more.same;
        self.waiting += more.waiting;
        self.returned += more.returned;
        self.other += more.other;
    }
}

/// Where and when a road tells.
#[derive(Clone, Copy)]
pub(crate) struct Road<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) source_id: i64,
    /// `statement`, `notice`, `gateway`.
    pub(crate) name: &'a str,
    /// Microseconds UTC.
    pub(crate) at: i64,
    /// For the audit trail.
    pub(crate) subject: &'a str,
}

/// A batch under way.
pub(super) struct Telling<'t> {
    pub(super) tx: &'t Tx<'t>,
    pub(super) road: Road<'t>,
    pub(super) desk: Desk,
    pub(super) seals: Seals<'t>,
    pub(super) told: Told,
    sightings: Vec<Sighting>,
    suggestions: Vec<Suggestion>,
    payers: Vec<(Vec<u8>, i64)>,
    creditor_id: i64,
    payment_keys: Keys,
}

/// Posts entries with their details; the entries are kept already, and are written again with what became of them.
pub(crate) fn tell(
    tx: &Tx<'_>,
    road: Road<'_>,
    mut entries: Vec<(Entry, Details)>,
) -> Result<Told, EngineError> {
    let mut telling = Telling::new(tx, road)?;
    let window = road.engine.settings.cash.day_window;
    let mut wanted = Wanted::new(window);
    for (entry, _) in entries.iter().filter(|(entry, _)| is_receipt(entry)) {
        wanted.add(entry.amount_minor, entry.value_on);
    }
    let mut known = known::load(tx, road.engine.tenant, &wanted, &mut telling.seals)?;
    known.retain(|known| known.is_open_to(road.name, road.source_id));
    let mut by_amount: HashMap<i64, Vec<Known>> = HashMap::new();
    for known in known {
        by_amount.entry(known.trace.amount_minor).or_default().push(known);
    }
    let (mut returns, mut receipts) = (Vec::new(), Vec::new());
    for (place, (entry, _)) in entries.iter().enumerate() {
        match (is_receipt(entry), entry.reversal && entry.amount_minor < 0) {
            (true, _) => receipts.push(place),
            (false, true) => returns.push(place),
            (false, false) => {}
        }
    }
    let payouts = payouts(&telling, &entries)?;
    for place in receipts {
        let (entry, details) = &mut entries[place];
        if payouts.hold(road.engine, entry, details) {
            continue;
        }
        let candidates = by_amount.entry(entry.amount_minor).or_default();
        telling.receipt(entry, details, candidates)?;
    }
    // A transfer may come and go back in one statement: what came is written first.
    telling.flush()?;
    if !returns.is_empty() {
        bank::save_entries(tx, road.engine.tenant, entries.iter().map(|(entry, _)| entry))?;
    }
    for place in returns {
        let (entry, details) = &mut entries[place];
        returned::find(&mut telling, entry, details)?;
    }
    for (entry, _) in entries.iter_mut().filter(|(entry, _)| entry.state == "staged") {
        entry.state = "other".into();
        telling.told.other += 1;
    }
    bank::save_entries(tx, road.engine.tenant, entries.iter().map(|(entry, _)| entry))?;
    telling.close()
}

/// What a bank tells may be money a gateway paid out; what a gateway tells is not.
fn payouts(telling: &Telling<'_>, entries: &[(Entry, Details)]) -> Result<Payouts, EngineError> {
    if telling.road.name == "gateway" {
        return Ok(Payouts::default());
    }
    let receipts = entries.iter().map(|(entry, _)| entry).filter(|entry| is_receipt(entry));
    let mut amounts: Vec<i64> = receipts.map(|entry| entry.amount_minor).collect();
    amounts.sort_unstable();
    amounts.dedup();
    Payouts::load(telling.tx, telling.road.engine.tenant, &amounts)
}

fn is_receipt(entry: &Entry) -> bool {
    entry.amount_minor > 0 && !entry.reversal
}

impl<'t> Telling<'t> {
    pub(super) fn new(tx: &'t Tx<'t>, road: Road<'t>) -> Result<Self, EngineError> {
        let (tenant, home) = (road.engine.tenant, &road.engine.settings.creditor);
        let creditor_id = match rows::creditor(tx, tenant, "")? {
            Some((id, _)) => id,
            None => rows::add_creditor(tx, tenant, "", &home.name, home.time_zone.name())?,
        };
        Ok(Self {
            tx,
            road,
            desk: Desk::new(tenant, road.at),
            seals: Seals::new(road.engine),
            told: Told::default(),
            sightings: Vec::new(),
            suggestions: Vec::new(),
            payers: Vec::new(),
            creditor_id,
            payment_keys: Keys::default(),
        })
    }

    fn receipt(
        &mut self,
        entry: &mut Entry,
        details: &Details,
        candidates: &mut Vec<Known>,
    ) -> Result<(), EngineError> {
        if let Some(payment) = self.written_back(entry, details)? {
            candidates.retain(|known| known.candidate.id != payment);
            return self.same(entry, details, (payment, "write-back"));
        }
        let told = trace(entry, details);
        match recognise(&told, candidates.iter().map(|known| &known.trace), self.window()) {
            Verdict::Same(place, evidence) => {
                let known = candidates.remove(place);
                let how = if evidence == Evidence::Reference { "reference" } else { "evidence" };
                self.same(entry, details, (known.candidate.id, how))
            }
            Verdict::Ambiguous(places) => {
                let ids = places.iter().map(|place| candidates[*place].candidate.id);
                let ids: Vec<i64> = ids.take(CANDIDATES_MAX).collect();
                self.ask("same", entry, &ids)
            }
            Verdict::New => self.new_payment(entry, details),
        }
    }

    fn window(&self) -> i32 {
        self.road.engine.settings.cash.day_window
    }

    /// The payment whose reference of ours stands in the texts.
    fn written_back(&mut self, entry: &Entry, details: &Details) -> Result<Option<i64>, EngineError> {
        let named = written_back(&details.reference).or_else(|| written_back(&details.remittance));
        let Some(id) = named else { return Ok(None) };
        let found = recaudo_store::payment::by_id(self.tx, self.road.engine.tenant, id)?;
        let fits = |p: &Payment| {
            (p.amount_minor, p.currency) == (entry.amount_minor, entry.currency) && p.status == "received"
        };
        Ok(found.filter(fits).map(|payment| payment.id))
    }

    /// The entry tells of a payment we know.
    pub(super) fn same(
        &mut self,
        entry: &mut Entry,
        details: &Details,
        (payment_id, how): (i64, &str),
    ) -> Result<(), EngineError> {
        self.desk.load(self.tx, &[], &[payment_id])?;
        if let (None, Some(customer)) = (self.desk.payment(payment_id)?.customer_id, entry.customer_id) {
            self.desk.payment_mut(payment_id)?.customer_id = Some(customer);
        }
        let customer = self.desk.payment(payment_id)?.customer_id;
        entry.payment_id = Some(payment_id);
        entry.state = "same".into();
        if let Some(customer) = customer {
            self.seals.belongs_to(self.tx, entry, (customer, details))?;
            if !entry.payer.is_empty() {
                self.payers.push((entry.payer.clone(), customer));
            }
        }
        self.sightings.push(Sighting {
            payment_id,
            source_id: entry.source_id,
            road: entry.road.clone(),
            external_id: entry.external_id.clone(),
            matched: how.into(),
            amount_minor: entry.amount_minor,
            version: 0,
            digest: [0; 16],
            seen_at: self.road.at,
        });
        self.told.same += 1;
        Ok(())
    }

    /// A person decides which payment the entry is about.
    pub(super) fn ask(&mut self, kind: &str, entry: &mut Entry, payments: &[i64]) -> Result<(), EngineError> {
        entry.state = "waiting".into();
        entry.payment_id = None;
        self.told.waiting += 1;
        let count = i64::try_from(payments.len()).unwrap_or(0);
        let first = self.tx.ids("suggestions", count)?;
        for (payment_id, id) in payments.iter().zip(first..) {
            self.suggestions.push(Suggestion {
                id,
                kind: kind.into(),
                payment_id: *payment_id,
                item_id: None,
                entry_id: Some(entry.id),
                amount_minor: entry.amount_minor,
                written_off_minor: 0,
                confidence_ppm: 0,
                rule: if payments.len() > 1 { "several" } else { "amount-and-day" }.into(),
                difference: String::new(),
                difference_minor: 0,
                state: "open".into(),
                made_at: self.road.at,
                decided_at: None,
                decided_by: String::new(),
            });
        }
        Ok(())
    }

    /// Nobody has told of this money.
    pub(super) fn new_payment(&mut self, entry: &mut Entry, details: &Details) -> Result<(), EngineError> {
        if entry.state != "staged"
            && let Some(id) = self.questioned(entry)?
        {
            return self.revive(entry, id);
        }
        let id = self.payment_keys.take(self.tx, "payments")?;
        let method =
            details.attributes.iter().find(|(name, _)| name == "method").map_or("transfer", |(_, v)| v);
        self.desk.add_payment(Payment {
            id,
            creditor_id: self.creditor_id,
            customer_id: entry.customer_id,
            unapplied_minor: 0,
            amount_minor: entry.amount_minor,
            received_on: entry.value_on,
            currency: entry.currency,
            method: method.into(),
            // What the payer wrote is sealed with the entry.
            reference: String::new(),
            status: "received".into(),
            source_id: entry.source_id,
            external_id: format!("{}:{}", entry.road, entry.external_id),
            version: 0,
            digest: digest([&entry.amount_minor.to_be_bytes()[..], entry.external_id.as_bytes()]),
            attributes: "{}".into(),
        });
        let receive = movement(EntryKind::Receive, entry.amount_minor, entry.value_on);
        self.desk.post(None, Some(id), Movement { source_id: Some(entry.source_id), ..receive })?;
        entry.payment_id = Some(id);
        entry.state = "posted".into();
        self.told.new.push(id);
        Ok(())
    }

    /// The payment the entry had made before it became a question.
    fn questioned(&self, entry: &Entry) -> Result<Option<i64>, EngineError> {
        let id = format!("{}:{}", entry.road, entry.external_id);
        let mut found = None;
        let tenant = self.road.engine.tenant;
        recaudo_store::payment::by_external(self.tx, tenant, entry.source_id, &[&id], |row| {
            found = (row.status == "questioned").then_some(row.id);
            Ok(())
        })?;
        Ok(found)
    }

    fn revive(&mut self, entry: &mut Entry, id: i64) -> Result<(), EngineError> {
        self.desk.load(self.tx, &[], &[id])?;
        let row = self.desk.payment_mut(id)?;
        (row.status, row.customer_id) = ("received".into(), entry.customer_id);
        let receive = movement(EntryKind::Receive, entry.amount_minor, entry.value_on);
        self.desk.post(None, Some(id), Movement { source_id: Some(entry.source_id), ..receive })?;
        (entry.payment_id, entry.state) = (Some(id), "posted".into());
        self.told.new.push(id);
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<(), EngineError> {
        self.desk.flush(self.tx, ("money-in", self.road.subject))
    }

    pub(super) fn close(mut self) -> Result<Told, EngineError> {
        let tenant = self.road.engine.tenant;
        self.flush()?;
        sighting::insert(self.tx, tenant, &self.sightings)?;
        suggestion::insert(self.tx, tenant, &self.suggestions)?;
        bank::remember_payers(self.tx, tenant, &self.payers)?;
        Ok(self.told)
    }
}

/// A movement a bank or we tell of.
pub(crate) fn movement(kind: EntryKind, amount_minor: i64, effective_on: Day) -> Movement {
    Movement { kind, amount_minor, effective_on, source_id: None, allocation_id: None, reason: String::new() }
}

/// What an entry tells, as it is compared.
pub(crate) fn trace(entry: &Entry, details: &Details) -> Trace {
    let mut trace =
        Trace::new(entry.amount_minor, entry.currency, entry.value_on).reference(&entry.external_id);
    trace.customer = entry.customer_id;
    trace.name = plain(&details.counterparty);
    add_details(&mut trace, details);
    trace
}

/// Suggestions about one payment, by what was decided.
pub(crate) fn by_payment(
    tx: &Tx<'_>,
    tenant: i64,
    payments: &[i64],
) -> Result<BTreeMap<i64, Vec<Suggestion>>, EngineError> {
    let mut found: BTreeMap<i64, Vec<Suggestion>> = BTreeMap::new();
    suggestion::of_payments(tx, tenant, payments, |s| {
        found.entry(s.payment_id).or_default().push(s);
        Ok(())
    })?;
    Ok(found)
}
