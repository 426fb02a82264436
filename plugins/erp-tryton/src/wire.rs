//! Tryton's typed values.

use recaudo_sdk::Date;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// A moment in microseconds since 1970, by the database's clock. Zero where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Stamp(pub(crate) i64);

#[derive(Deserialize)]
struct Moment {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    microsecond: u32,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

impl Stamp {
    /// Written so that Tryton reads a datetime.
    pub(crate) fn to_json(self) -> Value {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = Date::from_epoch_day(i32::try_from(days).unwrap_or(i32::MAX)).ymd();
        let seconds = rest / SECOND;
        json!({
            "__class__": "datetime", "year": year, "month": month, "day": day,
            "hour": seconds / 3600, "minute": seconds / 60 % 60, "second": seconds % 60,
            "microsecond": rest % SECOND,
        })
    }

    /// A version of the contract: never less than zero.
    pub(crate) fn version(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    pub(crate) fn less_minutes(self, minutes: u32) -> Self {
        Self(self.0.saturating_sub(i64::from(minutes) * 60 * SECOND))
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Some(m) = Option::<Moment>::deserialize(from)? else { return Ok(Self(0)) };
        let day = Date::from_ymd(m.year, m.month, m.day)
            .ok_or_else(|| serde::de::Error::custom("a datetime without a day"))?;
        let seconds = i64::from(m.hour) * 3600 + i64::from(m.minute) * 60 + i64::from(m.second);
        Ok(Self(i64::from(day.epoch_day()) * DAY + seconds * SECOND + i64::from(m.microsecond)))
    }
}

/// When a row was last touched: `write_date` is null until a row changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct Touched {
    #[serde(default)]
    create_date: Stamp,
    #[serde(default)]
    write_date: Stamp,
}

impl Touched {
    pub(crate) fn at(self) -> Stamp {
        self.create_date.max(self.write_date)
    }
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) Date);

#[derive(Deserialize)]
struct YearMonthDay {
    year: i32,
    month: u32,
    day: u32,
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let YearMonthDay { year, month, day } = YearMonthDay::deserialize(from)?;
        Date::from_ymd(year, month, day).map(Day).ok_or_else(|| serde::de::Error::custom("no such day"))
    }
}

/// Written so that Tryton reads a date.
pub(crate) fn day_json(day: Date) -> Value {
    let (year, month, day) = day.ymd();
    json!({ "__class__": "date", "year": year, "month": month, "day": day })
}

/// Written so that Tryton reads an exact number.
pub(crate) fn decimal_json(text: &str) -> Value {
    json!({ "__class__": "Decimal", "decimal": text })
}

/// `account.invoice,12` as model and id.
pub(crate) fn reference(text: Option<&str>) -> Option<(&str, i64)> {
    let (model, id) = text?.split_once(',')?;
    Some((model, id.parse().ok()?))
}
