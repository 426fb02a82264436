//! The context a test gets unless it says otherwise.

use crate::{Date, call, values};

/// 2026-11-22T15:00:00Z.
pub(crate) const NOW: i64 = 1_795_359_600;

/// Sunday 2026-11-22, ten in the morning in Bogotá; entropy counts 0, 1, 2, ...; no operation named.
pub fn context(config: &str) -> call::Context {
    let now = values::Instant { seconds: NOW, nanoseconds: 0 };
    call::Context {
        now,
        business_day: 20_779,
        time_zone: "America/Bogota".into(),
        locale: "es-CO".into(),
        deadline: values::Instant { seconds: NOW + 120, nanoseconds: 0 },
        entropy: (0..32).collect(),
        trace_id: "trace-1".into(),
        operation: call::Operation { id: String::new(), idempotency_key: String::new(), attempt: 1 },
        config: config.into(),
    }
}

/// A moment of a day, UTC.
pub fn instant(day: Date, hour: u32, minute: u32) -> values::Instant {
    let seconds = i64::from(day.epoch_day()) * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60;
    values::Instant { seconds, nanoseconds: 0 }
}
