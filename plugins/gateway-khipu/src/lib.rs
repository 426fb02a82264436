//! Takes bank transfers through Khipu (API of instant payments, version 3).
//!
//! Khipu knows no idempotency key and cannot be asked for a payment by our own reference. So nothing that moves
//! money is ever sent twice, what became of an answer that was lost is `unknown` until Khipu's notification
//! names the operation, and a link that was lost is harmless: nobody was ever given its address.
mod amount;
mod api;
mod config;
mod execute;
mod objects;
mod query;
mod webhook;

use recaudo_sdk::payments::{Intent, Transaction, webhook as told};
use recaudo_sdk::webhook::{Authentication, Delivery};
use recaudo_sdk::{Context, Ctx, Failure, Stop, call};

/// The plugin.
pub struct GatewayKhipu;

impl recaudo_sdk::Gateway for GatewayKhipu {
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

impl recaudo_sdk::PaymentWebhook for GatewayKhipu {
    fn authenticate(_: Context, delivery: Delivery) -> Result<Authentication, Failure> {
        webhook::authenticate(&delivery)
    }

    fn parse(_: Context, delivery: Delivery) -> Result<Vec<told::Event>, Failure> {
        webhook::parse(&delivery)
    }
}

recaudo_sdk::export!(GatewayKhipu: Gateway, PaymentWebhook);

#[cfg(test)]
mod tests;
