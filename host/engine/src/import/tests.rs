//! Imports as stories: a source tells, the ledger answers.

mod bench;
mod bookkeeping;
mod interrupted;
mod refusals;
mod snapshots;
