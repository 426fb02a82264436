//! Mercado Pago's payments as the contract's transactions.

use recaudo_sdk::call::Operation;
use recaudo_sdk::moment;
use recaudo_sdk::payments::{Kind, Status, Transaction};
use recaudo_sdk::values::Money;

use crate::amount::from_text;
use crate::api::is_code;
use crate::objects::{Payment, Refund};

/// What ties a thing there to our operation. The key has letters, digits and hyphens only.
pub(crate) fn reference(operation: &Operation) -> String {
    format!("{}_{}", operation.id, operation.idempotency_key)
}

/// The operation of such a reference.
pub(crate) fn operation_of(reference: &str) -> Option<String> {
    reference.rsplit_once('_').map(|(id, _)| id.to_owned()).filter(|id| !id.is_empty())
}

/// The payment itself, without what happened to it later.
pub(crate) fn of_payment(payment: &Payment) -> Transaction {
    let (status, code) = state(&payment.status, payment.status_detail.as_deref());
    let waits = matches!(status, Status::Pending | Status::RequiresAction);
    let (next_url, mut attributes) = what_next(payment);
    let named = [
        ("method", payment.payment_method_id.clone()),
        ("last-four", payment.card.as_ref().and_then(|card| card.last_four_digits.clone())),
        ("available-on", payment.money_release_date.clone().filter(|_| status == Status::Succeeded)),
    ];
    attributes.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let at = payment.date_approved.as_deref().unwrap_or(&payment.date_created);
    Transaction {
        operation_id: payment.external_reference.as_deref().and_then(operation_of),
        amount: from_text(payment.transaction_amount.get(), &payment.currency_id),
        fee: fee(payment).filter(|_| status == Status::Succeeded),
        next_url: next_url.filter(|_| waits),
        code,
        occurred_at: moment::read(at),
        attributes,
        ..Transaction::new(Kind::Payment, status, payment.id.to_string())
    }
}

fn state(status: &str, detail: Option<&str>) -> (Status, String) {
    let detail = detail.unwrap_or_default();
    match status {
        // What was given back or taken back later was paid once.
        "approved" | "refunded" | "charged_back" | "in_mediation" => (Status::Succeeded, String::new()),
        "pending" if detail.starts_with("pending_waiting") => {
            (Status::RequiresAction, "awaiting-payment".into())
        }
        "pending" | "in_process" | "authorized" => (Status::Pending, "processing".into()),
        "cancelled" if detail == "expired" => (Status::Declined, "expired".into()),
        "cancelled" => (Status::Declined, "cancelled".into()),
        "rejected" => (Status::Declined, refusal(detail)),
        _ => (Status::Unknown, "gateway-mercadopago.unknown-status".into()),
    }
}

fn refusal(detail: &str) -> String {
    let ours = match detail {
        "cc_rejected_insufficient_amount" => "insufficient-funds",
        "cc_rejected_high_risk" | "rejected_high_risk" => "suspected-fraud",
        "cc_rejected_call_for_authorize" => "authentication-required",
        "cc_rejected_card_disabled" | "cc_rejected_blacklist" => "card-blocked",
        "cc_rejected_other_reason" => "card-declined",
        bad if bad.starts_with("cc_rejected_bad_filled") => "bad-card-data",
        other if is_code(other) => return format!("gateway-mercadopago.{}", other.replace('_', "-")),
        _ => "rejected",
    };
    ours.into()
}

/// Where the payer goes, and what a voucher or code says.
fn what_next(payment: &Payment) -> (Option<String>, Vec<(String, String)>) {
    let details = payment.transaction_details.as_ref();
    let data = payment.point_of_interaction.as_ref().and_then(|point| point.transaction_data.as_ref());
    let page = details.and_then(|details| details.external_resource_url.clone());
    let ticket = data.and_then(|data| data.ticket_url.clone());
    let named = [
        ("pix-code", data.and_then(|data| data.qr_code.clone())),
        ("qr", data.and_then(|data| data.qr_code_base64.clone())),
        ("voucher", details.and_then(|details| details.payment_method_reference_id.clone())),
        ("barcode", payment.barcode.as_ref().and_then(|barcode| barcode.content.clone())),
    ];
    let attributes = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    (page.or(ticket), attributes.collect())
}

/// What the seller pays; none when it is nothing or cannot be read.
fn fee(payment: &Payment) -> Option<Money> {
    let ours = payment.fee_details.iter().filter(|fee| fee.fee_payer.as_deref() != Some("payer"));
    let mut sum: Option<Money> = None;
    for fee in ours {
        let amount = from_text(fee.amount.get(), &payment.currency_id)?;
        let before = sum.map_or(0, |sum: Money| sum.minor);
        sum = Some(Money { minor: before.checked_add(amount.minor)?, ..amount });
    }
    sum.filter(|sum| sum.minor != 0)
}

pub(crate) fn of_refund(refund: &Refund, payment: &str, currency: &str) -> Transaction {
    let (status, code) = match refund.status.as_deref() {
        None | Some("approved") => (Status::Succeeded, ""),
        Some("in_process" | "authorized" | "pending") => (Status::Pending, "processing"),
        Some("rejected") => (Status::Declined, "rejected"),
        Some("cancelled") => (Status::Declined, "cancelled"),
        Some(_) => (Status::Unknown, "gateway-mercadopago.unknown-status"),
    };
    Transaction {
        original: Some(payment.to_owned()),
        amount: from_text(refund.amount.get(), currency),
        code: code.into(),
        occurred_at: refund.date_created.as_deref().and_then(moment::read),
        ..Transaction::new(Kind::Refund, status, refund.id.to_string())
    }
}

/// The payment, each refund, and a charge-back, which Mercado Pago gives no id of its own here.
pub(crate) fn everything(payment: &Payment) -> Vec<Transaction> {
    let id = payment.id.to_string();
    let mut all = vec![of_payment(payment)];
    all.extend(payment.refunds.iter().map(|refund| of_refund(refund, &id, &payment.currency_id)));
    let taken = match payment.status.as_str() {
        "charged_back" => Some(Status::Succeeded),
        "in_mediation" => Some(Status::Pending),
        _ => None,
    };
    if let Some(status) = taken {
        all.push(Transaction {
            original: Some(id.clone()),
            amount: from_text(payment.transaction_amount.get(), &payment.currency_id),
            code: if status == Status::Pending { "disputed".into() } else { String::new() },
            occurred_at: payment.date_last_updated.as_deref().and_then(moment::read),
            ..Transaction::new(Kind::ChargeBack, status, format!("{id}:charge-back"))
        });
    }
    all
}
