//! Keeps what a page holds until its statement is whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use recaudo_core::money::Currency;
use recaudo_ports::plugin::statement::{self as source, Page};
use recaudo_ports::plugin::{Money, Reject};
use recaudo_store::Tx;
use recaudo_store::bank::{self, Entry, Statement};

use super::{BankFile, RefusedView};
use crate::Engine;
use crate::cash::{Details, Seals, Steps};
use crate::error::EngineError;
use crate::import::check;
use crate::import::tally::Refusal;
use crate::instant::micros;

/// Account, number and kind.
type Identity = (String, String, String);

/// A file's statements as they are read.
pub(super) struct Staging<'s> {
    engine: &'s Engine,
    file: &'s BankFile,
    statements: BTreeMap<Identity, Statement>,
    /// Order of reading.
    order: Vec<Identity>,
    /// How often this file has used an id: banks use one again within a day.
    used: HashMap<(i64, String), u32>,
}

impl<'s> Staging<'s> {
    pub(super) fn new(engine: &'s Engine, file: &'s BankFile) -> Self {
        Self { engine, file, statements: BTreeMap::new(), order: Vec::new(), used: HashMap::new() }
    }

    /// Goes on with what was staged before the last time was killed.
    pub(super) fn resume(&mut self, steps: &Steps<'_>) -> Result<(), EngineError> {
        let tenant = self.engine.tenant;
        let found = steps.step(|tx| {
            let undone = bank::undone_of_file(tx, tenant, &self.file.sha256)?;
            let with = |s: Statement| Ok((bank::account(tx, tenant, s.source_id)?, s));
            undone.into_iter().map(with).collect::<Result<Vec<_>, EngineError>>()
        })?;
        for (account, statement) in found {
            let identity = (account, statement.number.clone(), statement.kind.clone());
            self.order.push(identity.clone());
            self.statements.insert(identity, statement);
        }
        Ok(())
    }

    /// Takes a page in; gives what could not be read.
    pub(super) fn page(&mut self, tx: &Tx<'_>, page: &Page) -> Result<Vec<RefusedView>, EngineError> {
        let mut refused: Vec<RefusedView> = page.rejects.iter().map(rejected).collect();
        let mut seals = Seals::new(self.engine);
        for part in &page.statements {
            if let Err(stop) = self.part(tx, part, &mut seals, &mut refused)? {
                refused.push(refusal(&stop));
            }
        }
        Ok(refused)
    }

    /// The statements read, in order, with their accounts.
    pub(super) fn take(&mut self) -> Vec<(String, Statement)> {
        let order = std::mem::take(&mut self.order);
        let found = order.into_iter().filter_map(|identity| {
            let statement = self.statements.remove(&identity)?;
            Some((identity.0, statement))
        });
        found.collect()
    }

    fn part(
        &mut self,
        tx: &Tx<'_>,
        part: &source::BankStatement,
        seals: &mut Seals<'_>,
        refused: &mut Vec<RefusedView>,
    ) -> Result<Result<(), Refusal>, EngineError> {
        let identity = match self.open(tx, part)? {
            Ok(identity) => identity,
            Err(stop) => return Ok(Err(stop)),
        };
        let Some(mut s) = self.statements.remove(&identity) else { return Ok(Ok(())) };
        if let Err(stop) = balances(&mut s, part) {
            refused.push(refusal(&stop));
        }
        let mut fresh: Vec<(Entry, Details)> = Vec::with_capacity(part.entries.len());
        for told in &part.entries {
            match self.entry(&s, told, &identity.0) {
                Ok(entry) => {
                    s.entry_count += 1;
                    s.entries_minor = s
                        .entries_minor
                        .checked_add(entry.0.amount_minor)
                        .ok_or(recaudo_core::money::MoneyError::TooLarge)?;
                    fresh.push(entry);
                }
                Err(stop) => refused.push(refusal(&stop)),
            }
        }
        if s.kind != "report" {
            let staged = self.stage(tx, &s, fresh, seals)?;
            s.known_count += i64::try_from(part.entries.len()).unwrap_or(0) - staged;
        }
        bank::save_statement(tx, self.engine.tenant, &s)?;
        self.statements.insert(identity, s);
        Ok(Ok(()))
    }

    /// The statement a part belongs to, made when it begins.
    fn open(
        &mut self,
        tx: &Tx<'_>,
        part: &source::BankStatement,
    ) -> Result<Result<Identity, Refusal>, EngineError> {
        if let Err(stop) = check::id("account", &part.account) {
            return Ok(Err(stop));
        }
        if !["statement", "report", "notice"].contains(&part.kind.as_str()) {
            let message = "this is neither a statement nor a report nor a notice";
            return Ok(Err(Refusal::new("kind", &part.kind, "unknown-kind", message)));
        }
        let identity = (part.account.clone(), part.number.clone(), part.kind.clone());
        if self.statements.contains_key(&identity) {
            return Ok(Ok(identity));
        }
        let told = part.opening.or(part.closing).or(part.entries.first().map(|entry| entry.amount));
        let currency = match told.map(|told| check::money("currency", &Money { minor: 0, ..told })) {
            Some(Ok((_, currency))) => currency,
            Some(Err(stop)) => return Ok(Err(stop)),
            // Neither balance nor entry: nothing to be taken in.
            None => Currency(*b"XXX"),
        };
        let (tenant, at) = (self.engine.tenant, micros(self.engine.clock.now()));
        let name = format!("bank:{}", part.account);
        let source_id = bank::source(tx, tenant, ("bank", &name), ("bank", at))?;
        let mut s = Statement {
            id: 0,
            source_id,
            number: part.number.clone(),
            kind: part.kind.clone(),
            currency,
            first_on: None,
            last_on: None,
            opening_minor: None,
            closing_minor: None,
            entry_count: 0,
            entries_minor: 0,
            known_count: 0,
            state: "reading".into(),
        };
        s.id = bank::add_statement(tx, tenant, &s, (&self.file.sha256, at))?;
        self.order.push(identity.clone());
        self.statements.insert(identity.clone(), s);
        Ok(Ok(identity))
    }

    fn entry(
        &mut self,
        s: &Statement,
        told: &source::Entry,
        account: &str,
    ) -> Result<(Entry, Details), Refusal> {
        check::id("id", &told.id)?;
        let (amount_minor, currency) = check::money("amount", &told.amount)?;
        if currency != s.currency {
            let message =
                format!("the statement of {account} is in {}, this entry in {currency}", s.currency);
            return Err(Refusal::new("amount", currency.code(), "two-currencies", message));
        }
        let (booked_on, value_on) = (check::day("booked", told.booked)?, check::day("value", told.value)?);
        let used = self.used.entry((s.source_id, told.id.clone())).or_default();
        *used += 1;
        let external_id = if *used == 1 { told.id.clone() } else { format!("{}~{used}", told.id) };
        let mark = match told.account.trim() {
            "" => Vec::new(),
            account => {
                let marked = self.engine.vault.mark(self.engine.tenant, "payer", account);
                marked.map(Vec::from).unwrap_or_default()
            }
        };
        let entry = Entry {
            id: 0,
            source_id: s.source_id,
            statement_id: Some(s.id),
            road: s.kind.clone(),
            external_id,
            booked_on,
            value_on,
            amount_minor,
            currency,
            reversal: told.reversal,
            customer_id: None,
            payment_id: None,
            payer: mark,
            details: Vec::new(),
            state: "staged".into(),
        };
        let details = Details {
            counterparty: told.counterparty.clone(),
            account: told.account.clone(),
            reference: told.reference.clone(),
            remittance: told.remittance.clone(),
            attributes: told.attributes.clone(),
        };
        Ok((entry, details))
    }

    /// Keeps the entries this road has not told of before; says how many.
    fn stage(
        &self,
        tx: &Tx<'_>,
        s: &Statement,
        fresh: Vec<(Entry, Details)>,
        seals: &mut Seals<'_>,
    ) -> Result<i64, EngineError> {
        let tenant = self.engine.tenant;
        let ids: Vec<&str> = fresh.iter().map(|(entry, _)| entry.external_id.as_str()).collect();
        let mut known: BTreeSet<String> = BTreeSet::new();
        bank::known_entries(tx, tenant, (s.source_id, &s.kind), &ids, |entry| {
            known.insert(entry.external_id);
            Ok(())
        })?;
        let mut entries = Vec::with_capacity(fresh.len());
        for (mut entry, details) in fresh {
            if !known.contains(&entry.external_id) {
                seals.seal(tx, &mut entry, &details)?;
                entries.push(entry);
            }
        }
        let count = i64::try_from(entries.len()).unwrap_or(0);
        let first = tx.ids("bank_entries", count)?;
        for (entry, id) in entries.iter_mut().zip(first..) {
            entry.id = id;
        }
        bank::insert_entries(tx, tenant, &entries)?;
        Ok(count)
    }
}

/// What stands on this part of the statement's balances and days.
fn balances(s: &mut Statement, part: &source::BankStatement) -> Result<(), Refusal> {
    let of = |field, told: &Option<Money>| told.as_ref().map(|told| check::money(field, told)).transpose();
    for (field, told) in [("opening", &part.opening), ("closing", &part.closing)] {
        if let Some((minor, currency)) = of(field, told)? {
            if currency != s.currency {
                let message = format!("this balance is in {currency}, the statement in {}", s.currency);
                return Err(Refusal::new(field, currency.code(), "two-currencies", message));
            }
            let slot = if field == "opening" { &mut s.opening_minor } else { &mut s.closing_minor };
            *slot = Some(minor);
        }
    }
    if let Some(day) = part.first_day {
        s.first_on = Some(check::day("first-day", day)?);
    }
    if let Some(day) = part.last_day {
        s.last_on = Some(check::day("last-day", day)?);
    }
    Ok(())
}

fn rejected(reject: &Reject) -> RefusedView {
    RefusedView {
        line: reject.row,
        field: reject.field.clone(),
        value: reject.value.clone(),
        code: reject.code.clone(),
        reason: reject.message.clone(),
    }
}

fn refusal(stop: &Refusal) -> RefusedView {
    RefusedView {
        line: 0,
        field: stop.field.into(),
        value: stop.value.clone(),
        code: stop.code.into(),
        reason: stop.message.clone(),
    }
}
