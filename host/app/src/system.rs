//! The machine's own clock, randomness and kept secrets: the one place that takes them from the air.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::secrets::{Secret, Secrets, SecretsError};

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the sanctioned place: everybody else asks this clock")]
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(std::time::SystemTime::now())
    }
}

/// Measures how long something takes; decides nothing.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Since the start.
    pub fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// A clock somebody sets: simulated days, tests.
#[derive(Debug, Default)]
pub struct SetClock {
    micros: AtomicI64,
}

impl SetClock {
    /// A clock that stands at an instant.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self { micros: AtomicI64::new(instant.timestamp_micros()) }
    }

    /// Moves it.
    pub fn set(&self, instant: DateTime<Utc>) {
        self.micros.store(instant.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a machine without randomness can keep no secret");
    }
}

/// Secrets from the environment: handle `smtp`, field `password` is `RECAUDO_SECRET_SMTP_PASSWORD`.
#[derive(Debug, Clone, Copy, Default)]
pub struct EnvironmentSecrets;

/// What schemes of credentials call their fields, and what a key rotation adds.
const FIELDS: [&str; 17] = [
    "user",
    "password",
    "token",
    "value",
    "key",
    "key_id",
    "client_id",
    "client_secret",
    "refresh_token",
    "certificate",
    "access_key",
    "secret_key",
    "session_token",
    "previous_token",
    "previous_value",
    "previous_key",
    "previous_password",
];

impl Secrets for EnvironmentSecrets {
    fn get(&self, handle: &str) -> Result<Option<Secret>, SecretsError> {
        let fields: Vec<(String, String)> = FIELDS
            .iter()
            .filter_map(|field| Some(((*field).to_owned(), std::env::var(variable(handle, field)).ok()?)))
            .collect();
        Ok((!fields.is_empty()).then(|| Secret::new(fields)))
    }
}

fn variable(handle: &str, field: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = format!("{handle}_{field}").chars().map(plain).collect();
    format!("RECAUDO_SECRET_{name}")
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn a_secrets_variable_has_a_plain_name() {
        assert_eq!(variable("smtp", "password"), "RECAUDO_SECRET_SMTP_PASSWORD");
        assert_eq!(variable("erp.bogota-1", "token"), "RECAUDO_SECRET_ERP_BOGOTA_1_TOKEN");
    }
}
