//! The failures a person has to act on.

use recaudo_sdk::{Date, Fail, Failure};

use crate::exact::TooLarge;

/// Own codes begin with the plugin's id.
pub(crate) const UNKNOWN_RULE: &str = "pricer-standard.unknown-rule";
pub(crate) const MISSING_FACT: &str = "pricer-standard.missing-fact";
pub(crate) const BAD_FACT: &str = "pricer-standard.bad-fact";
pub(crate) const BAD_ITEM: &str = "pricer-standard.bad-item";
pub(crate) const RATE_ORDER: &str = "pricer-standard.rate-order";

pub(crate) fn config(message: &str) -> Failure {
    Fail::invalid_config("config", message)
}

/// A series says nothing about a day.
pub(crate) fn gap(series: &str, day: i32) -> Failure {
    let day = Date::from_epoch_day(day);
    let message = format!("rate series {series} does not cover {day}; import its figure for that day");
    let mut failure = Fail::invalid_input("rate-gap", message);
    failure.details = vec![("series".into(), series.into()), ("day".into(), day.to_string())];
    failure
}

pub(crate) fn input(code: &str, message: impl Into<String>) -> Failure {
    Fail::invalid_input(code, message)
}

impl From<TooLarge> for Failure {
    fn from(TooLarge: TooLarge) -> Self {
        input(BAD_ITEM, "an amount or a rate is too large to be worked out exactly; correct it at its source")
    }
}
