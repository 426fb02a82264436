//! What a call cost: for spans and `plugin top`, never part of a result.

use std::time::Duration;

/// One run of a guest.
#[derive(Debug, Clone)]
pub struct CallStats {
    /// Id and version.
    pub plugin: String,
    /// Of the component.
    pub component_sha256: [u8; 32],
    /// Such as `recaudo:erp/importer@0.1.0`.
    pub interface: &'static str,
    /// Such as `pull`.
    pub function: &'static str,
    /// The business operation's id.
    pub operation: String,
    /// Of the operation, from 1.
    pub attempt: u32,
    /// Run of the exchange, from 1.
    pub step: u32,
    /// Instructions.
    pub fuel: u64,
    /// Linear memory at its largest.
    pub memory_bytes: usize,
    /// With instantiation and drop.
    pub duration: Duration,
    /// `ok`, or the error's code.
    pub outcome: String,
}

/// Told of every run. Called in the caller's thread: keep it short.
pub trait Observer: Send + Sync {
    /// A guest ran.
    fn ran(&self, stats: &CallStats);
}
