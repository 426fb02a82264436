//! Reconciling, as a person would with Tryton's own wizards, and only what is not reconciled yet.

use recaudo_sdk::{Ctx, Stop};
use serde_json::{Value, json};

use crate::ErpTryton;
use crate::config::Config;
use crate::ledger::LINES;
use crate::line::{FIELDS, Line};
use crate::push::rejected;
use crate::rpc::{self, Call};
use crate::settle::open_of_invoice;
use crate::sweep::{Company, companies, context, search};

/// What to do with a line of a receipt.
enum Due {
    Nothing,
    Reconcile(Vec<i64>),
    Link(i64),
}

/// Settles a document with a line of ours; says whether anything was written.
pub(crate) fn settle(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    document: i64,
    line: &Line,
) -> Result<bool, Stop> {
    match due(ctx, config, document, line)? {
        Due::Nothing => Ok(false),
        Due::Reconcile(ids) => {
            wizard(ctx, config, ("account.move.reconcile_lines", "start"), &ids)?;
            Ok(true)
        }
        Due::Link(invoice) => {
            let params = json!([[line.id], { "invoice_payment": invoice }, context(config)]);
            let _: Value = rpc::commit(ctx, config, &Call::new(format!("model.{LINES}.write"), params))?;
            Ok(true)
        }
    }
}

/// Is a line of ours still to be reconciled or linked? Reads only.
pub(crate) fn is_due(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    document: i64,
    line: &Line,
) -> Result<bool, Stop> {
    Ok(!matches!(due(ctx, config, document, line)?, Due::Nothing))
}

fn due(ctx: &mut Ctx<ErpTryton>, config: &Config, document: i64, line: &Line) -> Result<Due, Stop> {
    if line.reconciliation.is_some() || line.invoice_payment.is_some() {
        return Ok(Due::Nothing);
    }
    let calls = [search(config, LINES, &json!([["id", "=", document]]), FIELDS), companies(config)];
    let answers = rpc::read_all(ctx, config, &calls)?;
    let found: Vec<Line> = rpc::result(&answers[0], &calls[0])?;
    let companies: Vec<Company> = rpc::result(&answers[1], &calls[1])?;
    // Settled by somebody else meanwhile: the payment stays there, unapplied, for a person to see.
    let Some(owed) = found.first().filter(|owed| owed.reconciliation.is_none()) else {
        return Ok(Due::Nothing);
    };
    let value = |line: &Line| line.value(&companies).ok().map(|(currency, minor)| (currency.code, minor));
    let (Some((currency, want)), Some((_, have))) = (value(owed), value(line)) else {
        return Ok(Due::Nothing);
    };
    if want.checked_add(have) == Some(0) {
        return Ok(Due::Reconcile(vec![owed.id, line.id]));
    }
    let Some(invoice) = owed.invoice() else { return Ok(Due::Nothing) };
    let open: Vec<Line> = rpc::read(ctx, config, &open_of_invoice(config, invoice))?;
    let mut ids: Vec<i64> = open.iter().map(|line| line.id).filter(|id| *id != line.id).collect();
    let others = open.iter().filter(|other| other.id != line.id);
    let sum = others.map(value).try_fold(have, |sum, found| {
        found.filter(|(code, _)| *code == currency).and_then(|(_, minor)| sum.checked_add(minor))
    });
    if sum == Some(0) {
        ids.push(line.id);
        return Ok(Due::Reconcile(ids));
    }
    Ok(Due::Link(invoice))
}

/// A payment that came back: what it had settled is open again, and it is reconciled with what took it back.
pub(crate) fn take_back(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    payment: &[Line],
    back: &[Line],
) -> Result<bool, Stop> {
    let mut wrote = false;
    for returned in back.iter().filter(|line| line.reconciliation.is_none()) {
        let Some(line) = payment.iter().find(|line| returned.cancels() == Some(line.id)) else { continue };
        // One call may have opened several of them.
        let domain = json!([["id", "=", line.id]]);
        let now: Vec<Line> = rpc::read(ctx, config, &search(config, LINES, &domain, FIELDS))?;
        if now.first().is_some_and(|line| line.reconciliation.is_some()) {
            wizard(ctx, config, ("account.move.unreconcile_lines", "unreconcile"), &[line.id])?;
        }
        wizard(ctx, config, ("account.move.reconcile_lines", "start"), &[line.id, returned.id])?;
        wrote = true;
    }
    Ok(wrote)
}

/// Runs a wizard of one state over lines. Opening it leaves nothing behind but a row Tryton clears by itself.
fn wizard(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (name, state): (&str, &str),
    ids: &[i64],
) -> Result<(), Stop> {
    let create = Call::new(format!("wizard.{name}.create"), json!([context(config)]));
    let (session, _, _): (i64, String, String) = rpc::read(ctx, config, &create)?;
    let mut under = context(config);
    under["active_model"] = json!(LINES);
    under["active_ids"] = json!(ids);
    under["active_id"] = json!(ids.first());
    let call = Call::new(format!("wizard.{name}.execute"), json!([session, {}, state, under]));
    let next: Value = rpc::commit(ctx, config, &call)?;
    if next.get("view").is_some() {
        let message = "the lines no longer balance; reconcile them by hand in Tryton";
        return Err(rejected("erp-tryton.not-balanced", message));
    }
    Ok(())
}
