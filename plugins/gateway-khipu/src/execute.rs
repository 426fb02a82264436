//! Doing what an intent says, once.

use recaudo_sdk::gateway::amount::number;
use recaudo_sdk::gateway::{No, Posted, Vendor as _};
use recaudo_sdk::http::Request;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Fail, Failure, Stop, moment};

use crate::GatewayKhipu;
use crate::amount::to_text;
use crate::config::Config;
use crate::objects::{Made, NewPayment, NewRefund, Success};

/// Its code for what does not exist.
const MISSING: &str = "not-found";
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
            return Err(intent.unsupported("gateway-khipu").into());
        }
    };
    done.operation_id = Some(operation);
    Ok(done)
}

fn create(ctx: &mut Ctx<GatewayKhipu>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let (currency, amount) = to_text(intent.amount)?;
    intent.above_zero()?;
    let operation = ctx.call().operation.id.clone();
    let back = intent.way_back(config.return_url.as_deref());
    let asked = NewPayment {
        amount: number(amount)?,
        currency: &currency,
        subject: intent.description(config.description.as_deref(), SUBJECT_MAX),
        transaction_id: &operation,
        custom: intent.documents.join(","),
        return_url: back.map(str::to_owned),
        notify_url: config.notify_url.as_deref(),
        notify_api_version: config.notify_url.as_ref().map(|_| "3.0"),
        expires_date: intent.not_after.map(moment::written),
    };
    let url = format!("{}/v3/payments", config.base_url);
    let request = Request::new("POST", url).body("application/json", json(&asked)?);
    Ok(match GatewayKhipu::commit::<Made>(ctx, request, "khipu: making a payment link")? {
        Posted::Done(made) => Transaction {
            amount: Some(intent.amount),
            next_url: Some(made.payment_url),
            code: "awaiting-payment".into(),
            attributes: made.transfer_url.map(|url| ("transfer-url".into(), url)).into_iter().collect(),
            ..Transaction::new(Kind::Payment, Status::RequiresAction, made.payment_id)
        },
        Posted::No(no) if no.code == MISSING => return Err(wrong_address().into()),
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
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
    let payment = intent.about(GatewayKhipu::NAME)?.to_owned();
    let operation = ctx.call().operation.clone();
    let id = refund_id(&payment, &operation.idempotency_key);
    let about = Some(payment.clone());
    if operation.attempt > 1 {
        let code = "gateway-khipu.cannot-tell".into();
        return Ok(Transaction {
            code,
            original: about,
            ..Transaction::new(Kind::Refund, Status::Unknown, id)
        });
    }
    let amount = match intent.amount.minor {
        0 => None,
        _ => Some(number(to_text(intent.amount)?.1)?),
    };
    let url = format!("{}/v3/payments/{}/refunds", config.base_url, segment(&payment));
    let request = Request::new("POST", url).body("application/json", json(&NewRefund { amount })?);
    let mut done = match GatewayKhipu::commit::<Success>(ctx, request, "khipu: refunding")? {
        Posted::Done(_) => Transaction {
            amount: Some(intent.amount).filter(|amount| amount.minor != 0),
            ..Transaction::new(Kind::Refund, Status::Succeeded, id)
        },
        Posted::No(no) => Transaction::refused(Kind::Refund, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Refund, code),
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
    let payment = intent.about(GatewayKhipu::NAME)?.to_owned();
    let again = ctx.call().operation.attempt > 1;
    let url = format!("{}/v3/payments/{}", config.base_url, segment(&payment));
    let gone = || Transaction {
        code: "cancelled".into(),
        ..Transaction::new(Kind::Payment, Status::Succeeded, payment.clone())
    };
    let mut done =
        match GatewayKhipu::commit::<Success>(ctx, Request::new("DELETE", url), "khipu: withdrawing a link")?
        {
            Posted::Done(_) => gone(),
            Posted::No(no) if no.code == MISSING && again => gone(),
            Posted::No(no) if no.code == MISSING => Transaction::refused(Kind::Payment, no),
            Posted::No(no) => refused(Kind::Payment, "already-paid", no),
            Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
        };
    done.original = Some(payment);
    Ok(done)
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value)
        .map_err(|error| Fail::new(recaudo_sdk::Kind::Internal, "unwritable", error.to_string()))
}

/// Khipu said no, for a reason it does not tell.
fn refused(kind: Kind, code: &str, no: No) -> Transaction {
    Transaction::refused(kind, No { code: code.into(), ..no })
}
