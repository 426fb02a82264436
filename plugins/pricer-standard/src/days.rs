//! Day counts, months and business days.

use recaudo_sdk::Date;
use serde::Deserialize;

use crate::exact::{Exact, TooLarge};

/// How days become parts of a year. Each is additive: a span cut in two counts as much as the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(crate) enum DayCount {
    /// 30E/360 (ISDA 2006 section 4.16(g), Eurobond): the 31st counts as the 30th. The American variant is
    /// not additive, so a bill cut at a 31st would not sum up.
    #[serde(rename = "30/360")]
    Thirty360,
    /// Days over 360.
    #[serde(rename = "act/360")]
    Act360,
    /// Days over 365, leap years too.
    #[default]
    #[serde(rename = "act/365")]
    Act365,
    /// ISDA: days of leap years over 366, others over 365.
    #[serde(rename = "act/act")]
    ActAct,
}

impl DayCount {
    pub(crate) fn named(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "30/360" | "30e/360" => Some(Self::Thirty360),
            "act/360" | "360" => Some(Self::Act360),
            "act/365" | "365" => Some(Self::Act365),
            "act/act" => Some(Self::ActAct),
            _ => None,
        }
    }

    /// The years from one day to a later one.
    pub(crate) fn years(self, from: i32, to: i32) -> Result<Exact, TooLarge> {
        let days = i128::from(to) - i128::from(from);
        match self {
            Self::Act360 => Exact::ratio(days, 360),
            Self::Act365 => Exact::ratio(days, 365),
            Self::Thirty360 => Exact::ratio(point360(to) - point360(from), 360),
            Self::ActAct => since_zero(to)?.minus(since_zero(from)?),
        }
    }

    /// Days of its year, for daily equivalents.
    pub(crate) fn year(self) -> i32 {
        match self {
            Self::Thirty360 | Self::Act360 => 360,
            Self::Act365 | Self::ActAct => 365,
        }
    }
}

/// Where a day stands on a line of months of 30 days.
fn point360(day: i32) -> i128 {
    let (year, month, day) = Date::from_epoch_day(day).ymd();
    i128::from(year) * 360 + i128::from(month) * 30 + i128::from(day.min(30))
}

/// Whole years, and the days of this one over its length.
fn since_zero(day: i32) -> Result<Exact, TooLarge> {
    let (year, ..) = Date::from_epoch_day(day).ymd();
    let first = |year| Date::from_ymd(year, 1, 1).map_or(day, Date::epoch_day);
    let length = (first(year + 1) - first(year)).max(365);
    Exact::int(year).plus(Exact::ratio((day - first(year)).into(), length.into())?)
}

/// So many months later; a day the month does not have becomes its last.
pub(crate) fn add_months(day: i32, months: i32) -> i32 {
    let (year, month, of_month) = Date::from_epoch_day(day).ymd();
    let month = i32::try_from(month).unwrap_or(1) - 1;
    let (year, month) = (year + (month + months).div_euclid(12), (month + months).rem_euclid(12) + 1);
    let month = month.unsigned_abs();
    let found = (1..=of_month).rev().find_map(|of_month| Date::from_ymd(year, month, of_month));
    found.map_or(day, Date::epoch_day)
}

/// The `count`th day after `day` that is no Saturday, Sunday or holiday.
pub(crate) fn add_business_days(day: i32, count: i32, holidays: &[i32]) -> i32 {
    let mut day = day;
    for _ in 0..count {
        day += 1;
        while Date::from_epoch_day(day).weekday() >= 5 || holidays.contains(&day) {
            day += 1;
        }
    }
    day
}

/// The first day of the half-year of `day`.
pub(crate) fn half_year(day: i32) -> i32 {
    let (year, month, _) = Date::from_epoch_day(day).ymd();
    Date::from_ymd(year, if month <= 6 { 1 } else { 7 }, 1).map_or(day, Date::epoch_day)
}

/// Are both days of one calendar month?
pub(crate) fn same_month(a: i32, b: i32) -> bool {
    let month = |day| {
        let (year, month, _) = Date::from_epoch_day(day).ymd();
        (year, month)
    };
    month(a) == month(b)
}
