//! Interfaces that may ask for effects.

use crate::bindings::types::recaudo::{messaging::model::Receipt, payments::model as money};
use crate::erp::{agency, bureau, writeback};
use crate::payments::{direct_debit, settlement, statement};
use crate::{Ability, Checkpoint, Ctx, Stop, call, erp, events, messaging, values};

/// Brings customers, documents and payments in.
pub trait Importer: Ability {
    /// Can the source be reached with this configuration? Says what it found.
    ///
    /// # Errors
    /// `invalid-config`, `unauthenticated`, `forbidden`, `not-found`, `unavailable`.
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop>;
    /// The feeds the source offers, in the order they should be pulled.
    ///
    /// # Errors
    /// As [`Importer::check`].
    fn discover(ctx: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop>;
    /// The next page of a feed. A bad row is a reject, not a failure.
    ///
    /// # Errors
    /// A failure pauses the import at its last checkpoint.
    fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop>;
}

/// Writes back to an ERP or CRM what happened here.
pub trait Writeback: Ability {
    /// Writes an entry, once an operation.
    ///
    /// # Errors
    /// `unsupported`, `rejected`, `not-found`, or as the far side.
    fn push(ctx: &mut Ctx<Self>, entry: writeback::Entry) -> Result<writeback::Posting, Stop>;
    /// Was it written? Reads only.
    ///
    /// # Errors
    /// As the far side.
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        entry: writeback::Entry,
    ) -> Result<writeback::Posting, Stop>;
}

/// Hands cases to those who collect outside.
pub trait Agency: Ability {
    /// Hands over a batch in one commit.
    ///
    /// # Errors
    /// As the far side.
    fn place(ctx: &mut Ctx<Self>, placements: Vec<agency::Placement>) -> Result<Vec<agency::Outcome>, Stop>;
    /// Takes a batch back.
    ///
    /// # Errors
    /// As the far side.
    fn recall(ctx: &mut Ctx<Self>, placements: Vec<agency::Placement>) -> Result<Vec<agency::Outcome>, Stop>;
    /// What became of a batch? Reads only.
    ///
    /// # Errors
    /// As the far side.
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        placements: Vec<agency::Placement>,
    ) -> Result<Vec<agency::Outcome>, Stop>;
}

/// A report that was ordered: there, or still being made.
#[derive(Debug, Clone, PartialEq)]
pub enum Ordered {
    /// Ask again from then on.
    Later(values::Instant),
    /// Here it is.
    Done(bureau::Report),
}

/// Asks a credit bureau or a trade reference.
pub trait Bureau: Ability {
    /// Orders a report, once an operation.
    ///
    /// # Errors
    /// `not-found`, `forbidden`, or as the far side.
    fn inquire(ctx: &mut Ctx<Self>, inquiry: bureau::Inquiry) -> Result<Ordered, Stop>;
    /// Fetches a report ordered before. Reads only.
    ///
    /// # Errors
    /// As the far side.
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        inquiry: bureau::Inquiry,
    ) -> Result<Ordered, Stop>;
}

/// Takes money.
pub trait Gateway: Ability {
    /// Does what the intent says, once an operation. A refusal is a transaction, not a failure.
    ///
    /// # Errors
    /// As the far side; after the request was sent the host makes it `unknown`.
    fn execute(ctx: &mut Ctx<Self>, intent: money::Intent) -> Result<money::Transaction, Stop>;
    /// What became of an operation? Reads only.
    ///
    /// # Errors
    /// As the far side.
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        intent: money::Intent,
        gateway_id: Option<String>,
    ) -> Result<money::Transaction, Stop>;
}

/// Charges many mandates at once.
pub trait DirectDebit: Ability {
    /// Sends a batch in one commit; one transaction an order, in order.
    ///
    /// # Errors
    /// As the far side.
    fn submit(ctx: &mut Ctx<Self>, orders: Vec<direct_debit::Order>)
    -> Result<Vec<money::Transaction>, Stop>;
    /// What became of a batch? Reads only.
    ///
    /// # Errors
    /// As the far side.
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        orders: Vec<direct_debit::Order>,
    ) -> Result<Vec<money::Transaction>, Stop>;
}

/// Reads what a gateway settled.
pub trait Settlement: Ability {
    /// The page after a checkpoint.
    ///
    /// # Errors
    /// A failure pauses at the last checkpoint.
    fn pull(ctx: &mut Ctx<Self>, since: Option<Checkpoint>) -> Result<settlement::Page, Stop>;
}

/// Reads bank statements.
pub trait Statement: Ability {
    /// The page after a checkpoint of one file.
    ///
    /// # Errors
    /// `unsupported` with code `other-format` for a file of another format; `invalid-input` for a broken one.
    fn read(
        ctx: &mut Ctx<Self>,
        source: String,
        path: String,
        since: Option<Checkpoint>,
    ) -> Result<statement::Page, Stop>;
}

/// Carries one permitted message to one person.
pub trait Channel: Ability {
    /// Sends; the host has issued a permit. A refusal is a receipt, not a failure.
    ///
    /// # Errors
    /// As the far side; after something left the host makes it `unknown`.
    fn send(ctx: &mut Ctx<Self>, message: messaging::Message) -> Result<Receipt, Stop>;
    /// What became of an operation whose outcome is unknown.
    ///
    /// # Errors
    /// As the far side.
    fn query(ctx: &mut Ctx<Self>, operation_id: String, provider_id: Option<String>)
    -> Result<Receipt, Stop>;
}

/// Lets a telephone system call people.
pub trait Dialler: Ability {
    /// Queues a call, once an operation.
    ///
    /// # Errors
    /// As the far side.
    fn dial(ctx: &mut Ctx<Self>, order: messaging::dialler::Order) -> Result<Receipt, Stop>;
    /// Acts on a call or a seat.
    ///
    /// # Errors
    /// As the far side.
    fn steer(
        ctx: &mut Ctx<Self>,
        provider_id: String,
        control: messaging::dialler::Control,
    ) -> Result<Receipt, Stop>;
    /// What became of a call? Reads only.
    ///
    /// # Errors
    /// As the far side.
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        provider_id: Option<String>,
    ) -> Result<Receipt, Stop>;
}

/// Told after the fact, in order, at least once.
pub trait Listener: Ability {
    /// Hears a batch.
    ///
    /// # Errors
    /// A failure repeats the batch later.
    fn on_events(ctx: &mut Ctx<Self>, events: Vec<events::Event>) -> Result<(), Stop>;
}
