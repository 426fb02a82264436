//! What reaches the host from outside. Mirrors `recaudo:effects/webhook` and `recaudo:payments/webhook`.
//!
//! The plugin says how a delivery can be known for its sender's; the host holds the keys, compares, and answers with an
//! [`Authenticity`]. A caller stores the delivery first, believes nothing of it before it is verified, and answers 2xx
//! only after what it led to is committed.

use serde::{Deserialize, Serialize};

use super::gateway::Transaction;
use super::{Attribute, Call, Instant, PluginError};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Upper case.
    pub method: String,
    /// As received, without the host's own prefix.
    pub path: String,
    /// As received, undecoded, without `?`.
    pub query: String,
    /// All of them, names in lower case, in order.
    pub headers: Vec<Attribute>,
    /// Undecoded.
    pub body: Vec<u8>,
    /// The host's clock.
    pub received_at: Instant,
    /// SHA-256 of the client certificate the host's listener asked for and verified against this installation's own
    /// authority; never taken from a header. None when there was none.
    pub client_certificate: Option<[u8; 32]>,
}

/// Who sent a delivery, as far as the host found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authenticity {
    /// Its sender is proven: it may be parsed.
    Verified,
    /// Nothing is proven and nothing may be believed: ask `query` for the truth.
    Refetch,
    /// A handshake whose conditions hold: answer 200 with this body, parse nothing.
    Challenge(Vec<u8>),
    /// Not its sender's, or nobody can tell: answer 401 (403 for a wrong token), parse nothing.
    Refused(Refused),
}

/// Why a delivery is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Stable: `no-key`, `bad-signature`, `bad-token`, `too-old`, `nothing-to-check`, `no-certificate`,
    /// `too-many-checks`, `unusable-key`.
    pub code: String,
    /// For an operator; no secret.
    pub message: String,
}

/// One thing told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The gateway's event id, unique per installation.
    pub id: String,
    /// What it says now.
    pub transaction: Transaction,
}

/// Hears a gateway.
pub trait PaymentWebhook: Send + Sync {
    /// Who sent it? Nothing of the content is believed before this.
    ///
    /// # Errors
    /// The plugin's failure (`InvalidInput` for what is no delivery of this gateway) or the sandbox's.
    fn authenticate(&self, call: &Call, delivery: &Delivery) -> Result<Authenticity, PluginError>;
    /// What it says. Only for a verified delivery, or, as a hint only, for one to be fetched again.
    ///
    /// # Errors
    /// The plugin's failure or the sandbox's.
    fn parse(&self, call: &Call, delivery: &Delivery) -> Result<Vec<Event>, PluginError>;
}
