//! Bank statements in SWIFT MT940, and MT942 reports during the day, in the dialects banks write.
//!
//! A file is read by ranges and may have any size.
//!
//! Reading order: `scan` (a file as fields), `message` (fields as statements), `line` (balances and the
//! statement line `:61:`), `details` (what `:86:` and `:NS:` say about it).

mod details;
mod line;
mod message;
mod scan;
#[cfg(test)]
mod tests;

use recaudo_sdk::payments::statement::Page;
use recaudo_sdk::{Checkpoint, Ctx, Encoding, Stop, statements};
use serde::Deserialize;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct StatementMt940;

/// What can be set.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// How texts are written; without it each text is UTF-8 where it can be, else windows-1252.
    pub(crate) encoding: Option<Encoding>,
}

impl recaudo_sdk::Statement for StatementMt940 {
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

recaudo_sdk::export!(StatementMt940: Statement);
