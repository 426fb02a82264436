//! What Conekta says it settled: its balance's transactions, newest first, down to where the last sweep began.
//!
//! A transaction names a charge; the charge is asked for, because a payment's identity is its order.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::gateway::Vendor as _;
use recaudo_sdk::payments::settlement::Page;
use recaudo_sdk::payments::{Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Checkpoint, Ctx, Fail, Reject, Stop};
use serde::{Deserialize, Serialize};

use crate::GatewayConekta;
use crate::config::Config;
use crate::objects::{Charge, List, Moved};
use crate::order::{at, charge_back_id, money};

/// Read again with every sweep: one read twice is one.
const OVERLAP_SECONDS: i64 = 86_400;
/// Charges are asked for one by one, side by side.
const PAGE: u32 = 50;

/// How far the balance was read.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    /// This sweep reads down to this second.
    floor: i64,
    /// The newest second this sweep has seen.
    top: i64,
    /// Where its next page begins; empty at its beginning.
    next: String,
}

pub(crate) fn pull(ctx: &mut Ctx<GatewayConekta>, since: Option<Checkpoint>) -> Result<Page, Stop> {
    let config = Config::read(ctx)?;
    let mut position = since.map_or_else(
        || Ok(Position::default()),
        |checkpoint| checkpoint.left(1, "the settlement's checkpoint"),
    )?;
    let next = match position.next.as_str() {
        "" => String::new(),
        token => format!("&next={}", segment(token)),
    };
    let url = format!("{}/transactions?limit={PAGE}{next}", config.base_url);
    let mut list: List<Moved> = GatewayConekta::get(ctx, url, "conekta: reading transactions")?;
    let reached = list.data.iter().any(|moved| moved.created_at < position.floor);
    list.data.retain(|moved| moved.created_at >= position.floor);
    let charges = charges(ctx, &config, &list.data)?;
    position.top = list.data.iter().map(|moved| moved.created_at).fold(position.top, i64::max);
    let token = list.next_page_url.as_deref().and_then(token).filter(|_| list.has_more && !reached);
    if list.has_more && !reached && token.is_none() {
        let message = "conekta: reading transactions: there are more, and no address of the next page";
        return Err(Fail::invalid_input("unreadable-answer", message).into());
    }
    let (mut transactions, mut rejects) = (vec![], vec![]);
    for (moved, row) in list.data.into_iter().zip(1..) {
        match settled(&moved, &charges) {
            Ok(made) => transactions.extend(made),
            Err(reject) => rejects.push(Reject { row, ..*reject }),
        }
    }
    let done = token.is_none();
    position = match token {
        Some(next) => Position { next, ..position },
        None => Position {
            floor: (position.top - OVERLAP_SECONDS).max(0),
            top: position.top,
            next: String::new(),
        },
    };
    let checkpoint = Checkpoint::of(1, &position)?;
    Ok(Page { transactions, rejects, checkpoint, done, not_before: None })
}

/// `next` of `https://api.conekta.io/transactions?limit=50&next=TOKEN`.
fn token(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "next").map(|(_, value)| value.to_owned())
}

/// The charges the page's transactions are about.
fn charges(
    ctx: &mut Ctx<GatewayConekta>,
    config: &Config,
    moves: &[Moved],
) -> Result<BTreeMap<String, Charge>, Stop> {
    let named = moves.iter().filter(|moved| kind(&moved.kind).is_some_and(|kind| kind != Kind::Payout));
    let ids: BTreeSet<&str> = named.map(|moved| moved.charge.as_str()).filter(|id| !id.is_empty()).collect();
    let urls = ids.iter().map(|id| format!("{}/charges?limit=1&search={}", config.base_url, segment(id)));
    let lists: Vec<List<Charge>> = GatewayConekta::get_all(ctx, urls, "conekta: asking for a charge")?;
    let found = lists.into_iter().flat_map(|list| list.data);
    Ok(found.map(|charge| (charge.id.clone(), charge)).collect())
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "capture" | "won_chargeback" | "chargeback_reversal" => Kind::Payment,
        "refund" | "refund_reversal" => Kind::Refund,
        "chargeback" => Kind::ChargeBack,
        "payout" | "payout_reversal" => Kind::Payout,
        // Liquidations, transfers between balances and roundings are not payers' money.
        _ => return None,
    })
}

fn settled(moved: &Moved, charges: &BTreeMap<String, Charge>) -> Result<Option<Transaction>, Box<Reject>> {
    let Some(kind) = kind(&moved.kind) else { return Ok(None) };
    let reject = |field: &str, code: &str, message: &str| {
        Box::new(Reject {
            source: "transactions".into(),
            row: 0,
            field: field.into(),
            value: moved.id.clone(),
            code: code.into(),
            message: message.into(),
        })
    };
    let amount = money(moved.amount, &moved.currency)
        .ok_or_else(|| reject("currency", "unknown-currency", "the transaction's currency is no code"))?;
    let charge = charges.get(&moved.charge);
    let no_charge =
        || reject("charge", "orphan-payment", "conekta does not know the transaction's charge; ask it");
    let order = charge.map(|charge| charge.order_id.clone()).ok_or_else(no_charge);
    let mut made = match (kind, moved.kind.as_str()) {
        (Kind::Payout, name) => {
            let status = match (name, moved.status.as_str()) {
                ("payout_reversal", _) => Status::Declined,
                (_, "pending" | "unprocessed") => Status::Pending,
                _ => Status::Succeeded,
            };
            Transaction::new(Kind::Payout, status, moved.id.clone())
        }
        (Kind::Payment, "capture") => Transaction::new(Kind::Payment, Status::Succeeded, order?),
        (Kind::Payment, _) => Transaction {
            original: Some(charge_back_id(&order?)),
            code: "charge-back-reversed".into(),
            ..Transaction::new(Kind::Payment, Status::Succeeded, moved.id.clone())
        },
        (Kind::ChargeBack, _) => {
            let order = order?;
            Transaction {
                original: Some(order.clone()),
                ..Transaction::new(Kind::ChargeBack, Status::Succeeded, charge_back_id(&order))
            }
        }
        (_, name) => {
            let (status, code) = match name {
                "refund_reversal" => (Status::Declined, "gateway-conekta.refund-returned"),
                _ => (Status::Succeeded, ""),
            };
            // Of several refunds of one amount, the one of that moment.
            let same = |charge: &Charge| {
                let refunds = charge.refunds.iter().flat_map(|list| &list.data);
                let equal = refunds.filter(|refund| refund.amount.abs() == moved.amount.abs());
                equal.min_by_key(|refund| refund.created_at.abs_diff(moved.created_at)).map(|r| r.id.clone())
            };
            let id = charge.and_then(same).unwrap_or_else(|| moved.id.clone());
            Transaction {
                original: Some(order?),
                code: code.into(),
                ..Transaction::new(Kind::Refund, status, id)
            }
        }
    };
    made.amount = Some(amount);
    made.fee = if moved.fee == 0 { None } else { money(moved.fee, &moved.currency) };
    made.occurred_at = Some(at(moved.created_at));
    made.attributes.push(("balance-transaction".into(), moved.id.clone()));
    Ok(Some(made))
}
