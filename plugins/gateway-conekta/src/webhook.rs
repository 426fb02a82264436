//! What Conekta tells by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use recaudo_sdk::http::MacAlgorithm;
use recaudo_sdk::payments::webhook::Event;
use recaudo_sdk::webhook::{Authentication, Delivery, SignatureCheck};
use recaudo_sdk::{Fail, Failure};

use crate::objects::{Charge, EventKind, Order};
use crate::order::{after_payment, of_order};

const WHOSE: &str = "one of conekta's webhooks of version 2.3";

/// `DIGEST`: the body under Conekta's RSA key, in base64; it carries no time.
pub(crate) fn authenticate(delivery: &Delivery) -> Result<Authentication, Failure> {
    let header = delivery.header("digest").ok_or_else(|| no_delivery("has no DIGEST"))?;
    let signature =
        STANDARD.decode(header.trim()).map_err(|_| no_delivery("has a DIGEST that is not base64"))?;
    Ok(Authentication::Signatures(vec![SignatureCheck {
        credential: "webhook".into(),
        algorithm: MacAlgorithm::RsaSha256,
        signature,
        message: delivery.body.clone(),
        signed_at: None,
    }]))
}

/// The transactions an event is about; none for what does not concern money.
pub(crate) fn parse(delivery: &Delivery) -> Result<Vec<Event>, Failure> {
    let head: EventKind = delivery.json(WHOSE)?;
    let transactions = match head.kind.as_str() {
        "order.paid" | "order.expired" | "order.canceled" | "order.pending_payment" | "order.declined" => {
            vec![of_order(delivery.object(WHOSE)?, false)]
        }
        "order.refunded" | "order.partially_refunded" | "order.charged_back" => {
            let order: Order = delivery.object(WHOSE)?;
            order.charges.iter().flat_map(|list| &list.data).flat_map(after_payment).collect()
        }
        "charge.refunded" | "charge.partially_refunded" => after_payment(&delivery.object::<Charge>(WHOSE)?),
        kind if kind.starts_with("charge.chargeback.") => after_payment(&delivery.object::<Charge>(WHOSE)?),
        _ => vec![],
    };
    Ok(Event::numbered(&head.id, transactions))
}

fn no_delivery(why: &str) -> Failure {
    Fail::bad_delivery(why, WHOSE)
}
