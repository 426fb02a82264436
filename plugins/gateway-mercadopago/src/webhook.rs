//! What Mercado Pago tells by itself: which payment changed, never how.

use recaudo_sdk::http::MacAlgorithm;
use recaudo_sdk::payments::{Kind, Status, Transaction, webhook::Event};
use recaudo_sdk::values::Instant;
use recaudo_sdk::webhook::{Authentication, Delivery, SignatureCheck};
use recaudo_sdk::{Fail, Failure};

use crate::execute::is_payment;
use crate::objects::Notice;

/// Larger ones are milliseconds.
const SECONDS_MAX: i64 = 100_000_000_000;

const WHOSE: &str = "one of mercado pago's webhooks";

/// `x-signature: ts=TIME,v1=HEX`: HMAC-SHA256 over `id:DATA.ID;request-id:X-REQUEST-ID;ts:TIME;`, where what is
/// missing is left out. The body is not signed, so nothing in it is believed.
pub(crate) fn authenticate(delivery: &Delivery) -> Result<Authentication, Failure> {
    let own = delivery.header("x-signature").ok_or_else(|| no_delivery("has no x-signature"))?;
    let part = |wanted| Delivery::part_of(own, wanted);
    let time = part("ts").ok_or_else(|| no_delivery("has an x-signature without a time"))?;
    let number: i64 = time.parse().map_err(|_| no_delivery("has an x-signature whose time is no number"))?;
    let signature = part("v1").and_then(Delivery::bytes_of_hex);
    let signature = signature.ok_or_else(|| no_delivery("has an x-signature without a v1 in hex"))?;
    let mut message = String::new();
    if let Some(id) = delivery.parameter("data.id") {
        message.push_str(&format!("id:{};", id.to_lowercase()));
    }
    if let Some(id) = delivery.header("x-request-id") {
        message.push_str(&format!("request-id:{id};"));
    }
    message.push_str(&format!("ts:{time};"));
    let seconds = if number > SECONDS_MAX { number / 1_000 } else { number };
    Ok(Authentication::Signatures(vec![SignatureCheck {
        credential: "webhook".into(),
        algorithm: MacAlgorithm::HmacSha256,
        signature,
        message: message.into_bytes(),
        signed_at: Some(Instant { seconds, nanoseconds: 0 }),
    }]))
}

/// The payment to ask about, as the signed part of the delivery names it.
pub(crate) fn parse(delivery: &Delivery) -> Result<Vec<Event>, Failure> {
    let notice: Notice = delivery.json(WHOSE)?;
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if notice.kind != "payment" {
        return Ok(vec![]);
    }
    let signed = delivery.parameter("data.id").ok_or_else(|| no_delivery("names no data.id"))?;
    if plain(&notice.data.id) != signed || !is_payment(&signed) {
        return Err(no_delivery("names one payment in its address and another in its body"));
    }
    let transaction = Transaction {
        operation_id: delivery.parameter("operation"),
        code: "gateway-mercadopago.ask".into(),
        ..Transaction::new(Kind::Payment, Status::Unknown, signed)
    };
    Ok(vec![Event { id: plain(&notice.id), transaction }])
}

fn no_delivery(why: &str) -> Failure {
    Fail::bad_delivery(why, WHOSE)
}
