//! What Mercado Pago says of its payments: those that changed since, in the order of their changes, with fees,
//! refunds and charge-backs. Its withdrawals to a bank are not in this API.
//!
//! Pages go on from the last change seen, not by counting: a payment that changes meanwhile moves to the end, and
//! counting would skip another. What is read twice is one.

use recaudo_sdk::gateway::Vendor as _;
use recaudo_sdk::payments::settlement::Page;
use recaudo_sdk::payments::{Kind, Status};
use recaudo_sdk::url::segment;
use recaudo_sdk::values::Instant;
use recaudo_sdk::{Checkpoint, Ctx, Reject, Stop, moment};
use serde::{Deserialize, Serialize};

use crate::GatewayMercadopago;
use crate::amount::from_text;
use crate::config::Config;
use crate::objects::{Payment, Payments};
use crate::transaction::everything;

/// Read again with every sweep: searches lag.
const OVERLAP_SECONDS: i64 = 3_600;
/// Mercado Pago searches a year back.
const YEAR_SECONDS: i64 = 365 * 86_400;
const PAGE: u64 = 100;

/// How far the changes were read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    /// The next page begins at this change, in milliseconds.
    from: i64,
    /// This sweep ends here; 0 when none is open.
    to: i64,
    /// How many of exactly that moment were read: only when one moment fills a page.
    skip: u64,
}

pub(crate) fn pull(ctx: &mut Ctx<GatewayMercadopago>, since: Option<Checkpoint>) -> Result<Page, Stop> {
    let config = Config::read(ctx)?;
    let now = ctx.call().now.seconds;
    let mut position = match since {
        Some(checkpoint) => checkpoint.left(1, "the settlement's checkpoint")?,
        None => {
            let from = config.from()?.unwrap_or(now - YEAR_SECONDS);
            Position { from: from * 1_000, to: 0, skip: 0 }
        }
    };
    if position.to == 0 {
        position.to = now * 1_000;
    }
    let url = format!(
        "{}/v1/payments/search?range=date_last_updated&begin_date={}&end_date={}&sort=date_last_updated\
         &criteria=asc&limit={PAGE}&offset={}",
        config.base_url,
        segment(&moment::written_millis(instant(position.from))),
        segment(&moment::written_millis(instant(position.to))),
        position.skip
    );
    let list: Payments = GatewayMercadopago::get(ctx, url, "mercado pago: reading what changed")?;
    let count = list.results.len() as u64;
    let last = list.results.last().and_then(changed);
    let more = list.paging.offset + count < list.paging.total && count > 0;
    let (mut transactions, mut rejects) = (vec![], vec![]);
    for (payment, row) in list.results.iter().zip(1..) {
        match settled(payment) {
            Ok(made) => transactions.extend(made),
            Err(reject) => rejects.push(Reject { row, ..*reject }),
        }
    }
    let position = match (more, last) {
        (true, Some(last)) if last > position.from => Position { from: last, skip: 0, ..position },
        (true, _) => Position { skip: position.skip + count, ..position },
        (false, _) => Position { from: position.to - OVERLAP_SECONDS * 1_000, to: 0, skip: 0 },
    };
    let checkpoint = Checkpoint::of(1, &position)?;
    Ok(Page { transactions, rejects, checkpoint, done: !more, not_before: None })
}

fn instant(millis: i64) -> Instant {
    let nanoseconds = u32::try_from(millis.rem_euclid(1_000)).unwrap_or(0) * 1_000_000;
    Instant { seconds: millis.div_euclid(1_000), nanoseconds }
}

/// When it last changed, in milliseconds.
fn changed(payment: &Payment) -> Option<i64> {
    let at = moment::read(payment.date_last_updated.as_deref()?)?;
    Some(at.seconds * 1_000 + i64::from(at.nanoseconds / 1_000_000))
}

/// What a payment became; nothing of one that never went through.
fn settled(payment: &Payment) -> Result<Vec<recaudo_sdk::payments::Transaction>, Box<Reject>> {
    let wrong = |field: &str, code: &str, message: &str| {
        Box::new(Reject {
            source: "payments".into(),
            row: 0,
            field: field.into(),
            value: payment.id.to_string(),
            code: code.into(),
            message: message.into(),
        })
    };
    if from_text(payment.transaction_amount.get(), &payment.currency_id).is_none() {
        let message = "the amount is none of its currency; look at the payment there";
        return Err(wrong("transaction_amount", "bad-amount", message));
    }
    if changed(payment).is_none() {
        return Err(wrong("date_last_updated", "bad-date", "the payment has no moment of change"));
    }
    let mut all = everything(payment);
    let paid = all.first().is_some_and(|t| t.kind == Kind::Payment && t.status == Status::Succeeded);
    if !paid {
        all.clear();
    }
    Ok(all)
}
