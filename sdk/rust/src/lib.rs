//! Write a Recaudo plugin in Rust: one trait for each interface of the contract, one macro to export it.
//!
//! A plugin never does I/O. It gets everything as arguments and either answers or says which effects it wants
//! next; the host performs them and runs the function again from the start. [`Ctx`] hides that: write straight
//! code, `let page = ctx.fetch(request)?;`.
mod ability;
#[cfg(not(target_arch = "wasm32"))]
pub mod bench;
#[cfg(feature = "json")]
mod config;
mod ctx;
mod date;
mod export;
mod failure;
mod log;
mod memo;
mod money;
mod tag;
mod traits;

#[doc(hidden)]
pub mod bindings;

pub use ability::{Ability, Ask, Past, Wanted};
#[cfg(feature = "json")]
pub use config::read as read_config;
pub use ctx::{Ctx, Stop};
pub use date::Date;
pub use failure::Fail;
pub use log::{Level, log};
pub use money::{Money, MoneyError};
pub use traits::*;

/// Exact values, errors and the call's context.
pub use bindings::types::recaudo::{
    effects::{files, http, io, webhook},
    types::{call, errors, values},
};
pub use call::{Checkpoint, Context, Reject};
pub use errors::{Failure, Kind, Retry};

/// ERP side: importers, write-back, agencies, bureaus.
pub mod erp {
    pub use crate::bindings::agency::exports::recaudo::erp::agency;
    pub use crate::bindings::bureau::exports::recaudo::erp::bureau;
    pub use crate::bindings::importer::exports::recaudo::erp::importer::{
        Effect, Feed, Mode, Outcome, Page, PullRequest,
    };
    pub use crate::bindings::types::recaudo::erp::model::*;
    pub use crate::bindings::writeback::exports::recaudo::erp::writeback;

    /// An empty page's records; fill in what the feed has.
    impl Default for Batch {
        fn default() -> Self {
            Self {
                customers: vec![],
                contacts: vec![],
                documents: vec![],
                payments: vec![],
                allocations: vec![],
                consents: vec![],
                rates: vec![],
                interactions: vec![],
                deletions: vec![],
                extras: vec![],
            }
        }
    }
}
/// Money side: gateways, direct debit, webhooks, settlements, bank statements.
pub mod payments {
    pub use crate::bindings::direct_debit::exports::recaudo::payments::direct_debit;
    pub use crate::bindings::payment_webhook::exports::recaudo::payments::webhook;
    pub use crate::bindings::settlement::exports::recaudo::payments::settlement;
    pub use crate::bindings::statement::exports::recaudo::payments::statement;
    pub use crate::bindings::types::recaudo::payments::model::*;
}
/// Channels, diallers, and what their providers tell.
pub mod messaging {
    pub use crate::bindings::channel::exports::recaudo::messaging::channel::{
        Effect, Mail, MailReceipt, Message, Outcome, Permit,
    };
    pub use crate::bindings::dialler::exports::recaudo::messaging::dialler;
    pub use crate::bindings::message_webhook::exports::recaudo::messaging::webhook;
    pub use crate::bindings::replier::exports::recaudo::messaging::replier;
    pub use crate::bindings::types::recaudo::messaging::model::{Move, Proposal, Question, Receipt, Status};
}
/// Judging rows given as columns.
pub mod scoring {
    pub use crate::bindings::forecaster::exports::recaudo::scoring::forecaster::Forecasts;
    pub use crate::bindings::scorer::exports::recaudo::scoring::scorer::{Reason, Scores};
    pub use crate::bindings::types::recaudo::scoring::table::*;
}
/// Judgement: each submodule is one interface.
pub mod policy {
    pub use crate::bindings::allocator::exports::recaudo::policy::allocator;
    pub use crate::bindings::assessor::exports::recaudo::policy::assessor;
    pub use crate::bindings::distributor::exports::recaudo::policy::distributor;
    pub use crate::bindings::gate::exports::recaudo::policy::gate;
    pub use crate::bindings::negotiator::exports::recaudo::policy::negotiator;
    pub use crate::bindings::pricer::exports::recaudo::policy::pricer;
    pub use crate::bindings::provisioner::exports::recaudo::policy::provisioner;
    pub use crate::bindings::responder::exports::recaudo::policy::responder;
    pub use crate::bindings::segmenter::exports::recaudo::policy::segmenter;
    pub use crate::bindings::strategist::exports::recaudo::policy::strategist;
}
/// Told after the fact.
pub mod events {
    pub use crate::bindings::listener::exports::recaudo::events::listener::Event;
}

/// What [`export!`] expands to; not for plugins.
#[doc(hidden)]
pub mod __bridge {
    pub use crate::export::{Ended, close, open};
    pub use crate::log::install_panic_hook;
}
