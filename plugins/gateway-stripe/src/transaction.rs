//! Stripe's objects as the contract's transactions.

use recaudo_sdk::payments::{Kind, Status, Transaction};
use recaudo_sdk::values::Instant;

use crate::api;
use crate::money::from_stripe;
use crate::objects::{
    Dispute, Metadata, Moved, NextAction, PaymentIntent, PaymentLink, Payout, Refund, Session,
};

/// Keys of our own in Stripe's metadata.
pub(crate) const OPERATION: &str = "recaudo_operation";
pub(crate) const KEY: &str = "recaudo_key";
pub(crate) const ACTION: &str = "recaudo_action";

pub(crate) fn of_link(link: PaymentLink) -> Transaction {
    let (status, code) = match link.active {
        true => (Status::RequiresAction, "awaiting-payment"),
        false => (Status::Declined, "cancelled"),
    };
    Transaction {
        operation_id: ours(&link.metadata),
        next_url: link.active.then_some(link.url),
        code: code.into(),
        ..Transaction::new(Kind::Payment, status, link.id)
    }
}

/// A session's payment once there is one, else the session.
pub(crate) fn of_session(session: Session) -> Transaction {
    let paid = matches!(session.payment_status.as_str(), "paid" | "no_payment_required");
    let (status, code) = match (paid, session.status.as_deref()) {
        (true, _) => (Status::Succeeded, ""),
        (false, Some("complete")) => (Status::Pending, "awaiting-funds"),
        (false, Some("expired")) => (Status::Declined, "expired"),
        (false, _) => (Status::RequiresAction, "awaiting-payment"),
    };
    let complete = paid || session.status.as_deref() == Some("complete");
    let id = session.payment_intent.filter(|_| complete).unwrap_or_else(|| session.id.clone());
    let currency = session.currency.unwrap_or_default();
    let attributes = vec![("link".to_owned(), session.payment_link.unwrap_or(session.id))];
    Transaction {
        operation_id: session.metadata.as_ref().and_then(ours),
        amount: session.amount_total.and_then(|amount| from_stripe(amount, &currency)),
        next_url: session.url.filter(|_| status == Status::RequiresAction),
        code: code.into(),
        occurred_at: Some(at(session.created)),
        attributes,
        ..Transaction::new(Kind::Payment, status, id)
    }
}

pub(crate) fn of_intent(intent: PaymentIntent) -> Transaction {
    let (status, code) = match intent.status.as_str() {
        "succeeded" => (Status::Succeeded, String::new()),
        "processing" | "requires_capture" => (Status::Pending, "processing".into()),
        "requires_action" | "requires_confirmation" => (Status::RequiresAction, "payer-must-act".into()),
        "requires_payment_method" => {
            let (code, _) = api::codes(&intent.last_payment_error.unwrap_or_default());
            (Status::Declined, code)
        }
        "canceled" => (Status::Declined, "cancelled".into()),
        _ => (Status::Unknown, "gateway-stripe.unknown-status".into()),
    };
    let received = intent.amount_received.filter(|_| status == Status::Succeeded);
    let (next_url, attributes) = what_next(intent.next_action.unwrap_or_default());
    Transaction {
        operation_id: ours(&intent.metadata),
        amount: from_stripe(received.unwrap_or(intent.amount), &intent.currency),
        next_url: next_url.filter(|_| status == Status::RequiresAction),
        code,
        occurred_at: Some(at(intent.created)),
        attributes,
        ..Transaction::new(Kind::Payment, status, intent.id)
    }
}

/// Where the payer goes, and what a voucher or code says.
fn what_next(next: NextAction) -> (Option<String>, Vec<(String, String)>) {
    let mut url = next.redirect_to_url.and_then(|redirect| redirect.url);
    let mut attributes = vec![];
    let mut keep = |name: &str, value: Option<String>| {
        attributes.extend(value.map(|value| (name.to_owned(), value)));
    };
    for voucher in next.oxxo_display_details.into_iter().chain(next.boleto_display_details) {
        keep("barcode", voucher.number);
        keep("voucher", voucher.hosted_voucher_url.clone());
        url = url.or(voucher.hosted_voucher_url);
    }
    if let Some(pix) = next.pix_display_qr_code {
        keep("pix-code", pix.data);
        keep("qr", pix.image_url_png);
        url = url.or(pix.hosted_instructions_url);
    }
    (url, attributes)
}

pub(crate) fn of_refund(refund: Refund) -> Transaction {
    let (status, code) = match refund.status.as_deref() {
        Some("succeeded") => (Status::Succeeded, String::new()),
        Some("pending") => (Status::Pending, "processing".into()),
        Some("requires_action") => (Status::RequiresAction, "payer-must-act".into()),
        Some("canceled") => (Status::Declined, "cancelled".into()),
        Some("failed") => {
            let reason = refund.failure_reason.unwrap_or_default().replace('_', "-");
            (
                Status::Declined,
                format!("gateway-stripe.{}", if reason.is_empty() { "failed" } else { &reason }),
            )
        }
        _ => (Status::Unknown, "gateway-stripe.unknown-status".into()),
    };
    Transaction {
        operation_id: refund.metadata.as_ref().and_then(ours),
        original: refund.payment_intent.or(refund.charge),
        amount: from_stripe(refund.amount, &refund.currency),
        code,
        occurred_at: Some(at(refund.created)),
        ..Transaction::new(Kind::Refund, status, refund.id)
    }
}

/// A dispute takes the money when it is opened, and gives it back when it is won: that is a movement of its own.
pub(crate) fn of_dispute(dispute: Dispute) -> Vec<Transaction> {
    let original = dispute.payment_intent.or(dispute.charge);
    let taken = dispute.balance_transactions.iter().any(|moved| moved.amount < 0);
    let inquiry = dispute.status.starts_with("warning");
    let (status, code) = match (taken, dispute.status.as_str()) {
        (true, _) => (Status::Succeeded, ""),
        (false, "won" | "warning_closed" | "prevented") => (Status::Declined, "dispute-closed"),
        (false, "lost") => (Status::Succeeded, ""),
        (false, _) => (Status::Pending, "disputed"),
    };
    let reason = dispute.reason.unwrap_or_default();
    let held = Transaction {
        original,
        amount: from_stripe(dispute.amount, &dispute.currency),
        code: code.into(),
        occurred_at: Some(at(dispute.created)),
        attributes: vec![("reason".into(), reason), ("inquiry".into(), inquiry.to_string())],
        ..Transaction::new(Kind::ChargeBack, status, dispute.id.clone())
    };
    let back = dispute.balance_transactions.iter().filter(|moved| moved.amount > 0);
    let back: Vec<Transaction> = back.map(|moved| given_back(moved, &dispute.id)).collect();
    [held].into_iter().chain(back).collect()
}

/// Money of a dispute that was won: told by the dispute and by the balance under one identity.
pub(crate) fn given_back(moved: &Moved, dispute: &str) -> Transaction {
    Transaction {
        original: Some(dispute.to_owned()),
        amount: from_stripe(moved.amount, &moved.currency),
        code: "charge-back-reversed".into(),
        occurred_at: Some(at(moved.created)),
        ..Transaction::new(Kind::Payment, Status::Succeeded, moved.id.clone())
    }
}

pub(crate) fn of_payout(payout: Payout) -> Transaction {
    let (status, code) = match payout.status.as_str() {
        "paid" => (Status::Succeeded, String::new()),
        "pending" | "in_transit" => (Status::Pending, "in-transit".into()),
        "failed" | "canceled" => {
            let reason = payout.failure_code.unwrap_or(payout.status).replace('_', "-");
            (Status::Declined, format!("gateway-stripe.{reason}"))
        }
        _ => (Status::Unknown, "gateway-stripe.unknown-status".into()),
    };
    Transaction {
        amount: from_stripe(payout.amount, &payout.currency),
        code,
        occurred_at: Some(at(payout.created)),
        ..Transaction::new(Kind::Payout, status, payout.id)
    }
}

pub(crate) fn ours(metadata: &Metadata) -> Option<String> {
    metadata.get(OPERATION).cloned()
}

pub(crate) fn at(seconds: i64) -> Instant {
    Instant { seconds, nanoseconds: 0 }
}
