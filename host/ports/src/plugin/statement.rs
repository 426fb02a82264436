//! Bank statements. Mirrors `recaudo:payments/statement`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Checkpoint, EpochDay, Money, PluginError, Reject};

/// One movement. A bulk entry with details is one entry a detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The bank's own reference where it has one, else made from what does not change between two downloads.
    pub id: String,
    /// Booking date.
    pub booked: EpochDay,
    /// Value date.
    pub value: EpochDay,
    /// Positive is money in.
    pub amount: Money,
    /// It undoes an earlier entry.
    pub reversal: bool,
    /// Who is on the other side, as the bank writes it.
    pub counterparty: String,
    /// Their account.
    pub account: String,
    /// End-to-end or customer reference.
    pub reference: String,
    /// What the payer wrote, lines joined by a newline.
    pub remittance: String,
    /// `bank-code`, `group`, `original-amount`, `reverses`, ...
    pub attributes: Vec<Attribute>,
}

/// A statement, or the part of it on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankStatement {
    /// IBAN or as the bank writes it.
    pub account: String,
    /// The bank's number of it; with the account its identity.
    pub number: String,
    /// `statement`, `report` or `notice`; the three must not be added up.
    pub kind: String,
    /// On the page where it stands.
    pub first_day: Option<EpochDay>,
    /// Likewise.
    pub last_day: Option<EpochDay>,
    /// Booked balance before, on the page where it stands.
    pub opening: Option<Money>,
    /// Booked balance after, likewise.
    pub closing: Option<Money>,
    /// Booked movements.
    pub entries: Vec<Entry>,
}

/// One page is one transaction with one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Statements, or parts of them.
    pub statements: Vec<BankStatement>,
    /// What could not be read.
    pub rejects: Vec<Reject>,
    /// Where the next page begins.
    pub checkpoint: Checkpoint,
    /// The file is at its end.
    pub done: bool,
}

/// Reads bank statements.
pub trait Statement: Send + Sync {
    /// The page after a checkpoint of the file `path` in `source` (for a bank with an API: of its feed `path`, and
    /// `source` is empty).
    ///
    /// # Errors
    /// `Unsupported` with code `other-format` on the first page of a file for another plugin; else the plugin's failure
    /// or the sandbox's.
    fn read(
        &self,
        call: &Call,
        source: &str,
        path: &str,
        since: Option<&Checkpoint>,
    ) -> Result<Page, PluginError>;
}
