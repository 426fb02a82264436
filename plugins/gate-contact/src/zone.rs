//! Time zones from a small table: what time is it where the debtor is, and when will it be eight there?

use std::cell::Cell;

use recaudo_sdk::Date;

const TABLE: &str = include_str!("../data/zones.txt");
const DAY: i64 = 86_400;

/// One zone's offsets. Right from 2019 on.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) name: String,
    /// What no rule describes: (first second, offset), ascending; the first is "since ever".
    listed: Vec<(i64, i32)>,
    standard: i32,
    summer: Option<Summer>,
    /// The last year asked for and its two changes: most questions are about one year.
    year: Cell<(i32, i64, i64)>,
}

#[derive(Debug, Clone, Copy)]
struct Summer {
    offset: i32,
    begins: Change,
    ends: Change,
}

/// The `week`th `weekday` (0 is Sunday) of `month`, `seconds` after midnight by the clock before the change.
#[derive(Debug, Clone, Copy)]
struct Change {
    month: u32,
    week: u32,
    weekday: u32,
    seconds: i64,
}

/// A wall clock's day and second of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Local {
    pub(crate) day: i32,
    pub(crate) second: i32,
}

impl Zone {
    /// `None` when no such zone is known.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let line = TABLE.lines().find(|line| line.split(' ').next() == Some(name))?;
        Self::parse(line)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let name = words.next()?.to_owned();
        let standard = words.next()?.parse().ok()?;
        let mut zone =
            Self { name, listed: Vec::new(), standard, summer: None, year: Cell::new((i32::MIN, 0, 0)) };
        let mut rest = words.peekable();
        if rest.peek().is_some_and(|word| *word != ";") {
            let offset = rest.next()?.parse().ok()?;
            let (begins, ends) = (Change::parse(rest.next()?)?, Change::parse(rest.next()?)?);
            zone.summer = Some(Summer { offset, begins, ends });
        }
        for word in rest.skip(1) {
            let (at, offset) = word.split_once(':')?;
            let at = if at == "*" { i64::MIN } else { at.parse().ok()? };
            zone.listed.push((at, offset.parse().ok()?));
        }
        Some(zone)
    }

    /// Seconds east of UTC at a UTC second.
    pub(crate) fn offset(&self, utc: i64) -> i32 {
        match self.listed.last() {
            Some((last, _)) if utc < *last => {
                let after = self.listed.partition_point(|(at, _)| *at <= utc);
                after.checked_sub(1).map_or(self.standard, |i| self.listed[i].1)
            }
            _ => self.by_rule(utc),
        }
    }

    fn by_rule(&self, utc: i64) -> i32 {
        let Some(summer) = self.summer else { return self.standard };
        let (year, ..) = Date::from_epoch_day(day_of(utc + i64::from(self.standard))).ymd();
        let (known, mut begins, mut ends) = self.year.get();
        if known != year {
            begins = summer.begins.second(year) - i64::from(self.standard);
            ends = summer.ends.second(year) - i64::from(summer.offset);
            self.year.set((year, begins, ends));
        }
        let inside = if begins < ends { begins <= utc && utc < ends } else { !(ends <= utc && utc < begins) };
        if inside { summer.offset } else { self.standard }
    }

    /// What the wall clock says.
    pub(crate) fn local(&self, utc: i64) -> Local {
        let wall = utc + i64::from(self.offset(utc));
        Local { day: day_of(wall), second: second_of_day(wall) }
    }

    /// The first UTC second at which the wall clock shows `local` or, where the clock jumps over it, later.
    pub(crate) fn utc(&self, local: Local) -> i64 {
        let wall = i64::from(local.day) * DAY + i64::from(local.second);
        let candidates = [wall - DAY, wall + DAY].map(|near| wall - i64::from(self.offset(near)));
        let (early, late) = (candidates[0].min(candidates[1]), candidates[0].max(candidates[1]));
        if self.local(early) >= local { early } else { late }
    }
}

impl Change {
    fn parse(word: &str) -> Option<Self> {
        let (day, seconds) = word.split_once('@')?;
        let mut parts = day.split('.').map(str::parse::<u32>);
        let (month, week, weekday) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        Some(Self { month, week, weekday, seconds: seconds.parse().ok()? })
    }

    /// The wall-clock second of the change in a year.
    fn second(self, year: i32) -> i64 {
        let first = Date::from_ymd(year, self.month, 1).unwrap_or(Date::from_epoch_day(0));
        let sunday_based = (first.weekday() + 1) % 7;
        let ahead = (self.weekday + 7 - sunday_based) % 7 + (self.week - 1) * 7;
        let mut day = first.plus(i32::try_from(ahead).unwrap_or(0));
        while day.ymd().1 != self.month {
            day = day.plus(-7);
        }
        i64::from(day.epoch_day()) * DAY + self.seconds
    }
}

fn day_of(wall: i64) -> i32 {
    i32::try_from(wall.div_euclid(DAY)).unwrap_or(i32::MAX)
}

fn second_of_day(wall: i64) -> i32 {
    i32::try_from(wall.rem_euclid(DAY)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Local, TABLE, Zone};
    use chrono::{Offset, TimeZone, Utc};

    #[test]
    fn every_zone_agrees_with_the_other_copy_of_the_database() {
        let mut compared = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let zone = Zone::parse(line).unwrap();
            let Ok(other) = zone.name.parse::<chrono_tz::Tz>() else { continue };
            compared += 1;
            // Odd steps of about a day, up to the end of 2025: later law is in one copy and not in the other.
            for utc in (1_546_300_800..1_767_225_600).step_by(86_399) {
                let expected =
                    other.offset_from_utc_datetime(&Utc.timestamp_opt(utc, 0).unwrap().naive_utc());
                assert_eq!(zone.offset(utc), expected.fix().local_minus_utc(), "{} at {utc}", zone.name);
            }
        }
        assert!(compared > 500, "only {compared} zones compared");
    }

    #[test]
    fn the_wall_clock_goes_there_and_back_even_over_a_skipped_midnight() {
        for name in
            ["America/Santiago", "America/New_York", "America/Bogota", "Europe/London", "Australia/Lord_Howe"]
        {
            let zone = Zone::find(name).unwrap();
            for day in 20_454..20_454 + 730 {
                for second in [0, 8 * 3600, 20 * 3600] {
                    let wanted = Local { day, second };
                    let got = zone.local(zone.utc(wanted));
                    assert!(got >= wanted && got.day == day, "{name} {wanted:?} {got:?}");
                    assert!(got.second - second <= 3600);
                }
            }
        }
    }

    #[test]
    fn a_zone_nobody_knows_is_none() {
        assert!(Zone::find("America/Macondo").is_none());
        assert!(Zone::find("#").is_none());
    }
}
