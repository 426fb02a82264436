//! What an importer brings. Mirrors `recaudo:erp`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Decimal, EpochDay, Instant, Money, PluginError};

/// The source's own id, its version, and where it stood (row 0: the source has no rows).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub id: String,
    pub version: u64,
    pub row: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub key: Key,
    pub name: String,
    pub kind: String,
    pub parent: Option<String>,
    pub tax_id: Option<String>,
    pub country: String,
    pub locale: String,
    pub time_zone: String,
    pub attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub key: Key,
    pub customer: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub role: String,
    pub attributes: Vec<Attribute>,
}

/// One due date is one open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub key: Key,
    pub creditor: String,
    pub customer: String,
    pub number: String,
    pub instalment: u16,
    pub kind: String,
    pub issued: EpochDay,
    pub due: EpochDay,
    pub total: Money,
    pub open: Option<Money>,
    pub exchange_rate: Option<Decimal>,
    pub status: String,
    pub disputed: bool,
    pub attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub key: Key,
    pub creditor: String,
    pub customer: String,
    pub received: EpochDay,
    pub amount: Money,
    pub method: String,
    pub reference: String,
    pub attributes: Vec<Attribute>,
}

/// What settles: by the source's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settler {
    Payment(String),
    CreditNote(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    pub key: Key,
    pub settler: Settler,
    /// The document's source id.
    pub document: String,
    pub amount: Money,
    pub on: EpochDay,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub customer: String,
    pub contact: String,
    pub channel: String,
    pub granted: bool,
    pub at: Instant,
    pub evidence: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    pub series: String,
    pub on: EpochDay,
    pub value: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    pub key: Key,
    pub customer: String,
    pub at: Instant,
    pub channel: String,
    pub inbound: bool,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub entity: String,
    pub id: String,
}

/// What the contract has no record for: entities and attributes as `wit/CODES.md` registers them; others are kept and
/// shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// Identity, within the entity.
    pub key: Key,
    /// Such as `terms`, `unit`, `guarantee`, `commission`.
    pub entity: String,
    /// The customer's id; empty when it belongs to none.
    pub customer: String,
    /// Days as `2026-11-22`, money as `1234.50 COP`.
    pub attributes: Vec<Attribute>,
}

/// The rows of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub customers: Vec<Customer>,
    pub contacts: Vec<Contact>,
    pub documents: Vec<Document>,
    pub payments: Vec<Payment>,
    pub allocations: Vec<Allocation>,
    pub consents: Vec<Consent>,
    pub rates: Vec<Rate>,
    pub interactions: Vec<Interaction>,
    pub deletions: Vec<Deletion>,
    pub extras: Vec<Extra>,
}

/// Opaque to the host, at most 64 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub version: u32,
    pub bytes: Vec<u8>,
}

/// A record the plugin could not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub source: String,
    pub row: u64,
    pub field: String,
    pub value: String,
    pub code: String,
    pub message: String,
}

/// Events tell what happened; a snapshot tells what is open on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Events,
    Snapshot(EpochDay),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub name: String,
    pub incremental: bool,
    pub deletes: bool,
    pub snapshot: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    pub feed: String,
    pub checkpoint: Option<Checkpoint>,
    pub rows_max: u32,
}

/// One page is one transaction with one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub mode: Mode,
    /// The file or endpoint, for messages.
    pub origin: String,
    /// The source's rows this page took, rejects included.
    pub read: u64,
    pub rows: Batch,
    pub rejects: Vec<Reject>,
    pub checkpoint: Checkpoint,
    pub done: bool,
    pub not_before: Option<Instant>,
    /// What the source says this page's documents sum to, per currency.
    pub control: Vec<Money>,
}

/// Brings customers, documents and payments in.
pub trait Importer: Send + Sync {
    /// Can the source be reached? Says what was found.
    ///
    /// # Errors
    /// The plugin's failure or the sandbox's.
    fn check(&self, call: &Call) -> Result<String, PluginError>;
    /// The feeds, in the order to pull them.
    ///
    /// # Errors
    /// As [`Importer::check`].
    fn discover(&self, call: &Call) -> Result<Vec<Feed>, PluginError>;
    /// The next page.
    ///
    /// # Errors
    /// As [`Importer::check`]; the import stays at its last checkpoint.
    fn pull(&self, call: &Call, request: &PullRequest) -> Result<Page, PluginError>;
}
