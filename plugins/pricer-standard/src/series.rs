//! Named rates by day: which figure holds, until when, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::Failure;
use recaudo_sdk::policy::pricer;

use crate::days::{add_months, half_year};
use crate::exact::Exact;
use crate::fail;
use crate::law::SeriesRule;

/// The series of one call under the rules of one country.
pub(crate) struct Rates<'a> {
    handed: &'a BTreeMap<&'a str, &'a pricer::Series>,
    /// The name a rule uses -> the name it is handed in by.
    aliases: &'a BTreeMap<String, String>,
    /// What the configuration says about series; it goes before the law's files.
    own: &'a [SeriesRule],
}

/// The series by name; each must ascend.
pub(crate) fn by_name(rates: &[pricer::Series]) -> Result<BTreeMap<&str, &pricer::Series>, Failure> {
    for series in rates {
        if series.rates.windows(2).any(|pair| matches!(pair, [a, b] if a.0 >= b.0)) {
            let message = format!("rate series {} does not ascend by day; give each day once", series.name);
            return Err(fail::input(fail::RATE_ORDER, message));
        }
        if series.rates.iter().any(|(_, rate)| rate.scale > 18) {
            let message = format!("rate series {} has a figure of more than 18 decimals", series.name);
            return Err(fail::input(fail::RATE_ORDER, message));
        }
    }
    Ok(rates.iter().map(|series| (series.name.as_str(), series)).collect())
}

impl<'a> Rates<'a> {
    pub(crate) fn new(
        handed: &'a BTreeMap<&'a str, &'a pricer::Series>,
        aliases: &'a BTreeMap<String, String>,
        own: &'a [SeriesRule],
    ) -> Self {
        Self { handed, aliases, own }
    }

    fn find(&self, name: &str) -> Option<&'a pricer::Series> {
        self.handed.get(self.handed_as(name)).copied()
    }

    fn handed_as<'b>(&'b self, name: &'b str) -> &'b str {
        self.aliases.get(name).map_or(name, String::as_str)
    }

    fn rule<'b>(&'b self, name: &str, law: &'b [SeriesRule]) -> Option<&'b SeriesRule> {
        self.own.iter().chain(law).find(|rule| rule.name == name)
    }

    /// Was the series handed in at all?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The figure that holds on a day.
    pub(crate) fn on(&self, name: &str, day: i32, law: &[SeriesRule]) -> Result<Exact, Failure> {
        let rule = self.rule(name, law);
        let fixed = rule.is_some_and(|rule| rule.fixed_per.as_deref() == Some("half-year"));
        let asked = if fixed { half_year(day) - 1 } else { day };
        let series = self.find(name).ok_or_else(|| fail::gap(name, day))?;
        let at = series.rates.partition_point(|(first, _)| *first <= asked);
        let (first, rate) =
            at.checked_sub(1).and_then(|at| series.rates.get(at)).ok_or_else(|| fail::gap(name, asked))?;
        if let Some(months) = rule.and_then(|rule| rule.good_months)
            && add_months(*first, months) <= asked
        {
            return Err(fail::gap(name, asked));
        }
        Ok(Exact::decimal(rate.coefficient.into(), rate.scale.into())?)
    }

    /// Days on which some figure begins or ceases to hold, of the series handed in.
    pub(crate) fn turns(&self, from: i32, to: i32, law: &[SeriesRule]) -> BTreeSet<i32> {
        let mut turns = BTreeSet::new();
        for (handed, series) in self.handed {
            let mut rules = self.own.iter().chain(law);
            let rule = rules.find(|rule| self.handed_as(&rule.name) == *handed);
            for (day, _) in &series.rates {
                turns.insert(*day);
                turns.extend(rule.and_then(|rule| rule.good_months).map(|months| add_months(*day, months)));
            }
        }
        let mut half = half_year(from);
        while half <= to {
            turns.insert(half);
            half = add_months(half, 6);
        }
        turns.retain(|day| (from..=to).contains(day));
        turns
    }
}
