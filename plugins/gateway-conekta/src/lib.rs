//! Takes payments in Mexico through Conekta: hosted pages, SPEI transfers to a CLABE, cash vouchers, saved cards.
//!
//! Conekta knows no idempotency key. An order carries our operation in its metadata and is looked for before
//! another is made; what moves money at once (a saved card, a refund) is sent in the first attempt or never. A
//! link that was lost is harmless: nobody was given its address. A payment's identity is its order.
mod api;
mod config;
mod execute;
mod objects;
mod order;
mod query;
mod settlement;
mod webhook;

use recaudo_sdk::payments::{Intent, Transaction, settlement as settled, webhook as told};
use recaudo_sdk::webhook::{Authentication, Delivery};
use recaudo_sdk::{Checkpoint, Context, Ctx, Failure, Stop, call};

/// The plugin.
pub struct GatewayConekta;

impl recaudo_sdk::Gateway for GatewayConekta {
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

impl recaudo_sdk::Settlement for GatewayConekta {
    fn pull(ctx: &mut Ctx<Self>, since: Option<Checkpoint>) -> Result<settled::Page, Stop> {
        settlement::pull(ctx, since)
    }
}

impl recaudo_sdk::PaymentWebhook for GatewayConekta {
    fn authenticate(_: Context, delivery: Delivery) -> Result<Authentication, Failure> {
        webhook::authenticate(&delivery)
    }

    fn parse(_: Context, delivery: Delivery) -> Result<Vec<told::Event>, Failure> {
        webhook::parse(&delivery)
    }
}

recaudo_sdk::export!(GatewayConekta: Gateway, Settlement, PaymentWebhook);

#[cfg(test)]
mod tests;
