//! One line of the holiday file: which day of a year it means.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::day::Day;

/// A line of the file is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("holidays, line {line}: {text:?} is no rule; write it as `12-25 = name`")]
pub struct CalendarError {
    /// Counted from 1.
    pub line: usize,
    /// The line as it stands.
    pub text: String,
}

/// Days to add by weekday, Monday first.
type Shift = [i32; 7];

/// One holiday of one country.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: String,
    date: Date,
    moved: Option<Shift>,
    also: Option<Shift>,
    only: Vec<Weekday>,
    from: i32,
    to: i32,
}

#[derive(Debug, Clone, Copy)]
enum Date {
    Fixed {
        month: u32,
        day: u32,
    },
    Easter {
        days: i32,
    },
    /// The nth weekday of a month; the last one when `nth` is zero.
    Nth {
        weekday: Weekday,
        nth: u8,
        month: u32,
    },
    Once(NaiveDate),
}

impl Rule {
    /// The days the rule makes holidays, from its date in `year`.
    pub(super) fn days(&self, year: i32) -> Vec<Day> {
        let date = self.date.of(year).filter(|_| (self.from..=self.to).contains(&year));
        let Some(date) = date.filter(|date| self.only.is_empty() || self.only.contains(&date.weekday()))
        else {
            return Vec::new();
        };
        let day = Day::from_date(date);
        let shifted = |shift: &Shift| day.plus(shift[date.weekday().num_days_from_monday() as usize]);
        let mut days = vec![self.moved.as_ref().map_or(day, shifted)];
        days.extend(self.also.as_ref().map(shifted));
        days
    }
}

impl Date {
    fn of(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed { month, day } => NaiveDate::from_ymd_opt(year, month, day),
            Self::Easter { days } => Some(Day::from_date(easter(year)?).plus(days).date()),
            Self::Nth { weekday, nth: 0, month } => {
                (1..=5).rev().find_map(|nth| NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth))
            }
            Self::Nth { weekday, nth, month } => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth)
            }
            Self::Once(date) => (date.year() == year).then_some(date),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if let Some(days) = word.strip_prefix("easter") {
            return Some(Self::Easter { days: days.parse().ok()? });
        }
        if let Some((rank, month)) = word.split_once('.') {
            let nth = match rank.get(3..)? {
                "-1" => 0,
                nth => nth.parse().ok().filter(|nth| (1..=5).contains(nth))?,
            };
            return Some(Self::Nth {
                weekday: rank.get(..3)?.parse().ok()?,
                nth,
                month: month.parse().ok()?,
            });
        }
        if word.len() == 10 {
            return word.parse().ok().map(Self::Once);
        }
        let (month, day) = word.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // A leap year knows every day a fixed date may name.
        NaiveDate::from_ymd_opt(2024, month, day).map(|_| Self::Fixed { month, day })
    }
}

/// Gregorian Easter Sunday: the first Sunday after the ecclesiastical full moon on or after 21 March.
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let century = year.div_euclid(100);
    // Solar and lunar corrections of the Gregorian reform shift the moon's age on 1 January.
    let epact = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15).rem_euclid(30);
    let full_moon = epact - (epact / 28) * (1 - (29 / (epact + 1)) * ((21 - golden) / 11));
    let weekday = (year + year.div_euclid(4) + full_moon + 2 - century + century / 4).rem_euclid(7);
    let from_march = full_moon - weekday + 28;
    Some(Day::from_date(NaiveDate::from_ymd_opt(year, 3, 1)?).plus(from_march - 1).date())
}

/// The rules of each country.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Vec<Rule>>, CalendarError> {
    let mut shifts: BTreeMap<&str, Shift> = BTreeMap::new();
    let mut countries: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    let mut section = "";
    for (index, line) in text.lines().map(str::trim).enumerate() {
        let wrong = || CalendarError { line: index + 1, text: line.into() };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            section = rest.split_once(']').ok_or_else(wrong)?.0;
            continue;
        }
        let (left, right) = line.split_once(" = ").ok_or_else(wrong)?;
        match section {
            "" => return Err(wrong()),
            "shifts" => {
                shifts.insert(left, shift(right).ok_or_else(wrong)?);
            }
            country => {
                let rule = rule(left, right, &shifts).ok_or_else(wrong)?;
                countries.entry(country.into()).or_default().push(rule);
            }
        }
    }
    Ok(countries)
}

fn shift(text: &str) -> Option<Shift> {
    let mut shift = Shift::default();
    for word in text.split_whitespace() {
        let weekday: Weekday = word.get(..3)?.parse().ok()?;
        shift[weekday.num_days_from_monday() as usize] = word.get(3..)?.parse().ok()?;
    }
    Some(shift)
}

fn rule(left: &str, name: &str, shifts: &BTreeMap<&str, Shift>) -> Option<Rule> {
    let mut words = left.split_whitespace();
    let date = Date::parse(words.next()?)?;
    let mut rule = Rule {
        name: name.into(),
        date,
        moved: None,
        also: None,
        only: Vec::new(),
        from: i32::MIN,
        to: i32::MAX,
    };
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        match word {
            "move" => rule.moved = Some(*shifts.get(words.next()?)?),
            "also" => rule.also = Some(*shifts.get(words.next()?)?),
            "from" => rule.from = words.next()?.parse().ok()?,
            "to" => rule.to = words.next()?.parse().ok()?,
            "only" => {
                while let Some(weekday) = words.peek().and_then(|word| word.parse().ok()) {
                    rule.only.push(weekday);
                    words.next();
                }
                if rule.only.is_empty() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(rule)
}
