//! Deliveries on their way into a plugin, and what it heard.

use recaudo_ports::plugin::webhook::{Delivery, Event};

use super::effects::webhook as wit;
use super::exports::payments::webhook as wit_payments;

impl From<&Delivery> for wit::Delivery {
    fn from(from: &Delivery) -> Self {
        Self {
            method: from.method.clone(),
            path: from.path.clone(),
            query: from.query.clone(),
            headers: from.headers.clone(),
            body: from.body.clone(),
            received_at: from.received_at.into(),
        }
    }
}

impl From<wit_payments::Event> for Event {
    fn from(from: wit_payments::Event) -> Self {
        Self { id: from.id, transaction: from.transaction.into() }
    }
}
