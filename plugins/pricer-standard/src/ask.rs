//! Questions: an item with the attribute `ask` is no debt, but asks what one rule of the law says.
//!
//! Answered with one charge: a rate or a sum in its amount, a day in its days, a yes or no in its kind. This is
//! how a lawyer's vectors are run against the very functions that price.

use recaudo_sdk::Failure;
use recaudo_sdk::policy::pricer::Charge;

use crate::case::{Case, Moment, number, word};
use crate::days::{add_business_days, add_months};
use crate::exact::{Exact, Rounding};
use crate::fail;
use crate::interest::{Agreed, Terms, quote};
use crate::item::day_count;
use crate::law::{DayRule, DayTerm, Entry, Flag, Rate, Role};
use crate::ledger::New;
use crate::sums;
use crate::yields::Quote;

/// Kinds of an answer that is no sum of money.
const RATE: &str = "pricer-standard.rate";
const BASE: &str = "pricer-standard.base";
const DAY: &str = "pricer-standard.day";
const FLAG: &str = "pricer-standard.";

/// Answers the item's question.
pub(crate) fn answer(case: &Case<'_>, rule: &str) -> Result<Charge, Failure> {
    let what = case.given("ask-for").map(word).unwrap_or_default();
    let found = match what.as_str() {
        "rate" => rate(case, rule)?,
        "day" => day(case, rule)?,
        "flag" => flag(case, rule)?,
        "base" => base(case, rule)?,
        "amount" => amount(case, rule)?,
        _ => {
            let message = format!("attribute ask-for is {what:?}; write rate, amount, base, day or flag");
            return Err(fail::input(fail::BAD_FACT, message));
        }
    };
    found.ok_or_else(|| {
        let message = format!("no rule {rule} of {} says anything about a {what}", case.item.country);
        fail::input(fail::UNKNOWN_RULE, message)
    })
}

fn one(case: &Case<'_>, kind: &str, entry: &Entry, minor: i64) -> Charge {
    spanning(case, kind, entry, minor, (case.on, case.on))
}

fn spanning(case: &Case<'_>, kind: &str, entry: &Entry, minor: i64, days: (i32, i32)) -> Charge {
    let (rule, source) = (entry.rule.clone(), entry.source.clone());
    New { rule, source, minor, from: days.0, to: days.1 }.charge(case, kind)
}

/// The question's day, and the debt it is about.
fn moment(case: &Case<'_>) -> Result<Moment, Failure> {
    case.moment(case.on)
}

/// The first entry of the rule that fits.
fn first<'a, T>(
    case: &Case<'_>,
    all: &'a [T],
    rule: &str,
    entry: fn(&T) -> &Entry,
) -> Result<Option<&'a T>, Failure> {
    for one in all {
        if entry(one).rule == rule && case.binds(entry(one), moment(case)?)? {
            return Ok(Some(one));
        }
    }
    Ok(None)
}

fn agreed(case: &Case<'_>) -> Result<Option<Exact>, Failure> {
    case.number("contract-rate")
}

/// A cap; or the legal rate, which an agreed one goes before. In percent, as the law states it.
fn rate(case: &Case<'_>, rule: &str) -> Result<Option<Charge>, Failure> {
    let Some(found) = first(case, &case.law.rate, rule, |rate: &Rate| &rate.entry)? else { return Ok(None) };
    let agreed = agreed(case)?.filter(|_| found.role == Role::Statutory);
    let quote = match agreed {
        Some(percent) => Quote { percent, effective: found.effective, monthly: found.monthly },
        None => quote(case, found, moment(case)?)?,
    };
    let per_month = case.given("convert").is_some_and(|text| word(text).contains("month"));
    let percent = if per_month { quote.of_month()? } else { quote.percent };
    let minor = percent.rounded(case.exponent, Rounding::HalfEven)?;
    Ok(Some(one(case, RATE, &found.entry, minor)))
}

/// What late interest is reckoned on: what is overdue, nothing else.
fn base(case: &Case<'_>, rule: &str) -> Result<Option<Charge>, Failure> {
    let Some(found) = case.law.interest.iter().find(|interest| interest.entry.rule == rule) else {
        return Ok(None);
    };
    Ok(Some(one(case, BASE, &found.entry, case.open_minor(case.on))))
}

/// Late interest when the question brings a rate, else the rule's sum.
fn amount(case: &Case<'_>, rule: &str) -> Result<Option<Charge>, Failure> {
    let sum = first(case, &case.law.sum, rule, |sum| &sum.entry)?;
    let rate = case.law.rate.iter().find(|rate_of| rate_of.entry.rule == rule);
    let known = case.law.interest.iter().map(|interest| &interest.entry).find(|entry| entry.rule == rule);
    let entry = rate.map(|rate| &rate.entry).or(known);
    let brought = agreed(case)?.is_some()
        || rate.is_some_and(|rate| {
            let mut series = rate.largest.iter().filter_map(|term| term.series.as_ref());
            series.all(|name| case.rates.has(name))
        });
    if let Some(entry) = entry.filter(|_| case.days_late() > 0 && (brought || sum.is_none())) {
        return interest(case, entry, rate).map(Some);
    }
    let Some(sum) = sum else { return Ok(None) };
    let value = sums::evaluate(case, sum, moment(case)?)?;
    let kind = sum.kinds.first().map_or("fee", String::as_str);
    Ok(Some(one(case, kind, &sum.entry, value.rounded(case.exponent, Rounding::HalfEven)?)))
}

fn interest(case: &Case<'_>, entry: &Entry, rate: Option<&Rate>) -> Result<Charge, Failure> {
    let source = match agreed(case)? {
        Some(percent) => Agreed::Fixed(Quote::nominal(percent)),
        None => Agreed::Statutory(Some(entry.rule.clone())),
    };
    let mut terms = Terms::plain(&entry.rule, &entry.source, source);
    terms.capped = false;
    let count = case.given("day-count").or(rate.and_then(|rate| rate.day_count.as_deref()));
    if let Some(count) = count {
        terms.day_count = day_count(count)?;
    }
    let accrued = terms.accrued(case, case.on)?;
    Ok(spanning(case, "interest", entry, accrued.minor, (accrued.first, case.on)))
}

fn flag(case: &Case<'_>, rule: &str) -> Result<Option<Charge>, Failure> {
    let Some(found) = first(case, &case.law.flag, rule, |flag: &Flag| &flag.entry)? else { return Ok(None) };
    let missing = |name: &str| fail::input(fail::MISSING_FACT, format!("attribute {name} is missing"));
    let agreed = agreed(case)?.ok_or_else(|| missing("contract-rate"))?;
    let legal = match case.number("legal-pct")? {
        Some(legal) => legal,
        None => {
            let rate = first(case, &case.law.rate, rule, |rate: &Rate| &rate.entry)?;
            quote(case, rate.ok_or_else(|| missing("legal-pct"))?, moment(case)?)?.percent
        }
    };
    let holds = agreed <= legal.times(number(&found.at_most)?)?;
    let kind = format!("{FLAG}{}", word(if holds { &found.yes } else { &found.no }));
    Ok(Some(one(case, &kind, &found.entry, 0)))
}

fn day(case: &Case<'_>, rule: &str) -> Result<Option<Charge>, Failure> {
    let Some(found) = first(case, &case.law.day, rule, |day: &DayRule| &day.entry)? else { return Ok(None) };
    let mut earliest: Option<i32> = None;
    for term in &found.earliest {
        if let Some(day) = reckon(case, term)? {
            earliest = Some(earliest.map_or(day, |other| other.min(day)));
        }
    }
    let asked = found.earliest.iter().flat_map(|term| term.of.iter()).map(String::as_str).collect::<Vec<_>>();
    let missing = || format!("rule {rule} needs one of the attributes {}", asked.join(", "));
    let day = earliest.ok_or_else(|| fail::input(fail::MISSING_FACT, missing()))?;
    Ok(Some(spanning(case, DAY, &found.entry, 0, (day, day))))
}

/// None when its first day, or what it counts by, is not known.
fn reckon(case: &Case<'_>, term: &DayTerm) -> Result<Option<i32>, Failure> {
    let mut start = None;
    for key in &term.of {
        start = start.or(case.day(key)?);
    }
    let Some(start) = start.filter(|_| true) else { return Ok(None) };
    if !case.any(&term.when, moment(case)?)? {
        return Ok(None);
    }
    let (mut months, mut days) = (term.years * 12 + term.months, term.days);
    if let Some(key) = &term.count_of {
        let Some(count) = case.count(key)?.or(term.default) else { return Ok(None) };
        let count = count.saturating_mul(term.times.unwrap_or(1)).min(term.most.unwrap_or(i32::MAX));
        if term.unit == "months" {
            months += count.min(12_000);
        } else {
            days += count.min(365_000);
        }
    }
    let day = add_months(start, months) + days;
    Ok(Some(add_business_days(day, term.business_days, &holidays(case)?) + term.then_days))
}

/// The attribute `holidays`: days separated by commas.
fn holidays(case: &Case<'_>) -> Result<Vec<i32>, Failure> {
    let list = case.given("holidays").unwrap_or("");
    let read = |text: &str| {
        let day = recaudo_sdk::Date::parse_iso(text.trim()).map(recaudo_sdk::Date::epoch_day);
        day.ok_or_else(|| {
            fail::input(
                fail::BAD_FACT,
                format!("attribute holidays has {text:?}; write days such as 2026-03-31"),
            )
        })
    };
    list.split(',').filter(|text| !text.trim().is_empty()).map(read).collect()
}
