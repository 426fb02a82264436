//! Takes payments in Latin America through Mercado Pago: a page for every way to pay, or a PIX code or OXXO
//! voucher without one.
//!
//! Payments and refunds go out with the operation's idempotency key. Our operation and its key are the external
//! reference of everything made; a payment's identity is its number there. Mercado Pago's searches may lag, so
//! not finding anything is never taken for a proof.
mod amount;
mod api;
mod config;
mod execute;
mod objects;
mod query;
mod settlement;
mod transaction;
mod webhook;

use recaudo_sdk::payments::{Intent, Transaction, settlement as settled, webhook as told};
use recaudo_sdk::webhook::{Authentication, Delivery};
use recaudo_sdk::{Checkpoint, Context, Ctx, Failure, Stop, call};

/// The plugin.
pub struct GatewayMercadopago;

impl recaudo_sdk::Gateway for GatewayMercadopago {
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

impl recaudo_sdk::Settlement for GatewayMercadopago {
    fn pull(ctx: &mut Ctx<Self>, since: Option<Checkpoint>) -> Result<settled::Page, Stop> {
        settlement::pull(ctx, since)
    }
}

impl recaudo_sdk::PaymentWebhook for GatewayMercadopago {
    fn authenticate(_: Context, delivery: Delivery) -> Result<Authentication, Failure> {
        webhook::authenticate(&delivery)
    }

    fn parse(_: Context, delivery: Delivery) -> Result<Vec<told::Event>, Failure> {
        webhook::parse(&delivery)
    }
}

recaudo_sdk::export!(GatewayMercadopago: Gateway, Settlement, PaymentWebhook);

#[cfg(test)]
mod tests;
