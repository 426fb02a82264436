//! Write-back: a receipt becomes a posted move reconciled with what it pays; what people should read
//! becomes a note. Before anything is written, what bears our mark is looked for; `query` does nothing
//! else.

use recaudo_sdk::erp::writeback::{Entry, Posting, Status};
use recaudo_sdk::{Ctx, Fail, Failure, Kind, Retry, Stop, call};
use serde::Deserialize;
use serde_json::json;

use crate::ErpTryton;
use crate::config::{self, Config, CustomerId};
use crate::rpc::{self, shown};
use crate::sweep::search;
use crate::{note, receipt};

/// Writes an entry, once.
pub(crate) fn push(ctx: &mut Ctx<ErpTryton>, entry: &Entry) -> Result<Posting, Stop> {
    let config = config::read(ctx)?;
    let key = ctx.call().operation.idempotency_key.clone();
    match entry {
        Entry::Receipt(receipt) => receipt::push(ctx, &config, receipt),
        other => match note::of(other, &ctx.call().locale) {
            Some(note) => note::push(ctx, &config, &note, &key),
            None => Err(unsupported().into()),
        },
    }
}

/// Was it written?
pub(crate) fn query(
    ctx: &mut Ctx<ErpTryton>,
    original: &call::Operation,
    entry: &Entry,
) -> Result<Posting, Stop> {
    let config = config::read(ctx)?;
    match entry {
        Entry::Receipt(receipt) => receipt::query(ctx, &config, receipt),
        other => match note::of(other, &ctx.call().locale) {
            Some(note) => note::query(ctx, &config, &note, &original.idempotency_key),
            None => Err(unsupported().into()),
        },
    }
}

fn unsupported() -> Failure {
    let message = "Tryton is told of payments, and by notes of promises, plans, disputes, holds and tasks; \
        post adjustments, charges and terms there by hand";
    Failure { retry: Retry::Never, ..Fail::new(Kind::Unsupported, "erp-tryton.entry", message) }
}

/// Tryton cannot take it as it is.
pub(crate) fn rejected(code: &str, message: impl Into<String>) -> Stop {
    Failure { retry: Retry::Never, ..Fail::new(Kind::Rejected, code, message) }.into()
}

pub(crate) fn posting(status: Status, id: impl Into<String>, code: &str) -> Posting {
    Posting { status, id: id.into(), code: code.into() }
}

#[derive(Deserialize)]
pub(crate) struct Id {
    pub(crate) id: i64,
}

/// The party behind a customer.
pub(crate) fn party(ctx: &mut Ctx<ErpTryton>, config: &Config, customer: &str) -> Result<i64, Stop> {
    let domain = match config.customer_id {
        CustomerId::Code => json!([["code", "=", customer]]),
        CustomerId::Id => json!([["id", "=", customer.parse::<i64>().unwrap_or(-1)]]),
    };
    let found: Vec<Id> = rpc::read(ctx, config, &search(config, "party.party", &domain, &["id"]))?;
    match found[..] {
        [Id { id }] => Ok(id),
        _ => {
            let message = format!("Tryton has no party {}; was it merged or renumbered?", shown(customer));
            Err(Failure { retry: Retry::Never, ..Fail::new(Kind::NotFound, "not-found", message) }.into())
        }
    }
}

/// A document's line: its id is the line's.
pub(crate) fn line_id(document: &str) -> Result<i64, Stop> {
    document.parse().map_err(|_| {
        let message = format!("document {} is none of Tryton's; its id is a number", shown(document));
        Stop::from(Failure { retry: Retry::Never, ..Fail::new(Kind::NotFound, "not-found", message) })
    })
}
