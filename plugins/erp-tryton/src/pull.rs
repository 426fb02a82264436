//! Feeds, their sweeps and the phases of a sweep.

use std::collections::BTreeSet;

use recaudo_sdk::{Ctx, Fail, Failure, Stop, erp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ErpTryton;
use crate::checkpoint::{self, At, Place};
use crate::config::{self, Config};
use crate::ledger::{self, LINES, Page};
use crate::line::receivable;
use crate::parties::{self, Touch};
use crate::rpc;
use crate::settle;
use crate::sweep::{latest, page, touched_since};
use crate::undo;
use crate::wire::Stamp;

/// Changes of customers known already; new ones come with their first document.
const CUSTOMERS: &str = "customers";
/// Documents, payments and what settles what.
const LEDGER: &str = "ledger";

/// Rows a call asks for at most: an answer stays well within 8 MiB.
const LINES_MAX: u32 = 2_000;
const PARTIES_MAX: u32 = 500;
const RECONCILIATIONS_MAX: u32 = 200;

/// What the source offers.
pub(crate) fn feeds(_: &Config) -> Vec<erp::Feed> {
    [CUSTOMERS, LEDGER]
        .map(|name| erp::Feed { name: name.into(), incremental: true, deletes: true, snapshot: false })
        .into()
}

/// A feed's tables, whose latest change marks where the next sweep begins, and its phases.
fn plan(feed: &str) -> Result<(&'static [&'static str], u32), Failure> {
    match feed {
        CUSTOMERS => {
            Ok((&["party.party", "party.address", "party.contact_mechanism", "party.identifier"], 1))
        }
        LEDGER => Ok((&["account.move", LINES, "account.invoice", "account.move.reconciliation"], 4)),
        other => Err(Fail::invalid_input(
            "unknown-feed",
            format!("there is no feed `{other}`; ask for the feeds again"),
        )),
    }
}

/// The next page.
pub(crate) fn pull(ctx: &mut Ctx<ErpTryton>, request: &erp::PullRequest) -> Result<erp::Page, Stop> {
    let config = config::read(ctx)?;
    let (tables, phases) = plan(&request.feed)?;
    let place = match checkpoint::decode(request.checkpoint.as_ref(), config.digest())? {
        At::Inside(place) => place,
        At::Between(from) => {
            rpc::version(ctx, &config)?;
            let mark = latest(ctx, &config, tables)?;
            Place { from, mark, phase: 0, after: 0 }
        }
    };
    let mut out = Page::default();
    let most = request.rows_max.max(1);
    let (origin, limit, (taken, last)) = match (request.feed.as_str(), place.phase) {
        (CUSTOMERS, _) => {
            let limit = most.min(PARTIES_MAX);
            ("party.party", limit, customers(ctx, &config, (place, limit), &mut out)?)
        }
        (_, 0) => {
            let limit = most.min(LINES_MAX);
            (LINES, limit, ledger::pull(ctx, &config, (place, limit), &mut out)?)
        }
        (_, 1) => {
            let limit = most.min(LINES_MAX);
            ("account.move.line (undone)", limit, undo::pull(ctx, &config, (place, limit), &mut out)?)
        }
        (_, 2) => {
            let limit = most.min(RECONCILIATIONS_MAX);
            (
                "account.move.reconciliation",
                limit,
                settle::reconciled(ctx, &config, (place, limit), &mut out)?,
            )
        }
        _ => {
            let limit = most.min(RECONCILIATIONS_MAX);
            (
                "account.invoice (payment lines)",
                limit,
                settle::linked(ctx, &config, (place, limit), &mut out)?,
            )
        }
    };
    let whole = taken < usize::try_from(limit).unwrap_or(usize::MAX);
    let at = next(place, (whole, last, phases), &config);
    Ok(finish(out, origin, at, config.digest()))
}

/// Where the next page begins: after the last id, in the next phase, or with the next sweep.
fn next(place: Place, (whole, last, phases): (bool, i64, u32), config: &Config) -> At {
    if !whole {
        return At::Inside(Place { after: last, ..place });
    }
    // The first sweep has nothing to undo.
    let following = if place.phase == 0 && place.from.is_none() { 2 } else { place.phase + 1 };
    if following < phases {
        return At::Inside(Place { phase: following, after: 0, ..place });
    }
    let seen = place.mark > Stamp::default();
    At::Between(seen.then(|| place.mark.less_minutes(config.overlap_minutes)))
}

fn finish(out: Page, origin: &str, at: At, digest: u64) -> erp::Page {
    let control = out.control();
    let Page { mut batch, rejects, .. } = out;
    // A pair of two lines that were both touched comes up twice, and is one record.
    let mut gone = BTreeSet::new();
    batch.deletions.retain(|deletion| gone.insert((deletion.entity.clone(), deletion.id.clone())));
    let records = batch.customers.len()
        + batch.contacts.len()
        + batch.documents.len()
        + batch.payments.len()
        + batch.allocations.len()
        + batch.deletions.len();
    erp::Page {
        mode: erp::Mode::Events,
        origin: origin.into(),
        read: (records + rejects.len()) as u64,
        rows: batch,
        rejects,
        checkpoint: checkpoint::encode(at, digest),
        done: matches!(at, At::Between(_)),
        not_before: None,
        control,
    }
}

/// Parties touched since the last time, those that owe or have owed. The first time there are none: a
/// customer comes with its first document.
fn customers(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (place, limit): (Place, u32),
    out: &mut Page,
) -> Result<(usize, i64), Stop> {
    let Some(from) = place.from else { return Ok((0, 0)) };
    let paths = ["", "addresses.", "contact_mechanisms.", "identifiers."];
    let domain = json!([["id", ">", place.after], touched_since(from, &paths)]);
    let call = page(config, "party.party", (&domain, Some(limit)), &["create_date", "write_date"]);
    let touched: Vec<Touch> = rpc::read(ctx, config, &call)?;
    let ids: BTreeSet<i64> = touched.iter().map(|row| row.id).collect();
    let last = ids.last().copied().unwrap_or(place.after);
    let owing = owing(ctx, config, ids)?;
    parties::fetch(ctx, config, &owing)?.write(&mut out.batch);
    Ok((touched.len(), last))
}

#[derive(Deserialize)]
struct Owner {
    party: Option<i64>,
}

/// Which of these parties have receivable lines: asked for the lines of those not found yet, until all are.
fn owing(ctx: &mut Ctx<ErpTryton>, config: &Config, mut left: BTreeSet<i64>) -> Result<BTreeSet<i64>, Stop> {
    const ROWS: u32 = 1_000;
    let mut found = BTreeSet::new();
    while !left.is_empty() {
        let domain: Value = json!([receivable(config), ["party", "in", left]]);
        let call = page(config, LINES, (&domain, Some(ROWS)), &["party"]);
        let owners: Vec<Owner> = rpc::read(ctx, config, &call)?;
        for party in owners.iter().filter_map(|owner| owner.party) {
            left.remove(&party);
            found.insert(party);
        }
        if owners.len() < usize::try_from(ROWS).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(found)
}
