//! Time and randomness are asked for, never taken from the air.

use chrono::{DateTime, Utc};

/// The wall clock. Business days are not asked here: they are arguments.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// A source of random bytes: keys, entropy of calls.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}
