//! Doing what an intent says, once.

use recaudo_sdk::gateway::amount::number;
use recaudo_sdk::gateway::{Posted, Vendor as _};
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Fail, Failure, Stop, moment};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::GatewayMercadopago;
use crate::amount::to_text;
use crate::api;
use crate::config::Config;
use crate::objects::{Payment, Preference, Refund};
use crate::transaction::{of_payment, of_refund, reference};

/// The longest text Mercado Pago shows of an item.
const TITLE_MAX: usize = 250;
/// Types of payment on a page: what is not asked for is left out.
const TYPES: [(&str, &[&str]); 4] = [
    ("card", &["credit_card", "debit_card", "prepaid_card"]),
    ("transfer", &["bank_transfer"]),
    ("cash", &["ticket", "atm"]),
    ("account", &["digital_currency", "digital_wallet"]),
];

pub(crate) fn execute(ctx: &mut Ctx<GatewayMercadopago>, intent: &Intent) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let operation = ctx.call().operation.id.clone();
    let mut done = match intent.action {
        Action::CreateLink => create(ctx, &config, intent)?,
        Action::Refund => refund(ctx, &config, intent)?,
        Action::Cancel => cancel(ctx, &config, intent)?,
        Action::CreateReference | Action::CreateMandate | Action::ChargeSaved => {
            return Err(intent.unsupported("gateway-mercadopago").into());
        }
    };
    done.operation_id = Some(operation);
    Ok(done)
}

fn create(ctx: &mut Ctx<GatewayMercadopago>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    intent.above_zero()?;
    match direct(config, intent) {
        Some(method) => code(ctx, config, intent, method),
        None => page(ctx, config, intent),
    }
}

/// The one way to pay that needs no page.
fn direct(config: &Config, intent: &Intent) -> Option<&'static str> {
    match intent.methods(&config.methods)[..] {
        ["pix"] => Some("pix"),
        ["oxxo"] => Some("oxxo"),
        _ => None,
    }
}

pub(crate) fn is_direct(config: &Config, intent: &Intent) -> bool {
    direct(config, intent).is_some()
}

/// An amount keeps its digits: it is written as it stands, not as a floating point number.
#[derive(Serialize)]
struct NewPayment {
    transaction_amount: Box<RawValue>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    title: String,
    quantity: u32,
    unit_price: Box<RawValue>,
    currency_id: String,
}

#[derive(Serialize)]
struct NewPreference {
    items: [Item; 1],
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Serialize)]
struct NewRefund {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Box<RawValue>>,
}

/// A PIX code or an OXXO voucher.
fn code(
    ctx: &mut Ctx<GatewayMercadopago>,
    config: &Config,
    intent: &Intent,
    method: &str,
) -> Result<Transaction, Stop> {
    let (_, amount) = to_text(intent.amount)?;
    let email = intent.attribute("customer:email").or(config.payer_email.as_deref());
    let email = email.ok_or_else(|| {
        Fail::config("/payer_email", "is missing, and the payer has no e-mail; mercado pago wants one")
    })?;
    let mut rest = common(ctx, config);
    rest.insert("payment_method_id".into(), json!(method));
    rest.insert("description".into(), json!(intent.description(config.description.as_deref(), TITLE_MAX)));
    rest.insert("payer".into(), json!({"email": email}));
    if let Some(end) = intent.not_after {
        rest.insert("date_of_expiration".into(), json!(moment::written_millis(end)));
    }
    let body = text(&NewPayment { transaction_amount: number(amount)?, rest })?;
    let url = format!("{}/v1/payments", config.base_url);
    Ok(match api::commit::<Payment>(ctx, "POST", url, body, "mercado pago: making a code to pay")? {
        Posted::Done(made) => of_payment(&made),
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    })
}

fn page(ctx: &mut Ctx<GatewayMercadopago>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let (currency, amount) = to_text(intent.amount)?;
    let title = intent.description(config.description.as_deref(), TITLE_MAX);
    let item = Item {
        id: ctx.call().operation.id.clone(),
        title,
        quantity: 1,
        unit_price: number(amount)?,
        currency_id: currency,
    };
    let mut rest = common(ctx, config);
    let left_out = left_out(&intent.methods(&config.methods))?;
    if !left_out.is_empty() {
        let types: Vec<Value> = left_out.into_iter().map(|id| json!({"id": id})).collect();
        rest.insert("payment_methods".into(), json!({"excluded_payment_types": types}));
    }
    if let Some(back) = intent.way_back(config.return_url.as_deref()) {
        rest.insert("back_urls".into(), json!({"success": back, "pending": back, "failure": back}));
    }
    if let Some(end) = intent.not_after {
        rest.insert("expires".into(), json!(true));
        rest.insert("expiration_date_to".into(), json!(moment::written_millis(end)));
    }
    let body = text(&NewPreference { items: [item], rest })?;
    let url = format!("{}/checkout/preferences", config.base_url);
    Ok(match api::commit::<Preference>(ctx, "POST", url, body, "mercado pago: making a payment link")? {
        Posted::Done(made) => {
            Transaction { amount: Some(intent.amount), ..of_preference(made, ctx.call().now.seconds) }
        }
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    })
}

/// A page nobody has paid on.
pub(crate) fn of_preference(made: Preference, now: i64) -> Transaction {
    let end = made.expiration_date_to.as_deref().and_then(moment::read);
    let over = made.expires && end.is_some_and(|end| end.seconds <= now);
    let (status, code) = match over {
        true => (Status::Declined, "expired"),
        false => (Status::RequiresAction, "awaiting-payment"),
    };
    Transaction {
        next_url: made.init_point.filter(|_| !over),
        code: code.into(),
        ..Transaction::new(Kind::Payment, status, made.id)
    }
}

/// What ties a thing there to our operation, and where it is told of.
fn common(ctx: &Ctx<GatewayMercadopago>, config: &Config) -> serde_json::Map<String, Value> {
    let operation = &ctx.call().operation;
    let mut map = serde_json::Map::new();
    map.insert("external_reference".into(), json!(reference(operation)));
    if let Some(url) = &config.notify_url {
        let joint = if url.contains('?') { '&' } else { '?' };
        // What a notification says is only which payment; this says whose.
        let url = format!("{url}{joint}operation={}", segment(&operation.id));
        map.insert("notification_url".into(), json!(url));
    }
    map
}

/// Refunds carry the operation's key, so that the same one is given once.
fn refund(ctx: &mut Ctx<GatewayMercadopago>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let payment = intent.about(GatewayMercadopago::NAME)?.to_owned();
    let (currency, written) = to_text(intent.amount)?;
    let amount = if intent.amount.minor == 0 { None } else { Some(number(written)?) };
    let url = format!("{}/v1/payments/{}/refunds", config.base_url, segment(&payment));
    let body = text(&NewRefund { amount })?;
    let mut done = match api::commit::<Refund>(ctx, "POST", url, body, "mercado pago: refunding")? {
        Posted::Done(made) => of_refund(&made, &payment, &currency),
        Posted::No(no) => Transaction::refused(Kind::Refund, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Refund, code),
    };
    done.original = Some(payment);
    Ok(done)
}

/// A payment that waits is cancelled; a page is made to end.
fn cancel(ctx: &mut Ctx<GatewayMercadopago>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayMercadopago::NAME)?.to_owned();
    let what = "mercado pago: withdrawing a way to pay";
    let now = ctx.call().now;
    let over = if is_payment(&id) {
        let url = format!("{}/v1/payments/{}", config.base_url, segment(&id));
        let body = json!({"status": "cancelled"}).to_string();
        api::commit::<Payment>(ctx, "PUT", url, body, what)?.map(|p| p.status == "cancelled")
    } else {
        let url = format!("{}/checkout/preferences/{}", config.base_url, segment(&id));
        let body = json!({"expires": true, "expiration_date_to": moment::written_millis(now)}).to_string();
        api::commit::<Preference>(ctx, "PUT", url, body, what)?.map(|made| made.expires)
    };
    let mut done = match over {
        Posted::Done(true) => Transaction {
            code: "cancelled".into(),
            ..Transaction::new(Kind::Payment, Status::Succeeded, id.clone())
        },
        Posted::Done(false) => Transaction {
            code: "still-open".into(),
            ..Transaction::new(Kind::Payment, Status::Declined, id.clone())
        },
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    };
    done.original = Some(id);
    Ok(done)
}

/// Payments are numbered, preferences are not.
pub(crate) fn is_payment(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
}

fn left_out(asked: &[&str]) -> Result<Vec<&'static str>, Failure> {
    let family = |method: &str| {
        Ok(match method {
            "card" => "card",
            "transfer" | "pse" | "spei" | "pix" => "transfer",
            "cash" | "oxxo" => "cash",
            "account" => "account",
            other => {
                return Err(Fail::unknown_method("mercado pago", other));
            }
        })
    };
    let wanted = asked.iter().map(|method| family(method)).collect::<Result<Vec<_>, _>>()?;
    // The payer's own account is always there: Mercado Pago does not let a page leave it out.
    let unwanted = TYPES.iter().filter(|(name, _)| !wanted.contains(name) && *name != "account");
    Ok(if wanted.is_empty() {
        vec![]
    } else {
        unwanted.flat_map(|(_, types)| types.iter().copied()).collect()
    })
}

fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|error| Fail::new(recaudo_sdk::Kind::Internal, "unwritable", error.to_string()))
}
