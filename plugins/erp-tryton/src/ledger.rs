//! Receivable lines become documents and payments: one due date, one item.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::{Ctx, Reject, Stop, erp, values};
use serde::Deserialize;
use serde_json::json;

use crate::ErpTryton;
use crate::amount::{Currency, NoAmount, Plain};
use crate::checkpoint::Place;
use crate::config::Config;
use crate::line::{FIELDS, Fate, Group, Line, Role, receivable};
use crate::parties::{Asked, People};
use crate::rpc::{self, Call};
use crate::sweep::{Company, by_ids, companies, page, rows, touched_since};
use crate::wire::{Day, Stamp};

/// Where rejects say they are from.
pub(crate) const LINES: &str = "account.move.line";
/// What a change of makes a line worth reading again.
const TOUCHES: &[&str] = &["", "move."];

/// An invoice, as far as its lines need it.
#[derive(Debug, Clone, Deserialize)]
struct Invoice {
    id: i64,
    number: Option<String>,
    reference: Option<String>,
    description: Option<String>,
    invoice_date: Option<Day>,
    #[serde(rename = "move")]
    booked: Option<i64>,
    additional_moves: Vec<i64>,
    lines_to_pay: Vec<i64>,
    create_date: Stamp,
    write_date: Stamp,
}

const INVOICE: &[&str] = &[
    "number",
    "reference",
    "description",
    "invoice_date",
    "move",
    "additional_moves",
    "lines_to_pay",
    "create_date",
    "write_date",
];

#[derive(Debug, Clone, Deserialize)]
struct Sibling {
    id: i64,
    party: Option<i64>,
    #[serde(rename = "move")]
    booked: i64,
}

/// A page of lines with everything that says what they are.
struct Book<'b> {
    config: &'b Config,
    companies: Vec<Company>,
    people: People,
    invoices: BTreeMap<i64, Invoice>,
    groups: BTreeMap<i64, Vec<Line>>,
    siblings: BTreeMap<(i64, i64), Vec<i64>>,
}

/// The lines touched since `place.from`, after `place.after`.
pub(crate) fn changed(config: &Config, place: Place) -> serde_json::Value {
    let mut domain = json!([receivable(config), ["id", ">", place.after]]);
    if let (Some(from), Some(domain)) = (place.from, domain.as_array_mut()) {
        let mut any = touched_since(from, TOUCHES);
        if let Some(any) = any.as_array_mut() {
            // A payment linked to an invoice, or let go of it, touches the invoice only.
            any.push(json!([["move.origin.write_date", ">=", from.to_json(), "account.invoice"]]));
        }
        domain.push(any);
    }
    domain
}

/// One page of documents and payments; how many lines it took, and the last of them.
pub(crate) fn pull(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (place, limit): (Place, u32),
    page_out: &mut Page,
) -> Result<(usize, i64), Stop> {
    let calls = [page(config, LINES, (&changed(config, place), Some(limit)), FIELDS), companies(config)];
    let answers = rpc::read_all(ctx, config, &calls)?;
    let lines: Vec<Line> = rows(&calls[..1], &answers)?;
    let companies: Vec<Company> = rows(&calls[1..], &answers[1..])?;
    let book = Book::fetch(ctx, config, &lines, companies)?;
    book.people.write(&mut page_out.batch);
    for line in &lines {
        book.write(line, place.from.is_some(), page_out);
    }
    Ok((lines.len(), lines.last().map_or(place.after, |line| line.id)))
}

/// What a page holds so far.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) batch: erp::Batch,
    pub(crate) rejects: Vec<Reject>,
    control: BTreeMap<String, (Currency, i64)>,
}

impl Page {
    /// What the source's documents of this page sum to.
    pub(crate) fn control(&self) -> Vec<values::Money> {
        self.control.values().map(|(currency, minor)| currency.money(*minor)).collect()
    }

    fn count(&mut self, currency: &Currency, minor: i64) {
        let entry = self.control.entry(currency.code.clone()).or_insert_with(|| (currency.clone(), 0));
        entry.1 = entry.1.saturating_add(minor.saturating_abs());
    }

    pub(crate) fn refuse(&mut self, source: &str, field: &str, value: String, code: &str, message: String) {
        self.rejects.push(Reject {
            source: source.into(),
            row: 0,
            field: field.into(),
            value,
            code: code.into(),
            message,
        });
    }
}

impl<'b> Book<'b> {
    /// Everything about the lines, side by side.
    fn fetch(
        ctx: &mut Ctx<ErpTryton>,
        config: &'b Config,
        lines: &[Line],
        companies: Vec<Company>,
    ) -> Result<Self, Stop> {
        let parties: BTreeSet<i64> = lines.iter().filter_map(|line| line.party).collect();
        let asked = Asked::new(config, &parties);
        let unique = |ids: BTreeSet<i64>| ids.into_iter().collect::<Vec<i64>>();
        let moves = unique(lines.iter().map(|line| line.booked.id).collect());
        let plain = unique(lines.iter().filter(|l| l.invoice().is_none()).map(|l| l.booked.id).collect());
        let groups = unique(lines.iter().filter_map(|line| line.reconciliation).collect());
        let of_moves = |ids: &[i64]| {
            json!([["type", "=", "out"], ["OR", ["move", "in", ids], ["additional_moves", "in", ids]]])
        };
        let invoices = by_ids(config, "account.invoice", &moves, of_moves, INVOICE);
        let among = |name: &'static str| move |ids: &[i64]| json!([receivable(config), [name, "in", ids]]);
        let siblings = by_ids(config, LINES, &plain, among("move"), &["party", "move"]);
        let groups = by_ids(config, LINES, &groups, among("reconciliation"), FIELDS);
        let calls: Vec<Call> =
            [&asked.calls(), &invoices, &siblings, &groups].into_iter().flatten().cloned().collect();
        let answers = rpc::read_all(ctx, config, &calls)?;
        let (first, rest) = answers.split_at(asked.calls().len());
        let (second, rest) = rest.split_at(invoices.len());
        let (third, fourth) = rest.split_at(siblings.len());
        let mut book = Self {
            config,
            companies,
            people: asked.read(config, first)?,
            invoices: BTreeMap::new(),
            groups: BTreeMap::new(),
            siblings: BTreeMap::new(),
        };
        for invoice in rows::<Invoice>(&invoices, second)? {
            for id in invoice.booked.iter().chain(&invoice.additional_moves) {
                book.invoices.insert(*id, invoice.clone());
            }
        }
        for sibling in rows::<Sibling>(&siblings, third)? {
            let party = sibling.party.unwrap_or_default();
            book.siblings.entry((sibling.booked, party)).or_default().push(sibling.id);
        }
        for line in rows::<Line>(&groups, fourth)? {
            book.groups.entry(line.reconciliation.unwrap_or_default()).or_default().push(line);
        }
        Ok(book)
    }

    fn fate(&self, line: &Line) -> Fate {
        match line.reconciliation.and_then(|id| self.groups.get(&id)) {
            Some(group) => Group(group).fate(line, self.config),
            None => Fate::Stands,
        }
    }

    /// `again`: the line may have come in before, as something else.
    fn write(&self, line: &Line, again: bool, page: &mut Page) {
        let invoice = self.invoices.get(&line.booked.id);
        let (fate, role) = (self.fate(line), line.role(invoice.is_some(), self.config));
        if fate == Fate::Skipped || role == Role::Nothing {
            if again {
                page.batch
                    .deletions
                    .extend(["document", "payment"].map(|entity| deletion(entity, line.id.to_string())));
            }
            return;
        }
        let (currency, minor) = match self.value(line) {
            Ok(value) => value,
            Err((field, code, message)) => {
                return page.refuse(LINES, field, line.id.to_string(), code, message);
            }
        };
        if minor == 0 {
            return;
        }
        if !matches!(role, Role::Payment) {
            page.count(&currency, minor);
        }
        let Some(customer) = line.party.and_then(|party| self.people.customer_id(party)) else {
            let message = format!(
                "line {} of move {} is receivable and has no party; give it one in Tryton",
                line.id,
                line.booked.number.as_deref().unwrap_or("?")
            );
            return page.refuse(LINES, "party", line.id.to_string(), "missing-field", message);
        };
        match role {
            Role::Owed(kind) | Role::Taken(kind) => {
                let document =
                    self.document(line, (kind, customer), invoice, currency.money(minor.saturating_abs()));
                let status = if fate == Fate::Cancelled { "cancelled" } else { "posted" };
                page.batch.documents.push(erp::Document { status: status.into(), ..document });
            }
            Role::Payment if fate == Fate::Cancelled => {
                if again {
                    page.batch.deletions.push(deletion("payment", line.id.to_string()));
                }
            }
            Role::Payment => {
                let amount = currency.money(minor.saturating_abs());
                page.batch.payments.push(self.payment(line, customer, amount));
            }
            Role::Nothing => {}
        }
    }

    fn value(&self, line: &Line) -> Result<(Currency, i64), (&'static str, &'static str, String)> {
        let (currency, minor) = line.value(&self.companies).map_err(|why| match why {
            None => {
                let message = format!("company {} cannot be read; grant it to the user", line.booked.company);
                ("company", "erp-tryton.no-company", message)
            }
            Some(NoAmount::TooPrecise) => {
                let message = "the amount has more decimals than its currency in Tryton; it is not rounded";
                ("debit", "amount-precision", message.to_owned())
            }
            Some(NoAmount::TooLarge) => {
                ("debit", "amount-too-large", "the amount does not fit 64 bits of minor units".into())
            }
        })?;
        if currency.letters().is_none() {
            let message =
                format!("{:?} is no code of ISO 4217; correct the currency in Tryton", currency.code);
            return Err(("currency", "unknown-currency", message));
        }
        Ok((currency, minor))
    }

    fn document(
        &self,
        line: &Line,
        (kind, customer): (&str, String),
        invoice: Option<&Invoice>,
        total: values::Money,
    ) -> erp::Document {
        let issued = invoice.and_then(|invoice| invoice.invoice_date).map_or(line.date(), |day| day.0);
        let mut attributes = vec![];
        let mut note = |name: &str, value: Option<&String>| {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                attributes.push((name.to_owned(), value.clone()));
            }
        };
        note("move", line.booked.number.as_ref());
        note("journal", line.booked.journal.code.as_ref());
        note("reference", invoice.and_then(|invoice| invoice.reference.as_ref()));
        let described = invoice.and_then(|i| i.description.as_ref()).or(line.booked.description.as_ref());
        note("description", line.description.as_ref().or(described));
        // A balance brought forward is posted long after it was due.
        let due = line.due();
        if due < issued {
            note("posted-on", Some(&issued.to_string()));
        }
        let (number, instalment) = self.number(line, invoice, issued);
        let touched = invoice.map_or(line.touched(), |i| line.touched().max(i.create_date).max(i.write_date));
        erp::Document {
            key: erp::Key { id: line.id.to_string(), version: touched.version(), row: 0 },
            creditor: self.config.creditor(line.booked.company),
            customer,
            number,
            instalment,
            kind: kind.into(),
            issued: issued.min(due).epoch_day(),
            due: due.epoch_day(),
            total,
            open: None,
            exchange_rate: None,
            status: String::new(),
            disputed: false,
            attributes,
        }
    }

    /// An invoice's own number, or the journal's code and the move's number; and which instalment it is, in
    /// the order Tryton made them.
    fn number(&self, line: &Line, invoice: Option<&Invoice>, issued: recaudo_sdk::Date) -> (String, u16) {
        let (base, mut lines) = match invoice {
            Some(invoice) => {
                let number = invoice.number.clone().unwrap_or_else(|| format!("invoice-{}", invoice.id));
                (number, invoice.lines_to_pay.clone())
            }
            None => {
                let journal = line.booked.journal.code.as_deref().unwrap_or("move");
                let number = line.booked.number.clone().unwrap_or_else(|| line.booked.id.to_string());
                let place = (line.booked.id, line.party.unwrap_or_default());
                (format!("{journal}/{number}"), self.siblings.get(&place).cloned().unwrap_or_default())
            }
        };
        lines.sort_unstable();
        let place = lines.iter().position(|id| *id == line.id);
        let instalment = match (lines.len(), place) {
            (2.., Some(place)) => u16::try_from(place + 1).unwrap_or(u16::MAX),
            _ => 0,
        };
        let number = if self.config.number_with_year { format!("{base}/{}", issued.ymd().0) } else { base };
        (number, instalment)
    }

    fn payment(&self, line: &Line, customer: String, amount: values::Money) -> erp::Payment {
        let said = line.description.as_ref().or(line.booked.description.as_ref());
        let number = line.booked.number.clone().unwrap_or_default();
        let mut attributes = vec![("move".to_owned(), number.clone())];
        if let Some(code) = &line.booked.journal.code {
            attributes.push(("journal".into(), code.clone()));
        }
        erp::Payment {
            key: erp::Key { id: line.id.to_string(), version: line.touched().version(), row: 0 },
            creditor: self.config.creditor(line.booked.company),
            customer,
            received: line.date().epoch_day(),
            amount,
            method: String::new(),
            reference: said.cloned().unwrap_or(number),
            attributes,
        }
    }
}

pub(crate) fn deletion(entity: &str, id: String) -> erp::Deletion {
    erp::Deletion { entity: entity.into(), id }
}

/// An amount as text, for messages.
pub(crate) fn shown(currency: &Currency, minor: i64) -> String {
    format!("{} {}", Plain(minor, currency.digits()), currency.code)
}
