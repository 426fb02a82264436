//! Instants as the store keeps them, and the day they fall on in a zone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use recaudo_core::day::Day;
use recaudo_ports::plugin::Instant;

/// Microseconds UTC.
pub fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Microseconds UTC of a contract's instant; past the range they stop at its end.
pub fn micros_of(at: Instant) -> i64 {
    at.seconds.saturating_mul(1_000_000).saturating_add(i64::from(at.nanoseconds / 1_000))
}

/// A contract's instant.
pub fn instant(at: DateTime<Utc>) -> Instant {
    Instant { seconds: at.timestamp(), nanoseconds: at.timestamp_subsec_nanos() }
}

/// The calendar day it is in a zone.
pub fn day_in(zone: Tz, at: DateTime<Utc>) -> Day {
    Day::from_date(at.with_timezone(&zone).date_naive())
}
