//! Pricing one item: interest, penalties, fees and discounts, each beyond what was charged before.

use recaudo_sdk::Failure;
use recaudo_sdk::policy::pricer::Charge;

use crate::case::{Case, Moment, number};
use crate::config::{Config, Contract, ContractKind, Since, Statutory};
use crate::days::DayCount;
use crate::exact::{Exact, Rounding};
use crate::fail;
use crate::interest::{Agreed, Terms, statutory};
use crate::ledger::{Charged, New};
use crate::sums;
use crate::yields::Quote;

/// Kinds of document that take from what is owed bear nothing.
const CREDITS: [&str; 5] = ["credit-note", "write-off", "discount", "withholding", "exchange-difference"];

impl ContractKind {
    /// As the contract's code.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Interest => "interest",
            Self::Penalty => "penalty",
            Self::Fee => "fee",
            Self::Discount => "discount",
        }
    }
}

/// Everything new about one item.
pub(crate) fn price(case: &Case<'_>, config: &Config) -> Result<Vec<Charge>, Failure> {
    if CREDITS.contains(&case.item.kind.as_str()) {
        return Ok(Vec::new());
    }
    let mut charges = Vec::new();
    let mut add = |kind: ContractKind, new: Vec<New>| {
        charges.extend(new.into_iter().map(|new| new.charge(case, kind.word())));
    };
    if case.days_late() > 0 {
        add(ContractKind::Interest, interest(case, config)?);
        for kind in [ContractKind::Penalty, ContractKind::Fee] {
            add(kind, sums::price(case, config, kind)?);
        }
    }
    add(ContractKind::Discount, discount(case, config)?.into_iter().collect());
    Ok(charges)
}

fn interest(case: &Case<'_>, config: &Config) -> Result<Vec<New>, Failure> {
    let charged = Charged::of(case.item, ContractKind::Interest.word());
    let Some(terms) = terms(case, config)? else { return Ok(Vec::new()) };
    if charged.until.is_some_and(|until| until > case.on) {
        return Ok(Vec::new());
    }
    let accrued = terms.accrued(case, case.on)?;
    let (rule, mut source) = (terms.rule, terms.source);
    if accrued.minor < charged.net {
        source = format!("less had accrued than was charged; {source}");
        let minor = accrued.minor - charged.net;
        return Ok(vec![New { rule, source, minor, from: accrued.first, to: case.on }]);
    }
    if accrued.minor <= charged.gross {
        return Ok(Vec::new());
    }
    if let Some((cap, text)) = accrued.cut_by {
        source = format!("{source}; cut by {cap} ({text})");
    }
    let from = charged.until.map_or(accrued.first, |until| until + 1);
    let from = if from > case.on { accrued.first } else { from };
    Ok(vec![New { rule, source, minor: accrued.minor - charged.gross, from, to: case.on }])
}

/// The clause, the item's own rate, or the law's.
fn terms(case: &Case<'_>, config: &Config) -> Result<Option<Terms>, Failure> {
    let due = case.item.due;
    let at = Moment { day: due + 1, ..case.moment(due)? };
    let clause = clause(case, config, ContractKind::Interest, at)?;
    let mut terms = clause.map(Terms::of).transpose()?;
    if let Some(percent) = case.number("contract-rate")? {
        let plain = || Terms::plain("contract-rate", "contract", Agreed::Fixed(Quote::nominal(percent)));
        let mut own = terms.take().unwrap_or_else(plain);
        own.rate = match own.rate {
            Agreed::Fixed(quote) => Agreed::Fixed(Quote { percent, ..quote }),
            _ => Agreed::Fixed(Quote::nominal(percent)),
        };
        terms = Some(own);
    }
    if terms.is_none() && config.statutory != Statutory::None {
        terms = statutory_terms(case, at)?;
    }
    let Some(mut terms) = terms else { return Ok(None) };
    if let Some(days) = case.count("grace-days")? {
        terms.grace_days = days;
    }
    if let Some(count) = case.given("day-count") {
        terms.day_count = day_count(count)?;
    }
    Ok(Some(terms))
}

/// The law's own terms, when some law in force binds this debt.
fn statutory_terms(case: &Case<'_>, at: Moment) -> Result<Option<Terms>, Failure> {
    let Some((rate, _)) = statutory(case, at, None)? else { return Ok(None) };
    let mut terms = Terms::plain(&rate.entry.rule, &rate.entry.source, Agreed::Statutory(None));
    if let Some(count) = &rate.day_count {
        terms.day_count = day_count(count)?;
    }
    Ok(Some(terms))
}

pub(crate) fn day_count(text: &str) -> Result<DayCount, Failure> {
    let unknown = || format!("day count {text:?} is unknown; write 30/360, act/360, act/365 or act/act");
    DayCount::named(text).ok_or_else(|| fail::input(fail::BAD_FACT, unknown()))
}

/// The first clause of a kind whose conditions fit.
fn clause<'a>(
    case: &Case<'_>,
    config: &'a Config,
    kind: ContractKind,
    at: Moment,
) -> Result<Option<&'a Contract>, Failure> {
    for rule in config.rules.iter().filter(|rule| rule.kind == kind) {
        if case.any(&rule.when, at)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

/// Offered once, while it can be taken; afterwards it has expired by itself.
fn discount(case: &Case<'_>, config: &Config) -> Result<Option<New>, Failure> {
    let at = case.moment(case.on)?;
    let earlier = case.item.charged.iter().any(|row| row.kind == ContractKind::Discount.word());
    if earlier || !at.open.is_positive() {
        return Ok(None);
    }
    let offer = match clause(case, config, ContractKind::Discount, at)? {
        _ if case.given("discount-until").is_some() => own_discount(case, at)?,
        Some(rule) => {
            let since = if rule.since == Since::Due { case.item.due } else { case.item.issued };
            let to = since + rule.within_days.unwrap_or(0);
            let (minor, id, source) = (sums::amount(case, rule, at)?, rule.id.clone(), rule.source.clone());
            Some(New { rule: id, source, minor, from: case.on, to })
        }
        None => None,
    };
    let taken = |new: New| New { minor: -new.minor.min(case.open_minor(case.on)), ..new };
    Ok(offer.filter(|new| case.on <= new.to && new.minor > 0).map(taken))
}

/// The discount printed on the document: `discount-until` with `discount-percent` or `discount-amount`.
fn own_discount(case: &Case<'_>, at: Moment) -> Result<Option<New>, Failure> {
    let Some(to) = case.day("discount-until")? else { return Ok(None) };
    let percent = case.number("discount-percent")?.unwrap_or(Exact::ZERO);
    let amount = case.given("discount-amount").map_or(Ok(Exact::ZERO), number)?;
    let minor =
        at.open.times(percent.percent()?)?.plus(amount)?.rounded(case.exponent, Rounding::HalfEven)?;
    let (rule, source) = ("discount-terms".into(), "terms of the document".into());
    Ok(Some(New { rule, source, minor, from: case.on, to }))
}
