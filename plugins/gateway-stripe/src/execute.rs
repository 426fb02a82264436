//! Doing what an intent says, once.

use recaudo_sdk::call::Operation;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::{Ctx, Fail, Failure, Retry, Stop};

use crate::GatewayStripe;
use crate::api::{self, Posted};
use crate::config::Config;
use crate::form::{Form, escape};
use crate::link;
use crate::money::to_stripe;
use crate::objects::{PaymentIntent, PaymentLink, Refund, Session};
use crate::transaction::{ACTION, KEY, OPERATION, blank, not_sent, of_intent, of_refund, refused};

/// The longest value Stripe's metadata holds.
const METADATA_MAX: usize = 500;

pub(crate) fn execute(ctx: &mut Ctx<GatewayStripe>, intent: &Intent) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let operation = ctx.call().operation.id.clone();
    let mut done = match intent.action {
        Action::CreateLink => link::create(ctx, &config, intent)?,
        Action::ChargeSaved => charge(ctx, &config, intent)?,
        Action::Refund => refund(ctx, &config, intent)?,
        Action::Cancel => cancel(ctx, &config, intent)?,
        Action::CreateReference | Action::CreateMandate => return Err(unsupported(intent.action).into()),
    };
    done.operation_id = Some(operation);
    Ok(done)
}

pub(crate) fn unsupported(action: Action) -> Failure {
    let message = format!("gateway-stripe does not do {action:?}; use another gateway for it");
    Failure {
        retry: Retry::Never,
        ..Fail::new(recaudo_sdk::Kind::Unsupported, "unsupported-action", message)
    }
}

/// Charges a saved card while the payer is away.
fn charge(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let (currency, amount) = to_stripe(intent.amount)?;
    if amount <= 0 {
        return Err(Fail::invalid_input("bad-amount", "a charge needs an amount above 0").into());
    }
    let (customer, method) = saved(intent)?;
    let operation = ctx.call().operation.clone();
    let form = Form::default()
        .with("amount", amount.to_string())
        .with("currency", currency)
        .with_some("customer", customer)
        .with("payment_method", method)
        .with("confirm", "true")
        .with("off_session", "true")
        .with("description", link::description(config, intent))
        .with(&format!("metadata[{ACTION}]"), "charge-saved");
    let form = metadata(form, "metadata", &operation, intent);
    let url = format!("{}/v1/payment_intents", config.base_url);
    Ok(match api::post::<PaymentIntent>(ctx, 1, url, form.text(), "stripe: charging a saved card")? {
        Posted::Done(made) => of_intent(made),
        Posted::No(no) => refused(Kind::Payment, &operation.id, no),
        Posted::NotSent(code) => not_sent(Kind::Payment, &operation.id, code),
    })
}

/// `cus_.../pm_...`, or the method alone.
pub(crate) fn saved(intent: &Intent) -> Result<(Option<&str>, &str), Failure> {
    let original = original(intent)?;
    Ok(match original.split_once('/') {
        Some((customer, method)) => (Some(customer), method),
        None => (None, original),
    })
}

fn refund(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let original = original(intent)?;
    let (_, amount) = to_stripe(intent.amount)?;
    let operation = ctx.call().operation.clone();
    let of = if is_charge(original) { "charge" } else { "payment_intent" };
    let form =
        Form::default().with(of, original).with_some("amount", (amount > 0).then(|| amount.to_string()));
    let form = metadata(form, "metadata", &operation, intent);
    let url = format!("{}/v1/refunds", config.base_url);
    let mut done = match api::post::<Refund>(ctx, 1, url, form.text(), "stripe: refunding")? {
        Posted::Done(made) => of_refund(made),
        Posted::No(no) => refused(Kind::Refund, &operation.id, no),
        Posted::NotSent(code) => not_sent(Kind::Refund, &operation.id, code),
    };
    done.original = Some(original.to_owned());
    Ok(done)
}

pub(crate) fn is_charge(id: &str) -> bool {
    id.starts_with("ch_") || id.starts_with("py_")
}

/// Withdraws a link, ends a session, or takes back an intent nobody has paid.
fn cancel(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = original(intent)?.to_owned();
    let operation = ctx.call().operation.id.clone();
    let base = format!("{}/v1", config.base_url);
    let path = segment(&id);
    let what = "stripe: withdrawing a way to pay";
    let ended = match () {
        () if id.starts_with("plink_") => {
            let body = Form::default().with("active", "false").text();
            let url = format!("{base}/payment_links/{path}");
            ended(api::post::<PaymentLink>(ctx, 1, url, body, what)?, |link| !link.active)
        }
        () if id.starts_with("cs_") => {
            let url = format!("{base}/checkout/sessions/{path}/expire");
            let over = |session: &Session| session.status.as_deref() == Some("expired");
            ended(api::post(ctx, 1, url, String::new(), what)?, over)
        }
        () => {
            let url = format!("{base}/payment_intents/{path}/cancel");
            let over = |made: &PaymentIntent| made.status == "canceled";
            ended(api::post(ctx, 1, url, String::new(), what)?, over)
        }
    };
    Ok(match ended {
        Posted::Done(true) => Transaction {
            original: Some(id.clone()),
            code: "cancelled".into(),
            ..blank(Kind::Payment, Status::Succeeded, id)
        },
        Posted::Done(false) => Transaction {
            original: Some(id.clone()),
            code: "gateway-stripe.still-open".into(),
            ..blank(Kind::Payment, Status::Declined, id)
        },
        Posted::No(no) => refused(Kind::Payment, &operation, no),
        Posted::NotSent(code) => not_sent(Kind::Payment, &operation, code),
    })
}

fn ended<T>(posted: Posted<T>, over: impl Fn(&T) -> bool) -> Posted<bool> {
    match posted {
        Posted::Done(object) => Posted::Done(over(&object)),
        Posted::No(no) => Posted::No(no),
        Posted::NotSent(code) => Posted::NotSent(code),
    }
}

/// What ties Stripe's object to our operation.
pub(crate) fn metadata(form: Form, field: &str, operation: &Operation, intent: &Intent) -> Form {
    let documents = Some(intent.documents.join(","))
        .filter(|text| !text.is_empty() && text.chars().count() <= METADATA_MAX);
    let payer = Some(&intent.payer).filter(|payer| !payer.is_empty());
    form.with(&format!("{field}[{OPERATION}]"), &operation.id)
        .with(&format!("{field}[{KEY}]"), &operation.idempotency_key)
        .with_some(&format!("{field}[recaudo_payer]"), payer)
        .with_some(&format!("{field}[recaudo_documents]"), documents)
}

/// The last value of a name.
pub(crate) fn attribute<'a>(intent: &'a Intent, name: &str) -> Option<&'a str> {
    let found = intent.attributes.iter().rev().find(|(own, _)| own == name);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

pub(crate) fn original(intent: &Intent) -> Result<&str, Failure> {
    intent.original.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
        let message = format!("{:?} needs the gateway's id of what it is about", intent.action);
        Fail::invalid_input("missing-original", message)
    })
}

/// An id as a path's segment.
pub(crate) fn segment(id: &str) -> String {
    let mut out = String::new();
    escape(id, &mut out);
    out
}
