//! Khipu's notifications, version 3.0: one for each payment that arrived.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use recaudo_sdk::http::MacAlgorithm;
use recaudo_sdk::payments::{Kind, Transaction, webhook::Event};
use recaudo_sdk::values::Instant;
use recaudo_sdk::webhook::{Authentication, Delivery, SignatureCheck};
use recaudo_sdk::{Fail, Failure, moment};

use crate::amount::from_text;
use crate::objects::Notice;
use crate::query::{attributes, state};

const WHOSE: &str = "one of khipu's notifications of version 3.0";

/// `x-khipu-signature: t=MILLISECONDS,s=BASE64`: HMAC-SHA256 over `MILLISECONDS.BODY`.
pub(crate) fn authenticate(delivery: &Delivery) -> Result<Authentication, Failure> {
    let header =
        delivery.header("x-khipu-signature").ok_or_else(|| no_delivery("has no x-khipu-signature"))?;
    let part = |wanted| Delivery::part_of(header, wanted);
    let time = part("t").ok_or_else(|| no_delivery("has a signature without a time"))?;
    let millis: i64 = time.parse().map_err(|_| no_delivery("has a signature whose time is no number"))?;
    let signature = part("s").and_then(|text| STANDARD.decode(text).ok());
    let signature = signature.ok_or_else(|| no_delivery("has a signature that is not base64"))?;
    Ok(Authentication::Signatures(vec![SignatureCheck {
        credential: "webhook".into(),
        algorithm: MacAlgorithm::HmacSha256,
        signature,
        message: [time.as_bytes(), b".", &delivery.body].concat(),
        signed_at: Some(Instant { seconds: millis.div_euclid(1_000), nanoseconds: 0 }),
    }]))
}

/// The payment that arrived. A repeated notification has the same event id.
pub(crate) fn parse(delivery: &Delivery) -> Result<Vec<Event>, Failure> {
    let notice: Notice = delivery.json(WHOSE)?;
    let amount = from_text(notice.amount.get(), &notice.currency)
        .ok_or_else(|| no_delivery("has an amount that is none of its currency"))?;
    // Version 3.0 tells of payments that arrived; older accounts' notices name the state as well.
    let detail = notice.status_detail.as_deref().unwrap_or("normal");
    let (status, code) = state(notice.status.as_deref().unwrap_or("done"), detail, false);
    let id = format!("{}:{}", notice.payment_id, if code.is_empty() { "done" } else { code });
    let transaction = Transaction {
        operation_id: notice.transaction_id.filter(|id| !id.is_empty()),
        amount: Some(amount),
        code: code.into(),
        occurred_at: notice.conciliation_date.as_deref().and_then(moment::read),
        attributes: attributes(notice.payment_method, notice.bank, detail),
        ..Transaction::new(Kind::Payment, status, notice.payment_id)
    };
    Ok(vec![Event { id, transaction }])
}

fn no_delivery(why: &str) -> Failure {
    Fail::bad_delivery(why, WHOSE)
}
