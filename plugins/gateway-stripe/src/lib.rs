//! Takes payments through Stripe.
//!
//! Links (payment links or checkout sessions), saved cards, refunds and cancellations go out with the operation's
//! idempotency key; webhooks, questions and balance transactions bring the outcomes back. A payment has one
//! identity by whatever road it comes: its payment intent.
mod api;
mod config;
mod execute;
mod link;
mod money;
mod objects;
mod query;
mod settlement;
mod transaction;
mod webhook;

use recaudo_sdk::payments::{Intent, Transaction, settlement as settled, webhook as told};
use recaudo_sdk::webhook::{Authentication, Delivery};
use recaudo_sdk::{Checkpoint, Context, Ctx, Failure, Stop, call};

/// The plugin.
pub struct GatewayStripe;

impl recaudo_sdk::Gateway for GatewayStripe {
    fn execute(ctx: &mut Ctx<Self>, intent: Intent) -> Result<Transaction, Stop> {
        execute::execute(ctx, &intent)
    }

    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        intent: Intent,
        gateway_id: Option<String>,
    ) -> Result<Transaction, Stop> {
        query::query(ctx, &original, &intent, gateway_id)
    }
}

impl recaudo_sdk::Settlement for GatewayStripe {
    fn pull(ctx: &mut Ctx<Self>, since: Option<Checkpoint>) -> Result<settled::Page, Stop> {
        settlement::pull(ctx, since)
    }
}

impl recaudo_sdk::PaymentWebhook for GatewayStripe {
    fn authenticate(_: Context, delivery: Delivery) -> Result<Authentication, Failure> {
        webhook::authenticate(&delivery)
    }

    fn parse(_: Context, delivery: Delivery) -> Result<Vec<told::Event>, Failure> {
        webhook::parse(&delivery)
    }
}

recaudo_sdk::export!(GatewayStripe: Gateway, Settlement, PaymentWebhook);

#[cfg(test)]
mod tests;
