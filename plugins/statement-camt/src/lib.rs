//! Bank statements in ISO 20022: camt.053 (statement), camt.052 (report during the day), camt.054 (notice).
//!
//! Versions 1 to 8 and later ones, which keep these names. A file is read by ranges and may have any size;
//! within an entry of many details too, a page may end.
//!
//! Reading order: `message` (the file as statements and balances), `entry` (an entry and its details),
//! `detail` (one detail), `fields` (amounts, days, parties).

mod detail;
mod entry;
mod fields;
mod message;
#[cfg(test)]
mod tests;

use recaudo_sdk::payments::statement::Page;
use recaudo_sdk::{Checkpoint, Ctx, Stop, statements};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct StatementCamt;

impl recaudo_sdk::Statement for StatementCamt {
    fn read(
        ctx: &mut Ctx<Self>,
        source: String,
        path: String,
        since: Option<Checkpoint>,
    ) -> Result<Page, Stop> {
        statements::read::<_, message::Message>(ctx, &(), (&source, &path), since.as_ref())
    }
}

recaudo_sdk::export!(StatementCamt: Statement);
