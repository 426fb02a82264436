//! The call as a plugin sees it: straight code over the suspend-and-re-run protocol.

use std::collections::{BTreeMap, BTreeSet};

use crate::ability::{Past, Wanted};
use crate::bindings::types::recaudo::effects::{files, http};
use crate::bindings::types::recaudo::types::{call, errors};
use crate::memo::Memo;
use crate::tag::{Asked, Hasher};
use crate::{Ability, Ask, Date, Fail, messaging};

/// Why a function returned early: it waits for effects, or it failed.
///
/// `?` carries both; a plugin never looks inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// The asks are in the context; the host performs them and calls again.
    Suspended,
    /// The operation failed, with what a person can act on.
    Failed(errors::Failure),
}

impl From<errors::Failure> for Stop {
    fn from(failure: errors::Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Everything the host hands to a call, and the effects asked so far.
pub struct Ctx<A: Ability> {
    call: call::Context,
    answers: BTreeMap<u64, A::Outcome>,
    /// How often each request was asked in the current scope.
    asked: BTreeMap<u64, u64>,
    /// Tags of answers the function has looked up in this run.
    used: BTreeSet<u64>,
    asks: Vec<Ask<A::Effect>>,
    drop: Vec<u64>,
    memo: Memo,
    broken: bool,
}

impl<A: Ability> Ctx<A> {
    /// A context from the host's arguments; plugins are handed one.
    #[doc(hidden)]
    pub fn new(call: call::Context, past: Past<A::Outcome>) -> Self {
        let (memo, broken) = match Memo::read(&past.memo) {
            Some(memo) => (memo, false),
            None => (Memo::default(), true),
        };
        Self {
            call,
            answers: past.answers.into_iter().collect(),
            asked: BTreeMap::new(),
            used: BTreeSet::new(),
            asks: vec![],
            drop: vec![],
            memo,
            broken,
        }
    }

    /// The call's own facts: time, zone, locale, entropy, operation.
    pub fn call(&self) -> &call::Context {
        &self.call
    }

    /// The plugin's configuration: JSON the host has checked against the manifest's schema.
    pub fn config(&self) -> &[u8] {
        &self.call.config
    }

    /// The configuration as a type.
    ///
    /// # Errors
    /// `invalid-config`, naming the key that does not fit.
    #[cfg(feature = "json")]
    pub fn config_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, errors::Failure> {
        crate::config::read(&self.call.config)
    }

    /// Today in the creditor's zone.
    pub fn business_day(&self) -> Date {
        Date::from_epoch_day(self.call.business_day)
    }

    /// The answer to `effect`, or a suspension until the host has it.
    ///
    /// # Errors
    /// [`Stop::Suspended`] while the answer is not there yet.
    pub fn perform(&mut self, effect: A::Effect, commits: bool) -> Result<A::Outcome, Stop> {
        let tag = self.tag_of(&effect);
        if let Some(outcome) = self.answers.get(&tag) {
            self.used.insert(tag);
            return Ok(outcome.clone());
        }
        self.asks.push(Ask { tag, commits, effect });
        Err(Stop::Suspended)
    }

    /// The answers to several reads at once, in the order of the effects; the host may perform them side by
    /// side.
    ///
    /// # Errors
    /// [`Stop::Suspended`] while any answer is missing.
    pub fn perform_all(&mut self, effects: Vec<A::Effect>) -> Result<Vec<A::Outcome>, Stop> {
        let mut outcomes = Vec::with_capacity(effects.len());
        for effect in effects {
            let tag = self.tag_of(&effect);
            if let Some(outcome) = self.answers.get(&tag) {
                self.used.insert(tag);
                outcomes.push(outcome.clone());
            } else {
                self.asks.push(Ask { tag, commits: false, effect });
            }
        }
        if self.asks.is_empty() { Ok(outcomes) } else { Err(Stop::Suspended) }
    }

    /// A result kept over re-runs: `work` runs until it succeeds once; from the next run on its bytes come
    /// from the memo, and the answers it read are let go. Several steps may follow one another; they are told
    /// apart by their order, so call them unconditionally and pass their errors on with `?`. A step inside a
    /// step is refused.
    ///
    /// # Errors
    /// What `work` stops with.
    pub fn step(&mut self, work: impl FnOnce(&mut Self) -> Result<Vec<u8>, Stop>) -> Result<Vec<u8>, Stop> {
        if !self.memo.begin() {
            return Err(
                Fail::new(errors::Kind::Internal, "nested-step", "a step was begun inside a step").into()
            );
        }
        let bytes = match self.memo.kept() {
            Some(bytes) => bytes,
            None => self.work(work)?,
        };
        self.memo.end();
        Ok(bytes)
    }

    fn work(&mut self, work: impl FnOnce(&mut Self) -> Result<Vec<u8>, Stop>) -> Result<Vec<u8>, Stop> {
        let before = core::mem::take(&mut self.used);
        let result = work(self);
        let inside = core::mem::replace(&mut self.used, before);
        if let Ok(bytes) = &result {
            self.drop.extend(&inside);
            self.memo.keep(bytes);
        }
        self.used.extend(inside);
        result
    }

    /// What the host is told at the end of a run.
    ///
    /// # Errors
    /// `diverged` when the host handed back an answer this run did not ask for, or a memo it cannot have
    /// written: the function is no longer the one that asked.
    #[doc(hidden)]
    pub fn settle(self) -> Result<Wanted<A::Effect>, errors::Failure> {
        if self.broken || self.answers.keys().any(|tag| !self.used.contains(tag)) {
            return Err(Fail::diverged());
        }
        Ok(Wanted { asks: self.asks, drop: self.drop, memo: self.memo.bytes() })
    }

    fn tag_of(&mut self, effect: &A::Effect) -> u64 {
        let mut hasher = Hasher::new();
        effect.feed(&mut hasher);
        // Requests are counted anew in each scope, so that a step skipped on a re-run changes no later tag.
        hasher.number(self.memo.scope());
        let count = self.asked.entry(hasher.finish()).or_insert(0);
        *count += 1;
        let nth = *count;
        hasher.number(nth);
        hasher.finish()
    }
}

impl<A: Ability<Effect: From<http::Request>, Outcome: Into<Option<http::Outcome>>>> Ctx<A> {
    /// Reads over HTTP.
    ///
    /// # Errors
    /// Suspends until answered; no answer becomes a failure ([`Fail::transport`]). Any status is an answer.
    pub fn fetch(&mut self, request: http::Request) -> Result<http::Response, Stop> {
        self.exchange(request, false)
    }

    /// An HTTP request that changes something outside: a charge, a message, a posting.
    ///
    /// # Errors
    /// As [`Ctx::fetch`].
    pub fn commit(&mut self, request: http::Request) -> Result<http::Response, Stop> {
        self.exchange(request, true)
    }

    fn exchange(&mut self, request: http::Request, commits: bool) -> Result<http::Response, Stop> {
        let outcome: Option<http::Outcome> = self.perform(request.into(), commits)?.into();
        match outcome {
            Some(Ok(response)) => Ok(response),
            Some(Err(failure)) => Err(Fail::transport(&failure).into()),
            None => Err(Fail::diverged().into()),
        }
    }
}

impl<A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>> Ctx<A> {
    /// One page of a source's listing.
    ///
    /// # Errors
    /// Suspends until answered; the source's failure otherwise.
    pub fn enumerate(&mut self, listing: files::Listing) -> Result<files::Listed, Stop> {
        match self.file(files::Request::Enumerate(listing), false)? {
            files::Response::Entries(listed) => Ok(listed),
            _ => Err(Fail::diverged().into()),
        }
    }

    /// A range of a file.
    ///
    /// # Errors
    /// As [`Ctx::enumerate`].
    pub fn read(&mut self, range: files::Range) -> Result<files::Chunk, Stop> {
        match self.file(files::Request::Read(range), false)? {
            files::Response::Chunk(chunk) => Ok(chunk),
            _ => Err(Fail::diverged().into()),
        }
    }

    /// Any file request, with its raw outcome turned into a failure.
    ///
    /// # Errors
    /// As [`Ctx::enumerate`].
    pub fn file(&mut self, request: files::Request, commits: bool) -> Result<files::Response, Stop> {
        let outcome: Option<files::Outcome> = self.perform(request.into(), commits)?.into();
        match outcome {
            Some(Ok(response)) => Ok(response),
            Some(Err(failure)) => Err(Fail::file(&failure).into()),
            None => Err(Fail::diverged().into()),
        }
    }
}

impl<A: Ability<Effect: From<messaging::Mail>, Outcome: Into<Option<messaging::MailReceipt>>>> Ctx<A> {
    /// Sends a mail; always a commit.
    ///
    /// # Errors
    /// Suspends until the host has spoken to the server.
    pub fn send_mail(&mut self, mail: messaging::Mail) -> Result<messaging::MailReceipt, Stop> {
        self.perform(mail.into(), true)?.into().ok_or_else(|| Fail::diverged().into())
    }
}
