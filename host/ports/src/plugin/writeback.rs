//! What is written back to an ERP or CRM. Mirrors `recaudo:erp/writeback`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Consent, Contact, EpochDay, Extra, Interaction, Money, Operation, PluginError};
use crate::journal::Journal;

/// Text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The customer's id at the target, as everywhere here.
    pub customer: String,
    /// When it is about one.
    pub document: Option<String>,
    /// Plain text.
    pub text: String,
}

/// A promise to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Who promised.
    pub customer: String,
    /// None for the whole debt.
    pub document: Option<String>,
    /// How much.
    pub amount: Money,
    /// Until when.
    pub on: EpochDay,
    /// `open`, `kept`, `broken`, `partial`, `withdrawn`.
    pub status: String,
}

/// One due part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// When.
    pub due: EpochDay,
    /// Charges included.
    pub amount: Money,
}

/// A payment plan or settlement that was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// With whom.
    pub customer: String,
    /// Documents it replaces.
    pub documents: Vec<String>,
    /// What is to be paid.
    pub instalments: Vec<Instalment>,
    /// What is given up.
    pub forgiven: Money,
    /// What is added.
    pub charged: Money,
    /// `agreed`, `defaulted`, `cured`, `completed`, `cancelled`.
    pub status: String,
}

/// Money we saw and the target should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Who paid.
    pub customer: String,
    /// Ours; found again in an import, it proves that both are one payment.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Value date.
    pub on: EpochDay,
    /// Documents it pays and how much of each.
    pub documents: Vec<(String, Money)>,
    /// `method`, `account`, `gateway-id`, `fee`, `reverses`.
    pub attributes: Vec<Attribute>,
}

/// The debtor contests something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Who.
    pub customer: String,
    /// Which document.
    pub document: String,
    /// How much of it.
    pub amount: Money,
    /// Code.
    pub reason: String,
    /// In the debtor's words.
    pub text: String,
}

/// How a dispute ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Who contested.
    pub customer: String,
    /// Which document.
    pub document: String,
    /// `founded`, `partly-founded`, `unfounded`, `withdrawn`.
    pub outcome: String,
    /// What is given up.
    pub credited: Option<Money>,
    /// Why.
    pub text: String,
}

/// Takes from what is owed, other than by payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Whose.
    pub customer: String,
    /// Which document.
    pub document: String,
    /// `credit-note`, `write-off`, `discount`, `waiver`, `withholding`, `reversal`.
    pub kind: String,
    /// Positive.
    pub amount: Money,
    /// Posting day.
    pub on: EpochDay,
    /// With who approved it.
    pub reason: String,
}

/// Something a person should do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// About whom.
    pub customer: String,
    /// What.
    pub title: String,
    /// Until when.
    pub due: EpochDay,
    /// A user's id at the target, or empty.
    pub owner: String,
}

/// Adds to what is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Whose.
    pub customer: String,
    /// When on one document.
    pub document: Option<String>,
    /// `interest`, `penalty`, `fee`, `dues`.
    pub kind: String,
    /// Positive.
    pub amount: Money,
    /// Posting day.
    pub on: EpochDay,
}

/// Stops or reopens something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// Whose.
    pub customer: String,
    /// A document or service contract it is limited to.
    pub subject: Option<String>,
    /// Code.
    pub reason: String,
    /// Last day it holds, when known.
    pub until: Option<EpochDay>,
}

/// Credit terms decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose.
    pub customer: String,
    /// Limit.
    pub limit: Money,
    /// Payment term.
    pub days: u16,
    /// Next review.
    pub review: Option<EpochDay>,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// Text.
    Note(Note),
    /// A promise made or changed.
    Promise(Promise),
    /// A plan agreed or changed.
    Plan(Plan),
    /// Money received or sent back.
    Receipt(Receipt),
    /// A dispute opened.
    Dispute(Dispute),
    /// A dispute closed.
    Resolution(Resolution),
    /// Credit note, write-off, discount, waiver.
    Adjustment(Adjustment),
    /// Interest, penalty, fee.
    Charge(Charge),
    /// A task.
    Task(Task),
    /// Stop selling on credit.
    Hold(Restriction),
    /// Sell on credit again.
    Release(Restriction),
    /// Stop the service.
    Suspend(Restriction),
    /// Resume the service.
    Reinstate(Restriction),
    /// Credit limit and term.
    Terms(Terms),
    /// New (empty key id) or changed.
    Contact(Contact),
    /// A consent or opt-out.
    Consent(Consent),
    /// A contact that took place here.
    Interaction(Interaction),
    /// Anything else, by registered entity.
    Extra(Extra),
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostingStatus {
    /// Written now.
    Applied,
    /// An earlier attempt wrote it.
    AlreadyApplied,
    /// Provably not written; it may be tried again.
    NotAttempted,
    /// Nobody knows: leads to `query`, never to writing again.
    Unknown,
}

/// The far side's view of an entry; the host has already overruled what its own facts contradict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// What became of it.
    pub status: PostingStatus,
    /// The target's id of what was written; may be empty.
    pub id: String,
    /// Stable code for a person; empty when applied.
    pub code: String,
}

/// Writes back, each entry once.
pub trait Writeback: Send + Sync {
    /// Writes an entry once an operation. Every effect that commits goes through `journal` before it leaves.
    ///
    /// # Errors
    /// With `may_have_committed` the outcome is unknown and only [`Writeback::query`] may follow; else nothing was
    /// written: `Unsupported` for an entry the target cannot hold, `Rejected` when it refuses, `NotFound` for a
    /// customer or document it does not know.
    fn push(&self, call: &Call, entry: &Entry, journal: &dyn Journal) -> Result<Posting, PluginError>;
    /// Was the entry of `original` written? Reads only; `call.operation` is the query's own.
    ///
    /// # Errors
    /// It could not be asked.
    fn query(&self, call: &Call, original: &Operation, entry: &Entry) -> Result<Posting, PluginError>;
}
