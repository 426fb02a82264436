//! Payments we know, as they are compared with what another road tells.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_core::cash::plain;
use recaudo_core::cash::same::{Trace, write_back_reference};
use recaudo_core::day::Day;
use recaudo_store::sighting::{self, Candidate};
use recaudo_store::{Conn, bank};

use super::details::{Details, Seals};
use crate::error::EngineError;

/// A payment with who has told of it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) candidate: Candidate,
    pub(crate) trace: Trace,
    /// `import`, `statement`, `notice`, `gateway`, each with its source.
    roads: BTreeSet<(String, i64)>,
}

impl Known {
    /// May this road tell of it? No road tells of a payment twice, and two accounts, two ERPs or two gateways never tell of
    /// one.
    pub(crate) fn is_open_to(&self, road: &str, source_id: i64) -> bool {
        self.candidate.status == "received"
            && !self.roads.iter().any(|(told, source)| {
                let same_kind = kind(told) == kind(road);
                told == road || same_kind && *source != source_id
            })
    }

    /// This road has told of it now.
    pub(crate) fn told(&mut self, road: &str, source_id: i64) {
        self.roads.insert((road.to_owned(), source_id));
    }
}

fn kind(road: &str) -> &str {
    match road {
        "statement" | "notice" => "bank",
        other => other,
    }
}

/// What is asked for: amounts, days, and how far apart days may be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    amounts: BTreeSet<i64>,
    days: Option<(Day, Day)>,
    window: i32,
}

impl Wanted {
    pub(crate) fn new(window: i32) -> Self {
        Self { amounts: BTreeSet::new(), days: None, window }
    }

    pub(crate) fn add(&mut self, amount_minor: i64, on: Day) {
        self.amounts.insert(amount_minor);
        let (first, last) = self.days.unwrap_or((on, on));
        self.days = Some((first.min(on), last.max(on)));
    }
}

/// Reads what may be meant, in the order of payments, with what every road said of it.
pub(crate) fn load(
    conn: &Conn<'_>,
    tenant: i64,
    wanted: &Wanted,
    seals: &mut Seals<'_>,
) -> Result<Vec<Known>, EngineError> {
    let Some((first, last)) = wanted.days else { return Ok(Vec::new()) };
    let amounts: Vec<i64> = wanted.amounts.iter().copied().collect();
    let days = (first.plus(-wanted.window), last.plus(wanted.window));
    let mut found = BTreeMap::new();
    sighting::candidates(conn, tenant, days, &amounts, |candidate| {
        found.insert(candidate.id, candidate);
        Ok(())
    })?;
    describe(conn, tenant, found, seals)
}

/// Traces of payments from all that was told of them.
pub(crate) fn describe(
    conn: &Conn<'_>,
    tenant: i64,
    found: BTreeMap<i64, Candidate>,
    seals: &mut Seals<'_>,
) -> Result<Vec<Known>, EngineError> {
    let ids: Vec<i64> = found.keys().copied().collect();
    let mut known: BTreeMap<i64, Known> = found.into_iter().map(|(id, c)| (id, start(c))).collect();
    sighting::of_payments(conn, tenant, &ids, |seen| {
        if let Some(known) = known.get_mut(&seen.payment_id) {
            known.told(&seen.road, seen.source_id);
            known.trace = known.trace.clone().reference(&seen.external_id);
        }
        Ok(())
    })?;
    let mut entries = Vec::new();
    bank::of_payments(conn, tenant, &ids, |entry| {
        entries.push(entry);
        Ok(())
    })?;
    for entry in entries {
        let details = seals.open(conn, &entry)?;
        if let Some(known) = entry.payment_id.and_then(|id| known.get_mut(&id)) {
            known.told(&entry.road, entry.source_id);
            add_details(&mut known.trace, &details);
        }
    }
    sighting::settled_numbers(conn, tenant, &ids, |payment, number| {
        if let Some(known) = known.get_mut(&payment) {
            known.trace.documents.push(plain(number));
        }
        Ok(())
    })?;
    let customers: BTreeSet<i64> = known.values().filter_map(|k| k.candidate.customer_id).collect();
    let customers: Vec<i64> = customers.into_iter().collect();
    let mut names = BTreeMap::new();
    sighting::names(conn, tenant, &customers, |id, name, _| {
        names.insert(id, plain(name));
        Ok(())
    })?;
    for known in known.values_mut() {
        if let Some(name) = known.candidate.customer_id.and_then(|id| names.get(&id)) {
            known.trace.name.clone_from(name);
        }
    }
    Ok(known.into_values().collect())
}

fn start(candidate: Candidate) -> Known {
    let mut trace = Trace::new(candidate.amount_minor, candidate.currency, candidate.received_on)
        .reference(&candidate.reference)
        .reference(&candidate.external_id)
        .reference(&write_back_reference(candidate.id));
    trace.customer = candidate.customer_id;
    let mut roads = BTreeSet::new();
    // A bank's and a gateway's tellings are entries of their own.
    if candidate.source_kind == "importer" {
        roads.insert(("import".to_owned(), candidate.source_id));
    }
    Known { candidate, trace, roads }
}

/// Adds what a bank or a gateway said.
pub(crate) fn add_details(trace: &mut Trace, details: &Details) {
    *trace = trace.clone().reference(&details.reference);
    for text in [&details.remittance, &details.reference] {
        let text = plain(text);
        if !text.is_empty() {
            if !trace.text.is_empty() {
                trace.text.push(' ');
            }
            trace.text.push_str(&text);
        }
    }
    if trace.name.is_empty() {
        trace.name = plain(&details.counterparty);
    }
}
