//! What every connector shares that speaks HTTP and files: its protocol, who may commit, and the journal around it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use recaudo_ports::journal::Journal;
use recaudo_ports::plugin::{Call, PluginError, PluginErrorKind};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::effect::commit::{self, Commit};
use crate::effect::scratch::{SCRATCH, Scratch};
use crate::effect::slots::Filler;
use crate::effect::{files, http};
use crate::exchange::{Ask, At, Exchange, Fact, Facts, Performer, Protocol, Step, Suspension};
use crate::guest::{Guest, Run, State};
use crate::wit;
use crate::wit::effects::io as wit_io;
use crate::wit::types::{call::Context, errors::Failure};

/// A guest and what it may reach.
pub(crate) struct Connector {
    pub(crate) guest: Guest,
    pub(crate) files: files::Sources,
    pub(crate) http: http::Client,
}

/// What an operation may do outside.
#[derive(Clone, Copy)]
pub(crate) enum Rights<'a> {
    /// It reads; a file it is done with may be archived.
    Read,
    /// It asks what became of something: nothing may change.
    Query,
    /// It commits, each time through the journal.
    Commit(&'a dyn Journal),
}

/// One operation of a connector.
pub(crate) struct Operation<'a> {
    pub(crate) call: &'a Call,
    pub(crate) interface: &'static str,
    pub(crate) function: &'static str,
    pub(crate) whole: Duration,
    pub(crate) rights: Rights<'a>,
}

impl Connector {
    /// Runs an operation to its end. `run` calls the guest's function, `step` reads what it returned.
    pub(crate) fn exchange<S, T>(
        &self,
        operation: &Operation<'_>,
        mut run: impl FnMut(
            &mut Store<State>,
            &Instance,
            &Context,
            &wit_io::History,
        ) -> wasmtime::Result<Result<S, Failure>>,
        step: impl Fn(S) -> Step<wit_io::Effect, T>,
    ) -> Result<(T, Facts), PluginError> {
        let context = wit::context(operation.call);
        let scratch = Scratch::default();
        let performer = Hands { connector: self, operation, scratch: &scratch };
        Exchange::new(&self.guest, operation.whole).run::<Io, T>(&performer, |history, at: &At| {
            let spec = Run::step(&self.guest, operation.interface, (operation.function, operation.call), at);
            let outcome = self.guest.run(&spec, |store, instance| run(store, instance, &context, history))?;
            outcome.map(&step).map_err(|f| self.guest.failure(f))
        })
    }

    /// Is the checkpoint small enough to keep?
    pub(crate) fn keeps(&self, checkpoint: &[u8]) -> Result<(), PluginError> {
        let max = self.guest.limits.checkpoint_bytes;
        if checkpoint.len() <= max {
            return Ok(());
        }
        let message = format!("its checkpoint has {} bytes and may have {max}", checkpoint.len());
        Err(self.guest.error(PluginErrorKind::Internal, "checkpoint-too-large", message))
    }
}

/// What a guest of the contract's `io` suspends with.
pub(crate) fn suspension(from: wit_io::Suspension) -> Suspension<wit_io::Effect> {
    let asks =
        from.asks.into_iter().map(|a| Ask { tag: a.tag, commits: a.commits, effect: a.effect }).collect();
    Suspension { asks, drop: from.drop, memo: from.memo }
}

/// The protocol of `effects/io`.
struct Io;

impl Protocol for Io {
    type Effect = wit_io::Effect;
    type Outcome = wit_io::Outcome;
    type History = wit_io::History;

    fn history() -> Self::History {
        wit_io::History { memo: vec![], answers: vec![] }
    }

    fn answer(history: &mut Self::History, tag: u64, outcome: Self::Outcome) {
        history.answers.push(wit_io::Answer { tag, outcome });
    }

    fn forget(history: &mut Self::History, tags: &BTreeSet<u64>) {
        history.answers.retain(|a| !tags.contains(&a.tag));
    }

    fn memo(history: &mut Self::History, memo: Vec<u8>) -> bool {
        let changed = history.memo != memo;
        history.memo = memo;
        changed
    }

    fn weight(history: &Self::History) -> usize {
        history.memo.len() + history.answers.iter().map(|a| weight(&a.outcome)).sum::<usize>()
    }

    fn failed(outcome: &Self::Outcome) -> bool {
        match outcome {
            wit_io::Outcome::Http(outcome) => outcome.is_err(),
            wit_io::Outcome::File(outcome) => outcome.is_err(),
        }
    }

    fn told(outcome: &Self::Outcome) -> bool {
        match outcome {
            wit_io::Outcome::Http(outcome) => http::told(outcome),
            wit_io::Outcome::File(outcome) => outcome.is_ok(),
        }
    }
}

fn weight(outcome: &wit_io::Outcome) -> usize {
    match outcome {
        wit_io::Outcome::Http(outcome) => http::weight(outcome),
        wit_io::Outcome::File(outcome) => files::weight(outcome),
    }
}

/// Performs what one operation asks for.
struct Hands<'a> {
    connector: &'a Connector,
    operation: &'a Operation<'a>,
    scratch: &'a Scratch,
}

impl Hands<'_> {
    fn means(&self) -> http::Means<'_> {
        http::Means { now: self.operation.call.now.seconds, permitted: None, scratch: self.scratch }
    }

    fn refuse(&self, code: &str, message: impl Into<String>) -> PluginError {
        self.connector.guest.error(PluginErrorKind::Forbidden, code, message)
    }
}

impl Performer<Io> for Hands<'_> {
    fn commits(&self, ask: &Ask<wit_io::Effect>) -> Result<bool, PluginError> {
        let reads = match (&ask.effect, self.operation.rights) {
            _ if ask.commits => false,
            // An importer's interface only reads: its search by POST is a search.
            (wit_io::Effect::Http(_), Rights::Read) => true,
            (wit_io::Effect::Http(request), _) => self.connector.http.reads(request),
            (wit_io::Effect::File(request), _) => files::is_read(request),
        };
        match (&ask.effect, self.operation.rights) {
            (_, Rights::Commit(_)) => Ok(!reads),
            _ if reads => Ok(false),
            (wit_io::Effect::File(_), Rights::Read) => Ok(true),
            (wit_io::Effect::Http(_), Rights::Read) => Err(self.refuse(
                "importer-commits",
                format!("`{}` reads; it may not ask for an HTTP effect that commits", self.operation.function),
            )),
            (_, Rights::Query) => Err(self.refuse(
                "query-commits",
                "`query` reads; it may not ask for an effect that commits (an API that is read by POST says so in \
                 the manifest: post_reads = true under its [[http]] origin)",
            )),
        }
    }

    fn read(&self, effect: wit_io::Effect, until: Instant) -> wit_io::Outcome {
        match effect {
            wit_io::Effect::Http(request) => {
                wit_io::Outcome::Http(self.connector.http.read(&request, &self.means(), until))
            }
            wit_io::Effect::File(request) if files::source(&request) == SCRATCH => {
                wit_io::Outcome::File(self.scratch.perform(&request, self.connector.files.range_bytes()))
            }
            wit_io::Effect::File(request) => wit_io::Outcome::File(self.connector.files.perform(request)),
        }
    }

    fn commit(
        &self,
        effect: wit_io::Effect,
        number: u32,
        until: Instant,
    ) -> Result<(wit_io::Outcome, Fact), PluginError> {
        let Rights::Commit(journal) = self.operation.rights else {
            // Archiving is the same done once or twice, and the operator's own folder shows which: no journal.
            let outcome = self.read(effect, until);
            let fact = if Io::failed(&outcome) { Fact::NotSent } else { Fact::Done };
            return Ok((outcome, fact));
        };
        let order = Commit { call: self.operation.call, journal, number, until };
        let done = match effect {
            wit_io::Effect::Http(request) => {
                commit::http(&order, &self.connector.http, &request, &self.means())
                    .map(|(outcome, fact)| (wit_io::Outcome::Http(outcome), fact))
            }
            wit_io::Effect::File(request) => {
                commit::file(&order, &self.connector.files, request, Filler { vault: None, permitted: None })
                    .map(|(outcome, fact)| (wit_io::Outcome::File(outcome), fact))
            }
        };
        done.map_err(|e| {
            self.connector.guest.error(PluginErrorKind::Unavailable, "journal", commit::unwritten(&e))
        })
    }
}
