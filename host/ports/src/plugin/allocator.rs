//! Which open items money settles. Mirrors `recaudo:policy/allocator`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, EpochDay, Money, PluginError};

/// Money that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The host's id.
    pub id: String,
    /// When known.
    pub customer: Option<String>,
    /// What is still unapplied of it.
    pub amount: Money,
    /// Value date.
    pub received: EpochDay,
    /// End-to-end or payment reference.
    pub reference: String,
    /// What the payer wrote.
    pub remittance: String,
    /// Who paid, as the bank writes it.
    pub counterparty: String,
    /// Their account.
    pub account: String,
    /// `method`, `origin`, `known-customer:ID`, ...
    pub attributes: Vec<Attribute>,
}

/// Something a receipt may settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The host's id.
    pub id: String,
    /// The customer.
    pub customer: String,
    /// Document number.
    pub number: String,
    /// Other references it is known by.
    pub references: Vec<String>,
    /// As `document.kind`; credit notes have a negative `open`.
    pub kind: String,
    /// Document date.
    pub issued: EpochDay,
    /// Due date.
    pub due: EpochDay,
    /// What is open.
    pub open: Money,
    /// `discount-until`, `discount-amount`, `promised-on`, ...
    pub attributes: Vec<Attribute>,
}

/// So much of a receipt goes to an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The receipt's id.
    pub receipt: String,
    /// The item's id.
    pub item: String,
    /// In the item's currency.
    pub amount: Money,
    /// How sure, parts per million.
    pub confidence_ppm: i32,
    /// Such as `reference`, `exact-amount`, `sum`, `oldest-first`.
    pub rule: String,
}

/// What does not come out even, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The receipt's id.
    pub receipt: String,
    /// The item that stays short; none for what is left of the receipt.
    pub item: Option<String>,
    /// Positive.
    pub amount: Money,
    /// `withholding`, `bank-fee`, `discount`, `rounding`, `short`, `over`, `advance`, `unidentified`.
    pub code: String,
}

/// Everything suggested for a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What goes where.
    pub assignments: Vec<Assignment>,
    /// What is left or short.
    pub differences: Vec<Difference>,
}

/// Suggests what receipts settle.
pub trait Allocator: Send + Sync {
    /// One suggestion for a batch of receipts. It names only receipts and items of the batch; that the amounts fit is
    /// the caller's to check.
    ///
    /// # Errors
    /// The plugin's failure or the sandbox's; the receipts then wait for a person.
    fn allocate(&self, call: &Call, receipts: &[Receipt], items: &[Item]) -> Result<Suggestion, PluginError>;
}
