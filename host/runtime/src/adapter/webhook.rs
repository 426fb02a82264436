//! Webhooks of payments: the plugin says what would prove the sender, the host finds out, and only then it is parsed.

use std::sync::Arc;

use recaudo_ports::plugin::webhook::{Authenticity, Delivery, Event, PaymentWebhook};
use recaudo_ports::plugin::{Call, PluginError};

use crate::effect::vault::Vault;
use crate::effect::verify::verify;
use crate::guest::{Guest, Run};
use crate::registry::PAYMENT_WEBHOOK;
use crate::wit;
use crate::wit::effects::webhook as wit_effects;
use crate::wit::exports::payments::webhook as wit_webhook;

pub(crate) struct PaymentWebhookGuest {
    guest: Guest,
    functions: wit_webhook::GuestIndices,
    vault: Arc<Vault>,
}

impl PaymentWebhookGuest {
    pub(crate) fn new(guest: Guest, vault: Arc<Vault>) -> wasmtime::Result<Self> {
        let functions = wit_webhook::GuestIndices::new(&guest.pre)?;
        Ok(Self { guest, functions, vault })
    }

    fn run<'a>(&self, function: &'static str, call: &'a Call, delivery: &Delivery) -> Run<'a> {
        let single = Run::single(&self.guest, PAYMENT_WEBHOOK, function, call);
        let headers: usize = delivery.headers.iter().map(|(n, v)| n.len() + v.len()).sum();
        Run { bytes: single.bytes + delivery.body.len() + headers, ..single }
    }
}

impl PaymentWebhook for PaymentWebhookGuest {
    fn authenticate(&self, call: &Call, delivery: &Delivery) -> Result<Authenticity, PluginError> {
        let run = self.run("authenticate", call, delivery);
        let context = wit::context(call);
        let lent = wit_effects::Delivery::from(delivery);
        let said = self
            .guest
            .run(&run, |store, instance| {
                self.functions.load(&mut *store, instance)?.call_authenticate(store, &context, &lent)
            })?
            .map_err(|f| self.guest.failure(f))?;
        Ok(verify(&self.vault, &said, delivery))
    }

    fn parse(&self, call: &Call, delivery: &Delivery) -> Result<Vec<Event>, PluginError> {
        let run = self.run("parse", call, delivery);
        let context = wit::context(call);
        let lent = wit_effects::Delivery::from(delivery);
        let events = self
            .guest
            .run(&run, |store, instance| {
                self.functions.load(&mut *store, instance)?.call_parse(store, &context, &lent)
            })?
            .map_err(|f| self.guest.failure(f))?;
        Ok(wit::all(events))
    }
}
