//! Customers, contacts, and what they said: consents, interactions; and the rates a source brings along.

use recaudo_ports::plugin::{self as source, Key};
use recaudo_store::customer::{self, Consent, Contact, Customer, Known};
use recaudo_store::import::{self as rows, Interaction};

use super::check;
use super::page::{State, attributes, digest, version};
use super::tally::Refusal;
use crate::error::EngineError;
use crate::instant::micros_of;
use crate::vault::Subject;

/// What a copy of a known record is.
enum Copy {
    Same,
    /// Same content under a greater version.
    Renewed,
    Newer,
    Older,
    Conflicting,
}

fn compare(known: &Known, version: i64, digest: &[u8; 16]) -> Copy {
    use std::cmp::Ordering;

    match (known.digest == *digest, version.cmp(&known.version)) {
        (true, Ordering::Greater) => Copy::Renewed,
        (true, Ordering::Equal | Ordering::Less) => Copy::Same,
        (false, Ordering::Greater) => Copy::Newer,
        (false, Ordering::Less) => Copy::Older,
        (false, Ordering::Equal) => Copy::Conflicting,
    }
}

pub(super) fn customers(state: &mut State<'_>) -> Result<(), EngineError> {
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let mut keys = 0..0;
    for source in &state.work.page.rows.customers {
        if let Err(refusal) = check::id("id", &source.key.id) {
            state.tally.refuse("customer", &source.key, refusal);
            continue;
        }
        let mut fresh = read_customer(state, source);
        let known = state.customers.get(&source.key.id).copied();
        let Some(known) = known else {
            if keys.is_empty() {
                let first = state.tx.ids("customers", 64)?;
                keys = first..first + 64;
            }
            fresh.id = keys.next().unwrap_or_default();
            remember(state, &fresh);
            state.tally.came_in("customer", &source.key, true);
            added.push(fresh);
            continue;
        };
        fresh.id = known.id;
        match compare(&known, fresh.version, &fresh.digest) {
            Copy::Same | Copy::Older => state.tally.came_in("customer", &source.key, false),
            Copy::Conflicting => conflict(state, &fresh, &source.key, &added, &changed)?,
            copy @ (Copy::Newer | Copy::Renewed) => {
                remember(state, &fresh);
                state.tally.came_in("customer", &source.key, matches!(copy, Copy::Newer));
                changed.push(fresh);
            }
        }
    }
    customer::insert(state.tx, state.scope.tenant, &added)?;
    customer::update(state.tx, state.scope.tenant, &changed)?;
    Ok(())
}

/// The record as it will be stored; a bad tax id is left out and said.
fn read_customer(state: &mut State<'_>, source: &source::Customer) -> Customer {
    let mut tax_id = source.tax_id.clone().filter(|text| !text.trim().is_empty());
    if let Some(text) = &tax_id
        && let Err(refusal) = check::tax_id(&source.country, text)
    {
        state.tally.refuse("customer", &source.key, refusal);
        tax_id = None;
    }
    let attributes = attributes(&source.attributes);
    let parts = [
        &source.name,
        &source.kind,
        source.parent.as_deref().unwrap_or_default(),
        tax_id.as_deref().unwrap_or_default(),
        &source.country,
        &source.locale,
        &source.time_zone,
        &attributes,
    ];
    Customer {
        id: 0,
        source_id: state.scope.source_id,
        external_id: source.key.id.clone(),
        version: version(source.key.version),
        digest: digest(parts.map(str::as_bytes)),
        name: source.name.clone(),
        kind: source.kind.clone(),
        parent: source.parent.clone(),
        tax_id,
        country: source.country.clone(),
        locale: source.locale.clone(),
        time_zone: source.time_zone.clone(),
        attributes,
    }
}

fn remember(state: &mut State<'_>, fresh: &Customer) {
    let known = Known { id: fresh.id, version: fresh.version, digest: fresh.digest };
    state.customers.insert(fresh.external_id.clone(), known);
}

/// Two different copies of one version: the one that is in stays, and both values are named.
fn conflict(
    state: &mut State<'_>,
    fresh: &Customer,
    key: &Key,
    added: &[Customer],
    changed: &[Customer],
) -> Result<(), EngineError> {
    let here = changed.iter().chain(added).rev().find(|c| c.id == fresh.id).cloned();
    let kept = match here {
        Some(kept) => Some(kept),
        None => customer::by_external(state.tx, state.scope.tenant, &fresh.external_id)?,
    };
    let kept = kept.ok_or_else(|| EngineError::fault("a known customer is gone"))?;
    let empty = String::new();
    let fields: [(&'static str, &String, &String); 8] = [
        ("name", &kept.name, &fresh.name),
        ("kind", &kept.kind, &fresh.kind),
        ("parent", kept.parent.as_ref().unwrap_or(&empty), fresh.parent.as_ref().unwrap_or(&empty)),
        ("tax_id", kept.tax_id.as_ref().unwrap_or(&empty), fresh.tax_id.as_ref().unwrap_or(&empty)),
        ("country", &kept.country, &fresh.country),
        ("locale", &kept.locale, &fresh.locale),
        ("time_zone", &kept.time_zone, &fresh.time_zone),
        ("attributes", &kept.attributes, &fresh.attributes),
    ];
    let (field, ours, theirs) = fields.into_iter().find(|(_, a, b)| a != b).unwrap_or(fields[0]);
    state.tally.refuse("customer", key, conflicting(field, ours, theirs, fresh.version));
    Ok(())
}

/// The refusal of a second, different copy of one version.
pub(super) fn conflicting(field: &'static str, ours: &str, theirs: &str, version: i64) -> Refusal {
    let message =
        format!("two copies of version {version} differ: {field} is {ours:?} here and {theirs:?} there");
    Refusal::new(field, theirs, "conflicting-copy", message)
}

pub(super) fn contacts(state: &mut State<'_>) -> Result<(), EngineError> {
    let sources = &state.work.page.rows.contacts;
    if sources.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = sources.iter().map(|c| c.key.id.as_str()).collect();
    let mut known = std::collections::HashMap::new();
    customer::known_contacts(state.tx, state.scope.tenant, state.scope.source_id, &ids, |id, found| {
        known.insert(id.to_owned(), found);
        Ok(())
    })?;
    for source in sources {
        let customer = check::id("id", &source.key.id).and_then(|()| state.customer(&source.customer));
        let customer_id = match customer {
            Ok(id) => id,
            Err(refusal) => {
                state.tally.refuse("contact", &source.key, refusal);
                continue;
            }
        };
        let mut fresh = read_contact(state, source, customer_id);
        let copy = known.get(&source.key.id).map(|k| compare(k, fresh.version, &fresh.digest));
        match copy {
            Some(Copy::Same | Copy::Older) => {
                state.tally.came_in("contact", &source.key, false);
                continue;
            }
            Some(Copy::Conflicting) => {
                let ours = "another name, address or number";
                let refusal = conflicting("contact", ours, &source.name, fresh.version);
                state.tally.refuse("contact", &source.key, refusal);
                continue;
            }
            Some(Copy::Renewed | Copy::Newer) | None => {}
        }
        fresh.id = state.tx.ids("contacts", 1)?;
        customer::put_contact(state.tx, state.scope.tenant, &fresh)?;
        let kept = Known { id: fresh.id, version: fresh.version, digest: fresh.digest };
        known.insert(source.key.id.clone(), kept);
        state.tally.came_in("contact", &source.key, !matches!(copy, Some(Copy::Renewed)));
    }
    Ok(())
}

/// The record as it will be stored; an address or number of no use is left out and said.
fn read_contact(state: &mut State<'_>, source: &source::Contact, customer_id: i64) -> Contact {
    let (mut email, mut phone) = (source.email.trim(), source.phone.trim());
    if let Err(refusal) = check::email(email) {
        state.tally.refuse("contact", &source.key, refusal);
        email = "";
    }
    if let Err(refusal) = check::phone(phone) {
        state.tally.refuse("contact", &source.key, refusal);
        phone = "";
    }
    let attributes = attributes(&source.attributes);
    let parts = [&source.customer, &source.name, email, phone, &source.role, &attributes];
    Contact {
        id: 0,
        customer_id,
        source_id: state.scope.source_id,
        external_id: source.key.id.clone(),
        version: version(source.key.version),
        digest: digest(parts.map(str::as_bytes)),
        name: source.name.clone(),
        email: email.into(),
        phone: phone.into(),
        role: source.role.clone(),
        attributes,
    }
}

/// Consents, interactions and rates.
pub(super) fn sayings(state: &mut State<'_>) -> Result<(), EngineError> {
    let rows = &state.work.page.rows;
    for said in &rows.consents {
        let key = Key { id: format!("{}/{}", said.customer, said.channel), version: 0, row: 0 };
        match state.customer(&said.customer) {
            Err(refusal) => state.tally.refuse("consent", &key, refusal),
            Ok(customer_id) => {
                let evidence = seal(state, customer_id, &said.evidence)?;
                let consent = Consent {
                    customer_id,
                    contact: &said.contact,
                    channel: &said.channel,
                    granted: said.granted,
                    said_at: micros_of(said.at),
                    source_id: Some(state.scope.source_id),
                    evidence: &evidence,
                };
                let news = customer::put_consent(state.tx, state.scope.tenant, &consent)?;
                state.tally.came_in("consent", &key, news);
            }
        }
    }
    for said in &rows.interactions {
        match state.customer(&said.customer) {
            Err(refusal) => state.tally.refuse("interaction", &said.key, refusal),
            Ok(customer_id) => {
                let body = seal(state, customer_id, &said.text)?;
                let interaction = Interaction {
                    customer_id,
                    source_id: state.scope.source_id,
                    external_id: &said.key.id,
                    happened_at: micros_of(said.at),
                    channel: &said.channel,
                    inbound: said.inbound,
                    body: &body,
                };
                let news = rows::put_interaction(state.tx, state.scope.tenant, &interaction)?;
                state.tally.came_in("interaction", &said.key, news);
            }
        }
    }
    for rate in &rows.rates {
        let key = Key { id: format!("{}/{}", rate.series, rate.on), version: 0, row: 0 };
        let (day, value) = ((rate.series.as_str(), rate.on), (rate.value.coefficient, rate.value.scale));
        let news = rows::put_rate(state.tx, state.scope.tenant, state.scope.source_id, day, value)?;
        state.tally.came_in("rate", &key, news);
    }
    Ok(())
}

fn seal(state: &State<'_>, customer_id: i64, text: &str) -> Result<Vec<u8>, EngineError> {
    let engine = state.work.run.engine;
    let subject = Subject::Customer(customer_id);
    engine.vault.seal(state.tx, state.scope.tenant, subject, &*engine.random, text.as_bytes())
}
