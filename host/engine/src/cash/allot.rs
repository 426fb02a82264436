//! Asks the allocator what money that is left settles: what is sure enough is posted, the rest waits as suggestions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use recaudo_core::cash::reach::{self, Ask, Reach};
use recaudo_core::money::Currency;
use recaudo_ports::plugin::allocator::{self, Item, Receipt};
use recaudo_ports::plugin::{Allocator, PluginError};
use recaudo_store::suggestion::{self, Debt, Money, Suggestion};
use recaudo_store::{Conn, bank, import as rows};

use super::details::{Details, Seals};
use super::post;
use super::returned::BY_RETURN;
use super::steps::Steps;
use crate::decision::{ALLOCATOR, Calls, Judge, Records, Span};
use crate::error::EngineError;
use crate::instant::{day_in, instant, micros};
use crate::{Engine, Progress};

/// Receipts an allocator is asked about at once.
const RECEIPTS_MAX: usize = 512;
/// Items it is shown at once.
const ITEMS_MAX: usize = 4_096;
/// How long one answer may take, seconds.
const PATIENCE_S: i64 = 60;

/// What became of the money that was left.
#[derive(Debug, Default)]
pub(crate) struct Allotted {
    /// Payments of which something was applied.
    pub(crate) posted: BTreeSet<i64>,
    /// Payments with suggestions that wait.
    pub(crate) suggested: BTreeSet<i64>,
    /// Why the allocator stopped; what it was not asked about waits.
    pub(crate) stopped: Option<PluginError>,
}

/// Money with what is known of it.
pub(super) struct Purse {
    pub(super) money: Money,
    pub(super) details: Details,
    /// Whose debts its account has paid before.
    pub(super) payers: Vec<i64>,
    pub(super) entries: Vec<bank::Entry>,
}

/// Everything an allocation rests on.
struct Scene {
    purses: Vec<Purse>,
    debts: Vec<Debt>,
    reach: Reach,
    /// What a person refused or took back: not suggested again.
    refused: BTreeSet<(i64, i64)>,
    open: BTreeMap<i64, Vec<Suggestion>>,
    /// Whose money it is when the bank's account says nothing of it: money of it may settle any creditor's items.
    home: i64,
}

/// Asks about everything that is left, unless nothing has moved since it was asked last.
pub(crate) fn allot(steps: Steps<'_>, progress: &mut dyn Progress) -> Result<Allotted, EngineError> {
    let engine = steps.engine();
    let mut done = Allotted::default();
    let (last, mark) = steps.step(|tx| Ok(bank::marks(tx, engine.tenant)?))?;
    let Some(installation) = engine.settings.installed.allocator.as_ref().filter(|_| last != mark) else {
        return Ok(done);
    };
    let mut scene = steps.step(|tx| Scene::load(tx, engine))?;
    done.suggested = scene.open.keys().copied().collect();
    if scene.purses.is_empty() {
        return Ok(done);
    }
    let found = engine.plugins.allocator(installation);
    let judged = found.and_then(|allocator| Ok((allocator, Judge::new(&*engine.plugins, installation)?)));
    let (allocator, judge) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            done.stopped = Some(error);
            return Ok(done);
        }
    };
    progress.begin("match", Some(scene.purses.len() as u64));
    let mut from = 0;
    while from < scene.purses.len() {
        let batch = scene.batch(from);
        let until = batch.until;
        progress.advance((until - from) as u64);
        from = until;
        if batch.debts.is_empty() {
            continue;
        }
        if let Err(error) = one(steps, &mut scene, &batch, (&allocator, &judge), &mut done) {
            match error {
                EngineError::Plugin(error) => {
                    done.stopped = Some(error);
                    return Ok(done);
                }
                other => return Err(other),
            }
        }
    }
    steps.step(|tx| {
        let (last, _) = bank::marks(tx, engine.tenant)?;
        Ok(bank::mark(tx, engine.tenant, last)?)
    })?;
    Ok(done)
}

/// A stretch of purses and the debts they can mean.
struct Batch {
    from: usize,
    until: usize,
    debts: Vec<usize>,
}

impl Scene {
    fn load(conn: &Conn<'_>, engine: &Engine) -> Result<Self, EngineError> {
        let tenant = engine.tenant;
        let mut purses = Vec::new();
        suggestion::unapplied(conn, tenant, |money| {
            let (details, payers, entries) = (Details::default(), Vec::new(), Vec::new());
            purses.push(Purse { money, details, payers, entries });
            Ok(())
        })?;
        let mut scene = Self {
            purses,
            debts: Vec::new(),
            reach: Reach::default(),
            refused: BTreeSet::new(),
            open: BTreeMap::new(),
            home: rows::creditor(conn, tenant, "")?.map_or(0, |(id, _)| id),
        };
        if scene.purses.is_empty() {
            return Ok(scene);
        }
        scene.read_texts(conn, engine)?;
        scene.read_payers(conn, engine)?;
        scene.read_suggestions(conn, tenant)?;
        let mut debts = Vec::new();
        suggestion::debts(conn, tenant, |debt| {
            debts.push(debt);
            Ok(())
        })?;
        // Oldest first: of a customer with too many, the oldest are looked at.
        debts.sort_by_key(|debt| (debt.due_on, debt.item_id));
        for debt in &debts {
            let (customer, open_minor) = (debt.customer_id, debt.open_minor);
            let number = debt.number.as_str();
            scene.reach.add(&reach::Debt { customer, open_minor, currency: debt.currency, number });
        }
        scene.debts = debts;
        Ok(scene)
    }

    fn read_texts(&mut self, conn: &Conn<'_>, engine: &Engine) -> Result<(), EngineError> {
        let ids: Vec<i64> = self.purses.iter().map(|purse| purse.money.payment_id).collect();
        let places: HashMap<i64, usize> = ids.iter().copied().zip(0..).collect();
        let mut told = Vec::with_capacity(ids.len());
        bank::of_payments(conn, engine.tenant, &ids, |entry| {
            told.push(entry);
            Ok(())
        })?;
        told.sort_by_key(|entry| entry.id);
        told.dedup_by_key(|entry| entry.id);
        let mut seals = Seals::new(engine);
        for entry in told {
            let details = seals.open(conn, &entry)?;
            let Some(place) = entry.payment_id.and_then(|id| places.get(&id)) else { continue };
            let purse = &mut self.purses[*place];
            purse.details = merged(std::mem::take(&mut purse.details), details);
            purse.entries.push(entry);
        }
        Ok(())
    }

    fn read_payers(&mut self, conn: &Conn<'_>, engine: &Engine) -> Result<(), EngineError> {
        let told = self.purses.iter().flat_map(|purse| &purse.entries);
        let marks: BTreeSet<&[u8]> =
            told.map(|entry| entry.payer.as_slice()).filter(|mark| !mark.is_empty()).collect();
        let marks: Vec<&[u8]> = marks.into_iter().collect();
        let mut payers: HashMap<Vec<u8>, BTreeSet<i64>> = HashMap::new();
        bank::payers(conn, engine.tenant, &marks, |mark, customer| {
            payers.entry(mark.to_vec()).or_default().insert(customer);
            Ok(())
        })?;
        for purse in &mut self.purses {
            let known = purse.entries.iter().filter_map(|entry| payers.get(&entry.payer)).flatten();
            let known: BTreeSet<i64> = known.copied().collect();
            purse.payers = known.into_iter().collect();
        }
        Ok(())
    }

    fn read_suggestions(&mut self, conn: &Conn<'_>, tenant: i64) -> Result<(), EngineError> {
        let ids: Vec<i64> = self.purses.iter().map(|purse| purse.money.payment_id).collect();
        suggestion::of_payments(conn, tenant, &ids, |s| {
            match (s.item_id, s.state.as_str()) {
                (Some(item), "rejected") => drop(self.refused.insert((s.payment_id, item))),
                (Some(item), "undone") if !BY_RETURN.contains(&s.decided_by.as_str()) => {
                    self.refused.insert((s.payment_id, item));
                }
                (Some(_), "open") => {
                    let of_payment = self.open.entry(s.payment_id).or_default();
                    if of_payment.iter().all(|known| known.id != s.id) {
                        of_payment.push(s);
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(())
    }

    fn batch(&self, from: usize) -> Batch {
        let mut debts = BTreeSet::new();
        let mut until = from;
        while until < self.purses.len() && until - from < RECEIPTS_MAX {
            let purse = &self.purses[until];
            let customers: Vec<i64> = match purse.money.customer_id {
                Some(customer) => vec![customer],
                None => purse.payers.clone(),
            };
            let ask = Ask {
                minor: purse.money.unapplied_minor,
                currency: purse.money.currency,
                customers: &customers,
                texts: [&purse.details.reference, &purse.details.remittance],
            };
            let fits = |place: &usize| {
                let debt = &self.debts[*place];
                debt.open_minor > 0
                    && debt.currency == purse.money.currency
                    && [debt.creditor_id, self.home].contains(&purse.money.creditor_id)
                    && !self.refused.contains(&(purse.money.payment_id, debt.item_id))
            };
            let reached: Vec<usize> = self.reach.find(&ask).into_iter().filter(fits).collect();
            if until > from && debts.len() + reached.len() > ITEMS_MAX {
                break;
            }
            debts.extend(reached);
            until += 1;
        }
        Batch { from, until, debts: debts.into_iter().collect() }
    }
}

/// A payment several roads told of: their texts together.
fn merged(known: Details, more: Details) -> Details {
    let join = |a: String, b: String| match (a.is_empty(), b.is_empty() || a == b) {
        (true, _) => b,
        (_, true) => a,
        _ => format!("{a}\n{b}"),
    };
    Details {
        counterparty: if known.counterparty.is_empty() { more.counterparty } else { known.counterparty },
        account: if known.account.is_empty() { more.account } else { known.account },
        reference: join(known.reference, more.reference),
        remittance: join(known.remittance, more.remittance),
        attributes: if known.attributes.is_empty() { more.attributes } else { known.attributes },
    }
}

type Asked<'a> = (&'a Arc<dyn Allocator>, &'a Judge);

/// One call and what follows from it, in one transaction.
fn one(
    steps: Steps<'_>,
    scene: &mut Scene,
    batch: &Batch,
    (allocator, judge): Asked<'_>,
    done: &mut Allotted,
) -> Result<(), EngineError> {
    let engine = steps.engine();
    let purses = &scene.purses[batch.from..batch.until];
    let items: Vec<Item> = batch.debts.iter().map(|place| item(&scene.debts[*place])).collect();
    let receipts: Vec<Receipt> = purses.iter().map(receipt).collect();
    let now = engine.clock.now();
    let zone = engine.settings.creditor.time_zone;
    let calls = Calls {
        now: instant(now),
        business_day: day_in(zone, now).0,
        time_zone: zone.name().into(),
        locale: engine.settings.creditor.locale.clone(),
        run: format!("cash-{}", micros(now)),
    };
    let mut entropy = [0; 32];
    engine.random.fill(&mut entropy);
    let mut call = calls.call(&judge.installation, &format!("from-{}", batch.from), entropy);
    call.deadline.seconds = call.now.seconds + PATIENCE_S;
    let customers = batch.debts.iter().map(|place| scene.debts[*place].customer_id);
    let span = Span {
        first_customer: customers.clone().min().unwrap_or(0),
        last_customer: customers.max().unwrap_or(0),
        rows: receipts.len(),
    };
    let mut records = Records::default();
    let bare: Vec<Receipt> = receipts.iter().map(without_texts).collect();
    let answer = records.judge(judge, ALLOCATOR, &call, (&(&bare, &items), span), || {
        allocator.allocate(&call, &receipts, &items)
    });
    let at = micros(now);
    let suggestion = match answer {
        Ok(suggestion) => suggestion,
        Err(error) => {
            steps.step(|tx| records.keep(tx, engine.tenant, 0, at))?;
            return Err(error.into());
        }
    };
    let purses = &mut scene.purses[batch.from..batch.until];
    let mut debts: Vec<&mut Debt> = Vec::with_capacity(batch.debts.len());
    let mut wanted = batch.debts.iter().peekable();
    for (place, debt) in scene.debts.iter_mut().enumerate() {
        if wanted.next_if(|next| **next == place).is_some() {
            debts.push(debt);
        }
    }
    let posted = steps.step(|tx| {
        records.keep(tx, engine.tenant, 0, at)?;
        post::take(
            &post::Taking { tx, engine, at, open: &scene.open, refused: &scene.refused },
            purses,
            &mut debts,
            &suggestion,
        )
    })?;
    done.posted.extend(posted.posted);
    for payment in posted.settled {
        done.suggested.remove(&payment);
    }
    done.suggested.extend(posted.suggested);
    Ok(())
}

/// What an allocator may see of an item by name.
const ATTRIBUTES: [&str; 4] = ["discount-until", "discount-amount", "promised-on", "net"];

fn item(debt: &Debt) -> Item {
    let mut attributes = Vec::new();
    let mut references = Vec::new();
    if debt.attributes.len() > 2
        && let Ok(known) = serde_json::from_str::<BTreeMap<String, String>>(&debt.attributes)
    {
        for (name, value) in known {
            if ATTRIBUTES.contains(&name.as_str()) {
                attributes.push((name, value));
            } else if name.ends_with("reference") {
                references.push(value);
            }
        }
    }
    Item {
        id: debt.item_id.to_string(),
        customer: debt.customer_id.to_string(),
        number: debt.number.clone(),
        references,
        kind: debt.kind.clone(),
        issued: debt.issued_on.0,
        due: debt.due_on.0,
        open: money(debt.open_minor, debt.currency),
        attributes,
    }
}

fn receipt(purse: &Purse) -> Receipt {
    let payers = purse.payers.iter().map(|id| ("known-customer".to_owned(), id.to_string()));
    let method = purse.details.attributes.iter().filter(|(name, _)| name == "method").cloned();
    Receipt {
        id: purse.money.payment_id.to_string(),
        customer: purse.money.customer_id.map(|id| id.to_string()),
        amount: money(purse.money.unapplied_minor, purse.money.currency),
        received: purse.money.received_on.0,
        reference: purse.details.reference.clone(),
        remittance: purse.details.remittance.clone(),
        counterparty: purse.details.counterparty.clone(),
        account: purse.details.account.clone(),
        attributes: method.chain(payers).collect(),
    }
}

/// As it is kept with the judgement: the texts are sealed with the entries that told of it, and found again by its id.
fn without_texts(receipt: &Receipt) -> Receipt {
    let empty = String::new;
    Receipt {
        reference: empty(),
        remittance: empty(),
        counterparty: empty(),
        account: empty(),
        ..receipt.clone()
    }
}

pub(super) fn money(minor: i64, currency: Currency) -> recaudo_ports::plugin::Money {
    recaudo_ports::plugin::Money { minor, exponent: currency.exponent(), currency: currency.0 }
}

/// An allocator's answer.
pub(super) type Answer = allocator::Suggestion;
