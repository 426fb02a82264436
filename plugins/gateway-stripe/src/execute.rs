//! Doing what an intent says, once.

use recaudo_sdk::call::Operation;
use recaudo_sdk::gateway::{Posted, Vendor as _};
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::{Form, segment};
use recaudo_sdk::{Ctx, Failure, Stop};

use crate::GatewayStripe;
use crate::api;
use crate::config::Config;
use crate::link;
use crate::money::to_stripe;
use crate::objects::{PaymentIntent, PaymentLink, Refund, Session};
use crate::transaction::{ACTION, KEY, OPERATION, of_intent, of_refund};

/// What the payer reads has at most this many characters.
pub(crate) const DESCRIPTION_MAX: usize = 250;
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
        Action::CreateReference | Action::CreateMandate => {
            return Err(intent.unsupported("gateway-stripe").into());
        }
    };
    done.operation_id = Some(operation);
    Ok(done)
}

/// Charges a saved card while the payer is away.
fn charge(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let (currency, amount) = to_stripe(intent.amount)?;
    intent.above_zero()?;
    let (customer, method) = saved(intent)?;
    let operation = ctx.call().operation.clone();
    let form = Form::default()
        .with("amount", amount.to_string())
        .with("currency", currency)
        .with_some("customer", customer)
        .with("payment_method", method)
        .with("confirm", "true")
        .with("off_session", "true")
        .with("description", intent.description(config.description.as_deref(), DESCRIPTION_MAX))
        .with(&format!("metadata[{ACTION}]"), "charge-saved");
    let form = metadata(form, "metadata", &operation, intent);
    let url = format!("{}/v1/payment_intents", config.base_url);
    Ok(match api::post::<PaymentIntent>(ctx, 1, url, form.text(), "stripe: charging a saved card")? {
        Posted::Done(made) => of_intent(made),
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    })
}

/// `cus_.../pm_...`, or the method alone.
pub(crate) fn saved(intent: &Intent) -> Result<(Option<&str>, &str), Failure> {
    let original = intent.about(GatewayStripe::NAME)?;
    Ok(match original.split_once('/') {
        Some((customer, method)) => (Some(customer), method),
        None => (None, original),
    })
}

fn refund(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let original = intent.about(GatewayStripe::NAME)?;
    let (_, amount) = to_stripe(intent.amount)?;
    let operation = ctx.call().operation.clone();
    let of = if is_charge(original) { "charge" } else { "payment_intent" };
    let form =
        Form::default().with(of, original).with_some("amount", (amount > 0).then(|| amount.to_string()));
    let form = metadata(form, "metadata", &operation, intent);
    let url = format!("{}/v1/refunds", config.base_url);
    let mut done = match api::post::<Refund>(ctx, 1, url, form.text(), "stripe: refunding")? {
        Posted::Done(made) => of_refund(made),
        Posted::No(no) => Transaction::refused(Kind::Refund, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Refund, code),
    };
    done.original = Some(original.to_owned());
    Ok(done)
}

pub(crate) fn is_charge(id: &str) -> bool {
    id.starts_with("ch_") || id.starts_with("py_")
}

/// Withdraws a link, ends a session, or takes back an intent nobody has paid.
fn cancel(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayStripe::NAME)?.to_owned();
    let base = format!("{}/v1", config.base_url);
    let path = segment(&id);
    let what = "stripe: withdrawing a way to pay";
    let ended = match () {
        () if id.starts_with("plink_") => {
            let body = Form::default().with("active", "false").text();
            let url = format!("{base}/payment_links/{path}");
            api::post::<PaymentLink>(ctx, 1, url, body, what)?.map(|link| !link.active)
        }
        () if id.starts_with("cs_") => {
            let url = format!("{base}/checkout/sessions/{path}/expire");
            let posted = api::post::<Session>(ctx, 1, url, String::new(), what)?;
            posted.map(|session| session.status.as_deref() == Some("expired"))
        }
        () => {
            let url = format!("{base}/payment_intents/{path}/cancel");
            let posted = api::post::<PaymentIntent>(ctx, 1, url, String::new(), what)?;
            posted.map(|made| made.status == "canceled")
        }
    };
    Ok(match ended {
        Posted::Done(true) => Transaction {
            original: Some(id.clone()),
            code: "cancelled".into(),
            ..Transaction::new(Kind::Payment, Status::Succeeded, id)
        },
        Posted::Done(false) => Transaction {
            original: Some(id.clone()),
            code: "still-open".into(),
            ..Transaction::new(Kind::Payment, Status::Declined, id)
        },
        Posted::No(no) => Transaction::refused(Kind::Payment, no),
        Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
    })
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
