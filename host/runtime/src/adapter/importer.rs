//! Importers: they read files and HTTP.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use recaudo_ports::plugin::{Call, Feed, Importer, Page, PluginError, PluginErrorKind, PullRequest};

use crate::effect::{files, http};
use crate::exchange::{Ask, At, Exchange, Fact, Performer, Protocol, Step, Suspension};
use crate::guest::{Guest, Run, State};
use crate::registry::IMPORTER;
use crate::wit;
use crate::wit::effects::files as wit_files;
use crate::wit::exports::erp::importer as wit_importer;
use crate::wit::types::{call::Context, errors::Failure};

pub(crate) struct ImporterGuest {
    guest: Guest,
    functions: wit_importer::GuestIndices,
    effects: Effects,
}

/// What an importer may ask for.
pub(crate) struct Effects {
    pub(crate) plugin: String,
    pub(crate) files: files::Sources,
    pub(crate) http: http::Client,
}

impl ImporterGuest {
    pub(crate) fn new(guest: Guest, effects: Effects) -> wasmtime::Result<Self> {
        let functions = wit_importer::GuestIndices::new(&guest.pre)?;
        Ok(Self { guest, functions, effects })
    }

    fn exchange<T, S>(
        &self,
        (call, function, whole): (&Call, &'static str, Duration),
        mut run: impl FnMut(
            &wit_importer::Guest,
            &mut wasmtime::Store<State>,
            &Context,
            &wit_importer::History,
        ) -> wasmtime::Result<Result<S, Failure>>,
        step: impl Fn(S) -> Step<wit_importer::Effect, T>,
    ) -> Result<T, PluginError> {
        let context = wit::context(call);
        let exchange = Exchange::new(&self.guest, whole);
        let (done, _) = exchange.run::<Import, T>(&self.effects, |history, at: &At| {
            let spec = Run::step(&self.guest, IMPORTER, (function, call), at);
            let outcome = self.guest.run(&spec, |store, instance| {
                let guest = self.functions.load(&mut *store, instance)?;
                run(&guest, store, &context, history)
            })?;
            outcome.map(&step).map_err(|f| self.guest.failure(f))
        })?;
        Ok(done)
    }
}

impl Importer for ImporterGuest {
    fn check(&self, call: &Call) -> Result<String, PluginError> {
        self.exchange(
            (call, "check", self.guest.limits.operation),
            |guest, store, context, history| guest.call_check(store, context, history),
            |step| match step {
                wit_importer::CheckStep::Ok(found) => Step::Done(found),
                wit_importer::CheckStep::Pending(s) => Step::Pending(suspension(s)),
            },
        )
    }

    fn discover(&self, call: &Call) -> Result<Vec<Feed>, PluginError> {
        self.exchange(
            (call, "discover", self.guest.limits.operation),
            |guest, store, context, history| guest.call_discover(store, context, history),
            |step| match step {
                wit_importer::DiscoverStep::Feeds(feeds) => {
                    Step::Done(feeds.into_iter().map(Into::into).collect())
                }
                wit_importer::DiscoverStep::Pending(s) => Step::Pending(suspension(s)),
            },
        )
    }

    fn pull(&self, call: &Call, request: &PullRequest) -> Result<Page, PluginError> {
        let request = wit_importer::PullRequest::from(request);
        let page = self.exchange(
            (call, "pull", self.guest.limits.page),
            |guest, store, context, history| guest.call_pull(store, context, &request, history),
            |step| match step {
                wit_importer::PullStep::Page(page) => Step::Done(page),
                wit_importer::PullStep::Pending(s) => Step::Pending(suspension(s)),
            },
        )?;
        if !page.rows.extras.is_empty() {
            let message =
                "it brings `extras`, which this host cannot keep yet; nothing of the page was taken";
            return Err(self.guest.error(PluginErrorKind::Unsupported, "extras-unsupported", message));
        }
        if page.checkpoint.bytes.len() > self.guest.limits.checkpoint_bytes {
            let message = format!(
                "its checkpoint has {} bytes; {} are allowed",
                page.checkpoint.bytes.len(),
                self.guest.limits.checkpoint_bytes
            );
            return Err(self.guest.error(PluginErrorKind::Internal, "checkpoint-too-large", message));
        }
        Ok(page.into())
    }
}

fn suspension(from: wit_importer::Suspension) -> Suspension<wit_importer::Effect> {
    let asks =
        from.asks.into_iter().map(|a| Ask { tag: a.tag, commits: a.commits, effect: a.effect }).collect();
    Suspension { asks, drop: from.drop, memo: from.memo }
}

/// The importer's protocol.
struct Import;

impl Protocol for Import {
    type Effect = wit_importer::Effect;
    type Outcome = wit_importer::Outcome;
    type History = wit_importer::History;

    fn history() -> Self::History {
        wit_importer::History { memo: vec![], answers: vec![] }
    }

    fn answer(history: &mut Self::History, tag: u64, outcome: Self::Outcome) {
        history.answers.push(wit_importer::Answer { tag, outcome });
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
            wit_importer::Outcome::Http(outcome) => outcome.is_err(),
            wit_importer::Outcome::File(outcome) => outcome.is_err(),
        }
    }
}

fn weight(outcome: &wit_importer::Outcome) -> usize {
    match outcome {
        wit_importer::Outcome::Http(outcome) => http::weight(outcome),
        wit_importer::Outcome::File(outcome) => files::weight(outcome),
    }
}

impl Performer<Import> for Effects {
    fn commits(&self, ask: &Ask<wit_importer::Effect>) -> Result<bool, PluginError> {
        match &ask.effect {
            wit_importer::Effect::Http(_) if ask.commits => Err(PluginError {
                plugin: self.plugin.clone(),
                kind: PluginErrorKind::Forbidden,
                code: "importer-commits".into(),
                message: "an importer reads; it may not ask for an HTTP effect that commits".into(),
                may_have_committed: false,
                retry_after_ms: None,
            }),
            wit_importer::Effect::Http(_) => Ok(false),
            wit_importer::Effect::File(wit_files::Request::Archive(_) | wit_files::Request::Write(_)) => {
                Ok(true)
            }
            wit_importer::Effect::File(_) => Ok(false),
        }
    }

    fn read(&self, effect: wit_importer::Effect, until: Instant) -> wit_importer::Outcome {
        match effect {
            wit_importer::Effect::Http(request) => {
                wit_importer::Outcome::Http(self.http.read(&request, until))
            }
            wit_importer::Effect::File(request) => wit_importer::Outcome::File(self.files.perform(request)),
        }
    }

    /// Archiving and writing are the same done once or twice, and the operator's own folder shows which: no journal.
    fn commit(
        &self,
        effect: wit_importer::Effect,
        _: u32,
        until: Instant,
    ) -> Result<(wit_importer::Outcome, Fact), PluginError> {
        let outcome = self.read(effect, until);
        let fact = if Import::failed(&outcome) { Fact::NotSent } else { Fact::Done };
        Ok((outcome, fact))
    }
}
