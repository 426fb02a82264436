//! An ERP's receivables from CSV files in a folder: customers, contacts, documents, payments, allocations,
//! consents.
//!
//! The configuration says which files there are and which column means what; the README shows it by examples.
//! Files are read in ranges, a page of rows at a time, and the checkpoint is the first byte not taken yet, so
//! a file may have any size and an import may be killed after any page. A row comes in whole, or is refused
//! whole with one clear reason.
//!
//! Reading order: `plan` (the configuration as feeds), `pull` (one page), `head` and `scan` (the form of a
//! file), `map` (rows to records), `reader` with `number`, `day` and `currency` (exact values).

mod check;
mod checkpoint;
mod config;
mod currency;
mod day;
mod encoding;
mod field;
mod format;
mod glob;
mod head;
mod listing;
mod map;
mod number;
mod page;
mod plan;
mod problem;
mod pull;
mod reader;
mod rows;
mod scan;
#[cfg(test)]
mod tests;

use recaudo_sdk::{Ctx, Stop, erp};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct ErpCsv;

impl recaudo_sdk::Importer for ErpCsv {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        let config = plan::parse(ctx.config())?;
        let mut lines = vec![];
        for feed in plan::feeds(&config)? {
            lines.push(check::look(ctx, &feed)?);
        }
        Ok(lines.join("; "))
    }

    fn discover(ctx: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> {
        let config = plan::parse(ctx.config())?;
        let feed = |feed: plan::Feed<'_>| erp::Feed {
            name: feed.name,
            incremental: false,
            deletes: false,
            snapshot: feed.snapshot.is_some(),
        };
        Ok(plan::feeds(&config)?.into_iter().map(feed).collect())
    }

    fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop> {
        pull::pull(ctx, &request, pull::RANGES)
    }
}

recaudo_sdk::export!(ErpCsv: Importer);
