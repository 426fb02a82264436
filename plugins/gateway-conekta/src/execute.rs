//! Doing what an intent says, once.

use recaudo_sdk::gateway::{Posted, Vendor as _, amount};
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Fail, Failure, Stop, values};
use serde_json::{Value, json};

use crate::GatewayConekta;
use crate::api;
use crate::config::Config;
use crate::objects::{Order, Refund};
use crate::order::{KEY, OPERATION, money, of_order};
use crate::query::find;

/// The longest name Conekta takes.
const NAME_MAX: usize = 249;
/// Its prices are 32 bits.
const PRICE_MAX: i64 = 2_147_483_647;

pub(crate) fn execute(ctx: &mut Ctx<GatewayConekta>, intent: &Intent) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let operation = ctx.call().operation.id.clone();
    let mut done = match intent.action {
        Action::CreateLink => create(ctx, &config, intent)?,
        Action::ChargeSaved => charge(ctx, &config, intent)?,
        Action::Refund => refund(ctx, &config, intent)?,
        Action::Cancel => cancel(ctx, &config, intent)?,
        Action::CreateReference | Action::CreateMandate => {
            return Err(intent.unsupported("gateway-conekta").into());
        }
    };
    done.operation_id = Some(operation);
    Ok(done)
}

fn create(ctx: &mut Ctx<GatewayConekta>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let cents = cents(intent.amount)?;
    let methods = methods(config, intent)?;
    let operation = ctx.call().operation.clone();
    if operation.attempt > 1
        && let Some(made) = find(ctx, config, &operation)?
    {
        return Ok(of_order(made, false));
    }
    let mut order = order(ctx, config, intent, cents)?;
    order["customer_info"] = customer(config, intent)?;
    let ends = intent.not_after.map(|end| end.seconds);
    match methods[..] {
        ["bank_transfer"] => order["charges"] = json!([direct("spei", ends)]),
        ["cash"] => order["charges"] = json!([direct("cash", ends)]),
        _ => order["checkout"] = page(config, intent, &methods, ends),
    }
    let what = "conekta: making a way to pay";
    send(ctx, config, &order, what, false)
}

/// A charge of a kind that needs no page.
fn direct(kind: &str, ends: Option<i64>) -> Value {
    let mut method = json!({"type": kind});
    if let Some(ends) = ends {
        method["expires_at"] = json!(ends);
    }
    json!({"payment_method": method})
}

fn page(config: &Config, intent: &Intent, methods: &[&str], ends: Option<i64>) -> Value {
    let mut page = json!({"type": "HostedPayment", "allowed_payment_methods": methods});
    if let Some(back) = intent.way_back(config.return_url.as_deref()) {
        page["success_url"] = json!(back);
        page["failure_url"] = json!(back);
    }
    if let Some(ends) = ends {
        page["expires_at"] = json!(ends);
    }
    page
}

/// What every order has: one line with the whole amount, and what ties it to our operation.
fn order(ctx: &Ctx<GatewayConekta>, config: &Config, intent: &Intent, cents: i64) -> Result<Value, Failure> {
    let currency = amount::currency(intent.amount);
    let operation = &ctx.call().operation;
    let mut metadata = json!({OPERATION: operation.id, KEY: operation.idempotency_key});
    if !intent.payer.is_empty() {
        metadata["recaudo_payer"] = json!(intent.payer);
    }
    let line = json!({"name": intent.description(config.description.as_deref(), NAME_MAX), "quantity": 1, "unit_price": cents});
    if cents > PRICE_MAX {
        return Err(Fail::invalid_input(
            "amount-too-large",
            "conekta takes at most 21,474,836.47 in one order",
        ));
    }
    Ok(json!({"currency": currency, "line_items": [line], "metadata": metadata}))
}

fn send(
    ctx: &mut Ctx<GatewayConekta>,
    config: &Config,
    order: &Value,
    what: &str,
    settled_at_once: bool,
) -> Result<Transaction, Stop> {
    let url = format!("{}/orders", config.base_url);
    Ok(match api::post::<Order>(ctx, url, order.to_string().into_bytes(), what)? {
        Posted::Done(made) => of_order(made, settled_at_once),
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    })
}

/// Charges a saved card: sent in the first attempt or never, because Conekta would charge it twice.
fn charge(ctx: &mut Ctx<GatewayConekta>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let cents = cents(intent.amount)?;
    let original = intent.about(GatewayConekta::NAME)?;
    let Some((customer, source)) = original.split_once('/') else {
        let message = "a saved card is named CUSTOMER/SOURCE, such as cus_2tX/src_2tK";
        return Err(Fail::invalid_input("bad-method", message).into());
    };
    let operation = ctx.call().operation.clone();
    if operation.attempt > 1 {
        return Ok(match find(ctx, config, &operation)? {
            Some(made) => of_order(made, true),
            None => cannot_tell(Kind::Payment),
        });
    }
    let mut order = order(ctx, config, intent, cents)?;
    order["customer_info"] = json!({"customer_id": customer});
    order["charges"] = json!([{"payment_method": {"type": "card", "payment_source_id": source}}]);
    send(ctx, config, &order, "conekta: charging a saved card", true)
}

/// Conekta would give back twice what is asked twice, and its refunds carry nothing of ours.
fn refund(ctx: &mut Ctx<GatewayConekta>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let payment = intent.about(GatewayConekta::NAME)?.to_owned();
    if ctx.call().operation.attempt > 1 {
        return Ok(Transaction { original: Some(payment), ..cannot_tell(Kind::Refund) });
    }
    let base = format!("{}/orders/{}", config.base_url, segment(&payment));
    let what = "conekta: refunding";
    let Some(before) = GatewayConekta::find::<Order>(ctx, base.clone(), what)? else {
        return Ok(Transaction { original: Some(payment), ..Transaction::not_found(Kind::Refund) });
    };
    let asked = if intent.amount.minor == 0 { before.amount } else { cents(intent.amount)? };
    let body = json!({"amount": asked, "reason": "requested_by_client"}).to_string().into_bytes();
    let known = refunds(before);
    let known: Vec<String> = known.into_iter().map(|refund| refund.id).collect();
    let mut done = match api::post::<Order>(ctx, format!("{base}/refunds"), body, what)? {
        Posted::Done(order) => {
            let currency = order.currency.clone();
            let new = refunds(order).into_iter().find(|refund| !known.contains(&refund.id));
            let amount = new.as_ref().map_or(asked, |refund| refund.amount);
            let id = new.map(|refund| refund.id).unwrap_or_else(|| format!("{payment}:refund"));
            Transaction {
                amount: money(amount, &currency),
                ..Transaction::new(Kind::Refund, Status::Succeeded, id)
            }
        }
        Posted::No(no) => Transaction::refused(Kind::Refund, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Refund, code),
    };
    done.original = Some(payment);
    Ok(done)
}

fn refunds(order: Order) -> Vec<Refund> {
    let charges = order.charges.map(|list| list.data).unwrap_or_default();
    charges.into_iter().filter_map(|charge| charge.refunds).flat_map(|list| list.data).collect()
}

fn cancel(ctx: &mut Ctx<GatewayConekta>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayConekta::NAME)?.to_owned();
    let url = format!("{}/orders/{}/cancel", config.base_url, segment(&id));
    let mut done = match api::post::<Order>(ctx, url, vec![], "conekta: withdrawing a way to pay")? {
        Posted::Done(order) => match of_order(order, false) {
            over if over.status == Status::Declined => Transaction {
                code: "cancelled".into(),
                ..Transaction::new(Kind::Payment, Status::Succeeded, id.clone())
            },
            open => Transaction {
                code: if open.status == Status::Succeeded { "already-paid" } else { "still-open" }.into(),
                ..Transaction::new(Kind::Payment, Status::Declined, id.clone())
            },
        },
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    };
    done.original = Some(id);
    Ok(done)
}

fn cents(amount: values::Money) -> Result<i64, Failure> {
    if amount.minor <= 0 {
        return Err(Fail::invalid_input("bad-amount", "conekta needs an amount above 0"));
    }
    amount::minor(amount, 2, GatewayConekta::NAME)
}

/// Conekta's names of the ways to pay.
fn methods(config: &Config, intent: &Intent) -> Result<Vec<&'static str>, Failure> {
    let named = |method: &str| {
        Ok(match method {
            "card" => "card",
            "spei" | "transfer" => "bank_transfer",
            "oxxo" | "cash" => "cash",
            "pay-by-bank" => "pay_by_bank",
            "bnpl" => "bnpl",
            other => {
                return Err(Fail::unknown_method("conekta", other));
            }
        })
    };
    intent.methods(&config.methods).into_iter().map(named).collect()
}

/// The payer's own name, e-mail and phone, or the installation's.
fn customer(config: &Config, intent: &Intent) -> Result<Value, Failure> {
    let own = ["customer:name", "customer:email", "customer:phone"].map(|name| intent.attribute(name));
    match (own, &config.customer) {
        ([Some(name), Some(email), Some(phone)], _) => {
            Ok(json!({"name": name, "email": email, "phone": phone}))
        }
        (_, Some(own)) => Ok(json!({"name": own.name, "email": own.email, "phone": own.phone})),
        _ => Err(Fail::invalid_input(
            "missing-customer",
            "conekta wants the payer's name, e-mail and phone; complete the customer or set /customer",
        )),
    }
}

/// Conekta cannot say, and a second attempt could do it twice.
pub(crate) fn cannot_tell(kind: Kind) -> Transaction {
    Transaction::unknown(kind, "gateway-conekta.cannot-tell")
}
