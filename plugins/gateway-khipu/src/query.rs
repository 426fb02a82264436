//! What became of an operation, by reading alone; where Khipu cannot tell, that is the answer.

use recaudo_sdk::call::Operation;
use recaudo_sdk::gateway::{Vendor as _, amount};
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Stop, moment};

use crate::GatewayKhipu;
use crate::amount::from_text;
use crate::config::Config;
use crate::execute::refund_id;
use crate::objects::Payment;

/// An attempt to pay that began in time may still end this long after the link's end.
const ATTEMPT_SECONDS: i64 = 3 * 3_600;

pub(crate) fn query(
    ctx: &mut Ctx<GatewayKhipu>,
    original: &Operation,
    intent: &Intent,
    gateway_id: Option<String>,
) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let id = gateway_id.filter(|id| !id.is_empty());
    let mut found = match (intent.action, id) {
        (Action::CreateLink, Some(id)) => match payment(ctx, &config, &id)? {
            Some(payment) => of_payment(payment, ctx.call().now.seconds),
            None => Transaction {
                code: "not-found".into(),
                ..Transaction::new(Kind::Payment, Status::Declined, id)
            },
        },
        (Action::CreateLink, None) => cannot_tell(Kind::Payment, ""),
        (Action::Refund, _) => refunded(ctx, &config, original, intent)?,
        (Action::Cancel, _) => cancelled(ctx, &config, intent)?,
        (Action::CreateReference | Action::CreateMandate | Action::ChargeSaved, _) => {
            return Err(intent.unsupported("gateway-khipu").into());
        }
    };
    found.operation_id = Some(original.id.clone());
    Ok(found)
}

fn payment(ctx: &mut Ctx<GatewayKhipu>, config: &Config, id: &str) -> Result<Option<Payment>, Stop> {
    let url = format!("{}/v3/payments/{}", config.base_url, segment(id));
    GatewayKhipu::find(ctx, url, "khipu: asking for a payment")
}

/// Khipu has no way to ask for a payment by our own reference, nor what was given back of one.
fn cannot_tell(kind: Kind, id: &str) -> Transaction {
    Transaction { code: "gateway-khipu.cannot-tell".into(), ..Transaction::new(kind, Status::Unknown, id) }
}

/// A payment that stands as reversed was given back as a whole; of a part nothing can be seen.
fn refunded(
    ctx: &mut Ctx<GatewayKhipu>,
    config: &Config,
    original: &Operation,
    intent: &Intent,
) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayKhipu::NAME)?.to_owned();
    let own = refund_id(&id, &original.idempotency_key);
    let whole = |payment: &Payment| {
        let paid = from_text(payment.amount.get(), &payment.currency);
        intent.amount.minor == 0 || paid.is_some_and(|paid| amount::equal(paid, intent.amount))
    };
    let made = match payment(ctx, config, &id)? {
        None => {
            Transaction { code: "not-found".into(), ..Transaction::new(Kind::Refund, Status::Declined, own) }
        }
        Some(payment) if payment.status_detail == "reversed" && whole(&payment) => Transaction {
            amount: from_text(payment.amount.get(), &payment.currency),
            ..Transaction::new(Kind::Refund, Status::Succeeded, own)
        },
        Some(_) => cannot_tell(Kind::Refund, &own),
    };
    Ok(Transaction { original: Some(id), ..made })
}

fn cancelled(ctx: &mut Ctx<GatewayKhipu>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayKhipu::NAME)?.to_owned();
    let (status, code) = match payment(ctx, config, &id)?.map(|payment| payment.status) {
        None => (Status::Succeeded, "cancelled"),
        Some(status) if status == "pending" => (Status::NotAttempted, "still-open"),
        Some(_) => (Status::Declined, "already-paid"),
    };
    Ok(Transaction {
        original: Some(id.clone()),
        code: code.into(),
        ..Transaction::new(Kind::Payment, status, id)
    })
}

fn of_payment(payment: Payment, now: i64) -> Transaction {
    let ended = payment.expires_date.as_deref().and_then(moment::read);
    let over = ended.is_some_and(|end| end.seconds + ATTEMPT_SECONDS < now);
    let (status, code) = state(&payment.status, &payment.status_detail, over);
    let done = status == Status::Succeeded;
    Transaction {
        operation_id: payment.transaction_id,
        amount: from_text(payment.amount.get(), &payment.currency),
        next_url: payment.payment_url.filter(|_| status == Status::RequiresAction),
        code: code.into(),
        occurred_at: payment.conciliation_date.as_deref().filter(|_| done).and_then(moment::read),
        attributes: attributes(payment.payment_method, payment.bank, &payment.status_detail),
        ..Transaction::new(Kind::Payment, status, payment.payment_id)
    }
}

/// Khipu's two words for how far a payment is.
pub(crate) fn state(status: &str, detail: &str, over: bool) -> (Status, &'static str) {
    match (status, detail) {
        (_, "rejected-by-payer") => (Status::Declined, "rejected-by-payer"),
        (_, "marked-as-abuse") => (Status::Declined, "reported-as-abuse"),
        ("done", _) => (Status::Succeeded, ""),
        ("verifying", _) => (Status::Pending, "verifying"),
        ("pending", _) if over => (Status::Declined, "expired"),
        ("pending", _) => (Status::RequiresAction, "awaiting-payment"),
        _ => (Status::Unknown, "gateway-khipu.unknown-status"),
    }
}

pub(crate) fn attributes(
    method: Option<String>,
    bank: Option<String>,
    detail: &str,
) -> Vec<(String, String)> {
    let named = [("method", method), ("bank", bank)];
    let mut all: Vec<(String, String)> = named
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_empty())?)))
        .collect();
    if detail == "reversed" {
        all.push(("reversed".into(), "true".into()));
    }
    all
}
