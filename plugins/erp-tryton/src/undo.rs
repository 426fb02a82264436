//! What no longer settles what: Tryton deletes a reconciliation without a trace of its pairs, but touches
//! its lines. So every pair that may have been, and no longer is, is told as deleted; one that never was is
//! no news to the host.

use std::collections::BTreeSet;

use recaudo_sdk::{Ctx, Stop};
use serde_json::json;

use crate::ErpTryton;
use crate::checkpoint::Place;
use crate::config::Config;
use crate::ledger::{LINES, Page, changed, deletion};
use crate::line::{FIELDS, Line, receivable};
use crate::rpc;
use crate::settle::{conversion, id};
use crate::sweep::{by_ids, page, rows, touched_since};
use crate::wire::Stamp;

/// Deletions a page holds; the rest waits for the next.
const DELETIONS_MAX: usize = 20_000;

/// One page of lines touched since the last time, with everything they can have been paired with.
pub(crate) fn pull(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (place, limit): (Place, u32),
    out: &mut Page,
) -> Result<(usize, i64), Stop> {
    let Some(from) = place.from else { return Ok((0, place.after)) };
    let call = page(config, LINES, (&changed(config, place), Some(limit)), FIELDS);
    let lines: Vec<Line> = rpc::read(ctx, config, &call)?;
    // What is younger than the last sweep cannot have come in with it.
    let known = Stamp(from.0 + i64::from(config.overlap_minutes) * 60_000_000);
    let old = |line: &&Line| line.create_date <= known;
    let owners: BTreeSet<i64> = lines.iter().filter(old).filter_map(|line| line.party).collect();
    let owners: Vec<i64> = owners.into_iter().collect();
    let of = |ids: &[i64]| {
        let loose = json!([["reconciliation", "=", null]]);
        let invoice = json!([["move.origin.write_date", ">=", from.to_json(), "account.invoice"]]);
        let any = json!(["OR", loose, touched_since(from, &["", "move."]), invoice]);
        json!([receivable(config), ["party", "in", ids], ["create_date", "<=", known.to_json()], any])
    };
    let calls = by_ids(config, LINES, &owners, of, FIELDS);
    let others: Vec<Line> = rows(&calls, &rpc::read_all(ctx, config, &calls)?)?;
    let mut last = place.after;
    let mut taken = 0;
    for line in &lines {
        taken += 1;
        last = line.id;
        if old(&line) {
            unpair(line, &others, config, out);
        }
        if out.batch.deletions.len() > DELETIONS_MAX {
            return Ok((usize::try_from(limit).unwrap_or(usize::MAX), last));
        }
    }
    Ok((taken, last))
}

fn unpair(line: &Line, others: &[Line], config: &Config, out: &mut Page) {
    let near = others.iter().filter(|other| (other.party, other.account) == (line.party, line.account));
    let mut currencies = line.has_second_currency();
    for other in near {
        currencies |= other.has_second_currency();
        let (settler, document) = match (line.takes(), other.takes()) {
            (true, false) if other.is_owed() => (line, other),
            (false, true) if line.is_owed() => (other, line),
            _ => continue,
        };
        if !may_settle(settler, document, config) {
            out.batch.deletions.push(deletion("allocation", id(settler.id, document.id)));
        }
    }
    if currencies && line.reconciliation.is_none() {
        out.batch.deletions.push(deletion("allocation", format!("x-{}", line.id)));
        out.batch.deletions.push(deletion("document", conversion(line.id)));
    }
}

/// Can this pair be among the allocations as Tryton has them now?
fn may_settle(settler: &Line, document: &Line, config: &Config) -> bool {
    match (settler.reconciliation, document.reconciliation) {
        (Some(a), Some(b)) => a == b,
        (None, None) => {
            settler.invoice_payment.is_some()
                && !document.is_cash(config)
                && settler.invoice_payment == document.invoice()
        }
        _ => false,
    }
}
