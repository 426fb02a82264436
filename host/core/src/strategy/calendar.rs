//! Business days of the creditor: weekdays and holidays as data.

use chrono::Datelike;

use crate::day::Day;

/// Where a day goes that is no business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// It stays.
    None,
    /// To the next business day.
    Next,
    /// To the business day before.
    Previous,
}

impl Roll {
    /// The rule of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "none" => Some(Self::None),
            "next" => Some(Self::Next),
            "previous" => Some(Self::Previous),
            _ => None,
        }
    }
}

/// Which days are business days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// By weekday, Monday first.
    working: [bool; 7],
    /// Sorted.
    holidays: Vec<Day>,
}

/// No run of days off is longer than this; a calendar without any business day must not hang a run.
const DAYS_OFF_MAX: i32 = 30;

impl Calendar {
    /// From the working weekdays (Monday first) and holidays in any order.
    pub fn new(working: [bool; 7], mut holidays: Vec<Day>) -> Self {
        holidays.sort_unstable();
        Self { working, holidays }
    }

    /// Monday to Friday, no holidays.
    pub fn weekdays() -> Self {
        Self::new([true, true, true, true, true, false, false], Vec::new())
    }

    /// Whether business is done on a day.
    pub fn is_business(&self, day: Day) -> bool {
        let weekday = day.date().weekday().num_days_from_monday() as usize;
        self.working[weekday] && self.holidays.binary_search(&day).is_err()
    }

    /// Where `day` goes under `roll`; it stays when there is no business day within a month.
    pub fn roll(&self, day: Day, roll: Roll) -> Day {
        let step = match roll {
            Roll::None => return day,
            Roll::Next => 1,
            Roll::Previous => -1,
        };
        let found = (0..DAYS_OFF_MAX).map(|n| day.plus(n * step)).find(|day| self.is_business(*day));
        found.unwrap_or(day)
    }
}
