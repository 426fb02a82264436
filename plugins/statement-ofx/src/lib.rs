//! Bank and credit-card statements in OFX: version 1, which is SGML with elements that nobody closes, and
//! version 2, which is XML, and which some banks write without closing elements all the same.
//!
//! One reader takes both, because the header does not say which of the two a bank really wrote. It expands
//! nothing: a DOCTYPE is refused, an entity that is none of the usual ones stands for itself. A file is read by
//! ranges and may have any size.
//!
//! Reading order: `scan` (bytes as tags and texts), `header` (what tells the format and its encoding), `record`
//! (an aggregate read whole), `message` (the file as statements), `entry` (a movement), `value` (amounts, days), `place` (what is said
//! of a place that is wrong).

mod entry;
mod header;
mod message;
mod place;
mod record;
mod scan;
#[cfg(test)]
mod tests;
mod value;

use recaudo_sdk::payments::statement::Page;
use recaudo_sdk::{Checkpoint, Ctx, Encoding, Stop, statements};
use serde::Deserialize;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct StatementOfx;

/// What can be set.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// How texts are written, whatever the header says.
    pub(crate) encoding: Option<Encoding>,
}

impl recaudo_sdk::Statement for StatementOfx {
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

recaudo_sdk::export!(StatementOfx: Statement);
