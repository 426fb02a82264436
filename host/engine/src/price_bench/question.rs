//! From a vector to a question: an item with its dates and balance, reference rates as series, attributes.

use recaudo_core::calendar::Calendar;
use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_ports::plugin::pricer::{Balance, Item, Series};
use recaudo_ports::plugin::{Attribute, Decimal as RateDecimal, Money};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::vector::PriceVector;

/// What kind of answer the vector's unit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AskFor {
    Rate,
    Amount,
    Base,
    Day,
    Flag,
}

/// One call of the pricer.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) on: i32,
    pub(super) rates: Vec<Series>,
    pub(super) item: Item,
    pub(super) ask_for: AskFor,
}

/// The due date of a vector that names none; nothing depends on it but which law is in force.
const DUE: i32 = 20_514; // 2026-03-02
/// Rates are told from this long before the due date, anew every four weeks, so that none is stale.
const RATES_BEFORE: i32 = 400;
const RATES_EVERY: usize = 28;
/// No currency, four decimals: what a percentage is answered in.
const PERCENT: ([u8; 3], u8) = (*b"XXX", 4);
/// How far ahead holidays are told.
const HOLIDAYS_AHEAD: i32 = 150;

/// Inputs that say how late it is; the first one present counts.
const DAYS: &[&str] = &["days", "days_past_due", "days_late", "days_overdue"];
const ON: &[&str] = &["on", "as_of", "date"];
/// The rate that was agreed.
const AGREED: &[&str] = &[
    "agreed",
    "agreed_pct",
    "agreed_rate",
    "agreed_rate_pct",
    "contract_rate",
    "contract_rate_pct",
    "rate_pct",
    "rate_pct_pa",
];
/// Percentages that are no reference rates.
const NO_SERIES: &[&str] = &["legal_pct", "discount_pct", "fee_pct", "penalty_pct", "multa_pct"];
/// What is owed and overdue; a total beside it is not.
const PRINCIPAL: &[&str] = &[
    "instalment_capital_overdue",
    "overdue_instalment",
    "overdue_capital",
    "overdue",
    "principal",
    "capital",
    "debt",
    "instalment",
    "invoice",
    "amount",
];
/// Numbers that are no sums of money.
const COUNTS: &[&str] =
    &["invoices_late", "charges_this_month", "basis", "outstanding_total", "remaining_balance"];
/// Reference rates go by several names in vectors; each name here is told under the other too.
const SAME_RATE: &[(&str, &str)] = &[
    ("co-ibc", "co-ibc-ea"),
    ("cr-avg", "cr-avg-active"),
    ("es-ecb", "es-ecb-mro"),
    ("es-ecb-ref", "es-ecb-mro"),
    ("eu-ecb", "eu-ecb-ref"),
    ("eu-ecb-mro", "eu-ecb-ref"),
    ("gb-base", "gb-boe-base"),
    ("gb-boe", "gb-boe-base"),
    ("pe-avg", "pe-sbs-consumer-avg"),
    ("uy-avg", "uy-bcu-avg"),
];

/// The question, or why the vector is skipped.
pub(super) fn question(vector: &PriceVector) -> Result<Question, String> {
    let inputs = &vector.inputs;
    if vector.verified == "conflict" && !inputs.keys().any(|key| key.contains("reading")) {
        return Err("sources disagree and the inputs name no reading".into());
    }
    let (ask_for, (currency, exponent)) = asked(vector)?;
    let due = first_day(inputs, &["due"]).unwrap_or(DUE);
    let late = first(inputs, DAYS).map_or(Ok(0), |value| {
        text(value).parse().map_err(|_| format!("{} is no number of days", text(value)))
    })?;
    let on = first_day(inputs, ON).unwrap_or(due.saturating_add(late));
    let open = Money { minor: minor(principal(inputs), exponent)?, exponent, currency };
    let item = Item {
        id: vector.rule_id.clone(),
        kind: "invoice".into(),
        country: vector.country.clone(),
        debtor_kind: inputs.get("debtor_kind").map_or_else(String::new, text),
        issued: due,
        due,
        balances: vec![Balance { on: due, open }],
        charged: Vec::new(),
        attributes: attributes(vector, ask_for),
    };
    Ok(Question { on, rates: rates(vector, due, on)?, item, ask_for })
}

/// By the unit; a unit of neither money nor percent names a day or a word.
fn asked(vector: &PriceVector) -> Result<(AskFor, ([u8; 3], u8)), String> {
    let unit = vector.unit.as_str();
    if unit.contains('%') {
        return Ok((AskFor::Rate, PERCENT));
    }
    let token = unit.split_whitespace().next().unwrap_or("");
    let currency = if token == "UF" { Ok(Currency(*b"CLF")) } else { token.parse::<Currency>() };
    if let Some(currency) = currency.ok().filter(|currency| currency.is_known()) {
        let what = if unit.contains("base") { AskFor::Base } else { AskFor::Amount };
        return Ok((what, (currency.0, currency.exponent())));
    }
    if unit == "flag" {
        return Ok((AskFor::Flag, PERCENT));
    }
    match (vector.expected.parse::<Day>(), vector.expected.is_empty()) {
        (Ok(_), _) | (_, true) => Ok((AskFor::Day, PERCENT)),
        _ => Err(format!("unit {unit:?} is neither a currency, a percentage, a day nor a flag")),
    }
}

fn first<'a>(inputs: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().filter_map(|key| inputs.get(*key)).find(|value| !value.is_null())
}

fn first_day(inputs: &Map<String, Value>, keys: &[&str]) -> Option<i32> {
    first(inputs, keys).and_then(|value| text(value).parse::<Day>().ok()).map(|day| day.0)
}

/// Scalars as they stand, lists joined by commas.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// The sum the question is about: a known name, one that ends in a currency, or the only number that is left.
fn principal(inputs: &Map<String, Value>) -> Option<&Value> {
    let stems = ["overdue_", "debt_", "amount_", "principal_", "instalment_"];
    let known = first(inputs, PRINCIPAL);
    let suffixed = || inputs.iter().find(|(key, _)| stems.iter().any(|stem| key.starts_with(stem)));
    known.or_else(|| suffixed().map(|(_, value)| value)).or_else(|| {
        let mut rest = inputs.iter().filter(|(key, value)| {
            let key = key.as_str();
            let other = key.ends_with("_pct") || [DAYS, AGREED, COUNTS].iter().any(|all| all.contains(&key));
            text(value).parse::<Decimal>().is_ok() && !other
        });
        rest.next().map(|(_, value)| value).filter(|_| rest.next().is_none())
    })
}

fn minor(value: Option<&Value>, exponent: u8) -> Result<i64, String> {
    let Some(value) = value else { return Ok(0) };
    let wrong = || format!("{} is no amount of this currency", text(value));
    let amount: Decimal = text(value).parse().map_err(|_| wrong())?;
    let factor = Decimal::from(10_i64.checked_pow(exponent.into()).ok_or_else(wrong)?);
    let minor = amount.checked_mul(factor).ok_or_else(wrong)?.normalize();
    minor.is_integer().then(|| i64::try_from(minor).ok()).flatten().ok_or_else(wrong)
}

/// Every input under its own name in words with hyphens, and what the pricer asks for by other names.
fn attributes(vector: &PriceVector, ask_for: AskFor) -> Vec<Attribute> {
    let word = match ask_for {
        AskFor::Rate => "rate",
        AskFor::Amount => "amount",
        AskFor::Base => "base",
        AskFor::Day => "day",
        AskFor::Flag => "flag",
    };
    let inputs = &vector.inputs;
    let mut all: Vec<Attribute> =
        vec![("ask".into(), vector.rule_id.clone()), ("ask-for".into(), word.into())];
    all.extend(inputs.iter().map(|(key, value)| (key.replace('_', "-"), text(value))));
    let mut alias = |name: &str, value: Option<&Value>| {
        if let Some(value) = value.filter(|_| !inputs.contains_key(name)) {
            all.push((name.into(), text(value)));
        }
    };
    alias("contract-rate", first(inputs, AGREED));
    alias("day-count", first(inputs, &["day_count", "basis"]));
    alias("term-days", first(inputs, &["term_days", "days"]));
    all.push(("holidays".into(), holidays(vector)));
    all
}

/// The vector's own list, else the country's holidays after its first day.
fn holidays(vector: &PriceVector) -> String {
    if let Some(own) = first(&vector.inputs, &["legal_holidays", "holidays"]) {
        return text(own);
    }
    let days = vector.inputs.values().filter_map(|value| text(value).parse::<Day>().ok());
    let Some(start) = days.min() else { return String::new() };
    let ahead = Calendar::built_in().holidays(&vector.country, start, start.plus(HOLIDAYS_AHEAD));
    ahead.iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>().join(",")
}

/// `ibc_ea_pct` of Colombia is the series `co-ibc-ea`, unchanged over the days.
fn rates(vector: &PriceVector, due: i32, on: i32) -> Result<Vec<Series>, String> {
    let mut all = Vec::new();
    for (key, value) in &vector.inputs {
        let no_series = AGREED.contains(&key.as_str()) || NO_SERIES.contains(&key.as_str());
        let Some(stem) = key.strip_suffix("_pct").filter(|_| !no_series && !value.is_null()) else {
            continue;
        };
        let wrong = || format!("{key} {} is no percentage", text(value));
        let rate: Decimal = text(value).parse().map_err(|_| wrong())?;
        let coefficient = i64::try_from(rate.mantissa()).map_err(|_| wrong())?;
        let scale = u8::try_from(rate.scale()).ok().filter(|scale| *scale <= 18).ok_or_else(wrong)?;
        let days = (due.saturating_sub(RATES_BEFORE)..=on.max(due)).step_by(RATES_EVERY);
        let rates: Vec<_> = days.map(|day| (day, RateDecimal { coefficient, scale })).collect();
        let name = format!("{}-{}", vector.country.to_lowercase(), stem.replace('_', "-"));
        if let Some((_, other)) = SAME_RATE.iter().find(|(alias, _)| *alias == name) {
            all.push(Series { name: (*other).into(), rates: rates.clone() });
        }
        all.push(Series { name, rates });
    }
    Ok(all)
}
