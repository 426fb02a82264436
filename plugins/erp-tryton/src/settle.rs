//! Reconciliations become allocations; payments linked to an invoice and not reconciled yet, too.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::{Ctx, Stop, erp};
use serde::Deserialize;
use serde_json::json;

use crate::ErpTryton;
use crate::amount::Currency;
use crate::checkpoint::Place;
use crate::config::Config;
use crate::ledger::{LINES, Page, changed};
use crate::line::{FIELDS, Fate, Group, Line, Role, receivable};
use crate::matching::{Pair, Side, pairs};
use crate::parties::{self, People};
use crate::rpc;
use crate::sweep::{Company, by_ids, companies, of_companies, page, rows, search};
use crate::wire::{Day, Stamp};

const RECONCILIATIONS: &str = "account.move.reconciliation";
/// Reconciliations a call names at most: each brings all its lines.
const GROUPS_MAX: usize = 50;

#[derive(Debug, Clone, Deserialize)]
struct Reconciliation {
    id: i64,
    number: Option<String>,
    date: Day,
    create_date: Stamp,
}

/// Lines that settle each other, and when that last changed.
struct Settlement<'s> {
    config: &'s Config,
    companies: &'s [Company],
    lines: Vec<&'s Line>,
    touched: Stamp,
}

/// One page of reconciliations, each once and whole.
pub(crate) fn reconciled(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (place, limit): (Place, u32),
    out: &mut Page,
) -> Result<(usize, i64), Stop> {
    let mut domain = json!([
        ["lines.account.type.receivable", "=", true],
        ["id", ">", place.after],
        // What came after the sweep began is for the next: what it undid has not been looked for.
        ["create_date", "<=", place.mark.to_json()],
        of_companies(config, "company"),
    ]);
    if let (Some(from), Some(domain)) = (place.from, domain.as_array_mut()) {
        domain.push(json!(["create_date", ">=", from.to_json()]));
    }
    let fields = &["number", "date", "create_date"];
    let calls = [page(config, RECONCILIATIONS, (&domain, Some(limit)), fields), companies(config)];
    let answers = rpc::read_all(ctx, config, &calls)?;
    let found: Vec<Reconciliation> = rows(&calls[..1], &answers)?;
    let companies: Vec<Company> = rows(&calls[1..], &answers[1..])?;
    let ids: Vec<i64> = found.iter().map(|group| group.id).collect();
    let calls: Vec<_> = ids
        .chunks(GROUPS_MAX)
        .flat_map(|ids| {
            let of = |ids: &[i64]| json!([receivable(config), ["reconciliation", "in", ids]]);
            by_ids(config, LINES, ids, of, FIELDS)
        })
        .collect();
    let lines: Vec<Line> = rows(&calls, &rpc::read_all(ctx, config, &calls)?)?;
    let mut groups: BTreeMap<i64, Vec<Line>> = BTreeMap::new();
    for line in lines {
        groups.entry(line.reconciliation.unwrap_or_default()).or_default().push(line);
    }
    let mut across = vec![];
    for group in &found {
        let Some(lines) = groups.get(&group.id) else { continue };
        let stands = lines.iter().filter(|line| Group(lines).fate(line, config) == Fate::Stands);
        let settlement = Settlement::new(config, &companies, stands.collect(), group.create_date);
        let (settlers, documents) = settlement.write(out);
        across.extend(settlers.into_iter().chain(documents).map(|side| (group, side)));
    }
    if !across.is_empty() {
        convert(ctx, config, (&across, &groups, &companies), out)?;
    }
    Ok((found.len(), ids.last().copied().unwrap_or(place.after)))
}

/// One page of payments linked to an invoice that is not reconciled yet, each invoice whole.
pub(crate) fn linked(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (place, limit): (Place, u32),
    out: &mut Page,
) -> Result<(usize, i64), Stop> {
    let open = json!([receivable(config), ["invoice_payment", "!=", null], ["reconciliation", "=", null]]);
    let mut domain = json!([open, ["id", ">", place.after]]);
    if let (Some(from), Some(domain)) = (place.from, domain.as_array_mut()) {
        let of_invoice = |path: &str| json!([[format!("invoice_payments.{path}"), ">=", from.to_json()]]);
        let itself = changed(config, place);
        domain.push(json!(["OR", itself, of_invoice("write_date"), of_invoice("move.lines.write_date")]));
    }
    let calls = [page(config, LINES, (&domain, Some(limit)), FIELDS), companies(config)];
    let answers = rpc::read_all(ctx, config, &calls)?;
    let found: Vec<Line> = rows(&calls[..1], &answers)?;
    let companies: Vec<Company> = rows(&calls[1..], &answers[1..])?;
    let invoices: BTreeSet<i64> = found.iter().filter_map(|line| line.invoice_payment).collect();
    let invoices: Vec<i64> = invoices.into_iter().collect();
    let of_invoices = |ids: &[i64]| {
        let origins: Vec<String> = ids.iter().map(|id| format!("account.invoice,{id}")).collect();
        let itself = json!([["move.origin", "in", origins], ["reconciliation", "=", null]]);
        json!([
            receivable(config),
            ["OR", itself, [["invoice_payment", "in", ids], ["reconciliation", "=", null]]]
        ])
    };
    let calls = by_ids(config, LINES, &invoices, of_invoices, FIELDS);
    let touches = by_ids(
        config,
        "account.invoice",
        &invoices,
        |ids| json!([["id", "in", ids]]),
        &["create_date", "write_date"],
    );
    let answers = rpc::read_all(ctx, config, &[calls.clone(), touches.clone()].concat())?;
    let (first, second) = answers.split_at(calls.len());
    let lines: Vec<Line> = rows(&calls, first)?;
    let touched: Vec<parties::Touch> = rows(&touches, second)?;
    let touched: BTreeMap<i64, Stamp> = touched.iter().map(|row| (row.id, row.at())).collect();
    for invoice in invoices {
        let of = |line: &&Line| line.invoice_payment == Some(invoice) || owes(line, config) == Some(invoice);
        let at = touched.get(&invoice).copied().unwrap_or_default();
        Settlement::new(config, &companies, lines.iter().filter(of).collect(), at).write_linked(out);
    }
    Ok((found.len(), found.last().map_or(place.after, |line| line.id)))
}

/// The invoice a line is owed by, if it is no payment of it.
fn owes(line: &Line, config: &Config) -> Option<i64> {
    if line.is_cash(config) { None } else { line.invoice() }
}

impl<'s> Settlement<'s> {
    fn new(config: &'s Config, companies: &'s [Company], lines: Vec<&'s Line>, at: Stamp) -> Self {
        let touched = lines.iter().map(|line| line.touched()).fold(at, Stamp::max);
        Self { config, companies, lines, touched }
    }

    fn side(&self, line: &Line) -> Option<Side> {
        let (currency, minor) = line.value(self.companies).ok()?;
        let document = line.is_owed();
        Some(Side {
            id: line.id,
            left: minor.saturating_abs(),
            currency: currency.code,
            day: if document { line.due() } else { line.date() },
            invoice: if document { owes(line, self.config) } else { line.invoice_payment },
        })
    }

    fn sides(&self) -> (Vec<Side>, Vec<Side>) {
        let of = |owed: bool| {
            let lines =
                self.lines.iter().filter(move |line| if owed { line.is_owed() } else { line.takes() });
            lines.filter_map(|line| self.side(line)).collect()
        };
        (of(false), of(true))
    }

    /// Writes who paid what; what is left on both sides is in several currencies.
    fn write(&self, out: &mut Page) -> (Vec<Side>, Vec<Side>) {
        let (mut settlers, mut documents) = self.sides();
        for pair in pairs(&mut settlers, &mut documents) {
            self.allocate(pair, out);
        }
        let rest = |sides: Vec<Side>| sides.into_iter().filter(|side| side.left > 0).collect();
        (rest(settlers), rest(documents))
    }

    fn write_linked(&self, out: &mut Page) {
        self.write(out);
    }

    fn allocate(&self, pair: Pair, out: &mut Page) {
        let find = |id: i64| self.lines.iter().find(|line| line.id == id);
        let (Some(settler), Some(document)) = (find(pair.settler), find(pair.document)) else { return };
        let Ok((currency, _)) = document.value(self.companies) else { return };
        out.batch.allocations.push(erp::Allocation {
            key: erp::Key { id: id(settler.id, document.id), version: self.touched.version(), row: 0 },
            settler: named(settler, self.config),
            document: document.id.to_string(),
            amount: currency.money(pair.minor),
            on: settler.date().max(document.date()).epoch_day(),
        });
    }
}

/// What a settling line came in as.
fn named(line: &Line, config: &Config) -> erp::Settler {
    match line.role(false, config) {
        Role::Payment => erp::Settler::Payment(line.id.to_string()),
        _ => erp::Settler::CreditNote(line.id.to_string()),
    }
}

/// The same pair is always the same allocation.
pub(crate) fn id(settler: i64, document: i64) -> String {
    format!("{settler}-{document}")
}

/// The document that stands for what a line is worth in another currency.
pub(crate) fn conversion(line: i64) -> String {
    format!("conversion-{line}")
}

type Across<'a> = (&'a [(&'a Reconciliation, Side)], &'a BTreeMap<i64, Vec<Line>>, &'a [Company]);

/// What is reconciled across currencies: a pair of documents says what left one currency and entered the
/// other, so that each currency's balance is exact and none is ever added to another.
fn convert(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (across, groups, companies): Across<'_>,
    out: &mut Page,
) -> Result<(), Stop> {
    let lines = groups.values().flatten();
    let lines: BTreeMap<i64, &Line> = lines.map(|line| (line.id, line)).collect();
    let of = |side: &Side| lines.get(&side.id).and_then(|line| line.party);
    let people = parties::fetch(ctx, config, &across.iter().filter_map(|(_, side)| of(side)).collect())?;
    for (group, side) in across {
        let Some(line) = lines.get(&side.id) else { continue };
        let Ok((currency, _)) = line.value(companies) else { continue };
        if let Some(document) = counterpart((group, side), line, (&currency, config), &people) {
            let version = document.key.version;
            let (settler, paid) = if line.is_owed() {
                (erp::Settler::CreditNote(document.key.id.clone()), line.id.to_string())
            } else {
                (named(line, config), document.key.id.clone())
            };
            out.batch.allocations.push(erp::Allocation {
                key: erp::Key { id: format!("x-{}", line.id), version, row: 0 },
                settler,
                document: paid,
                amount: currency.money(side.left),
                on: group.date.0.epoch_day(),
            });
            out.batch.documents.push(document);
        }
    }
    Ok(())
}

fn counterpart(
    (group, side): (&Reconciliation, &Side),
    line: &Line,
    (currency, config): (&Currency, &Config),
    people: &People,
) -> Option<erp::Document> {
    let kind = if line.is_owed() { "exchange-difference" } else { "debit-note" };
    let number = group.number.clone().unwrap_or_else(|| group.id.to_string());
    let day = group.date.0.max(line.date()).epoch_day();
    Some(erp::Document {
        key: erp::Key {
            id: conversion(line.id),
            version: group.create_date.max(line.touched()).version(),
            row: 0,
        },
        creditor: config.creditor(line.booked.company),
        customer: people.customer_id(line.party?)?,
        number: format!("{number}/{}", line.id),
        instalment: 0,
        kind: kind.into(),
        issued: day,
        due: day,
        total: currency.money(side.left),
        open: None,
        exchange_rate: None,
        status: "posted".into(),
        disputed: false,
        attributes: vec![("reconciliation".into(), number)],
    })
}

/// The lines of an invoice that are still to be settled, payments linked to it included.
pub(crate) fn open_of_invoice(config: &Config, invoice: i64) -> rpc::Call {
    let origin = json!([["move.origin", "=", format!("account.invoice,{invoice}")]]);
    let domain = json!([
        receivable(config),
        ["reconciliation", "=", null],
        ["OR", origin, [["invoice_payment", "=", invoice]]],
    ]);
    search(config, LINES, &domain, FIELDS)
}
