//! Everything that is not deterministic is an argument. Mirrors `recaudo:types`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Days since 1970-01-01.
pub type EpochDay = i32;

/// A name and a value.
pub type Attribute = (String, String);

/// A UTC instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub struct Instant {
    /// Since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Below a second.
    pub nanoseconds: u32,
}

/// minor × 10^-exponent of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount.
    pub minor: i64,
    /// Decimal digits of `minor`.
    pub exponent: u8,
    /// ISO 4217 alpha code.
    pub currency: [u8; 3],
}

/// coefficient × 10^-scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decimal {
    /// The digits.
    pub coefficient: i64,
    /// 0..=18.
    pub scale: u8,
}

/// One business operation, the same on every retry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The host's id of it.
    pub id: String,
    /// What the far side recognises a repetition by.
    pub idempotency_key: String,
    /// From 1.
    pub attempt: u32,
}

/// The context of a call, frozen for the whole operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The wall clock as the host read it once.
    pub now: Instant,
    /// The creditor's business day.
    pub business_day: EpochDay,
    /// The creditor's zone, such as `America/Bogota`.
    pub time_zone: String,
    /// Such as `es-CO`.
    pub locale: String,
    /// When the host gives up.
    pub deadline: Instant,
    /// Chosen by the host and recorded.
    pub entropy: [u8; 32],
    /// For tracing.
    pub trace_id: String,
    /// The business operation.
    pub operation: Operation,
    /// The installation's configuration, JSON. Never a secret.
    pub config: Arc<[u8]>,
}
