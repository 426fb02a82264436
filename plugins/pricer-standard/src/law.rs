//! What a country's file says: caps, statutory rates, sums and days, each with its source and its first day.
//!
//! Every parameter stands in `data/<country>.toml`. Percentages and amounts are texts, so that nothing is
//! ever read as a binary fraction. Of entries for the same thing the first counts whose days and cases fit.

use recaudo_sdk::{Date, Failure};
use serde::Deserialize;

use crate::fail;

const COUNTRIES: [(&str, &str); 14] = [
    ("AR", include_str!("../data/ar.toml")),
    ("BR", include_str!("../data/br.toml")),
    ("CL", include_str!("../data/cl.toml")),
    ("CO", include_str!("../data/co.toml")),
    ("CR", include_str!("../data/cr.toml")),
    ("ES", include_str!("../data/es.toml")),
    ("EU", include_str!("../data/eu.toml")),
    ("GB", include_str!("../data/gb.toml")),
    ("MX", include_str!("../data/mx.toml")),
    ("PA", include_str!("../data/pa.toml")),
    ("PE", include_str!("../data/pe.toml")),
    ("PY", include_str!("../data/py.toml")),
    ("US", include_str!("../data/us.toml")),
    ("UY", include_str!("../data/uy.toml")),
];

/// Member states without a file of their own.
const UNION: &str = "AT BE BG CY CZ DE DK EE FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

/// One country's file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Law {
    pub(crate) series: Vec<SeriesRule>,
    pub(crate) measure: Vec<Measure>,
    pub(crate) fact: Vec<Derived>,
    pub(crate) rate: Vec<Rate>,
    pub(crate) interest: Vec<Interest>,
    pub(crate) sum: Vec<Sum>,
    pub(crate) day: Vec<DayRule>,
    pub(crate) flag: Vec<Flag>,
}

/// What is known about a series beyond its figures.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SeriesRule {
    pub(crate) name: String,
    /// A figure older than this no longer covers a day: the next one was published and is missing.
    pub(crate) good_months: Option<i32>,
    /// `half-year`: the figure of the day before a half-year holds for all of it.
    pub(crate) fixed_per: Option<String>,
}

/// The debt in another unit, such as `uf`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measure {
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) series: String,
}

/// A fact that follows from others unless it is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Derived {
    pub(crate) name: String,
    pub(crate) when: Vec<String>,
}

/// What every entry has, under `law.`: dotted keys, since a flattened struct would accept unknown ones.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) rule: String,
    pub(crate) source: String,
    /// First day in force.
    pub(crate) from: Option<String>,
    /// Last day in force.
    pub(crate) until: Option<String>,
    /// Debts the rule binds; any of them.
    pub(crate) scope: Vec<String>,
    /// Cases within the rule; any of them.
    pub(crate) when: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// No more than this.
    Cap,
    /// This where nothing was agreed.
    Statutory,
    /// Both.
    Both,
}

/// A yearly rate in percent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Rate {
    #[serde(rename = "law")]
    pub(crate) entry: Entry,
    pub(crate) role: Role,
    /// The figure is an effective yearly rate.
    #[serde(default)]
    pub(crate) effective: bool,
    /// The figure is a rate of a month.
    #[serde(default)]
    pub(crate) monthly: bool,
    /// The largest of these.
    pub(crate) largest: Vec<Term>,
    pub(crate) floor: Option<String>,
    pub(crate) day_count: Option<String>,
}

/// `(series - less + plus) * times`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Term {
    pub(crate) series: Option<String>,
    pub(crate) less: Option<String>,
    pub(crate) plus: Option<String>,
    pub(crate) times: Option<String>,
}

/// How late interest may be worked out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Interest {
    #[serde(rename = "law")]
    pub(crate) entry: Entry,
    /// Capitalised at most so often a year; 0: never.
    pub(crate) compounding_max: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Repeat {
    #[default]
    Once,
    /// Once a calendar month.
    Monthly,
}

/// A sum of money: what may be charged at most, or what is due by law.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Sum {
    #[serde(rename = "law")]
    pub(crate) entry: Entry,
    pub(crate) role: Role,
    /// Kinds of charge it is about.
    pub(crate) kinds: Vec<String>,
    /// Nothing up to this many days late.
    #[serde(default)]
    pub(crate) after_days: i32,
    /// The currency of bands and amounts; the series that turns it into others.
    #[serde(default)]
    pub(crate) currency: String,
    pub(crate) series: Option<String>,
    /// Ascending; each band takes its part of the debt, or, with amounts, the band of the debt gives one.
    #[serde(default)]
    pub(crate) bands: Vec<Band>,
    pub(crate) percent: Option<String>,
    pub(crate) amount: Option<String>,
    pub(crate) most: Option<String>,
    /// Taken off unless the fact holds.
    pub(crate) less: Option<String>,
    pub(crate) less_unless: Option<String>,
    /// So many times, a fact.
    pub(crate) each: Option<String>,
    #[serde(default)]
    pub(crate) repeat: Repeat,
    /// A fact that says how often it was charged this month.
    pub(crate) month_fact: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Band {
    pub(crate) below: Option<String>,
    pub(crate) percent: Option<String>,
    pub(crate) amount: Option<String>,
}

/// A day that follows from others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayRule {
    #[serde(rename = "law")]
    pub(crate) entry: Entry,
    /// The earliest of those whose first day is known.
    pub(crate) earliest: Vec<DayTerm>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DayTerm {
    /// Facts, the first that is given.
    pub(crate) of: Vec<String>,
    pub(crate) when: Vec<String>,
    pub(crate) years: i32,
    pub(crate) months: i32,
    pub(crate) days: i32,
    pub(crate) business_days: i32,
    /// Days after the business days.
    pub(crate) then_days: i32,
    /// A fact that counts `unit`s (`days`, `months`).
    pub(crate) count_of: Option<String>,
    pub(crate) unit: String,
    pub(crate) times: Option<i32>,
    pub(crate) default: Option<i32>,
    pub(crate) most: Option<i32>,
}

/// A yes or no about an agreed rate.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Flag {
    #[serde(rename = "law")]
    pub(crate) entry: Entry,
    /// The agreed rate is no more than this part of the legal one.
    pub(crate) at_most: String,
    pub(crate) yes: String,
    pub(crate) no: String,
}

impl Law {
    /// The law of a country; nothing for one without a file. `own` is appended by the configuration.
    pub(crate) fn of(country: &str, own: Option<&str>) -> Result<Self, Failure> {
        let file = COUNTRIES.iter().find(|(code, _)| *code == country);
        let union = || COUNTRIES.iter().find(|(code, _)| *code == "EU");
        let file = file.or_else(|| UNION.split(' ').any(|code| code == country).then(union).flatten());
        let mut law = Self::default();
        for text in own.into_iter().chain(file.map(|(_, text)| *text)) {
            let read: Self = toml::from_str(text)
                .map_err(|error| fail::config(&format!("the law of {country} cannot be read: {error}")))?;
            law.append(read);
        }
        Ok(law)
    }

    fn append(&mut self, mut other: Self) {
        self.series.append(&mut other.series);
        self.measure.append(&mut other.measure);
        self.fact.append(&mut other.fact);
        self.rate.append(&mut other.rate);
        self.interest.append(&mut other.interest);
        self.sum.append(&mut other.sum);
        self.day.append(&mut other.day);
        self.flag.append(&mut other.flag);
    }

    /// Days on which an entry comes into force or ends.
    pub(crate) fn turns(&self) -> Vec<i32> {
        let rates = self.rate.iter().map(|rate| &rate.entry);
        let entries = rates.chain(self.interest.iter().map(|interest| &interest.entry));
        let days = |entry: &Entry| {
            let after = entry.until.as_deref().and_then(Date::parse_iso).map(|day| day.plus(1));
            [entry.from.as_deref().and_then(Date::parse_iso), after]
        };
        entries.flat_map(days).flatten().map(Date::epoch_day).collect()
    }
}

impl Entry {
    /// Is it in force on the day?
    pub(crate) fn holds_on(&self, day: i32) -> bool {
        let bound = |text: &Option<String>| text.as_deref().and_then(Date::parse_iso).map(Date::epoch_day);
        bound(&self.from).is_none_or(|first| first <= day)
            && bound(&self.until).is_none_or(|last| day <= last)
    }
}

#[cfg(test)]
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    COUNTRIES.into_iter()
}
