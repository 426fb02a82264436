//! Days without a clock or a zone.

use core::fmt;

/// A calendar day, as days since 1970-01-01 (proleptic Gregorian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// From the contract's `epoch-day`.
    pub const fn from_epoch_day(day: i32) -> Self {
        Self(day)
    }

    /// To the contract's `epoch-day`.
    pub const fn epoch_day(self) -> i32 {
        self.0
    }

    /// `None` when there is no such day (31/02).
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Days from civil, in eras of 400 years (the Gregorian calendar repeats every 146,097 days).
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let year_of_era = y.rem_euclid(400);
        let shifted = (month.cast_signed() + 9) % 12;
        let day_of_year = (153 * shifted + 2) / 5 + day.cast_signed() - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Reads `2026-11-22`, nothing longer or shorter; `None` when it is no day.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
        let number = |digits: &[u8]| {
            digits
                .iter()
                .try_fold(0, |n: u32, byte| byte.is_ascii_digit().then(|| n * 10 + u32::from(byte - b'0')))
        };
        Self::from_ymd(number(&[y1, y2, y3, y4])?.cast_signed(), number(&[m1, m2])?, number(&[d1, d2])?)
    }

    /// Year, month 1..=12, day 1..=31.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1).cast_unsigned();
        let month = (if mp < 10 { mp + 3 } else { mp - 9 }).cast_unsigned();
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// Monday is 0, Sunday is 6.
    pub const fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7) as u32
    }

    /// `days` later (earlier when negative).
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn every_day_of_eight_centuries_survives_the_round_trip() {
        for day in -150_000..150_000 {
            let date = Date::from_epoch_day(day);
            let (y, m, d) = date.ymd();
            assert_eq!(Date::from_ymd(y, m, d), Some(date));
            assert_eq!(Date::parse_iso(&date.to_string()), Some(date));
        }
    }

    #[test]
    fn known_days_stand_where_they_should() {
        assert_eq!(Date::from_ymd(1970, 1, 1).map(Date::epoch_day), Some(0));
        assert_eq!(Date::from_ymd(2024, 2, 29).map(|d| d.to_string()), Some("2024-02-29".into()));
        assert_eq!(Date::from_ymd(2023, 2, 29), None);
        assert_eq!(Date::from_ymd(2012, 2, 31), None);
        for no_day in ["2012-02-31", "2012-2-3", "2012/02/03", "+012-02-03", "2012-02-03Z", ""] {
            assert_eq!(Date::parse_iso(no_day), None, "{no_day}");
        }
        assert_eq!(Date::from_ymd(2026, 11, 22).map(Date::weekday), Some(6), "a Sunday");
    }
}
