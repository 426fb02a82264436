//! Interfaces that are pure functions of their arguments.

use crate::bindings::types::recaudo::messaging::model::Move;
use crate::bindings::types::recaudo::scoring::table::{Batch, Codes};
use crate::payments::webhook as payment_webhook;
use crate::policy::{
    allocator, assessor, distributor, gate, negotiator, pricer, provisioner, responder, strategist,
};
use crate::{Context, Failure, messaging, scoring, webhook};

/// Hears a gateway.
pub trait PaymentWebhook {
    /// How to know who sent it.
    ///
    /// # Errors
    /// `invalid-input` for what is no delivery of this gateway.
    fn authenticate(ctx: Context, delivery: webhook::Delivery) -> Result<webhook::Authentication, Failure>;
    /// What it says.
    ///
    /// # Errors
    /// `invalid-input`.
    fn parse(ctx: Context, delivery: webhook::Delivery) -> Result<Vec<payment_webhook::Event>, Failure>;
}

/// Hears a channel's provider.
pub trait MessageWebhook {
    /// How to know who sent it.
    ///
    /// # Errors
    /// `invalid-input` for what is no delivery of this provider.
    fn authenticate(ctx: Context, delivery: webhook::Delivery) -> Result<webhook::Authentication, Failure>;
    /// What it says.
    ///
    /// # Errors
    /// `invalid-input`.
    fn parse(ctx: Context, delivery: webhook::Delivery) -> Result<Vec<messaging::webhook::Event>, Failure>;
}

/// Answers those who wait on the line.
pub trait Replier {
    /// The moves as the provider speaks or shows them.
    ///
    /// # Errors
    /// `invalid-input`.
    fn render(
        ctx: Context,
        delivery: webhook::Delivery,
        moves: Vec<Move>,
    ) -> Result<messaging::replier::Reply, Failure>;
}

/// Scores rows given as columns.
pub trait Scorer {
    /// The reasons a score can carry: code and translation key.
    fn reasons() -> Vec<scoring::Reason>;
    /// The columns it reads under the context's configuration; a subset of the manifest's list.
    ///
    /// # Errors
    /// `invalid-config`.
    fn columns(ctx: Context) -> Result<Vec<String>, Failure>;
    /// One score a row, in parts per million.
    ///
    /// # Errors
    /// The host falls back to its own score.
    fn score(ctx: Context, batch: Batch) -> Result<scoring::Scores, Failure>;
}

/// Says when each row will be paid.
pub trait Forecaster {
    /// As [`Scorer::columns`].
    ///
    /// # Errors
    /// `invalid-config`.
    fn columns(ctx: Context) -> Result<Vec<String>, Failure>;
    /// One forecast a row.
    ///
    /// # Errors
    /// The host falls back to its own.
    fn forecast(ctx: Context, batch: Batch, horizons: Vec<u16>) -> Result<scoring::Forecasts, Failure>;
}

/// Permits or refuses contacts.
pub trait Gate {
    /// One verdict a proposal, in order.
    ///
    /// # Errors
    /// A failure refuses all.
    fn review(ctx: Context, proposals: Vec<gate::Proposal>) -> Result<Vec<gate::Verdict>, Failure>;
}

/// Decides what to do next for each row.
pub trait Strategist {
    /// The columns it reads under the context's configuration; a subset of the manifest's list.
    ///
    /// # Errors
    /// `invalid-config`.
    fn columns(ctx: Context) -> Result<Vec<String>, Failure>;
    /// At most one decision a row.
    ///
    /// # Errors
    /// No action, and a task for a person.
    fn decide(ctx: Context, batch: Batch) -> Result<Vec<strategist::Decision>, Failure>;
}

/// Sorts customers into segments.
pub trait Segmenter {
    /// As [`Strategist::columns`].
    ///
    /// # Errors
    /// `invalid-config`.
    fn columns(ctx: Context) -> Result<Vec<String>, Failure>;
    /// One segment name a row.
    ///
    /// # Errors
    /// The rules decide alone.
    fn assign(ctx: Context, batch: Batch) -> Result<Codes, Failure>;
}

/// Judges expected losses.
pub trait Provisioner {
    /// As [`Strategist::columns`].
    ///
    /// # Errors
    /// `invalid-config`.
    fn columns(ctx: Context) -> Result<Vec<String>, Failure>;
    /// At most one provision a row.
    ///
    /// # Errors
    /// The host's matrix decides alone.
    fn provide(ctx: Context, batch: Batch) -> Result<Vec<provisioner::Provision>, Failure>;
}

/// Gives cases to people.
pub trait Distributor {
    /// As [`Strategist::columns`].
    ///
    /// # Errors
    /// `invalid-config`.
    fn columns(ctx: Context) -> Result<Vec<String>, Failure>;
    /// At most one assignment a row.
    ///
    /// # Errors
    /// The cases stay in the common list.
    fn distribute(
        ctx: Context,
        agents: Vec<distributor::Agent>,
        batch: Batch,
    ) -> Result<Vec<distributor::Assignment>, Failure>;
}

/// Prices lateness and earliness.
pub trait Pricer {
    /// What is to be charged beyond what was charged before.
    ///
    /// # Errors
    /// `invalid-input` with code `rate-gap`.
    fn price(
        ctx: Context,
        on: i32,
        rates: Vec<pricer::Series>,
        items: Vec<pricer::Item>,
    ) -> Result<Vec<pricer::Charge>, Failure>;
}

/// Matches money to open items.
pub trait Allocator {
    /// One suggestion for a batch of receipts.
    ///
    /// # Errors
    /// Nothing is applied.
    fn allocate(
        ctx: Context,
        receipts: Vec<allocator::Receipt>,
        items: Vec<allocator::Item>,
    ) -> Result<allocator::Suggestion, Failure>;
}

/// Makes and answers offers.
pub trait Negotiator {
    /// Offers that may be shown to the debtor.
    ///
    /// # Errors
    /// None is shown.
    fn propose(ctx: Context, situation: negotiator::Situation) -> Result<Vec<negotiator::Offer>, Failure>;
    /// Answers an offer.
    ///
    /// # Errors
    /// A person answers.
    fn review(
        ctx: Context,
        situation: negotiator::Situation,
        offer: negotiator::Offer,
    ) -> Result<negotiator::Answer, Failure>;
}

/// Judges credit.
pub trait Assessor {
    /// One assessment an application, in order.
    ///
    /// # Errors
    /// A person judges.
    fn assess(
        ctx: Context,
        applications: Vec<assessor::Application>,
    ) -> Result<Vec<assessor::Assessment>, Failure>;
}

/// Answers a debtor who wrote or called.
pub trait Responder {
    /// Answers the last turn.
    ///
    /// # Errors
    /// A person takes over.
    fn reply(ctx: Context, conversation: responder::Conversation) -> Result<responder::Answer, Failure>;
}
