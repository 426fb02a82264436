//! Doing what an intent says, once.

use recaudo_sdk::http::Request;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::{Ctx, Date, Fail, Failure, Retry, Stop, values};
use serde_json::value::RawValue;

use crate::GatewayKhipu;
use crate::amount::to_text;
use crate::api::{self, Posted, segment};
use crate::config::Config;
use crate::objects::{Made, NewPayment, NewRefund, Success};

/// The longest subject Khipu takes.
const SUBJECT_MAX: usize = 255;

pub(crate) fn execute(ctx: &mut Ctx<GatewayKhipu>, intent: &Intent) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let operation = ctx.call().operation.id.clone();
    let mut done = match intent.action {
        Action::CreateLink => create(ctx, &config, intent)?,
        Action::Refund => refund(ctx, &config, intent)?,
        Action::Cancel => cancel(ctx, &config, intent)?,
        Action::CreateReference | Action::CreateMandate | Action::ChargeSaved => {
            return Err(unsupported(intent.action).into());
        }
    };
    done.operation_id = Some(operation);
    Ok(done)
}

pub(crate) fn unsupported(action: Action) -> Failure {
    let message = format!("gateway-khipu does not do {action:?}; use another gateway for it");
    Failure {
        retry: Retry::Never,
        ..Fail::new(recaudo_sdk::Kind::Unsupported, "unsupported-action", message)
    }
}

fn create(ctx: &mut Ctx<GatewayKhipu>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let (currency, amount) = to_text(intent.amount)?;
    if intent.amount.minor <= 0 {
        return Err(Fail::invalid_input("bad-amount", "a way to pay needs an amount above 0").into());
    }
    let operation = ctx.call().operation.id.clone();
    let back = Some(&intent.return_url).filter(|url| !url.is_empty()).or(config.return_url.as_ref());
    let asked = NewPayment {
        amount: number(amount)?,
        currency: &currency,
        subject: subject(config, intent),
        transaction_id: &operation,
        custom: intent.documents.join(","),
        return_url: back.cloned(),
        notify_url: config.notify_url.as_deref(),
        notify_api_version: config.notify_url.as_ref().map(|_| "3.0"),
        expires_date: intent.not_after.map(written),
    };
    let url = format!("{}/v3/payments", config.base_url);
    let request = Request::new("POST", url).body("application/json", json(&asked)?);
    Ok(match api::commit::<Made>(ctx, request, "khipu: making a payment link")? {
        Posted::Done(made) => Transaction {
            amount: Some(intent.amount),
            next_url: Some(made.payment_url),
            code: "awaiting-payment".into(),
            attributes: made.transfer_url.map(|url| ("transfer-url".into(), url)).into_iter().collect(),
            ..blank(Kind::Payment, Status::RequiresAction, made.payment_id)
        },
        Posted::No(fields) => refused(Kind::Payment, "rejected", fields),
        Posted::Missing => return Err(wrong_address().into()),
        Posted::NotSent(code) => not_sent(Kind::Payment, code),
    })
}

fn wrong_address() -> Failure {
    Fail::new(
        recaudo_sdk::Kind::NotFound,
        "not-found",
        "khipu: no payments can be made at /base_url; correct it",
    )
}

/// Khipu would give back twice what is asked twice, and does not tell what it gave: sent once, in the first
/// attempt or never.
fn refund(ctx: &mut Ctx<GatewayKhipu>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let payment = original(intent)?.to_owned();
    let operation = ctx.call().operation.clone();
    let id = refund_id(&payment, &operation.idempotency_key);
    let about = Some(payment.clone());
    if operation.attempt > 1 {
        let code = "gateway-khipu.cannot-tell".into();
        return Ok(Transaction { code, original: about, ..blank(Kind::Refund, Status::Unknown, id) });
    }
    let amount = match intent.amount.minor {
        0 => None,
        _ => Some(number(to_text(intent.amount)?.1)?),
    };
    let url = format!("{}/v3/payments/{}/refunds", config.base_url, segment(&payment));
    let request = Request::new("POST", url).body("application/json", json(&NewRefund { amount })?);
    let mut done = match api::commit::<Success>(ctx, request, "khipu: refunding")? {
        Posted::Done(_) => Transaction {
            amount: Some(intent.amount).filter(|amount| amount.minor != 0),
            ..blank(Kind::Refund, Status::Succeeded, id)
        },
        Posted::No(fields) => refused(Kind::Refund, "rejected", fields),
        Posted::Missing => refused(Kind::Refund, "not-found", vec![]),
        Posted::NotSent(code) => not_sent(Kind::Refund, code),
    };
    done.original = about;
    Ok(done)
}

/// Khipu gives refunds no id.
pub(crate) fn refund_id(payment: &str, key: &str) -> String {
    format!("{payment}:refund:{key}")
}

/// Only what nobody has paid can be withdrawn; withdrawing twice is withdrawing once.
fn cancel(ctx: &mut Ctx<GatewayKhipu>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let payment = original(intent)?.to_owned();
    let again = ctx.call().operation.attempt > 1;
    let url = format!("{}/v3/payments/{}", config.base_url, segment(&payment));
    let gone = || Transaction {
        code: "cancelled".into(),
        ..blank(Kind::Payment, Status::Succeeded, payment.clone())
    };
    let mut done =
        match api::commit::<Success>(ctx, Request::new("DELETE", url), "khipu: withdrawing a link")? {
            Posted::Done(_) => gone(),
            Posted::Missing if again => gone(),
            Posted::Missing => refused(Kind::Payment, "not-found", vec![]),
            Posted::No(fields) => refused(Kind::Payment, "already-paid", fields),
            Posted::NotSent(code) => not_sent(Kind::Payment, code),
        };
    done.original = Some(payment);
    Ok(done)
}

fn subject(config: &Config, intent: &Intent) -> String {
    let own = intent.attributes.iter().rev().find(|(name, value)| name == "description" && !value.is_empty());
    let own = own.map(|(_, value)| value.as_str()).or(config.description.as_deref());
    let text = own.map_or_else(|| intent.documents.join(", "), str::to_owned);
    let text: String = text.chars().filter(|c| !c.is_control()).take(SUBJECT_MAX).collect();
    if text.trim().is_empty() { "-".into() } else { text }
}

/// `2026-11-22T15:00:00Z`.
fn written(at: values::Instant) -> String {
    let (day, second) = (at.seconds.div_euclid(86_400), at.seconds.rem_euclid(86_400));
    let date = Date::from_epoch_day(i32::try_from(day).unwrap_or(i32::MAX / 2));
    format!("{date}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

fn number(text: String) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(text).map_err(|error| Fail::invalid_input("bad-amount", error.to_string()))
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value)
        .map_err(|error| Fail::new(recaudo_sdk::Kind::Internal, "unwritable", error.to_string()))
}

pub(crate) fn original(intent: &Intent) -> Result<&str, Failure> {
    intent.original.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
        let message = format!("{:?} needs khipu's id of the payment it is about", intent.action);
        Fail::invalid_input("missing-original", message)
    })
}

/// Nothing known but kind, status and identity.
pub(crate) fn blank(kind: Kind, status: Status, gateway_id: impl Into<String>) -> Transaction {
    Transaction {
        kind,
        status,
        gateway_id: gateway_id.into(),
        operation_id: None,
        original: None,
        payout: None,
        amount: None,
        fee: None,
        next_url: None,
        code: String::new(),
        occurred_at: None,
        attributes: vec![],
    }
}

fn refused(kind: Kind, code: &str, attributes: Vec<(String, String)>) -> Transaction {
    Transaction { code: code.into(), attributes, ..blank(kind, Status::Declined, "") }
}

fn not_sent(kind: Kind, code: String) -> Transaction {
    Transaction { code, ..blank(kind, Status::NotAttempted, "") }
}
