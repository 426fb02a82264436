//! Bank statements in BAI2 (cash management balance reporting, version 2).
//!
//! Every control total and every count of records, accounts and groups is checked. A file is read by ranges
//! and may have any size.
//!
//! Reading order: `scan` (a file as records), `message` (groups, accounts, control totals), `record` (the
//! fields of account and transaction records).

mod message;
mod record;
mod scan;
#[cfg(test)]
mod tests;

use recaudo_sdk::payments::statement::Page;
use recaudo_sdk::{Checkpoint, Ctx, Encoding, Stop, statements};
use serde::Deserialize;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct StatementBai2;

/// What can be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Of accounts and groups that name none.
    pub(crate) currency: Option<String>,
    /// How texts are written; without it each text is UTF-8 where it can be, else windows-1252.
    pub(crate) encoding: Option<Encoding>,
}

impl recaudo_sdk::Statement for StatementBai2 {
    fn read(
        ctx: &mut Ctx<Self>,
        source: String,
        path: String,
        since: Option<Checkpoint>,
    ) -> Result<Page, Stop> {
        let config: Config = ctx.config_as()?;
        statements::read::<_, message::Message>(ctx, &config, (&source, &path), since.as_ref())
    }
}

recaudo_sdk::export!(StatementBai2: Statement);
