//! A trait for each exported interface, and [`crate::export!`], which makes a component of what implements them.

use crate::bindings::{channel, importer};
use crate::bindings::types::recaudo::effects::{files, http};
use crate::bindings::types::recaudo::messaging::model::Receipt;
use crate::bindings::types::recaudo::scoring::table::Batch;
use crate::{Ability, Ctx, Failure, Stop, call, erp, messaging, policy, scoring};

/// Brings customers, documents and payments in.
pub trait Importer: Ability {
    /// Can the source be reached with this configuration? Says what it found.
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop>
    where
        Self: Sized;
    /// The feeds the source offers, in the order they should be pulled.
    fn discover(ctx: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop>
    where
        Self: Sized;
    /// The next page of a feed.
    fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop>
    where
        Self: Sized;
}

/// Carries one permitted message to one person.
pub trait Channel: Ability {
    /// Sends; the host has issued a permit.
    fn send(ctx: &mut Ctx<Self>, message: messaging::Message) -> Result<Receipt, Stop>
    where
        Self: Sized;
    /// What became of an operation whose outcome is unknown.
    fn query(ctx: &mut Ctx<Self>, operation_id: String, provider_id: Option<String>) -> Result<Receipt, Stop>
    where
        Self: Sized;
}

/// Scores rows given as columns.
pub trait Scorer {
    /// The reasons a score can carry: code and translation key.
    fn reasons() -> Vec<scoring::Reason>;
    /// The columns it reads under the context's configuration; a subset of the manifest's list.
    fn columns(ctx: call::Context) -> Result<Vec<String>, Failure>;
    /// One score a row, in parts per million.
    fn score(ctx: call::Context, batch: Batch) -> Result<scoring::Scores, Failure>;
}

/// Permits or refuses contacts.
pub trait Gate {
    /// One verdict a proposal, in order.
    fn review(ctx: call::Context, proposals: Vec<policy::gate::Proposal>) -> Result<Vec<policy::gate::Verdict>, Failure>;
}

/// Decides what to do next for each row.
pub trait Strategist {
    /// The columns it reads under the context's configuration; a subset of the manifest's list.
    fn columns(ctx: call::Context) -> Result<Vec<String>, Failure>;
    /// At most one decision a row.
    fn decide(ctx: call::Context, batch: Batch) -> Result<Vec<policy::strategist::Decision>, Failure>;
}

impl From<http::Request> for erp::Effect {
    fn from(request: http::Request) -> Self {
        Self::Http(request)
    }
}
impl From<files::Request> for erp::Effect {
    fn from(request: files::Request) -> Self {
        Self::File(request)
    }
}
impl From<erp::Outcome> for Option<http::Outcome> {
    fn from(outcome: erp::Outcome) -> Self {
        match outcome {
            erp::Outcome::Http(outcome) => Some(outcome),
            erp::Outcome::File(_) => None,
        }
    }
}
impl From<erp::Outcome> for Option<files::Outcome> {
    fn from(outcome: erp::Outcome) -> Self {
        match outcome {
            erp::Outcome::File(outcome) => Some(outcome),
            erp::Outcome::Http(_) => None,
        }
    }
}
impl From<http::Request> for messaging::Effect {
    fn from(request: http::Request) -> Self {
        Self::Http(request)
    }
}
impl From<messaging::Mail> for messaging::Effect {
    fn from(mail: messaging::Mail) -> Self {
        Self::Mail(mail)
    }
}
impl From<messaging::Outcome> for Option<http::Outcome> {
    fn from(outcome: messaging::Outcome) -> Self {
        match outcome {
            messaging::Outcome::Http(outcome) => Some(outcome),
            messaging::Outcome::Mail(_) | messaging::Outcome::File(_) => None,
        }
    }
}
impl From<messaging::Outcome> for Option<messaging::MailReceipt> {
    fn from(outcome: messaging::Outcome) -> Self {
        match outcome {
            messaging::Outcome::Mail(receipt) => Some(receipt),
            messaging::Outcome::Http(_) | messaging::Outcome::File(_) => None,
        }
    }
}

/// Turns what a function stopped with into the interface's own step.
macro_rules! bridge {
    ($name:ident, $bound:ident, $module:path, $interface:path, $suspension:path) => {
        #[doc(hidden)]
        pub mod $name {
            use super::*;
            use $interface as interface;
            /// The context of a call, from the host's arguments.
            pub fn open<T: $bound<Effect = interface::Effect, Outcome = interface::Outcome>>(call: call::Context, history: interface::History) -> Ctx<T> {
                crate::log::install_panic_hook();
                Ctx::new(call, history.memo, history.answers.into_iter().map(|a| (a.tag, a.outcome)))
            }
            /// `ready` wraps a result, `pending` a suspension.
            pub fn close<T: $bound<Effect = interface::Effect, Outcome = interface::Outcome>, R, S>(
                ctx: Ctx<T>, result: Result<R, Stop>, ready: fn(R) -> S, pending: fn(interface::Suspension) -> S,
            ) -> Result<S, Failure> {
                match result {
                    Ok(value) => Ok(ready(value)),
                    Err(Stop::Failed(failure)) => Err(failure),
                    Err(Stop::Suspended) => Ok(pending(interface::Suspension {
                        asks: ctx.asks.into_iter().map(|a| interface::Ask { tag: a.tag, commits: a.commits, effect: a.effect }).collect(),
                        drop: ctx.drop,
                        memo: ctx.memo,
                    })),
                }
            }
        }
    };
}
bridge!(import, Importer, importer, importer::exports::recaudo::erp::importer, importer::Suspension);
bridge!(carry, Channel, channel, channel::exports::recaudo::messaging::channel, channel::Suspension);

/// Exports what a type implements: `recaudo_sdk::export!(ErpCsv: Importer);`, several separated by commas.
#[macro_export]
macro_rules! export {
    ($plugin:ty : $($ability:ident),+ $(,)?) => { $( $crate::export_one!($ability, $plugin); )+ };
}

/// One interface of [`export!`].
#[doc(hidden)]
#[macro_export]
macro_rules! export_one {
    (Importer, $plugin:ty) => {
        const _: () = {
            use $crate::bindings::importer::exports::recaudo::erp::importer as i;
            impl $crate::Ability for $plugin { type Effect = i::Effect; type Outcome = i::Outcome; }
            struct Exported;
            impl i::Guest for Exported {
                fn check(ctx: $crate::Context, history: i::History) -> Result<i::CheckStep, $crate::Failure> {
                    let mut ctx = $crate::__bridge::import::open::<$plugin>(ctx, history);
                    let result = <$plugin as $crate::Importer>::check(&mut ctx);
                    $crate::__bridge::import::close(ctx, result, i::CheckStep::Ok, i::CheckStep::Pending)
                }
                fn discover(ctx: $crate::Context, history: i::History) -> Result<i::DiscoverStep, $crate::Failure> {
                    let mut ctx = $crate::__bridge::import::open::<$plugin>(ctx, history);
                    let result = <$plugin as $crate::Importer>::discover(&mut ctx);
                    $crate::__bridge::import::close(ctx, result, i::DiscoverStep::Feeds, i::DiscoverStep::Pending)
                }
                fn pull(ctx: $crate::Context, request: i::PullRequest, history: i::History) -> Result<i::PullStep, $crate::Failure> {
                    let mut ctx = $crate::__bridge::import::open::<$plugin>(ctx, history);
                    let result = <$plugin as $crate::Importer>::pull(&mut ctx, request);
                    $crate::__bridge::import::close(ctx, result, i::PullStep::Page, i::PullStep::Pending)
                }
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::importer::export!(Exported with_types_in $crate::bindings::importer);
        };
    };
    (Channel, $plugin:ty) => {
        const _: () = {
            use $crate::bindings::channel::exports::recaudo::messaging::channel as i;
            impl $crate::Ability for $plugin { type Effect = i::Effect; type Outcome = i::Outcome; }
            struct Exported;
            impl i::Guest for Exported {
                fn send(ctx: $crate::Context, message: i::Message, history: i::History) -> Result<i::Step, $crate::Failure> {
                    let mut ctx = $crate::__bridge::carry::open::<$plugin>(ctx, history);
                    let result = <$plugin as $crate::Channel>::send(&mut ctx, message);
                    $crate::__bridge::carry::close(ctx, result, i::Step::Done, i::Step::Pending)
                }
                fn query(ctx: $crate::Context, operation_id: String, provider_id: Option<String>, history: i::History) -> Result<i::Step, $crate::Failure> {
                    let mut ctx = $crate::__bridge::carry::open::<$plugin>(ctx, history);
                    let result = <$plugin as $crate::Channel>::query(&mut ctx, operation_id, provider_id);
                    $crate::__bridge::carry::close(ctx, result, i::Step::Done, i::Step::Pending)
                }
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::channel::export!(Exported with_types_in $crate::bindings::channel);
        };
    };
    (Scorer, $plugin:ty) => {
        const _: () = {
            use $crate::bindings::scorer::exports::recaudo::scoring::scorer as i;
            struct Exported;
            impl i::Guest for Exported {
                fn reasons() -> Vec<i::Reason> { <$plugin as $crate::Scorer>::reasons() }
                fn columns(ctx: $crate::Context) -> Result<Vec<String>, $crate::Failure> {
                    $crate::__bridge::install_panic_hook();
                    <$plugin as $crate::Scorer>::columns(ctx)
                }
                fn score(ctx: $crate::Context, batch: i::Batch) -> Result<i::Scores, $crate::Failure> {
                    $crate::__bridge::install_panic_hook();
                    <$plugin as $crate::Scorer>::score(ctx, batch)
                }
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::scorer::export!(Exported with_types_in $crate::bindings::scorer);
        };
    };
    (Gate, $plugin:ty) => {
        const _: () = {
            use $crate::bindings::gate::exports::recaudo::policy::gate as i;
            struct Exported;
            impl i::Guest for Exported {
                fn review(ctx: $crate::Context, proposals: Vec<i::Proposal>) -> Result<Vec<i::Verdict>, $crate::Failure> {
                    $crate::__bridge::install_panic_hook();
                    <$plugin as $crate::Gate>::review(ctx, proposals)
                }
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::gate::export!(Exported with_types_in $crate::bindings::gate);
        };
    };
    (Strategist, $plugin:ty) => {
        const _: () = {
            use $crate::bindings::strategist::exports::recaudo::policy::strategist as i;
            struct Exported;
            impl i::Guest for Exported {
                fn columns(ctx: $crate::Context) -> Result<Vec<String>, $crate::Failure> {
                    $crate::__bridge::install_panic_hook();
                    <$plugin as $crate::Strategist>::columns(ctx)
                }
                fn decide(ctx: $crate::Context, batch: i::Batch) -> Result<Vec<i::Decision>, $crate::Failure> {
                    $crate::__bridge::install_panic_hook();
                    <$plugin as $crate::Strategist>::decide(ctx, batch)
                }
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::strategist::export!(Exported with_types_in $crate::bindings::strategist);
        };
    };
}
