//! Suspend and run again: the host performs what a guest asks for and calls it once more with every answer so far.
//!
//! Answers are found by tag. A tag is used once an operation; reads of a step may run side by side; with a commit among
//! them a step runs in order and stops at its first failure.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use recaudo_ports::plugin::{PluginError, PluginErrorKind};

use crate::guest::Guest;
use crate::limits::MIB;

/// The types of one interface's protocol.
pub(crate) trait Protocol {
    /// What may be asked.
    type Effect: Send;
    /// What comes back.
    type Outcome: Send;
    /// What a guest is handed.
    type History;

    /// Nothing asked yet.
    fn history() -> Self::History;
    /// Adds an answer.
    fn answer(history: &mut Self::History, tag: u64, outcome: Self::Outcome);
    /// Lets go of answers; the bytes they held.
    fn forget(history: &mut Self::History, tags: &BTreeSet<u64>);
    /// Replaces the memo; true when it changed.
    fn memo(history: &mut Self::History, memo: Vec<u8>) -> bool;
    /// Bytes a guest needs to hold all of it.
    fn weight(history: &Self::History) -> usize;
    /// Is this the failure at which a list with a commit stops?
    fn failed(outcome: &Self::Outcome) -> bool;
    /// As the answer to a read: did the far side say how things stand?
    fn told(outcome: &Self::Outcome) -> bool;
}

/// One wanted effect.
pub(crate) struct Ask<E> {
    pub(crate) tag: u64,
    pub(crate) commits: bool,
    pub(crate) effect: E,
}

/// "Perform these and call me again."
pub(crate) struct Suspension<E> {
    pub(crate) asks: Vec<Ask<E>>,
    pub(crate) drop: Vec<u64>,
    pub(crate) memo: Vec<u8>,
}

/// What a run ended with.
pub(crate) enum Step<E, T> {
    Pending(Suspension<E>),
    Done(T),
}

/// What is certain about a commit, whatever the plugin says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Nothing left.
    NotSent,
    /// The far side has it and said no.
    Refused,
    /// The far side said yes.
    Done,
    /// It left, and nobody knows.
    Unknown,
}

/// The facts of an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Some commit left and was not refused.
    pub(crate) may_have_committed: bool,
    /// The last commit's fact.
    pub(crate) last: Option<Fact>,
    /// The far side was asked after the last commit, and answered.
    pub(crate) read_since: bool,
}

/// Performs what is asked.
pub(crate) trait Performer<P: Protocol>: Sync {
    /// Does it change something outside, whatever the plugin claims? An error refuses the whole operation.
    fn commits(&self, ask: &Ask<P::Effect>) -> Result<bool, PluginError>;
    /// A read.
    fn read(&self, effect: P::Effect, until: Instant) -> P::Outcome;
    /// The operation's n-th commit. An error means that nothing left.
    fn commit(
        &self,
        effect: P::Effect,
        number: u32,
        until: Instant,
    ) -> Result<(P::Outcome, Fact), PluginError>;
}

/// One operation of one guest.
pub(crate) struct Exchange<'a> {
    guest: &'a Guest,
    until: Instant,
    whole: Duration,
    tags: BTreeSet<u64>,
    reads: u32,
    commits: u32,
    facts: Facts,
}

/// Where a run of the guest stands.
pub(crate) struct At {
    pub(crate) step: u32,
    pub(crate) bytes: usize,
    pub(crate) wall: Duration,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(guest: &'a Guest, whole: Duration) -> Self {
        Self {
            guest,
            until: Instant::now() + whole,
            whole,
            tags: BTreeSet::new(),
            reads: 0,
            commits: 0,
            facts: Facts::default(),
        }
    }

    /// Runs until the guest is done. The facts come back with a result as with an error.
    pub(crate) fn run<P: Protocol, T>(
        mut self,
        performer: &dyn Performer<P>,
        mut call: impl FnMut(&P::History, &At) -> Result<Step<P::Effect, T>, PluginError>,
    ) -> Result<(T, Facts), PluginError> {
        let guest = self.guest;
        let pass = guest.breaker.enter(&guest.plugin, &guest.limits)?;
        let result = match self.steps(performer, &mut call) {
            Ok(done) => Ok((done, self.facts)),
            Err(error) => Err(PluginError { may_have_committed: self.facts.may_have_committed, ..error }),
        };
        pass.ended(&result);
        result
    }

    fn steps<P: Protocol, T>(
        &mut self,
        performer: &dyn Performer<P>,
        call: &mut impl FnMut(&P::History, &At) -> Result<Step<P::Effect, T>, PluginError>,
    ) -> Result<T, PluginError> {
        let mut history = P::history();
        for step in 1_u32.. {
            let wall = self.remaining()?.min(self.guest.limits.step);
            let at = At { step, bytes: P::weight(&history), wall };
            let suspension = match call(&history, &at)? {
                Step::Done(done) => return Ok(done),
                Step::Pending(suspension) => suspension,
            };
            P::forget(&mut history, &suspension.drop.into_iter().collect());
            let remembered = P::memo(&mut history, suspension.memo);
            if suspension.asks.is_empty() && !remembered {
                return Err(self.diverged("it suspended without asking for anything new"));
            }
            // A changed memo alone is progress, but not for ever: it counts as a read.
            self.count_reads(u32::from(suspension.asks.is_empty()))?;
            self.perform::<P>(performer, suspension.asks, &mut history)?;
            self.weigh(P::weight(&history))?;
        }
        Err(self.diverged("it never ended"))
    }

    fn perform<P: Protocol>(
        &mut self,
        performer: &dyn Performer<P>,
        asks: Vec<Ask<P::Effect>>,
        history: &mut P::History,
    ) -> Result<(), PluginError> {
        let mut wanted = BTreeSet::new();
        for ask in &asks {
            if self.tags.contains(&ask.tag) || !wanted.insert(ask.tag) {
                return Err(self.diverged(&format!("it used tag {:016x} twice in one operation", ask.tag)));
            }
        }
        let mut kinds = Vec::with_capacity(asks.len());
        for ask in &asks {
            kinds.push(performer.commits(ask)?);
        }
        match kinds.iter().filter(|commits| **commits).count() {
            0 => self.side_by_side::<P>(performer, asks, history),
            1 => self.in_order::<P>(performer, asks.into_iter().zip(kinds), history),
            n => Err(self.diverged(&format!("it asked for {n} commits in one step; one is allowed"))),
        }
    }

    fn side_by_side<P: Protocol>(
        &mut self,
        performer: &dyn Performer<P>,
        mut asks: Vec<Ask<P::Effect>>,
        history: &mut P::History,
    ) -> Result<(), PluginError> {
        self.count_reads(u32::try_from(asks.len()).unwrap_or(u32::MAX))?;
        let until = self.until;
        while !asks.is_empty() {
            self.remaining()?;
            let rest = asks.split_off(asks.len().min(self.guest.limits.reads_abreast.max(1)));
            let some = std::mem::replace(&mut asks, rest);
            for (tag, outcome) in abreast::<P>(performer, some, until) {
                self.facts.read_since |= P::told(&outcome);
                self.tags.insert(tag);
                P::answer(history, tag, outcome);
            }
            self.weigh(P::weight(history))?;
        }
        Ok(())
    }

    fn in_order<P: Protocol>(
        &mut self,
        performer: &dyn Performer<P>,
        asks: impl Iterator<Item = (Ask<P::Effect>, bool)>,
        history: &mut P::History,
    ) -> Result<(), PluginError> {
        for (ask, commits) in asks {
            self.remaining()?;
            let outcome = if commits {
                self.commits += 1;
                if self.commits > self.guest.limits.commits_max {
                    return Err(self.too_many("commits", self.guest.limits.commits_max));
                }
                let (outcome, fact) = performer.commit(ask.effect, self.commits, self.until)?;
                self.facts.last = Some(fact);
                self.facts.read_since = false;
                self.facts.may_have_committed |= matches!(fact, Fact::Done | Fact::Unknown);
                outcome
            } else {
                self.count_reads(1)?;
                let outcome = performer.read(ask.effect, self.until);
                self.facts.read_since |= P::told(&outcome);
                outcome
            };
            let failed = P::failed(&outcome);
            self.tags.insert(ask.tag);
            P::answer(history, ask.tag, outcome);
            if failed {
                break;
            }
        }
        Ok(())
    }

    fn count_reads(&mut self, n: u32) -> Result<(), PluginError> {
        self.reads = self.reads.saturating_add(n);
        if self.reads > self.guest.limits.reads_max {
            return Err(self.too_many("reads", self.guest.limits.reads_max));
        }
        Ok(())
    }

    fn weigh(&self, bytes: usize) -> Result<(), PluginError> {
        let max = self.guest.memory_bytes / self.guest.limits.answers_part.max(1);
        if bytes <= max {
            return Ok(());
        }
        let message = format!(
            "it holds {} MiB of answers and may hold {} MiB; read smaller ranges, or let go of answers with `ctx.step`",
            bytes.div_ceil(MIB),
            max / MIB
        );
        Err(self.guest.error(PluginErrorKind::OutOfMemory, "answers-too-large", message))
    }

    fn remaining(&self) -> Result<Duration, PluginError> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let message = format!("the operation was not done after {} s", self.whole.as_secs());
            return Err(self.guest.error(PluginErrorKind::Deadline, "operation-deadline", message));
        }
        Ok(left)
    }

    fn diverged(&self, what: &str) -> PluginError {
        self.guest.error(PluginErrorKind::Diverged, "diverged", what)
    }

    fn too_many(&self, what: &str, max: u32) -> PluginError {
        let message = format!("it asked for more than {max} {what} in one operation");
        self.guest.error(PluginErrorKind::Diverged, &format!("too-many-{what}"), message)
    }
}

/// Reads at the same time; answers in the order asked.
fn abreast<P: Protocol>(
    performer: &dyn Performer<P>,
    mut asks: Vec<Ask<P::Effect>>,
    until: Instant,
) -> Vec<(u64, P::Outcome)> {
    if asks.len() == 1 {
        return asks.drain(..).map(|ask| (ask.tag, performer.read(ask.effect, until))).collect();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = asks
            .into_iter()
            .map(|ask| scope.spawn(move || (ask.tag, performer.read(ask.effect, until))))
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
