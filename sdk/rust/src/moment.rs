//! Moments as text, without a clock or a zone.

use crate::Date;
use crate::values::Instant;

/// ISO 8601 with `Z` or an offset, with or without a fraction of a second: `2026-11-22T11:00:00.250-04:00`.
/// `None` for what names no moment, a time without an offset too.
///
/// ```
/// let moment = recaudo_sdk::moment::read("2026-11-22T11:00:00.250-04:00").expect("a moment");
/// assert_eq!(recaudo_sdk::moment::written(moment), "2026-11-22T15:00:00Z");
/// assert_eq!(recaudo_sdk::moment::written_millis(moment), "2026-11-22T15:00:00.250Z");
/// ```
pub fn read(text: &str) -> Option<Instant> {
    let (day, time) = text.split_once('T')?;
    let zone = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(zone)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let number = |text: &str, least: i64, most: i64| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|n| plain && (least..=most).contains(n))
    };
    let mut parts = time.split(':');
    let (hours, minutes) = (number(parts.next()?, 0, 23)?, number(parts.next()?, 0, 59)?);
    let seconds = number(parts.next()?, 0, 60)?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        ("Z", _) => return None,
        (sign, rest) => {
            let (hours, minutes) = rest.split_once(':')?;
            let offset = number(hours, 0, 23)? * 3_600 + number(minutes, 0, 59)? * 60;
            if sign == "-" { -offset } else { offset }
        }
    };
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && parts.next().is_none();
    let nanoseconds = format!("{fraction:0<9}").get(..9).filter(|_| digits)?.parse().ok()?;
    let day = i64::from(Date::parse_iso(day)?.epoch_day()) * 86_400;
    Some(Instant { seconds: day + hours * 3_600 + minutes * 60 + seconds - offset, nanoseconds })
}

/// In UTC, whole seconds: `2026-11-22T15:00:00Z`.
pub fn written(at: Instant) -> String {
    format!("{}Z", until_seconds(at))
}

/// In UTC, with milliseconds: `2026-11-22T15:00:00.250Z`.
pub fn written_millis(at: Instant) -> String {
    format!("{}.{:03}Z", until_seconds(at), at.nanoseconds / 1_000_000)
}

fn until_seconds(at: Instant) -> String {
    let (day, second) = (at.seconds.div_euclid(86_400), at.seconds.rem_euclid(86_400));
    let date = Date::from_epoch_day(i32::try_from(day).unwrap_or(i32::MAX / 2));
    format!("{date}T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::{read, written, written_millis};

    #[test]
    fn a_moment_survives_with_its_offset_and_its_milliseconds() {
        let at = read("2026-11-22T11:00:00.250-04:00").expect("a moment");
        assert_eq!((at.seconds, at.nanoseconds), (1_795_359_600, 250_000_000));
        assert_eq!(written_millis(at), "2026-11-22T15:00:00.250Z");
        assert_eq!(read("2026-11-22T15:00:00Z").map(written).as_deref(), Some("2026-11-22T15:00:00Z"));
        for none in [
            "2026-11-22T15:00:00",
            "2026-02-30T00:00:00Z",
            "2026-11-22",
            "",
            "2026-11-22T25:00:00Z",
            "2026-11-22T15:00Z",
            "2026-11-22T15:00:00.xZ",
            "2026-11-22T15:00:00Zx",
            "2026-11-22T15:00:00:00Z",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
