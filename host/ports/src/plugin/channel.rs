//! What a channel carries. Mirrors `recaudo:messaging`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Instant, Money, PluginError};
use crate::journal::Journal;

/// One use; only the host issues it, and only after every gate permitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    pub id: String,
    pub not_after: Instant,
}

/// A permitted message to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub permit: Permit,
    pub to: String,
    pub sender: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub template: Option<String>,
    pub variables: Vec<Attribute>,
    pub attachments: Vec<String>,
    pub purpose: String,
}

/// How it stands with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptStatus {
    Accepted,
    Delivered,
    Read,
    Failed,
    NotAttempted,
    Unknown,
}

/// What the channel says became of it; the host has already overruled what its own facts contradict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub status: ReceiptStatus,
    pub provider_id: String,
    pub code: String,
    pub occurred_at: Option<Instant>,
    pub cost: Option<Money>,
}

/// Sends one message; asks about one whose outcome is unknown.
pub trait Channel: Send + Sync {
    /// Sends. Every effect that commits goes through `journal` before it leaves; the implementation refuses any effect
    /// that is not the permitted message.
    ///
    /// # Errors
    /// With `may_have_committed` the outcome is unknown, else nothing left.
    fn send(&self, call: &Call, message: &Message, journal: &dyn Journal) -> Result<Receipt, PluginError>;
    /// What became of an operation.
    ///
    /// # Errors
    /// It could not be asked.
    fn query(
        &self,
        call: &Call,
        operation_id: &str,
        provider_id: Option<&str>,
    ) -> Result<Receipt, PluginError>;
}
