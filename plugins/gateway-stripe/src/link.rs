//! Making a way to pay: a payment link with a price of its own, or a checkout session.

use recaudo_sdk::gateway::Posted;
use recaudo_sdk::payments::{Intent, Kind, Transaction};
use recaudo_sdk::url::Form;
use recaudo_sdk::{Ctx, Fail, Failure, Stop};

use crate::GatewayStripe;
use crate::api;
use crate::config::{Config, Link};
use crate::execute::{DESCRIPTION_MAX, metadata};
use crate::money::to_stripe;
use crate::objects::{Named, PaymentLink, Session};
use crate::transaction::{of_link, of_session};

/// Stripe's own limit of a session's life.
const SESSION_SECONDS: i64 = 86_400;
/// The shortest life of a session.
const SESSION_LEAST: i64 = 1_800;

pub(crate) fn create(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    intent: &Intent,
) -> Result<Transaction, Stop> {
    let (currency, amount) = to_stripe(intent.amount)?;
    intent.above_zero()?;
    let parts = intent.takes_parts();
    let mut made = match config.link {
        // A session takes one amount only.
        Link::Checkout if !parts => session(ctx, config, intent, (&currency, amount))?,
        Link::Checkout | Link::PaymentLink => payment_link(ctx, config, intent, (&currency, amount, parts))?,
    };
    made.amount = Some(intent.amount);
    made.attributes.retain(|(name, _)| name != "link");
    Ok(made)
}

fn payment_link(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    intent: &Intent,
    (currency, amount, parts): (&str, i64, bool),
) -> Result<Transaction, Stop> {
    let operation = ctx.call().operation.clone();
    let methods = methods(config, intent)?;
    let amount = amount.to_string();
    let price = Form::default()
        .with("currency", currency)
        .with("product_data[name]", intent.description(config.description.as_deref(), DESCRIPTION_MAX))
        // Unique there: who asks later whether this was ever begun asks for it.
        .with("lookup_key", &operation.idempotency_key);
    let price = match parts {
        false => price.with("unit_amount", &amount),
        true => price
            .with("custom_unit_amount[enabled]", "true")
            .with("custom_unit_amount[maximum]", &amount)
            .with("custom_unit_amount[preset]", &amount),
    };
    let url = format!("{}/v1/prices", config.base_url);
    let price: Named = match api::post(ctx, 1, url, price.text(), "stripe: making a price")? {
        Posted::Done(price) => price,
        Posted::No(no) => return Ok(Transaction::refused(Kind::Payment, no)),
        Posted::NotSent(code) => return Ok(Transaction::not_sent(Kind::Payment, code)),
    };
    let form = Form::default().with("line_items[0][price]", price.id).with("line_items[0][quantity]", "1");
    let mut form = metadata(form, "metadata", &operation, intent);
    for (n, method) in methods.iter().enumerate() {
        form = form.with(&format!("payment_method_types[{n}]"), method);
    }
    if let Some(back) = intent.way_back(config.return_url.as_deref()) {
        form = form.with("after_completion[type]", "redirect").with("after_completion[redirect][url]", back);
    }
    let url = format!("{}/v1/payment_links", config.base_url);
    match api::post::<PaymentLink>(ctx, 2, url, form.text(), "stripe: making a payment link")? {
        Posted::Done(link) => Ok(of_link(link)),
        Posted::No(no) => Ok(Transaction::refused(Kind::Payment, no)),
        Posted::NotSent(code) => Ok(Transaction::not_sent(Kind::Payment, code)),
    }
}

fn session(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    intent: &Intent,
    (currency, amount): (&str, i64),
) -> Result<Transaction, Stop> {
    let operation = ctx.call().operation.clone();
    let back = intent.way_back(config.return_url.as_deref()).ok_or_else(|| {
        Fail::config("/return_url", "is missing: a checkout session needs one, and the intent has none")
    })?;
    let form = Form::default()
        .with("mode", "payment")
        .with("success_url", back)
        .with("client_reference_id", &operation.id)
        .with("line_items[0][quantity]", "1")
        .with("line_items[0][price_data][currency]", currency)
        .with("line_items[0][price_data][unit_amount]", amount.to_string())
        .with(
            "line_items[0][price_data][product_data][name]",
            intent.description(config.description.as_deref(), DESCRIPTION_MAX),
        )
        .with_some("locale", intent.attribute("locale").and_then(locale));
    let form = metadata(form, "metadata", &operation, intent);
    let mut form = metadata(form, "payment_intent_data[metadata]", &operation, intent);
    for (n, method) in methods(config, intent)?.iter().enumerate() {
        form = form.with(&format!("payment_method_types[{n}]"), method);
    }
    // A later end than Stripe's own is its own: the moment of the attempt must not change the request.
    let now = ctx.call().now.seconds;
    let end = intent.not_after.map(|end| end.seconds).filter(|end| *end <= now + SESSION_SECONDS);
    if end.is_some_and(|end| end < now + SESSION_LEAST) {
        let message = "a checkout session lives at least 30 minutes; ask with a later end";
        return Err(Fail::invalid_input("too-short", message).into());
    }
    let form = form.with_some("expires_at", end.map(|end| end.to_string()));
    let url = format!("{}/v1/checkout/sessions", config.base_url);
    match api::post::<Session>(ctx, 1, url, form.text(), "stripe: making a checkout session")? {
        Posted::Done(session) => Ok(of_session(session)),
        Posted::No(no) => Ok(Transaction::refused(Kind::Payment, no)),
        Posted::NotSent(code) => Ok(Transaction::not_sent(Kind::Payment, code)),
    }
}

/// The intent's, or the installation's; Stripe's names for them.
fn methods(config: &Config, intent: &Intent) -> Result<Vec<&'static str>, Failure> {
    let named = |method: &str| {
        Ok(match method {
            "card" => "card",
            "oxxo" => "oxxo",
            "pix" => "pix",
            "boleto" => "boleto",
            "link" => "link",
            "us-bank-account" => "us_bank_account",
            "sepa-debit" => "sepa_debit",
            other => {
                return Err(Fail::unknown_method("stripe", other));
            }
        })
    };
    intent.methods(&config.methods).into_iter().map(named).collect()
}

/// The page's language, of those Stripe has.
fn locale(locale: &str) -> Option<&'static str> {
    let language = locale.split('-').next().unwrap_or_default();
    Some(match (locale, language) {
        ("es-ES" | "es", _) => "es",
        (_, "es") => "es-419",
        ("pt-BR", _) => "pt-BR",
        (_, "pt") => "pt",
        ("en-GB", _) => "en-GB",
        (_, "en") => "en",
        _ => return None,
    })
}
