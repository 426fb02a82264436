//! A running Tryton over JSON-RPC: customers, receivables, payments and what they settle; and back to it,
//! payments received and notes.
//!
//! Reading order: `config`, `rpc` (one call, its errors), `wire` and `amount` (Tryton's values, exactly),
//! `sweep` (what changed, a page at a time), `ledger` (lines become documents and payments), `settle` (what
//! paid what), `undo` (what no longer does), `parties`; `push` and what follows it write back.

mod amount;
mod check;
mod checkpoint;
mod config;
mod ledger;
mod line;
mod matching;
mod note;
mod parties;
mod pull;
mod push;
mod rate;
mod receipt;
mod reconcile;
mod rpc;
mod settle;
mod sweep;
#[cfg(test)]
mod tests;
mod undo;
mod wire;

use recaudo_sdk::{Ctx, Stop, call, erp};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct ErpTryton;

impl recaudo_sdk::Importer for ErpTryton {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        check::check(ctx)
    }

    fn discover(ctx: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> {
        Ok(pull::feeds(&config::read(ctx)?))
    }

    fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop> {
        pull::pull(ctx, &request)
    }
}

impl recaudo_sdk::Writeback for ErpTryton {
    fn push(ctx: &mut Ctx<Self>, entry: erp::writeback::Entry) -> Result<erp::writeback::Posting, Stop> {
        push::push(ctx, &entry)
    }

    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        entry: erp::writeback::Entry,
    ) -> Result<erp::writeback::Posting, Stop> {
        push::query(ctx, &original, &entry)
    }
}

recaudo_sdk::export!(ErpTryton: Importer, Writeback);
