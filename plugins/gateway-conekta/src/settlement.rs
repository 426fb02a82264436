//! What Conekta says it settled: its balance's transactions, newest first, down to where the last sweep began.
//!
//! A transaction names a charge; the charge is asked for, because a payment's identity is its order.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::payments::settlement::Page;
use recaudo_sdk::payments::{Kind, Status, Transaction};
use recaudo_sdk::{Checkpoint, Ctx, Fail, Failure, Reject, Stop, io};
use serde::{Deserialize, Serialize};

use crate::GatewayConekta;
use crate::api::{self, segment};
use crate::config::Config;
use crate::objects::{Charge, List, Moved};
use crate::order::{at, blank, charge_back_id, money};

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
    let mut position = since.map_or_else(|| Ok(Position::default()), |checkpoint| read(&checkpoint))?;
    let next = match position.next.as_str() {
        "" => String::new(),
        token => format!("&next={}", segment(token)),
    };
    let url = format!("{}/transactions?limit={PAGE}{next}", config.base_url);
    let mut list: List<Moved> = api::get(ctx, url, "conekta: reading transactions")?;
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
    let bytes = serde_json::to_vec(&position)
        .map_err(|error| Fail::new(recaudo_sdk::Kind::Internal, "checkpoint", error.to_string()))?;
    Ok(Page { transactions, rejects, checkpoint: Checkpoint { version: 1, bytes }, done, not_before: None })
}

fn read(checkpoint: &Checkpoint) -> Result<Position, Failure> {
    let wrong = || {
        let message = "the settlement's checkpoint is not one this version of gateway-conekta writes";
        Fail::invalid_input("bad-checkpoint", message)
    };
    if checkpoint.version != 1 {
        return Err(wrong());
    }
    serde_json::from_slice(&checkpoint.bytes).map_err(|_| wrong())
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
    let ask = |id: &&str| {
        let url = format!("{}/charges?limit=1&search={}", config.base_url, segment(id));
        api::reading(url).into()
    };
    let mut found = BTreeMap::new();
    for outcome in ctx.perform_all(ids.iter().map(ask).collect())? {
        let io::Outcome::Http(outcome) = outcome else { return Err(Fail::diverged().into()) };
        let what = "conekta: asking for a charge";
        let answer = outcome.map_err(|lost| Fail::transport(&lost))?;
        if answer.status != 200 {
            return Err(api::failed(&answer, what).into());
        }
        let list: List<Charge> = api::read(&answer, what)?;
        found.extend(list.data.into_iter().map(|charge| (charge.id.clone(), charge)));
    }
    Ok(found)
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
            blank(Kind::Payout, status, moved.id.clone())
        }
        (Kind::Payment, "capture") => blank(Kind::Payment, Status::Succeeded, order?),
        (Kind::Payment, _) => Transaction {
            original: Some(charge_back_id(&order?)),
            code: "charge-back-reversed".into(),
            ..blank(Kind::Payment, Status::Succeeded, moved.id.clone())
        },
        (Kind::ChargeBack, _) => {
            let order = order?;
            Transaction {
                original: Some(order.clone()),
                ..blank(Kind::ChargeBack, Status::Succeeded, charge_back_id(&order))
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
            Transaction { original: Some(order?), code: code.into(), ..blank(Kind::Refund, status, id) }
        }
    };
    made.amount = Some(amount);
    made.fee = if moved.fee == 0 { None } else { money(moved.fee, &moved.currency) };
    made.occurred_at = Some(at(moved.created_at));
    made.attributes.push(("balance-transaction".into(), moved.id.clone()));
    Ok(Some(made))
}
