//! The configuration: how sure each rule is, and what may be missing from a payment.

use std::collections::BTreeMap;

use recaudo_sdk::{Fail, Failure, Money};
use serde::Deserialize;

/// Why an assignment was suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    Reference,
    Number,
    ExactAmount,
    Discount,
    NearAmount,
    AllOpen,
    Sum,
    OldestFirst,
}

/// Rules, their ids, and how sure each is of a known customer's money, in parts per million.
const RULES: [(Rule, &str, i32); 8] = [
    (Rule::Reference, "reference", 990_000),
    (Rule::Number, "number", 970_000),
    (Rule::ExactAmount, "exact-amount", 900_000),
    (Rule::Discount, "discount", 880_000),
    (Rule::NearAmount, "near-amount", 750_000),
    (Rule::AllOpen, "all-open", 900_000),
    (Rule::Sum, "sum", 850_000),
    (Rule::OldestFirst, "oldest-first", 500_000),
];

impl Rule {
    pub(crate) fn id(self) -> &'static str {
        RULES[self as usize].1
    }
}

/// What is never passed when more than one thing fits.
const AMBIGUOUS: i32 = 300_000;
/// Money that explains itself by a bank's fee is at most this part of what is owed, in parts per million.
const FEE_SHARE: i128 = 50_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Raw {
    confidence: BTreeMap<String, i32>,
    rounding: BTreeMap<String, String>,
    bank_fee: BTreeMap<String, String>,
    withholding_ppm: Vec<i64>,
    oldest_first: Option<bool>,
    sum_items_max: Option<usize>,
}

/// As `config.schema.json` says.
#[derive(Debug)]
pub(crate) struct Config {
    confidence: [i32; RULES.len()],
    ambiguous: i32,
    rounding: BTreeMap<String, String>,
    bank_fee: BTreeMap<String, String>,
    /// Rates that customers withhold.
    pub(crate) withholding_ppm: Vec<i64>,
    /// Money of a known customer that fits nothing goes to the oldest items.
    pub(crate) oldest_first: bool,
    /// Items looked at for a sum.
    pub(crate) sum_items_max: usize,
}

impl Config {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let raw: Raw = recaudo_sdk::read_config(bytes)?;
        let mut config = Self {
            confidence: RULES.map(|(_, _, ppm)| ppm),
            ambiguous: AMBIGUOUS,
            rounding: with(raw.rounding, &[("*", "0.05"), ("CLP", "10"), ("COP", "50"), ("PYG", "100")]),
            bank_fee: with(raw.bank_fee, &[("EUR", "40"), ("USD", "50")]),
            withholding_ppm: raw.withholding_ppm,
            oldest_first: raw.oldest_first.unwrap_or(true),
            sum_items_max: raw.sum_items_max.unwrap_or(20),
        };
        if !(2..=24).contains(&config.sum_items_max) {
            return Err(wrong("sum_items_max", "a number from 2 to 24"));
        }
        if config.withholding_ppm.iter().any(|ppm| !(1..1_000_000).contains(ppm)) {
            return Err(wrong("withholding_ppm", "rates above 0 and below 1,000,000"));
        }
        for (name, ppm) in raw.confidence {
            if !(0..=1_000_000).contains(&ppm) {
                return Err(wrong("confidence", "parts per million from 0 to 1,000,000"));
            }
            match RULES.iter().position(|(_, id, _)| *id == name) {
                Some(at) => config.confidence[at] = ppm,
                None if name == "ambiguous" => config.ambiguous = ppm,
                None => return Err(wrong("confidence", &format!("no rule called `{name}`; see the README"))),
            }
        }
        let amounts = config.rounding.values().chain(config.bank_fee.values());
        if let Some(text) = amounts.into_iter().find(|text| parse(text, 4).is_none()) {
            return Err(wrong("rounding", &format!("plain amounts; `{text}` is none")));
        }
        Ok(config)
    }

    /// How sure a rule is, less `penalty`.
    pub(crate) fn sure(&self, rule: Rule, penalty: i32) -> i32 {
        (self.confidence[rule as usize] - penalty).clamp(0, 1_000_000)
    }

    /// How sure when several things fit.
    pub(crate) fn ambiguous(&self) -> i32 {
        self.ambiguous
    }

    /// The most that is left aside as rounding, in minor units.
    pub(crate) fn rounding(&self, currency: [u8; 3], exponent: u8) -> i64 {
        limit(&self.rounding, currency, exponent)
    }

    /// The most that a bank on the way may have kept of `owed`.
    pub(crate) fn bank_fee(&self, currency: [u8; 3], exponent: u8, owed: i64) -> i64 {
        let share = i128::from(owed) * FEE_SHARE / 1_000_000;
        limit(&self.bank_fee, currency, exponent).min(i64::try_from(share).unwrap_or(i64::MAX))
    }
}

fn wrong(key: &str, expected: &str) -> Failure {
    let mut failure = Fail::invalid_config(
        "config",
        format!("the configuration does not fit at `/{key}`: expected {expected}"),
    );
    failure.details.push(("key".into(), format!("/{key}")));
    failure
}

fn with(mut set: BTreeMap<String, String>, defaults: &[(&str, &str)]) -> BTreeMap<String, String> {
    for (currency, amount) in defaults {
        set.entry((*currency).to_owned()).or_insert_with(|| (*amount).to_owned());
    }
    set
}

fn limit(set: &BTreeMap<String, String>, currency: [u8; 3], exponent: u8) -> i64 {
    let code = core::str::from_utf8(&currency).unwrap_or("*");
    set.get(code).or_else(|| set.get("*")).and_then(|text| parse(text, exponent)).unwrap_or(0)
}

/// Minor units of a plain amount that is not negative; what is finer than the currency is left off, because a
/// limit of 0.05 is 0 for a currency without decimals.
fn parse(text: &str, exponent: u8) -> Option<i64> {
    let kept = match text.split_once('.') {
        Some((whole, fraction)) => {
            let digits = fraction.len().min(usize::from(exponent));
            format!("{whole}.{}", fraction.get(..digits)?)
        }
        None => text.to_owned(),
    };
    let amount = Money::parse(&kept, exponent, *b"XXX").ok()?;
    (amount.minor >= 0 && !text.starts_with('-')).then_some(amount.minor)
}
