//! Public holidays and business days, from a data file that anyone may read and mend.
//!
//! Holds no rule of any country: `data/holidays.txt` says which days, why, and where they move to.

mod rule;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, Weekday};

use crate::day::Day;

pub use rule::CalendarError;

/// Years the built-in calendar knows.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2060;
static BUILT_IN: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::parse(include_str!("../data/holidays.txt"), YEARS)
        .expect("the built-in holidays are well-formed")
});

/// Holidays of several countries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    countries: BTreeMap<String, BTreeMap<Day, String>>,
}

impl Calendar {
    /// The holidays of a text in the form of `data/holidays.txt`, worked out for the years given.
    ///
    /// # Errors
    /// A line that is no rule, with its number.
    pub fn parse(text: &str, years: std::ops::RangeInclusive<i32>) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        for (country, rules) in rule::parse(text)? {
            let days = calendar.countries.entry(country).or_default();
            for rule in &rules {
                for day in years.clone().flat_map(|year| rule.days(year)) {
                    days.entry(day).or_insert_with(|| rule.name.clone());
                }
            }
        }
        Ok(calendar)
    }

    /// The calendar that comes with the product: years 2000 to 2060.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The holiday's name in the country's own language. `country` is an ISO 3166 alpha-2 code; one the
    /// calendar does not know has no holidays.
    pub fn holiday(&self, country: &str, day: Day) -> Option<&str> {
        self.country(country)?.get(&day).map(String::as_str)
    }

    /// The holidays of a country from `first` to `last`, both included.
    pub fn holidays(&self, country: &str, first: Day, last: Day) -> Vec<(Day, &str)> {
        let Some(days) = self.country(country).filter(|_| first <= last) else { return Vec::new() };
        days.range(first..=last).map(|(day, name)| (*day, name.as_str())).collect()
    }

    /// Monday to Friday and no public holiday.
    pub fn is_business_day(&self, country: &str, day: Day) -> bool {
        !matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun) && self.holiday(country, day).is_none()
    }

    /// The `count`th business day after `day`, before it when negative. Zero answers the day itself, whatever it is.
    #[must_use]
    pub fn add_business_days(&self, country: &str, day: Day, count: i32) -> Day {
        let (mut day, step) = (day, count.signum());
        for _ in 0..count.unsigned_abs() {
            day = day.plus(step);
            while !self.is_business_day(country, day) {
                day = day.plus(step);
            }
        }
        day
    }

    fn country(&self, code: &str) -> Option<&BTreeMap<Day, String>> {
        match self.countries.get(code) {
            None => self.countries.get(&code.to_ascii_uppercase()),
            found => found,
        }
    }
}

/// As [`Calendar::holiday`], in the built-in calendar.
pub fn holiday(country: &str, day: Day) -> Option<&'static str> {
    Calendar::built_in().holiday(country, day)
}

/// As [`Calendar::is_business_day`], in the built-in calendar.
pub fn is_business_day(country: &str, day: Day) -> bool {
    Calendar::built_in().is_business_day(country, day)
}

/// As [`Calendar::add_business_days`], in the built-in calendar.
#[must_use]
pub fn add_business_days(country: &str, day: Day, count: i32) -> Day {
    Calendar::built_in().add_business_days(country, day, count)
}
