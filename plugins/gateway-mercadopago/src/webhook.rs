//! What Mercado Pago tells by itself: which payment changed, never how.

use recaudo_sdk::http::MacAlgorithm;
use recaudo_sdk::payments::{Kind, Status, Transaction, webhook::Event};
use recaudo_sdk::values::Instant;
use recaudo_sdk::webhook::{Authentication, Delivery, SignatureCheck};
use recaudo_sdk::{Fail, Failure};

use crate::execute::is_payment;
use crate::objects::Notice;
use crate::transaction::blank;

/// Larger ones are milliseconds.
const SECONDS_MAX: i64 = 100_000_000_000;

/// `x-signature: ts=TIME,v1=HEX`: HMAC-SHA256 over `id:DATA.ID;request-id:X-REQUEST-ID;ts:TIME;`, where what is
/// missing is left out. The body is not signed, so nothing in it is believed.
pub(crate) fn authenticate(delivery: &Delivery) -> Result<Authentication, Failure> {
    let header = |wanted: &str| {
        let found = delivery.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let own = header("x-signature").ok_or_else(|| no_delivery("has no x-signature"))?;
    let part = |wanted: &str| {
        let mut parts = own.split(',').filter_map(|part| part.split_once('='));
        parts.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim())
    };
    let time = part("ts").ok_or_else(|| no_delivery("has an x-signature without a time"))?;
    let number: i64 = time.parse().map_err(|_| no_delivery("has an x-signature whose time is no number"))?;
    let signature = part("v1").and_then(from_hex);
    let signature = signature.ok_or_else(|| no_delivery("has an x-signature without a v1 in hex"))?;
    let mut message = String::new();
    if let Some(id) = parameter(delivery, "data.id") {
        message.push_str(&format!("id:{};", id.to_lowercase()));
    }
    if let Some(id) = header("x-request-id") {
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
    let notice: Notice = serde_json::from_slice(&delivery.body)
        .map_err(|error| no_delivery(&format!("cannot be read ({error})")))?;
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if notice.kind != "payment" {
        return Ok(vec![]);
    }
    let signed = parameter(delivery, "data.id").ok_or_else(|| no_delivery("names no data.id"))?;
    if plain(&notice.data.id) != signed || !is_payment(&signed) {
        return Err(no_delivery("names one payment in its address and another in its body"));
    }
    let transaction = Transaction {
        operation_id: parameter(delivery, "operation"),
        code: "gateway-mercadopago.ask".into(),
        ..blank(Kind::Payment, Status::Unknown, signed)
    };
    Ok(vec![Event { id: plain(&notice.id), transaction }])
}

/// A parameter of the delivery's address, decoded.
fn parameter(delivery: &Delivery, wanted: &str) -> Option<String> {
    let mut pairs = delivery.query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)?;
    let mut bytes = vec![];
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => bytes.push(digit(rest.next()?)? << 4 | digit(rest.next()?)?),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None })
        .collect()
}

fn no_delivery(why: &str) -> Failure {
    let message = format!("the delivery {why}; it is not one of mercado pago's webhooks");
    Fail::invalid_input("bad-delivery", message)
}
