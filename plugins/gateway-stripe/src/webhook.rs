//! What Stripe tells by itself.

use recaudo_sdk::http::MacAlgorithm;
use recaudo_sdk::payments::webhook::Event;
use recaudo_sdk::values::Instant;
use recaudo_sdk::webhook::{Authentication, Delivery, SignatureCheck};
use recaudo_sdk::{Fail, Failure};

use crate::objects::{Dispute, EventKind, PaymentIntent, Payout, Refund, Session};
use crate::transaction::{ACTION, of_dispute, of_intent, of_payout, of_refund, of_session};

const WHOSE: &str = "one of stripe's webhooks of version 2023-10-16";

/// `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX]`: HMAC-SHA256 over `SECONDS.BODY`. While a secret is being
/// rolled Stripe signs with both; the host tries the one before as well, so the first signature suffices.
pub(crate) fn authenticate(delivery: &Delivery) -> Result<Authentication, Failure> {
    let header = delivery.header("stripe-signature").ok_or_else(|| no_delivery("has no Stripe-Signature"))?;
    let part = |wanted| Delivery::part_of(header, wanted);
    let time = part("t").ok_or_else(|| no_delivery("has a Stripe-Signature without a time"))?;
    let seconds = time.parse().map_err(|_| no_delivery("has a Stripe-Signature whose time is no number"))?;
    let signature = part("v1").and_then(Delivery::bytes_of_hex);
    let signature = signature.ok_or_else(|| no_delivery("has a Stripe-Signature without a v1 in hex"))?;
    Ok(Authentication::Signatures(vec![SignatureCheck {
        credential: "webhook".into(),
        algorithm: MacAlgorithm::HmacSha256,
        signature,
        message: [time.as_bytes(), b".", &delivery.body].concat(),
        signed_at: Some(Instant { seconds, nanoseconds: 0 }),
    }]))
}

/// The transactions an event is about; none for what does not concern money.
pub(crate) fn parse(delivery: &Delivery) -> Result<Vec<Event>, Failure> {
    let head: EventKind = delivery.json(WHOSE)?;
    if head.object != "event" {
        return Err(no_delivery("is no event"));
    }
    let transactions = match head.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.expired" => vec![of_session(delivery.object::<Session>(WHOSE)?)],
        "checkout.session.async_payment_failed" => {
            let mut told = of_session(delivery.object::<Session>(WHOSE)?);
            told.status = recaudo_sdk::payments::Status::Declined;
            told.code = "not-paid".into();
            vec![told]
        }
        "payment_intent.succeeded" | "payment_intent.processing" => vec![of_intent(delivery.object(WHOSE)?)],
        // A payer at a link may try another card; a charge of ours is over.
        "payment_intent.payment_failed" | "payment_intent.canceled" => {
            let made: PaymentIntent = delivery.object(WHOSE)?;
            if made.metadata.contains_key(ACTION) { vec![of_intent(made)] } else { vec![] }
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            vec![of_refund(delivery.object::<Refund>(WHOSE)?)]
        }
        kind if kind.starts_with("charge.dispute.") => of_dispute(delivery.object::<Dispute>(WHOSE)?),
        "payout.paid" | "payout.failed" | "payout.created" | "payout.updated" | "payout.canceled" => {
            vec![of_payout(delivery.object::<Payout>(WHOSE)?)]
        }
        _ => vec![],
    };
    Ok(Event::numbered(&head.id, transactions))
}

fn no_delivery(why: &str) -> Failure {
    Fail::bad_delivery(why, WHOSE)
}
