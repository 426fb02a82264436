//! What became of an operation, by reading alone.
//!
//! With an id the object says. Without one the operation's key is looked for where it was written: a price's
//! lookup key, and metadata. That nothing is there is said only when a list was read to its end; the lists used
//! are up to date when they answer (Stripe's search is not, so it is not asked).

use recaudo_sdk::call::Operation;
use recaudo_sdk::gateway::Vendor as _;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Stop};
use serde::de::DeserializeOwned;

use crate::GatewayStripe;
use crate::config::{Config, Link};
use crate::execute::{is_charge, saved};
use crate::objects::{List, Metadata, Named, PaymentIntent, PaymentLink, Refund, Session};
use crate::transaction::{KEY, of_intent, of_link, of_refund, of_session};

/// Pages of 100 that are read before a person has to look.
const PAGES_MAX: u32 = 50;

pub(crate) fn query(
    ctx: &mut Ctx<GatewayStripe>,
    original: &Operation,
    intent: &Intent,
    gateway_id: Option<String>,
) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let id = gateway_id.filter(|id| !id.is_empty());
    let mut found = match (intent.action, id) {
        (Action::CreateLink, Some(id)) => by_id(ctx, &config, &id)?,
        (Action::CreateLink, None) => link(ctx, &config, original, intent)?,
        (Action::ChargeSaved, Some(id)) => intent_by_id(ctx, &config, &id)?,
        (Action::ChargeSaved, None) => charge(ctx, &config, original, intent)?,
        (Action::Refund, Some(id)) if id.starts_with("re_") || id.starts_with("pyr_") => {
            let url = format!("{}/v1/refunds/{}", config.base_url, segment(&id));
            of_refund(GatewayStripe::get(ctx, url, "stripe: asking for a refund")?)
        }
        (Action::Refund, _) => refund(ctx, &config, original, intent)?,
        (Action::Cancel, _) => cancelled(ctx, &config, intent)?,
        (Action::CreateReference | Action::CreateMandate, _) => {
            return Err(intent.unsupported("gateway-stripe").into());
        }
    };
    found.operation_id = Some(original.id.clone());
    Ok(found)
}

/// A link or what was paid through it.
fn by_id(ctx: &mut Ctx<GatewayStripe>, config: &Config, id: &str) -> Result<Transaction, Stop> {
    let base = format!("{}/v1", config.base_url);
    if id.starts_with("plink_") {
        let url = format!("{base}/payment_links/{}", segment(id));
        let link = GatewayStripe::get(ctx, url, "stripe: asking for a payment link")?;
        return paid_or_open(ctx, config, link);
    }
    if id.starts_with("cs_") {
        let url = format!("{base}/checkout/sessions/{}", segment(id));
        return Ok(of_session(GatewayStripe::get(ctx, url, "stripe: asking for a checkout session")?));
    }
    intent_by_id(ctx, config, id)
}

fn intent_by_id(ctx: &mut Ctx<GatewayStripe>, config: &Config, id: &str) -> Result<Transaction, Stop> {
    let url = format!("{}/v1/payment_intents/{}", config.base_url, segment(id));
    Ok(of_intent(GatewayStripe::get(ctx, url, "stripe: asking for a payment")?))
}

/// Whoever opens a link gets a session; the one that was paid is the answer.
fn paid_or_open(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    link: PaymentLink,
) -> Result<Transaction, Stop> {
    let filter = format!("payment_link={}", segment(&link.id));
    let done = |session: &Session| session.status.as_deref() == Some("complete");
    let what = "stripe: asking who paid a link";
    let list = format!("{}/v1/checkout/sessions?{filter}", config.base_url);
    Ok(match search(ctx, &list, |session: &Session| (&session.id, done(session)), what)? {
        Found::One(session) => of_session(session),
        Found::None => of_link(link),
        Found::TooMany => undecided(Kind::Payment),
    })
}

fn link(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    original: &Operation,
    intent: &Intent,
) -> Result<Transaction, Stop> {
    let own = |metadata: Option<&Metadata>| metadata.is_some_and(|m| is_of(m, original));
    let parts = intent.takes_parts();
    if config.link == Link::Checkout && !parts {
        let list = format!("{}/v1/checkout/sessions?", config.base_url);
        let what = "stripe: looking for a checkout session";
        let fits = |session: &Session| own(session.metadata.as_ref());
        return Ok(match search(ctx, &list, |session: &Session| (&session.id, fits(session)), what)? {
            Found::One(session) => of_session(session),
            Found::None => never(Kind::Payment),
            Found::TooMany => undecided(Kind::Payment),
        });
    }
    // The price is made first: without it there is no link.
    let key = segment(&original.idempotency_key);
    let url = format!("{}/v1/prices?lookup_keys%5B0%5D={key}&limit=1", config.base_url);
    let prices: List<Named> = GatewayStripe::get(ctx, url, "stripe: looking for a price")?;
    if prices.data.is_empty() {
        return Ok(never(Kind::Payment));
    }
    let list = format!("{}/v1/payment_links?", config.base_url);
    let fits = |link: &PaymentLink| own(Some(&link.metadata));
    match search(ctx, &list, |link: &PaymentLink| (&link.id, fits(link)), "stripe: looking for a link")? {
        Found::One(link) => paid_or_open(ctx, config, link),
        Found::None => Ok(never(Kind::Payment)),
        Found::TooMany => Ok(undecided(Kind::Payment)),
    }
}

fn charge(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    original: &Operation,
    intent: &Intent,
) -> Result<Transaction, Stop> {
    let (customer, _) = saved(intent)?;
    let filter = customer.map(|customer| format!("customer={}", segment(customer))).unwrap_or_default();
    let list = format!("{}/v1/payment_intents?{filter}", config.base_url);
    let fits = |made: &PaymentIntent| is_of(&made.metadata, original);
    Ok(
        match search(
            ctx,
            &list,
            |made: &PaymentIntent| (&made.id, fits(made)),
            "stripe: looking for a charge",
        )? {
            Found::One(made) => of_intent(made),
            Found::None => never(Kind::Payment),
            Found::TooMany => undecided(Kind::Payment),
        },
    )
}

fn refund(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    original: &Operation,
    intent: &Intent,
) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayStripe::NAME)?;
    let of = if is_charge(id) { "charge" } else { "payment_intent" };
    let list = format!("{}/v1/refunds?{of}={}", config.base_url, segment(id));
    let fits = |made: &Refund| made.metadata.as_ref().is_some_and(|m| is_of(m, original));
    let mut found =
        match search(ctx, &list, |made: &Refund| (&made.id, fits(made)), "stripe: looking for a refund")? {
            Found::One(made) => of_refund(made),
            Found::None => never(Kind::Refund),
            Found::TooMany => undecided(Kind::Refund),
        };
    found.original = Some(id.to_owned());
    Ok(found)
}

/// Withdrawing twice is withdrawing once, so the thing's own state is the answer.
fn cancelled(ctx: &mut Ctx<GatewayStripe>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayStripe::NAME)?.to_owned();
    let what = "stripe: asking whether something was withdrawn";
    let base = format!("{}/v1", config.base_url);
    let path = segment(&id);
    let over = if id.starts_with("plink_") {
        GatewayStripe::find::<PaymentLink>(ctx, format!("{base}/payment_links/{path}"), what)?
            .map(|link| !link.active)
    } else if id.starts_with("cs_") {
        GatewayStripe::find::<Session>(ctx, format!("{base}/checkout/sessions/{path}"), what)?
            .map(|session| session.status.as_deref() == Some("expired"))
    } else {
        GatewayStripe::find::<PaymentIntent>(ctx, format!("{base}/payment_intents/{path}"), what)?
            .map(|made| made.status == "canceled")
    };
    let (status, code) = match over {
        Some(true) => (Status::Succeeded, "cancelled"),
        Some(false) => (Status::NotAttempted, "still-open"),
        None => (Status::Declined, "not-found"),
    };
    Ok(Transaction {
        original: Some(id.clone()),
        code: code.into(),
        ..Transaction::new(Kind::Payment, status, id)
    })
}

enum Found<T> {
    One(T),
    None,
    TooMany,
}

/// Reads a list, newest first, until something fits or it ends.
fn search<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayStripe>,
    list: &str,
    fits: impl Fn(&T) -> (&String, bool),
    what: &str,
) -> Result<Found<T>, Stop> {
    let mut after = String::new();
    for _ in 0..PAGES_MAX {
        let joint = if list.ends_with('?') { "" } else { "&" };
        let page: List<T> = GatewayStripe::get(ctx, format!("{list}{joint}limit=100{after}"), what)?;
        let last = page.data.last().map(|object| fits(object).0.clone());
        let more = page.has_more;
        if let Some(object) = page.data.into_iter().find(|object| fits(object).1) {
            return Ok(Found::One(object));
        }
        match last {
            Some(last) if more => after = format!("&starting_after={}", segment(&last)),
            _ => return Ok(Found::None),
        }
    }
    Ok(Found::TooMany)
}

fn is_of(metadata: &Metadata, original: &Operation) -> bool {
    metadata.get(KEY) == Some(&original.idempotency_key)
}

fn never(kind: Kind) -> Transaction {
    Transaction { code: "not-found".into(), ..Transaction::new(kind, Status::NotAttempted, "") }
}

fn undecided(kind: Kind) -> Transaction {
    Transaction::unknown(kind, "gateway-stripe.too-many-to-search")
}
