//! Moments as Mercado Pago writes them, `2026-11-22T11:00:00.000-04:00`, without a clock or a zone of our own.

use recaudo_sdk::Date;
use recaudo_sdk::values::Instant;

/// In UTC, as Mercado Pago takes it.
pub(crate) fn written(at: Instant) -> String {
    let (day, second) = (at.seconds.div_euclid(86_400), at.seconds.rem_euclid(86_400));
    let date = Date::from_epoch_day(i32::try_from(day).unwrap_or(i32::MAX / 2));
    let millis = at.nanoseconds / 1_000_000;
    format!("{date}T{:02}:{:02}:{:02}.{millis:03}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// With `Z` or an offset.
pub(crate) fn read(text: &str) -> Option<Instant> {
    let (day, time) = text.split_once('T')?;
    let zone = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at_checked(zone)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, rest) => {
            let (hours, minutes) = rest.split_once(':')?;
            let offset = hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60;
            if sign == "-" { -offset } else { offset }
        }
    };
    let day = i64::from(Date::parse_iso(day)?.epoch_day()) * 86_400;
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(Instant { seconds: day + hours * 3_600 + minutes * 60 + seconds - offset, nanoseconds })
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn a_moment_survives_with_its_offset_and_its_milliseconds() {
        let at = read("2026-11-22T11:00:00.250-04:00").expect("a moment");
        assert_eq!((at.seconds, at.nanoseconds), (1_795_359_600, 250_000_000));
        assert_eq!(written(at), "2026-11-22T15:00:00.250Z");
        for none in ["2026-11-22T15:00:00", "2026-02-30T00:00:00Z", "2026-11-22", ""] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
