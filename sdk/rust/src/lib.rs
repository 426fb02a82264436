//! Write a Recaudo plugin in Rust: one trait for each interface of the contract, one macro to export it.
//!
//! A plugin never does I/O. It gets everything as arguments and either answers or says which effects it wants
//! next; the host performs them and runs the function again from the start. [`Ctx`] hides that: write straight
//! code, `let page = ctx.fetch(request)?;`.
mod ctx;
mod date;
mod export;
mod failure;
mod log;
mod money;
mod tag;

#[doc(hidden)]
pub mod bindings;

pub use ctx::{Ability, Ctx, Stop};
pub use date::Date;
pub use failure::Fail;
pub use log::{Level, log};
pub use money::{Money, MoneyError};

/// Exact values, errors and the call's context.
pub use bindings::types::recaudo::{
    effects::{files, http, webhook},
    types::{call, errors, values},
};
pub use call::{Checkpoint, Context, Reject};
pub use errors::{Failure, Kind, Retry};

/// ERP side: importers and write-back.
pub mod erp {
    pub use crate::bindings::importer::exports::recaudo::erp::importer::{Effect, Feed, Mode, Outcome, Page, PullRequest};
    pub use crate::bindings::types::recaudo::erp::model::*;
    pub use crate::bindings::writeback::exports::recaudo::erp::writeback;
}
/// Money side: gateways, webhooks, settlements, bank statements.
pub mod payments {
    pub use crate::bindings::payment_webhook::exports::recaudo::payments::webhook;
    pub use crate::bindings::settlement::exports::recaudo::payments::settlement;
    pub use crate::bindings::statement::exports::recaudo::payments::statement;
    pub use crate::bindings::types::recaudo::payments::model::*;
}
/// Channels.
pub mod messaging {
    pub use crate::bindings::channel::exports::recaudo::messaging::channel::{Effect, Mail, MailReceipt, Message, Outcome, Permit};
    pub use crate::bindings::message_webhook::exports::recaudo::messaging::webhook;
    pub use crate::bindings::types::recaudo::messaging::model::*;
}
/// Scores over columns.
pub mod scoring {
    pub use crate::bindings::scorer::exports::recaudo::scoring::scorer::{Reason, Scores};
    pub use crate::bindings::types::recaudo::scoring::table::*;
}
/// Judgement: each submodule is one interface.
pub mod policy {
    pub use crate::bindings::allocator::exports::recaudo::policy::allocator;
    pub use crate::bindings::assessor::exports::recaudo::policy::assessor;
    pub use crate::bindings::gate::exports::recaudo::policy::gate;
    pub use crate::bindings::negotiator::exports::recaudo::policy::negotiator;
    pub use crate::bindings::pricer::exports::recaudo::policy::pricer;
    pub use crate::bindings::responder::exports::recaudo::policy::responder;
    pub use crate::bindings::strategist::exports::recaudo::policy::strategist;
}
/// Told after the fact.
pub mod events {
    pub use crate::bindings::listener::exports::recaudo::events::listener::Event;
}

pub use export::{Channel, Gate, Importer, Scorer, Strategist};

/// What [`export!`] expands to; not for plugins.
#[doc(hidden)]
pub mod __bridge {
    pub use crate::export::{carry, import};
    pub use crate::log::install_panic_hook;
}
