//! What became of an operation, by reading alone.
//!
//! Orders are found by their own search and recognised by our key in their metadata. Not finding one proves
//! nothing: the search may lag, and without idempotency keys a second attempt would be a second charge.

use recaudo_sdk::call::Operation;
use recaudo_sdk::gateway::Vendor as _;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Ctx, Stop};

use crate::GatewayConekta;
use crate::config::Config;
use crate::execute::cannot_tell;
use crate::objects::{List, Order};
use crate::order::{KEY, money, of_order};

pub(crate) fn query(
    ctx: &mut Ctx<GatewayConekta>,
    original: &Operation,
    intent: &Intent,
    gateway_id: Option<String>,
) -> Result<Transaction, Stop> {
    let config = Config::read(ctx)?;
    let at_once = intent.action == Action::ChargeSaved;
    let id = gateway_id.filter(|id| !id.is_empty());
    let mut found = match (intent.action, id) {
        (Action::CreateLink | Action::ChargeSaved, Some(id)) => match by_id(ctx, &config, &id)? {
            Some(order) => of_order(order, at_once),
            None => Transaction::not_found(Kind::Payment),
        },
        (Action::CreateLink | Action::ChargeSaved, None) => match find(ctx, &config, original)? {
            Some(order) => of_order(order, at_once),
            None => cannot_tell(Kind::Payment),
        },
        (Action::Refund, id) => refunded(ctx, &config, intent, id)?,
        (Action::Cancel, _) => cancelled(ctx, &config, intent)?,
        (Action::CreateReference | Action::CreateMandate, _) => {
            return Err(intent.unsupported("gateway-conekta").into());
        }
    };
    found.operation_id = Some(original.id.clone());
    Ok(found)
}

fn by_id(ctx: &mut Ctx<GatewayConekta>, config: &Config, id: &str) -> Result<Option<Order>, Stop> {
    let url = format!("{}/orders/{}", config.base_url, segment(id));
    GatewayConekta::find(ctx, url, "conekta: asking for an order")
}

/// The order that carries the operation's key.
pub(crate) fn find(
    ctx: &mut Ctx<GatewayConekta>,
    config: &Config,
    original: &Operation,
) -> Result<Option<Order>, Stop> {
    let key = &original.idempotency_key;
    let url = format!("{}/orders?limit=20&search={}", config.base_url, segment(key));
    let orders: List<Order> = GatewayConekta::get(ctx, url, "conekta: looking for an order")?;
    let own = |order: &Order| order.metadata.get(KEY).and_then(|value| value.as_str()) == Some(key);
    Ok(orders.data.into_iter().find(own))
}

/// A refund with an id is there or not; without one only an order given back as a whole tells.
fn refunded(
    ctx: &mut Ctx<GatewayConekta>,
    config: &Config,
    intent: &Intent,
    id: Option<String>,
) -> Result<Transaction, Stop> {
    let payment = intent.about(GatewayConekta::NAME)?.to_owned();
    let Some(order) = by_id(ctx, config, &payment)? else {
        return Ok(Transaction { original: Some(payment), ..Transaction::not_found(Kind::Refund) });
    };
    let currency = order.currency.clone();
    let whole = order.payment_status.as_deref() == Some("refunded");
    let paid = order.amount;
    let refunds = order.charges.map(|list| list.data).unwrap_or_default();
    let refunds: Vec<_> = refunds.into_iter().filter_map(|c| c.refunds).flat_map(|list| list.data).collect();
    let named = id.and_then(|id| refunds.iter().find(|refund| refund.id == id));
    let only = match refunds.as_slice() {
        // One refund of everything is the one asked for: nothing else could have been.
        [one] if whole && one.amount.abs() == paid => Some(one),
        _ => None,
    };
    let made = match named.or(only) {
        Some(refund) => Transaction {
            amount: money(refund.amount, &currency),
            ..Transaction::new(Kind::Refund, Status::Succeeded, refund.id.clone())
        },
        None => cannot_tell(Kind::Refund),
    };
    Ok(Transaction { original: Some(payment), ..made })
}

fn cancelled(ctx: &mut Ctx<GatewayConekta>, config: &Config, intent: &Intent) -> Result<Transaction, Stop> {
    let id = intent.about(GatewayConekta::NAME)?.to_owned();
    let known = by_id(ctx, config, &id)?.map(|order| of_order(order, false).status);
    Ok(Transaction::withdrawal(id, known))
}
