//! What Stripe says it settled: its balance's movements, oldest day first, and for each payout the movements
//! that went out in it.
//!
//! Stripe lists newest first, so a window of seconds is read to its end before the next begins: `[from, to]`,
//! where `to` stays behind the clock far enough that nothing older can still appear.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::gateway::Vendor as _;
use recaudo_sdk::payments::settlement::Page;
use recaudo_sdk::payments::{Kind, Status, Transaction};
use recaudo_sdk::url::segment;
use recaudo_sdk::{Checkpoint, Ctx, Failure, Reject, Stop};
use serde::{Deserialize, Serialize};

use crate::GatewayStripe;
use crate::config::Config;
use crate::money::from_stripe;
use crate::objects::{List, Moved, Session, Source, SourceObject};
use crate::transaction::{at, given_back, ours};

/// Read again with every window: a movement can be booked a little late, and one read twice is one.
const OVERLAP_SECONDS: i64 = 3_600;

/// How far the balance was read.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    /// The window's first second.
    from: i64,
    /// Its last; 0 when no window is open.
    to: i64,
    /// The last movement read in it; empty at its beginning.
    after: String,
    /// Payouts whose movements are still to be read.
    payouts: BTreeSet<String>,
    /// The last movement read of the first of them.
    payout_after: String,
}

pub(crate) fn pull(ctx: &mut Ctx<GatewayStripe>, since: Option<Checkpoint>) -> Result<Page, Stop> {
    let config = Config::read(ctx)?;
    let mut position = match since {
        None => Position { from: config.from()?, ..Position::default() },
        Some(checkpoint) => checkpoint.left(1, "the settlement's checkpoint")?,
    };
    if position.to == 0 {
        position.to = ctx.call().now.seconds;
    }
    let payout = position.payouts.first().cloned();
    let (filter, after) = match &payout {
        Some(payout) => (format!("payout={}", segment(payout)), &position.payout_after),
        None => {
            let (from, to) = (position.from.saturating_sub(OVERLAP_SECONDS).max(0), position.to);
            (format!("created%5Bgte%5D={from}&created%5Blte%5D={to}"), &position.after)
        }
    };
    let after = if after.is_empty() { String::new() } else { format!("&starting_after={}", segment(after)) };
    let url = format!(
        "{}/v1/balance_transactions?{filter}&limit=100&expand%5B0%5D=data.source{after}",
        config.base_url
    );
    let what = "stripe: reading balance transactions";
    let list: List<Moved> = match &payout {
        None => GatewayStripe::get(ctx, url, what)?,
        // Stripe knows what went out only in its own payouts, not in those somebody made by hand.
        Some(_) => GatewayStripe::find(ctx, url, what)?.unwrap_or(List { data: vec![], has_more: false }),
    };
    let operations = operations(ctx, &config, &list.data)?;
    let last = list.data.last().map(|moved| moved.id.clone()).unwrap_or_default();
    let (mut transactions, mut rejects) = (vec![], vec![]);
    for (moved, row) in list.data.into_iter().zip(1..) {
        match settled(moved, payout.as_deref(), &operations) {
            Ok(Some(transaction)) => transactions.push(transaction),
            Ok(None) => {}
            Err(reject) => rejects.push(Reject { row, ..*reject }),
        }
    }
    if payout.is_none() {
        let out = |t: &&Transaction| t.kind == Kind::Payout && t.status != Status::Declined;
        position.payouts.extend(transactions.iter().filter(out).map(|t| t.gateway_id.clone()));
    }
    let done = position.forward(payout, list.has_more.then_some(last));
    Ok(Page { transactions, rejects, checkpoint: position.checkpoint()?, done, not_before: None })
}

impl Position {
    /// Past the page just read; true when nothing is left for now.
    fn forward(&mut self, payout: Option<String>, more_after: Option<String>) -> bool {
        match (payout, more_after) {
            (Some(_), Some(last)) => self.payout_after = last,
            (Some(payout), None) => {
                self.payouts.remove(&payout);
                self.payout_after.clear();
            }
            (None, Some(last)) => self.after = last,
            (None, None) => {
                self.from = self.to;
                self.to = -1;
                self.after.clear();
            }
        }
        // The window is over and so are its payouts: the next pull opens another.
        let over = self.to == -1 && self.payouts.is_empty();
        if over {
            self.to = 0;
        }
        over
    }

    fn checkpoint(&self) -> Result<Checkpoint, Failure> {
        Checkpoint::of(1, self)
    }
}

/// Our operations of payments that do not name one themselves: what was paid through a payment link carries it
/// on its session.
fn operations(
    ctx: &mut Ctx<GatewayStripe>,
    config: &Config,
    moves: &[Moved],
) -> Result<BTreeMap<String, String>, Stop> {
    let nameless = moves.iter().filter_map(|moved| match &moved.source {
        Some(Source::Object(source)) if is_payment(&moved.kind) => {
            let named = source.metadata.as_ref().and_then(ours).is_some();
            source.payment_intent.clone().filter(|_| !named)
        }
        _ => None,
    });
    let intents: BTreeSet<String> = nameless.collect();
    let list = format!("{}/v1/checkout/sessions?limit=1&payment_intent=", config.base_url);
    let urls = intents.iter().map(|intent| format!("{list}{}", segment(intent)));
    let what = "stripe: asking which link was paid";
    let sessions: Vec<List<Session>> = GatewayStripe::get_all(ctx, urls, what)?;
    let told = intents.into_iter().zip(sessions).filter_map(|(intent, list)| {
        let metadata = list.data.into_iter().next()?.metadata?;
        Some((intent, ours(&metadata)?))
    });
    Ok(told.collect())
}

fn is_payment(kind: &str) -> bool {
    matches!(kind, "charge" | "payment")
}

/// One movement as a transaction; none for what moves no money of a payer's.
fn settled(
    moved: Moved,
    payout: Option<&str>,
    operations: &BTreeMap<String, String>,
) -> Result<Option<Transaction>, Box<Reject>> {
    let unreadable = |field: &str, code: &str, message: &str| {
        Box::new(Reject {
            source: "balance-transactions".into(),
            row: 0,
            field: field.into(),
            value: moved.id.clone(),
            code: code.into(),
            message: message.into(),
        })
    };
    let amount = from_stripe(moved.amount, &moved.currency)
        .ok_or_else(|| unreadable("currency", "unknown-currency", "the movement's currency is no code"))?;
    let source = match &moved.source {
        Some(Source::Object(source)) => Some(source.as_ref()),
        _ => None,
    };
    let id = match (&moved.source, source) {
        (_, Some(source)) => source.id.clone(),
        (Some(Source::Id(id)), _) => id.clone(),
        (_, None) => moved.id.clone(),
    };
    let mut made = match moved.kind.as_str() {
        kind if is_payment(kind) => payment(source, operations, id),
        "refund" | "payment_refund" => refund(source, id),
        "adjustment" if source.is_some_and(|s| s.object == "dispute") && moved.amount > 0 => {
            given_back(&moved, &id)
        }
        "adjustment" if source.is_some_and(|s| s.object == "dispute") => {
            let original = source.and_then(about);
            Transaction { original, ..Transaction::new(Kind::ChargeBack, Status::Succeeded, id) }
        }
        "stripe_fee" | "stripe_fx_fee" | "application_fee" | "tax_fee" => {
            Transaction::new(Kind::Fee, Status::Succeeded, moved.id.clone())
        }
        "payout" => Transaction::new(Kind::Payout, payout_status(source), id),
        "payout_failure" | "payout_cancel" => {
            let status = Status::Declined;
            Transaction {
                code: "gateway-stripe.payout-returned".into(),
                ..Transaction::new(Kind::Payout, status, id)
            }
        }
        "refund_failure" | "payment_failure_refund" => {
            let code = "gateway-stripe.refund-returned".into();
            Transaction { code, ..Transaction::new(Kind::Refund, Status::Declined, id) }
        }
        // Reserves, top-ups and transfers between balances are not payers' money.
        _ => return Ok(None),
    };
    let paid = source.filter(|_| matches!(made.kind, Kind::Payment | Kind::Refund | Kind::ChargeBack));
    let paid = paid.and_then(|source| from_stripe(source.amount?, source.currency.as_deref()?));
    made.amount = made.amount.or(paid).or(Some(amount));
    made.fee = if moved.fee == 0 { None } else { from_stripe(moved.fee, &moved.currency) };
    made.payout = payout.filter(|_| made.kind != Kind::Payout).map(str::to_owned);
    made.occurred_at = Some(at(moved.created));
    made.attributes.push(("available-on".into(), moved.available_on.to_string()));
    made.attributes.push(("balance-transaction".into(), moved.id));
    Ok(Some(made))
}

fn payment(source: Option<&SourceObject>, operations: &BTreeMap<String, String>, id: String) -> Transaction {
    let intent = source.and_then(|source| source.payment_intent.clone());
    let own = source.and_then(|source| source.metadata.as_ref()).and_then(ours);
    let operation_id = own.or_else(|| intent.as_ref().and_then(|intent| operations.get(intent).cloned()));
    Transaction { operation_id, ..Transaction::new(Kind::Payment, Status::Succeeded, intent.unwrap_or(id)) }
}

fn refund(source: Option<&SourceObject>, id: String) -> Transaction {
    Transaction {
        original: source.and_then(about),
        operation_id: source.and_then(|source| source.metadata.as_ref()).and_then(ours),
        ..Transaction::new(Kind::Refund, Status::Succeeded, id)
    }
}

/// The payment a refund or dispute is about, under the identity payments have.
fn about(source: &SourceObject) -> Option<String> {
    source.payment_intent.clone().or_else(|| source.charge.clone())
}

fn payout_status(source: Option<&SourceObject>) -> Status {
    match source.and_then(|source| source.status.as_deref()) {
        Some("pending" | "in_transit") => Status::Pending,
        Some("failed" | "canceled") => Status::Declined,
        _ => Status::Succeeded,
    }
}
