//! Scores over columns. Mirrors `recaudo:scoring/scorer`.

use serde::{Deserialize, Serialize};

use super::{Call, PluginError};
use crate::table::Batch;

/// Parts per million a row; the reason arrays hold `reasons_per_row` entries for each row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Scores {
    pub ppm: Vec<i32>,
    pub reasons_per_row: u8,
    pub reason_code: Vec<u16>,
    pub reason_ppm: Vec<i32>,
}

/// A reason's code and its translation key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub code: u16,
    pub key: String,
}

/// A scoring plugin. Deterministic: the same call and batch give the same bytes.
pub trait Scorer: Send + Sync {
    /// # Errors
    /// The sandbox's.
    fn reasons(&self, call: &Call) -> Result<Vec<Reason>, PluginError>;
    /// The columns it reads, by the registry's names.
    ///
    /// # Errors
    /// The sandbox's.
    fn columns(&self, call: &Call) -> Result<Vec<String>, PluginError>;
    /// # Errors
    /// The plugin's failure or the sandbox's.
    fn score(&self, call: &Call, batch: &Batch) -> Result<Scores, PluginError>;
}
