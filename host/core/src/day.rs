//! Business days as integers: what the ledger, aging and strategies count in.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

/// A calendar day, stored as days since 1970-01-01. Which zone it is a day of is the creditor's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// From a calendar date.
    pub fn from_date(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - EPOCH_FROM_CE)
    }

    /// The calendar date.
    ///
    /// # Panics
    /// Past the years chrono can hold (±262,000), which no ledger reaches.
    pub fn date(self) -> NaiveDate {
        self.0
            .checked_add(EPOCH_FROM_CE)
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .expect("a business day lies within chrono's calendar")
    }

    /// `days` later, earlier when negative.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from `earlier` to `self`.
    pub fn since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }
}

/// 1970-01-01 counted from the common era.
const EPOCH_FROM_CE: i32 = 719_163;

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

/// The text is no date of the form 2026-03-31.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no date; write it as 2026-03-31")]
pub struct DayError {
    text: String,
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NaiveDate::from_str(text).map(Self::from_date).map_err(|_| DayError { text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn a_day_reads_back_as_it_was_written() {
        let day: Day = "2024-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2024-02-29");
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(day.plus(1).to_string(), "2024-03-01");
        assert_eq!(day.plus(1).since(day), 1);
        assert!("2023-02-29".parse::<Day>().is_err());
    }
}
