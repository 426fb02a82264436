//! Money that is taken, and what is said about it. Mirrors `recaudo:payments/model` and `recaudo:payments/gateway`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Instant, Money, Operation, PluginError};
use crate::journal::Journal;

/// What a gateway is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// A way to pay an amount once.
    CreateLink,
    /// A standing way to pay, which belongs to the payer.
    CreateReference,
    /// The payer allows later charges.
    CreateMandate,
    /// Charge a saved method.
    ChargeSaved,
    /// Give back all or part of `original`.
    Refund,
    /// Withdraw the link, reference or mandate `original`.
    Cancel,
}

/// One wish, with what the gateway must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What.
    pub action: Action,
    /// 0 for a standing reference, a mandate or a cancellation.
    pub amount: Money,
    /// Our ids of the open items it pays.
    pub documents: Vec<String>,
    /// Our id of the payer.
    pub payer: String,
    /// The gateway's id of what is refunded, cancelled or charged.
    pub original: Option<String>,
    /// Where the payer's browser goes afterwards; may be empty.
    pub return_url: String,
    /// A way to pay is worth nothing after this.
    pub not_after: Option<Instant>,
    /// `description`, `locale`, `method`, `part-payments`, `customer:NAME` (only what the manifest named).
    pub attributes: Vec<Attribute>,
}

/// How far a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionStatus {
    /// The money moved, or the thing asked for exists.
    Succeeded,
    /// On its way.
    Pending,
    /// The payer must do something.
    RequiresAction,
    /// The far side said no; final for this operation.
    Declined,
    /// Provably nothing happened.
    NotAttempted,
    /// Nobody knows: leads to `query`, never to doing it again.
    Unknown,
}

/// What kind of movement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionKind {
    /// From payer to creditor.
    Payment,
    /// Back to the payer, by us.
    Refund,
    /// Back to the payer, by their bank.
    ChargeBack,
    /// What the gateway keeps.
    Fee,
    /// From gateway to bank account.
    Payout,
}

/// What a gateway says about one movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Which kind.
    pub kind: TransactionKind,
    /// How far.
    pub status: TransactionStatus,
    /// The one identity a transaction has whatever road it comes by.
    pub gateway_id: String,
    /// Our operation it answers, when the gateway tells it back.
    pub operation_id: Option<String>,
    /// Gateway id of the payment that a refund, charge-back or fee is about.
    pub original: Option<String>,
    /// Gateway id of the payout it went out in.
    pub payout: Option<String>,
    /// Gross and positive: the kind gives the direction.
    pub amount: Option<Money>,
    /// What the gateway keeps of it, when told here.
    pub fee: Option<Money>,
    /// Where the payer goes on.
    pub next_url: Option<String>,
    /// Stable code of a refusal or of what is awaited; empty when succeeded.
    pub code: String,
    /// When it happened there.
    pub occurred_at: Option<Instant>,
    /// `method`, `voucher`, `last-four`, ... Never a card number.
    pub attributes: Vec<Attribute>,
}

/// Takes money on behalf of the creditor; asks about what is unknown.
pub trait Gateway: Send + Sync {
    /// Does what the intent says, once an operation. Every effect that commits goes through `journal` before it leaves.
    /// The transaction's status is already overruled where the host's own facts contradict the plugin.
    ///
    /// # Errors
    /// With `may_have_committed` the outcome is unknown and only [`Gateway::query`] may follow; else nothing left.
    fn execute(
        &self,
        call: &Call,
        intent: &Intent,
        journal: &dyn Journal,
    ) -> Result<Transaction, PluginError>;
    /// What became of `original`. Reads only; `call.operation` is the query's own.
    ///
    /// # Errors
    /// It could not be asked.
    fn query(
        &self,
        call: &Call,
        original: &Operation,
        intent: &Intent,
        gateway_id: Option<&str>,
    ) -> Result<Transaction, PluginError>;
}
