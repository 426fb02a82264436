//! A payment received, in Tryton: one posted move whose description is our reference, a line for each
//! document it pays, and every line reconciled or linked.
//!
//! Each step looks at what is there first, so a receipt cut short anywhere goes on where it was.

use recaudo_sdk::erp::writeback::{Posting, Receipt, Status};
use recaudo_sdk::{Ctx, Date, Fail, Failure, Kind, Money, Retry, Stop};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ErpTryton;
use crate::amount::{Currency, Plain};
use crate::config::Config;
use crate::ledger::{LINES, shown as amount_shown};
use crate::line::{FIELDS, Line};
use crate::push::{Id, line_id, party, posting, rejected};
use crate::rate::convert;
use crate::reconcile;
use crate::rpc::{self, Call, shown};
use crate::sweep::{Company, companies, context, search};
use crate::wire::{day_json, decimal_json};

const MOVES: &str = "account.move";

#[derive(Debug, Clone, Deserialize)]
struct Method {
    company: i64,
    journal: i64,
    debit_account: i64,
}

#[derive(Debug, Clone, Deserialize)]
struct Booked {
    id: i64,
    state: String,
    number: Option<String>,
}

pub(crate) fn push(ctx: &mut Ctx<ErpTryton>, config: &Config, receipt: &Receipt) -> Result<Posting, Stop> {
    if receipt.reference.trim().is_empty() {
        return Err(rejected(
            "erp-tryton.no-reference",
            "a receipt without a reference could be written twice",
        ));
    }
    let mut wrote = false;
    let booked = match find(ctx, config, &receipt.reference)? {
        Some(booked) => booked,
        None => {
            wrote = true;
            book(ctx, config, receipt)?
        }
    };
    if booked.state == "draft" {
        wrote = true;
        let call = Call::new(format!("model.{MOVES}.post"), json!([[booked.id], context(config)]));
        let _: Value = rpc::commit(ctx, config, &call)?;
    }
    let lines = lines(ctx, config, booked.id)?;
    if let Some(reverses) = reversed(receipt) {
        let original = original(ctx, config, reverses)?;
        let payment = self::lines(ctx, config, original.id)?;
        wrote |= reconcile::take_back(ctx, config, &payment, &lines)?;
    } else {
        for (document, line) in settled(receipt, &lines)? {
            wrote |= reconcile::settle(ctx, config, document, line)?;
        }
    }
    let status = if wrote { Status::Applied } else { Status::AlreadyApplied };
    Ok(posting(status, format!("{MOVES},{}", booked.id), ""))
}

/// Looks only: the move, and whether every line of it is where it belongs.
pub(crate) fn query(ctx: &mut Ctx<ErpTryton>, config: &Config, receipt: &Receipt) -> Result<Posting, Stop> {
    let Some(booked) = find(ctx, config, &receipt.reference)? else {
        return Ok(posting(Status::NotAttempted, "", "erp-tryton.not-there"));
    };
    let id = format!("{MOVES},{}", booked.id);
    let lines = lines(ctx, config, booked.id)?;
    let mut whole = booked.state == "posted";
    if reversed(receipt).is_some() {
        whole &= lines.iter().all(|line| line.reconciliation.is_some());
    } else {
        for (document, line) in settled(receipt, &lines)? {
            whole &= !reconcile::is_due(ctx, config, document, line)?;
        }
    }
    // What is half written may be pushed again: it goes on where it was.
    Ok(match whole {
        true => posting(Status::AlreadyApplied, id, ""),
        false => posting(Status::NotAttempted, id, "erp-tryton.half-written"),
    })
}

fn reversed(receipt: &Receipt) -> Option<&str> {
    receipt.attributes.iter().find(|(name, _)| name == "reverses").map(|(_, value)| value.as_str())
}

/// The move with our reference.
fn find(ctx: &mut Ctx<ErpTryton>, config: &Config, mark: &str) -> Result<Option<Booked>, Stop> {
    let domain = json!([["description", "=", mark]]);
    let found: Vec<Booked> = rpc::read(ctx, config, &search(config, MOVES, &domain, &["state", "number"]))?;
    match &found[..] {
        [] => Ok(None),
        [booked] => Ok(Some(booked.clone())),
        [first, second, ..] => {
            let number = |booked: &Booked| booked.number.clone().unwrap_or_else(|| booked.id.to_string());
            let message = format!(
                "moves {} and {} both say {}; give one of them another description in Tryton",
                number(first),
                number(second),
                shown(mark)
            );
            Err(Failure { retry: Retry::Never, ..Fail::new(Kind::Conflict, "erp-tryton.two-moves", message) }
                .into())
        }
    }
}

fn original(ctx: &mut Ctx<ErpTryton>, config: &Config, mark: &str) -> Result<Booked, Stop> {
    find(ctx, config, mark)?.ok_or_else(|| {
        let message = format!("Tryton has no move {} to take back", shown(mark));
        Failure { retry: Retry::Never, ..Fail::new(Kind::NotFound, "not-found", message) }.into()
    })
}

/// The receivable lines of a move, in the order they were made.
fn lines(ctx: &mut Ctx<ErpTryton>, config: &Config, booked: i64) -> Result<Vec<Line>, Stop> {
    let domain = json!([["move", "=", booked], ["account.type.receivable", "=", true]]);
    rpc::read(ctx, config, &search(config, LINES, &domain, FIELDS))
}

/// Which line pays which document: they were made in the receipt's order.
fn settled<'l>(receipt: &Receipt, lines: &'l [Line]) -> Result<Vec<(i64, &'l Line)>, Stop> {
    let documents = receipt.documents.iter().map(|(document, _)| line_id(document));
    documents.zip(lines).map(|(document, line)| Ok((document?, line))).collect()
}

/// What a move is made from.
struct Plan<'p> {
    receipt: &'p Receipt,
    method: Method,
    company: Company,
    party: i64,
    documents: Vec<Line>,
    day: Date,
}

/// A part of a receipt: on which account, and how much, in minor units.
struct Part {
    account: i64,
    minor: i64,
    currency: Currency,
    /// The line it takes back.
    origin: Option<i64>,
}

/// Makes the move, as a draft.
fn book(ctx: &mut Ctx<ErpTryton>, config: &Config, receipt: &Receipt) -> Result<Booked, Stop> {
    let plan = Plan::make(ctx, config, receipt)?;
    let parts = plan.parts(ctx, config)?;
    let period = plan.period(ctx, config)?;
    let mut lines = vec![];
    let mut cash: i64 = 0;
    for part in &parts {
        let books = plan.in_books(ctx, config, part)?;
        cash = cash
            .checked_add(books)
            .ok_or_else(|| rejected("amount-too-large", "the receipt is too large"))?;
        lines.push(plan.line(part, books));
    }
    lines.push(plan.counterpart(cash, &parts));
    let invoices: Vec<Option<i64>> = plan.documents.iter().map(Line::invoice).collect();
    let origin = match invoices[..] {
        [Some(first), ..] if invoices.iter().all(|id| *id == Some(first)) => {
            json!(format!("account.invoice,{first}"))
        }
        _ => Value::Null,
    };
    let values = json!({
        "company": plan.company.id, "journal": plan.method.journal, "period": period,
        "date": day_json(plan.day), "description": receipt.reference, "origin": origin,
        "lines": [["create", lines]],
    });
    let call = Call::new(format!("model.{MOVES}.create"), json!([[values], context(config)]));
    let ids: Vec<i64> = rpc::commit(ctx, config, &call)?;
    let id = ids.first().copied().unwrap_or_default();
    Ok(Booked { id, state: "draft".into(), number: None })
}

impl<'p> Plan<'p> {
    fn make(ctx: &mut Ctx<ErpTryton>, config: &Config, receipt: &'p Receipt) -> Result<Self, Stop> {
        let method = method(ctx, config)?;
        let party = party(ctx, config, &receipt.customer)?;
        let ids: Result<Vec<i64>, Stop> = receipt.documents.iter().map(|(id, _)| line_id(id)).collect();
        let ids = ids?;
        let calls = [search(config, LINES, &json!([["id", "in", ids]]), FIELDS), companies(config)];
        let answers = rpc::read_all(ctx, config, &calls)?;
        let found: Vec<Line> = rpc::result(&answers[0], &calls[0])?;
        let companies: Vec<Company> = rpc::result(&answers[1], &calls[1])?;
        let mut documents = vec![];
        for id in ids {
            let line = found.iter().find(|line| line.id == id && line.booked.company == method.company);
            documents.push(line.cloned().ok_or_else(|| {
                let message = format!("Tryton has no receivable line {id} in the payment method's company");
                Stop::from(Failure { retry: Retry::Never, ..Fail::new(Kind::NotFound, "not-found", message) })
            })?);
        }
        let company = companies.into_iter().find(|company| company.id == method.company);
        let company = company.ok_or_else(|| {
            rejected("erp-tryton.no-company", "the payment method's company is none of `companies`")
        })?;
        Ok(Self { receipt, method, company, party, documents, day: Date::from_epoch_day(receipt.on) })
    }

    /// One part a document, and one for what is left.
    fn parts(&self, ctx: &mut Ctx<ErpTryton>, config: &Config) -> Result<Vec<Part>, Stop> {
        if let Some(reverses) = reversed(self.receipt) {
            return self.reversal(ctx, config, reverses);
        }
        let total = Money::from(self.receipt.amount);
        if total.minor <= 0 {
            return Err(rejected(
                "not-positive-amount",
                "a receipt of nothing; one that goes back names `reverses`",
            ));
        }
        let mut left = total.minor;
        let mut parts = vec![];
        for (line, (_, amount)) in self.documents.iter().zip(&self.receipt.documents) {
            let amount = Money::from(*amount);
            let (currency, owed) = line
                .value(core::slice::from_ref(&self.company))
                .map_err(|_| rejected("amount-precision", "the document's amount in Tryton is not exact"))?;
            let same = currency.code == amount.code() && currency.digits() == amount.exponent;
            if !same || amount.currency != total.currency || amount.exponent != total.exponent {
                let message = format!("document {} is in {}, the receipt in {total}", line.id, currency.code);
                return Err(rejected("two-currencies", message));
            }
            if line.party != Some(self.party) {
                return Err(rejected("other-customer", format!("document {} is another party's", line.id)));
            }
            if amount.minor <= 0 || amount.minor > owed || amount.minor > left {
                let message =
                    format!("{amount} for document {} of {}", line.id, amount_shown(&currency, owed));
                return Err(rejected("over-total", message));
            }
            left -= amount.minor;
            parts.push(Part { account: line.account, minor: amount.minor, currency, origin: None });
        }
        if left > 0 {
            let account = match self.documents.first() {
                Some(line) => line.account,
                None => self.account(ctx, config)?,
            };
            let currency = match parts.first() {
                Some(part) => part.currency.clone(),
                None => self.currency(ctx, config, total)?,
            };
            parts.push(Part { account, minor: left, currency, origin: None });
        }
        Ok(parts)
    }

    /// The lines of the receipt it takes back, the other way round.
    fn reversal(&self, ctx: &mut Ctx<ErpTryton>, config: &Config, reverses: &str) -> Result<Vec<Part>, Stop> {
        let original = original(ctx, config, reverses)?;
        let mut parts = vec![];
        for line in lines(ctx, config, original.id)? {
            let (currency, minor) = line
                .value(core::slice::from_ref(&self.company))
                .map_err(|_| rejected("amount-precision", "the payment's amount in Tryton is not exact"))?;
            parts.push(Part { account: line.account, minor, currency, origin: Some(line.id) });
        }
        let sum = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.minor));
        if sum != Some(self.receipt.amount.minor) {
            let message = format!("only the whole of {} can be taken back", shown(reverses));
            return Err(rejected("erp-tryton.partly-reversed", message));
        }
        Ok(parts)
    }

    /// The party's receivable account, or else the company's.
    fn account(&self, ctx: &mut Ctx<ErpTryton>, config: &Config) -> Result<i64, Stop> {
        #[derive(Deserialize)]
        struct Set {
            #[serde(alias = "default_account_receivable")]
            account_receivable: Option<i64>,
        }
        let ask = |model: &str, id: i64, field: &str| {
            let params = json!([[id], [field], { "company": self.company.id }]);
            Call::new(format!("model.{model}.read"), params)
        };
        let calls = [
            ask("party.party", self.party, "account_receivable"),
            ask("account.configuration", 1, "default_account_receivable"),
        ];
        let answers = rpc::read_all(ctx, config, &calls)?;
        let found: Vec<Set> = crate::sweep::rows(&calls, &answers)?;
        let message = "the party has no receivable account and the company no default; set one in Tryton";
        let account = found.iter().find_map(|set| set.account_receivable);
        account.ok_or_else(|| rejected("erp-tryton.no-account", message))
    }

    fn currency(&self, ctx: &mut Ctx<ErpTryton>, config: &Config, total: Money) -> Result<Currency, Stop> {
        let domain = json!([["code", "=", total.code()]]);
        let call = search(config, "currency.currency", &domain, &["code", "digits"]);
        let found: Vec<Currency> = rpc::read(ctx, config, &call)?;
        let fits = found.into_iter().find(|currency| currency.digits() == total.exponent);
        let message = format!("Tryton has no currency {} with {} digits", total.code(), total.exponent);
        fits.ok_or_else(|| rejected("unknown-currency", message))
    }

    fn in_books(&self, ctx: &mut Ctx<ErpTryton>, config: &Config, part: &Part) -> Result<i64, Stop> {
        if part.currency.id == self.company.currency.id {
            return Ok(part.minor);
        }
        convert(ctx, config, (part.minor, &part.currency, &self.company.currency), self.day)
    }

    fn amounts(&self, books: i64) -> [Value; 2] {
        let text = |minor: i64| decimal_json(&Plain(minor, self.company.currency.digits()).to_string());
        [text(books.max(0)), text(books.saturating_neg().max(0))]
    }

    fn line(&self, part: &Part, books: i64) -> Value {
        let [credit, debit] = self.amounts(books);
        let mut line = json!({
            "account": part.account, "party": self.party, "debit": debit, "credit": credit,
            "origin": part.origin.map(|id| format!("{LINES},{id}")),
        });
        self.second(&mut line, part.minor.saturating_neg(), &part.currency);
        line
    }

    fn counterpart(&self, cash: i64, parts: &[Part]) -> Value {
        let [debit, credit] = self.amounts(cash);
        let mut line = json!({ "account": self.method.debit_account, "debit": debit, "credit": credit });
        if let Some(first) = parts.first() {
            let sum = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.minor));
            self.second(&mut line, sum, &first.currency);
        }
        line
    }

    fn second(&self, line: &mut Value, minor: i64, currency: &Currency) {
        if currency.id != self.company.currency.id {
            line["second_currency"] = json!(currency.id);
            line["amount_second_currency"] = decimal_json(&Plain(minor, currency.digits()).to_string());
        }
    }

    fn period(&self, ctx: &mut Ctx<ErpTryton>, config: &Config) -> Result<i64, Stop> {
        let domain = json!([
            ["company", "=", self.company.id],
            ["type", "=", "standard"],
            ["state", "=", "open"],
            ["start_date", "<=", day_json(self.day)],
            ["end_date", ">=", day_json(self.day)],
        ]);
        let found: Vec<Id> = rpc::read(ctx, config, &search(config, "account.period", &domain, &["id"]))?;
        let message =
            format!("Tryton has no open period for {}; open it, or write the payment by hand", self.day);
        found.first().map(|period| period.id).ok_or_else(|| rejected("erp-tryton.closed-period", message))
    }
}

/// How payments are booked: a payment method's journal and account.
fn method(ctx: &mut Ctx<ErpTryton>, config: &Config) -> Result<Method, Stop> {
    let Some(name) = &config.payment_method else {
        let message = "`payment_method` is not set; it names the invoice payment method whose journal and \
            account payments are booked with";
        return Err(Fail::invalid_config("config", message).into());
    };
    let domain = json!([["name", "=", name], crate::sweep::of_companies(config, "company")]);
    let fields = &["company", "journal", "debit_account"];
    let call = search(config, "account.invoice.payment.method", &domain, fields);
    let found: Vec<Method> = rpc::read(ctx, config, &call)?;
    match &found[..] {
        [method] => Ok(method.clone()),
        _ => {
            let message = format!(
                "`payment_method`: Tryton has {} payment methods called {}; name one, and its company",
                found.len(),
                shown(name)
            );
            Err(Fail::invalid_config("config", message).into())
        }
    }
}
