//! What an operator can set. The defaults are assumptions, written here to be seen and changed.

use std::collections::BTreeMap;

use recaudo_sdk::{Date, Fail, Failure};
use serde::Deserialize;

use crate::value::Nano;

/// Amounts by currency, such as `{"COP": "20000", "USD": "5"}`.
pub type Amounts = BTreeMap<String, Nano>;

/// The configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Actions for one customer a run.
    pub per_customer: u32,
    /// Contacts of a customer on one day, by any channel; at this many, none is added.
    pub cap_day: u32,
    /// Contacts of a customer in seven days, today included.
    pub cap_week: u32,
    /// Days from one contact to the next: 1 allows one a day.
    pub days_between: u32,
    /// Days after a promise's day before its items are chased again: bank transfers take a day to show.
    pub promise_grace_days: u32,
    /// Smallest open amount worth a contact, by currency; none for a currency that is not named.
    pub minimum: Amounts,
    /// What a contact costs, by channel and currency, where the host does not know better.
    pub cost: BTreeMap<String, Amounts>,
    /// Share of late payment that one contact averts, by channel, parts per million. An assumption until measured.
    pub effect_ppm: BTreeMap<String, u32>,
    /// The same for a channel that is not named.
    pub effect_other_ppm: u32,
    /// Probability of paying late where there is no score.
    pub unscored_ppm: u32,
    /// `[from days past due, weight in parts per million]`, rising: how much of the effect is left at that age.
    pub age_ppm: Vec<(i32, u32)>,
    /// Channels by which a person acts, not a machine: their decision is `task`.
    pub person_channels: Vec<String>,
    /// Most actions by a channel, of one batch; beyond, the least valuable wait.
    pub capacity: BTreeMap<String, u32>,
    /// To compare currencies; without it, values are compared within a currency only.
    pub rates: Option<Rates>,
}

/// Dated rates to one currency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// The currency values are compared in.
    pub base: String,
    /// The day of the rates, `2026-03-01`.
    pub on: String,
    /// Days after which they are no longer used.
    #[serde(default = "week")]
    pub max_age_days: u32,
    /// One unit of a currency in the base currency.
    pub per_unit: Amounts,
}

impl Default for Config {
    fn default() -> Self {
        let effect = [
            ("email", 50_000),
            ("sms", 60_000),
            ("whatsapp", 80_000),
            ("letter", 80_000),
            ("call", 150_000),
            ("visit", 250_000),
        ];
        Self {
            per_customer: 1,
            cap_day: 1,
            cap_week: 3,
            days_between: 1,
            promise_grace_days: 1,
            minimum: Amounts::new(),
            cost: BTreeMap::new(),
            effect_ppm: effect.map(|(channel, ppm)| (channel.into(), ppm)).into(),
            effect_other_ppm: 50_000,
            unscored_ppm: 300_000,
            age_ppm: vec![
                (i32::MIN, 400_000),
                (-7, 700_000),
                (0, 1_000_000),
                (31, 900_000),
                (61, 700_000),
                (91, 450_000),
                (181, 250_000),
                (366, 100_000),
            ],
            person_channels: vec!["call".into(), "visit".into()],
            capacity: BTreeMap::new(),
            rates: None,
        }
    }
}

impl Config {
    /// Reads the plugin's configuration; an empty one gives the defaults.
    ///
    /// # Errors
    /// `config_unreadable` for bad JSON, an unknown key or an amount that is no decimal; `config` for a value out of range.
    pub fn read(text: &[u8]) -> Result<Self, Failure> {
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let config: Self = serde_json::from_slice(text)
            .map_err(|error| Fail::invalid_config("config_unreadable", error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Failure> {
        let shares = self.effect_ppm.values().chain(self.age_ppm.iter().map(|(_, ppm)| ppm));
        if shares.chain([&self.unscored_ppm, &self.effect_other_ppm]).any(|&ppm| ppm > 1_000_000) {
            return Err(bad("effect_ppm, effect_other_ppm, age_ppm, unscored_ppm: at most 1000000"));
        }
        if self.age_ppm.is_empty() || !self.age_ppm.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(bad("age_ppm: needs an entry, and the days must rise"));
        }
        let costs = self.cost.values().flat_map(BTreeMap::values);
        let rates = self.rates.iter().flat_map(|rates| rates.per_unit.values());
        if self.minimum.values().chain(costs).chain(rates).any(|amount| amount.0 < 0) {
            return Err(bad("minimum, cost, per_unit: below zero"));
        }
        match &self.rates {
            Some(rates) if rates.day().is_none() => {
                Err(bad(format!("rates: on: {:?} is no date; write it as 2026-03-01", rates.on)))
            }
            _ => Ok(()),
        }
    }

    /// The effect of a contact by `channel`.
    pub fn effect_of(&self, channel: &str) -> u32 {
        self.effect_ppm.get(channel).copied().unwrap_or(self.effect_other_ppm)
    }

    /// How much of the effect is left at that age.
    pub fn age_weight(&self, days_past_due: i64) -> u32 {
        let from = self.age_ppm.iter().rev().find(|(from, _)| i64::from(*from) <= days_past_due);
        from.or(self.age_ppm.first()).map_or(0, |(_, ppm)| *ppm)
    }

    /// The rates, if they are of today or not older than they may be.
    pub fn rates_on(&self, business_day: i32) -> Option<&Rates> {
        let rates = self.rates.as_ref()?;
        let age = i64::from(business_day) - i64::from(rates.day()?.epoch_day());
        (0..=i64::from(rates.max_age_days)).contains(&age).then_some(rates)
    }
}

impl Rates {
    /// One unit of `currency` in the base currency.
    pub fn of(&self, currency: &str) -> Option<Nano> {
        if currency == self.base { Some(Nano::ONE) } else { self.per_unit.get(currency).copied() }
    }

    fn day(&self) -> Option<Date> {
        let mut parts = self.on.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Date::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }
}

fn week() -> u32 {
    7
}

fn bad(message: impl Into<String>) -> Failure {
    Fail::invalid_config("config", message)
}
