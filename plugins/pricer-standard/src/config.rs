//! The configuration: what the contracts say, and how far the law speaks where they are silent.

use std::collections::BTreeMap;

use recaudo_sdk::Failure;
use serde::Deserialize;

use crate::days::DayCount;
use crate::exact::Rounding;
use crate::fail;
use crate::law::{Repeat, SeriesRule};

/// As `config.schema.json` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) statutory: Statutory,
    pub(crate) rules: Vec<Contract>,
    /// The name a data file uses -> the name the host hands the series in by.
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) series: Vec<SeriesRule>,
    /// Country -> law in the form of `data/*.toml`, asked before the built-in one.
    pub(crate) law: BTreeMap<String, String>,
}

/// What is charged by law where no contract speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Statutory {
    #[default]
    None,
    Interest,
    /// Fixed sums such as 40 EUR an invoice too.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ContractKind {
    Interest,
    Penalty,
    Fee,
    Discount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    #[default]
    Simple,
    Compound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grace {
    /// Paid within the days: no interest. Later: from the due date.
    #[default]
    Waives,
    /// Interest begins after the days.
    Shifts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Since {
    #[default]
    Issued,
    Due,
}

/// One clause of the contracts. Percentages and amounts are texts such as `"1.5"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contract {
    pub(crate) id: String,
    pub(crate) kind: ContractKind,
    /// The clause it rests on.
    #[serde(default)]
    pub(crate) source: String,
    /// Items it is about; any of the conditions.
    #[serde(default)]
    pub(crate) when: Vec<String>,
    #[serde(default)]
    pub(crate) rounding: Rounding,
    /// Fewer decimals than the currency has.
    pub(crate) decimals: Option<u8>,

    // Interest: a rate, or a series with something on top.
    pub(crate) rate: Option<String>,
    pub(crate) series: Option<String>,
    pub(crate) plus: Option<String>,
    pub(crate) times: Option<String>,
    #[serde(default)]
    pub(crate) effective: bool,
    #[serde(default)]
    pub(crate) monthly: bool,
    #[serde(default)]
    pub(crate) method: Method,
    /// Times a year a nominal rate is capitalised.
    pub(crate) compounding: Option<u32>,
    #[serde(default)]
    pub(crate) day_count: DayCount,
    #[serde(default)]
    pub(crate) grace_days: i32,
    #[serde(default)]
    pub(crate) grace: Grace,

    // Penalties, fees and discounts: a part of what is open, a fixed amount, at most so much.
    pub(crate) percent: Option<String>,
    #[serde(default)]
    pub(crate) fixed: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) most: BTreeMap<String, String>,
    /// Not before it is more than so many days late.
    #[serde(default)]
    pub(crate) after_days: i32,
    #[serde(default)]
    pub(crate) repeat: Repeat,

    // Discounts: until so many days after.
    pub(crate) within_days: Option<i32>,
    #[serde(default)]
    pub(crate) since: Since,
}

impl Config {
    /// # Errors
    /// `invalid-config`, naming the key or the rule.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let config: Self = serde_json::from_slice(bytes)
            .map_err(|error| fail::config(&format!("the configuration: {error}")))?;
        config.rules.iter().try_for_each(Contract::check)?;
        let kinds = [ContractKind::Penalty, ContractKind::Fee];
        for kind in kinds {
            let repeats = |repeat| config.rules.iter().any(|rule| rule.kind == kind && rule.repeat == repeat);
            if repeats(Repeat::Once) && repeats(Repeat::Monthly) {
                let message =
                    "penalties, and fees, are all charged once or all monthly; give the others another kind";
                return Err(fail::config(message));
            }
        }
        Ok(config)
    }
}

impl Contract {
    fn check(&self) -> Result<(), Failure> {
        let wrong = |what: &str| Err(fail::config(&format!("rule {}: {what}", self.id)));
        let numbers = [&self.rate, &self.plus, &self.times, &self.percent];
        let amounts = self.fixed.values().chain(self.most.values());
        if numbers
            .into_iter()
            .flatten()
            .chain(amounts)
            .any(|text| crate::exact::Exact::parse(text).is_none_or(|number| number.num() < 0))
        {
            return wrong("a percentage or amount is no plain positive number such as \"1.5\"");
        }
        if [self.grace_days, self.after_days, self.within_days.unwrap_or(0)]
            .into_iter()
            .any(|days| !(0..=3660).contains(&days))
        {
            return wrong("days lie between 0 and 3660");
        }
        if self.compounding.is_some_and(|times| !(1..=366).contains(&times)) {
            return wrong("compounding lies between 1 and 366 times a year");
        }
        match self.kind {
            ContractKind::Interest if self.rate.is_some() == self.series.is_some() => {
                wrong("interest needs a rate or a series, one of them")
            }
            ContractKind::Discount if self.within_days.is_none() => wrong("a discount needs within_days"),
            ContractKind::Penalty | ContractKind::Fee | ContractKind::Discount
                if self.percent.is_none() && self.fixed.is_empty() =>
            {
                wrong("it needs percent, fixed amounts, or both")
            }
            _ => Ok(()),
        }
    }
}
