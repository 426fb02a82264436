//! An order as the contract's transactions: the payment, what was given back of it, what a bank took back.

use recaudo_sdk::payments::{Kind, Status, Transaction};
use recaudo_sdk::values::{Instant, Money};

use crate::api::code;
use crate::objects::{Charge, Checkout, Order};

/// Our operation, in an order's metadata.
pub(crate) const OPERATION: &str = "recaudo_operation";
pub(crate) const KEY: &str = "recaudo_key";

/// The payment an order stands for. `settled_at_once`: a saved card's refusal is final, a page's is not.
pub(crate) fn of_order(order: Order, settled_at_once: bool) -> Transaction {
    let Order { id, amount, currency, created_at, updated_at, payment_status, metadata, checkout, charges } =
        order;
    let charge = charges.map(|list| list.data).unwrap_or_default().pop();
    let (status, reason) =
        state(payment_status.as_deref(), checkout.as_ref(), charge.as_ref(), settled_at_once);
    let paid_at = charge.as_ref().and_then(|charge| charge.paid_at).or(updated_at).unwrap_or(created_at);
    let done = status == Status::Succeeded;
    Transaction {
        operation_id: metadata.get(OPERATION).and_then(|id| id.as_str()).map(str::to_owned),
        amount: money(amount, &currency),
        next_url: checkout.and_then(|checkout| checkout.url).filter(|_| status == Status::RequiresAction),
        code: reason,
        occurred_at: Some(at(if done { paid_at } else { created_at })),
        attributes: charge.map(|charge| attributes(&charge)).unwrap_or_default(),
        ..Transaction::new(Kind::Payment, status, id)
    }
}

fn state(
    status: Option<&str>,
    checkout: Option<&Checkout>,
    charge: Option<&Charge>,
    settled_at_once: bool,
) -> (Status, String) {
    let waits = || (Status::RequiresAction, "awaiting-payment".to_owned());
    let refusal = || {
        let failure = charge.and_then(|charge| charge.failure_code.as_deref());
        (Status::Declined, failure.map_or_else(|| "card-declined".into(), code))
    };
    let page = checkout.and_then(|checkout| checkout.status.as_deref()).unwrap_or_default();
    match status {
        // What was given back or taken back later was paid once.
        Some("paid" | "partially_refunded" | "refunded" | "charged_back" | "in_dispute") => {
            (Status::Succeeded, String::new())
        }
        Some("expired") => (Status::Declined, "expired".into()),
        Some("canceled" | "voided") => (Status::Declined, "cancelled".into()),
        Some("declined") if settled_at_once => refusal(),
        Some("pre_authorized") => (Status::Pending, "processing".into()),
        _ if page == "Expired" => (Status::Declined, "expired".into()),
        _ if page == "Cancelled" => (Status::Declined, "cancelled".into()),
        Some("pending_payment") if settled_at_once => (Status::Pending, "processing".into()),
        None | Some("pending_payment" | "declined" | "") => waits(),
        Some(_) => (Status::Unknown, "gateway-conekta.unknown-status".into()),
    }
}

/// What the payer needs, or paid with.
fn attributes(charge: &Charge) -> Vec<(String, String)> {
    let Some(method) = &charge.payment_method else { return vec![] };
    let kind = match method.object.as_str() {
        "card_payment" => "card",
        "cash_payment" => "cash",
        "bank_transfer_payment" => "transfer",
        other => other,
    };
    let named = [
        ("method", Some(kind.to_owned()).filter(|kind| !kind.is_empty())),
        ("clabe", method.clabe.clone()),
        ("bank", method.bank.clone()),
        ("voucher", method.reference.clone()),
        ("barcode", method.barcode_url.clone()),
        ("last-four", method.last4.clone()),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Everything a charge tells besides the payment: its refunds and its charge-back.
pub(crate) fn after_payment(charge: &Charge) -> Vec<Transaction> {
    let order = &charge.order_id;
    let refunds = charge.refunds.iter().flat_map(|list| &list.data).map(|refund| Transaction {
        original: Some(order.clone()),
        amount: money(refund.amount, &charge.currency),
        occurred_at: Some(at(refund.created_at)),
        ..Transaction::new(Kind::Refund, Status::Succeeded, refund.id.clone())
    });
    let taken = charge.chargeback.iter().map(|back| {
        let (status, code) = match back.status.as_deref() {
            Some("won" | "covered") => (Status::Declined, "dispute-closed"),
            Some("lost") => (Status::Succeeded, ""),
            _ => (Status::Pending, "disputed"),
        };
        Transaction {
            original: Some(order.clone()),
            amount: charge.amount.and_then(|amount| money(amount, &charge.currency)),
            code: code.into(),
            occurred_at: Some(at(charge.created_at)),
            attributes: back.reason.iter().map(|reason| ("reason".to_owned(), reason.clone())).collect(),
            ..Transaction::new(Kind::ChargeBack, status, charge_back_id(order))
        }
    });
    refunds.chain(taken).collect()
}

/// The balance names the charge alone, so a charge-back is known by its order.
pub(crate) fn charge_back_id(order: &str) -> String {
    format!("{order}:charge-back")
}

/// Conekta's cents, sign dropped: a transaction's kind gives the direction.
pub(crate) fn money(cents: i64, currency: &str) -> Option<Money> {
    let [a, b, c] = *currency.as_bytes() else { return None };
    Some(Money { minor: cents.checked_abs()?, exponent: 2, currency: (a, b, c) })
}

pub(crate) fn at(seconds: i64) -> Instant {
    Instant { seconds, nanoseconds: 0 }
}
