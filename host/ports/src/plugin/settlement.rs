//! What a gateway, or a bank that ran our direct debits, says it settled. Mirrors `recaudo:payments/settlement`.

use super::gateway::Transaction;
use super::{Call, Checkpoint, Instant, PluginError, Reject};

/// One page is one transaction with one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Payments, refunds, charge-backs, fees and payouts.
    pub transactions: Vec<Transaction>,
    /// What could not be read.
    pub rejects: Vec<Reject>,
    /// Where the next page begins.
    pub checkpoint: Checkpoint,
    /// No more for now.
    pub done: bool,
    /// For a report still being made: an empty page and a time to come back.
    pub not_before: Option<Instant>,
}

/// Brings what was settled.
pub trait Settlement: Send + Sync {
    /// The page after a checkpoint.
    ///
    /// # Errors
    /// The plugin's failure or the sandbox's; it stays at its last checkpoint.
    fn pull(&self, call: &Call, since: Option<&Checkpoint>) -> Result<Page, PluginError>;
}
