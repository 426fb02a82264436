//! Write a Recaudo plugin in Rust: one trait for each interface of the contract, one macro to export it.
//!
//! **A plugin never does I/O.** A function is handed everything (the time, the configuration, every outcome
//! so far) and either answers or says which effects it wants next; the host performs them and runs the
//! function again from the start. [`Ctx`] hides that. One writes straight code, `let page =
//! ctx.fetch(request)?;`, and `?` does the rest: it returns when the answer is not there yet, and goes on
//! with it when it is.
//!
//! # A plugin, complete
//! An importer for a ledger that serves its documents as pages of text. Everything a real one needs is here:
//! pages with a checkpoint each, a credential it never sees, exact money, bad lines that become rejects,
//! failures a person can act on, and its test.
//!
//! ```
//! use recaudo_sdk::{Checkpoint, Ctx, Date, Fail, Failure, Kind, Money, Reject, Stop, erp, http::Request};
//!
//! pub struct Ledger;
//!
//! impl recaudo_sdk::Importer for Ledger {
//!     fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
//!         page(ctx, 1)?;
//!         Ok("the ledger answers".into())
//!     }
//!
//!     fn discover(_: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> {
//!         let name = "documents".into();
//!         Ok(vec![erp::Feed { name, incremental: true, deletes: false, snapshot: false }])
//!     }
//!
//!     fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop> {
//!         let number = match &request.checkpoint {
//!             None => 1,
//!             Some(Checkpoint { version: 1, bytes }) => bytes.first().map_or(1, |done| done + 1),
//!             Some(_) => return Err(Fail::invalid_input("checkpoint", "a newer plugin wrote it").into()),
//!         };
//!         let text = page(ctx, number)?;
//!         let (mut rows, mut rejects) = (erp::Batch::default(), vec![]);
//!         for (line, row) in text.lines().zip(1..) {
//!             match document(line, row) {
//!                 Ok(document) => rows.documents.push(document),
//!                 Err(reject) => rejects.push(reject),
//!             }
//!         }
//!         Ok(erp::Page {
//!             mode: erp::Mode::Events,
//!             origin: format!("page {number}"),
//!             read: text.lines().count() as u64,
//!             done: text.is_empty(),
//!             rows,
//!             rejects,
//!             checkpoint: Checkpoint { version: 1, bytes: vec![number] },
//!             not_before: None,
//!             control: vec![],
//!         })
//!     }
//! }
//! recaudo_sdk::export!(Ledger: Importer);
//!
//! /// The host adds the credential, retries, and lets it out only if an operator granted the origin.
//! fn page(ctx: &mut Ctx<Ledger>, number: u8) -> Result<String, Stop> {
//!     let url = format!("https://ledger.example/documents?page={number}");
//!     let answer = ctx.fetch(Request::get(url).credential("ledger"))?;
//!     match answer.status {
//!         200 => {
//!             let wrong = |_| Fail::invalid_input("bad-encoding", "a page of the ledger is not UTF-8");
//!             Ok(String::from_utf8(answer.body).map_err(wrong)?)
//!         }
//!         _ => Err(Fail::status(&answer, "the ledger's documents").into()),
//!     }
//! }
//!
//! /// `number;customer;issued;due;amount`, such as `F-1;ana;2026-10-01;2026-11-01;1234.50`.
//! fn document(line: &str, row: u64) -> Result<erp::Document, Reject> {
//!     let wrong = |field: &str, value: &str, code: &str| Reject {
//!         source: "documents".into(),
//!         row,
//!         field: field.into(),
//!         value: value.into(),
//!         code: code.into(),
//!         message: format!("`{value}` is no {field}; correct it in the ledger"),
//!     };
//!     let cells: Vec<&str> = line.split(';').collect();
//!     let [number, customer, issued, due, amount] = cells[..] else {
//!         return Err(wrong("line", line, "short-row"));
//!     };
//!     let total = Money::parse(amount, 2, *b"USD").map_err(|_| wrong("amount", amount, "bad-amount"))?;
//!     let day = |field, text| Date::parse_iso(text).ok_or_else(|| wrong(field, text, "bad-date"));
//!     Ok(erp::Document {
//!         key: erp::Key { id: number.into(), version: 0, row },
//!         creditor: String::new(),
//!         customer: customer.into(),
//!         number: number.into(),
//!         instalment: 0,
//!         kind: "invoice".into(),
//!         issued: day("issue date", issued)?.epoch_day(),
//!         due: day("due date", due)?.epoch_day(),
//!         total: total.into(),
//!         open: None,
//!         exchange_rate: None,
//!         status: String::new(),
//!         disputed: false,
//!         attributes: vec![],
//!     })
//! }
//!
//! // Its test needs no WebAssembly and no network: the bench plays the host, rules included.
//! use recaudo_sdk::bench::{Bench, ok, status};
//!
//! let ledger = |first| {
//!     Bench::new()
//!         .answer("GET", "https://ledger.example/documents?page=1", first)
//!         .answer("GET", "https://ledger.example/documents?page=2", ok(""))
//! };
//! let mut bench = ledger(ok("F-1;ana;2026-10-01;2026-11-01;1234.50\nF-2;ana;2026-10-01;2026-02-31;5.00\n"));
//! let pages = bench.pull::<Ledger>("documents", 500)?;
//! assert_eq!(pages.len(), 2);
//! assert_eq!(Money::from(pages[0].rows.documents[0].total).to_string(), "1234.50 USD");
//! assert_eq!((pages[0].rejects[0].row, pages[0].rejects[0].code.as_str()), (2, "bad-date"));
//! assert_eq!(bench.requests()[0].credential.as_deref(), Some("ledger"));
//!
//! let refused = ledger(status(401, "")).pull::<Ledger>("documents", 500).expect_err("a bad token");
//! assert_eq!(refused.kind, Kind::Unauthenticated);
//! # Ok::<(), Failure>(())
//! ```
//!
//! In a crate of its own this is the whole of `src/lib.rs` (with the last part under `#[cfg(test)]`), beside
//! a `Cargo.toml` with `crate-type = ["cdylib", "rlib"]`, a manifest `plugin.toml` that declares origin and
//! credential, and the JSON Schema of its configuration.
//!
//! # Where to go on
//! [`bench`] tests natively. [`Ctx::step`] keeps what was parsed over re-runs. [`Ctx::perform_all`] reads
//! side by side. [`Fail`] makes failures, [`log()`] writes a line. The contract in `wit/` says what each
//! function promises; this crate's README has the compatibility table and how to stay small and fast.
mod ability;
#[cfg(not(target_arch = "wasm32"))]
pub mod bench;
#[cfg(feature = "json")]
mod checkpoint;
#[cfg(feature = "json")]
mod config;
mod ctx;
pub mod currency;
mod date;
mod encoding;
mod export;
mod failure;
#[cfg(feature = "json")]
pub mod gateway;
pub mod inbox;
mod log;
mod memo;
pub mod moment;
mod money;
mod request;
#[cfg(feature = "json")]
pub mod statements;
mod tag;
mod traits;
pub mod url;
#[cfg(feature = "xml")]
pub mod xml;

#[doc(hidden)]
pub mod bindings;

pub use ability::{Ability, Ask, Past, Wanted};
#[cfg(feature = "json")]
pub use config::{first_second, origin, read as read_config};
pub use ctx::{Ctx, Stop};
pub use date::Date;
pub use encoding::{BadByte, Encoding};
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
