//! Channels: they send the permitted message, once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use recaudo_ports::documents::Documents;
use recaudo_ports::journal::{Journal, JournalError};
use recaudo_ports::plugin::{Call, Channel, Message, PluginError, PluginErrorKind, Receipt, ReceiptStatus};

use crate::effect::commit::{self, Commit};
use crate::effect::scratch::{SCRATCH, Scratch};
use crate::effect::slots::{Filler, PERMIT, Permitted};
use crate::effect::{files, http, mail};
use crate::exchange::{Ask, At, Exchange, Fact, Facts, Performer, Protocol, Step, Suspension};
use crate::guest::{Guest, Run, State};
use crate::registry::CHANNEL;
use crate::wit;
use crate::wit::effects::{files as wit_files, http::Slot};
use crate::wit::exports::messaging::channel as wit_channel;
use crate::wit::types::{call::Context, errors::Failure};

pub(crate) struct ChannelGuest {
    guest: Guest,
    functions: wit_channel::GuestIndices,
    effects: Effects,
}

/// What a channel may ask for.
pub(crate) struct Effects {
    pub(crate) files: files::Sources,
    pub(crate) http: http::Client,
    /// What messages attach.
    pub(crate) documents: Arc<dyn Documents>,
    /// None: mail is not declared, not granted, or the host has no route.
    pub(crate) mail: Result<mail::Mailer, &'static str>,
}

impl ChannelGuest {
    pub(crate) fn new(guest: Guest, effects: Effects) -> wasmtime::Result<Self> {
        let functions = wit_channel::GuestIndices::new(&guest.pre)?;
        Ok(Self { guest, functions, effects })
    }

    fn exchange(
        &self,
        (call, function, whole): (&Call, &'static str, Duration),
        sending: Option<(&Message, &dyn Journal)>,
        mut run: impl FnMut(
            &wit_channel::Guest,
            &mut wasmtime::Store<State>,
            &Context,
            &wit_channel::History,
        ) -> wasmtime::Result<Result<wit_channel::Step, Failure>>,
    ) -> Result<(Receipt, Facts), PluginError> {
        let context = wit::context(call);
        let scratch = Scratch::default();
        let documents = &*self.effects.documents;
        let permitted = sending.map(|(message, _)| Permitted { message, documents });
        let performer = Operation {
            channel: self,
            call,
            permitted: permitted.as_ref(),
            journal: sending.map(|(_, journal)| journal),
            permit_used: AtomicBool::new(false),
            scratch: &scratch,
        };
        Exchange::new(&self.guest, whole).run::<Carry, Receipt>(&performer, |history, at: &At| {
            let spec = Run::step(&self.guest, CHANNEL, (function, call), at);
            let outcome = self.guest.run(&spec, |store, instance| {
                let guest = self.functions.load(&mut *store, instance)?;
                run(&guest, store, &context, history)
            })?;
            outcome.map(step).map_err(|f| self.guest.failure(f))
        })
    }
}

impl Channel for ChannelGuest {
    fn send(&self, call: &Call, message: &Message, journal: &dyn Journal) -> Result<Receipt, PluginError> {
        let lent = wit_channel::Message::from(message);
        let (receipt, facts) = self.exchange(
            (call, "send", self.guest.limits.operation),
            Some((message, journal)),
            |guest, store, context, history| guest.call_send(store, context, &lent, history),
        )?;
        Ok(overrule(receipt, &facts, call.operation.attempt))
    }

    fn query(
        &self,
        call: &Call,
        operation_id: &str,
        provider_id: Option<&str>,
    ) -> Result<Receipt, PluginError> {
        let (receipt, _) = self.exchange(
            (call, "query", self.guest.limits.operation),
            None,
            |guest, store, context, history| {
                guest.call_query(store, context, operation_id, provider_id, history)
            },
        )?;
        Ok(receipt)
    }
}

/// The facts outrank the plugin's word: what may have left is never failed, and what never left is never accepted.
fn overrule(receipt: Receipt, facts: &Facts, attempt: u32) -> Receipt {
    let said_no = matches!(receipt.status, ReceiptStatus::Failed | ReceiptStatus::NotAttempted);
    let (status, code) = match facts.last {
        _ if facts.may_have_committed && said_no => (ReceiptStatus::Unknown, "overruled-may-have-left"),
        // On a later attempt a channel may have found, by reading, what an earlier one sent.
        None if !said_no && attempt == 1 && receipt.status != ReceiptStatus::Unknown => {
            (ReceiptStatus::NotAttempted, "overruled-nothing-sent")
        }
        Some(Fact::NotSent) if !said_no => (ReceiptStatus::NotAttempted, "overruled-nothing-sent"),
        Some(Fact::Refused) if !said_no => (ReceiptStatus::Failed, "overruled-refused"),
        Some(Fact::Unknown) if receipt.status != ReceiptStatus::Unknown => {
            (ReceiptStatus::Unknown, "overruled-may-have-left")
        }
        _ => return receipt,
    };
    Receipt { status, code: code.into(), ..receipt }
}

fn step(from: wit_channel::Step) -> Step<wit_channel::Effect, Receipt> {
    match from {
        wit_channel::Step::Done(receipt) => Step::Done(receipt.into()),
        wit_channel::Step::Pending(s) => {
            let asks = s
                .asks
                .into_iter()
                .map(|a| Ask { tag: a.tag, commits: a.commits, effect: a.effect })
                .collect();
            Step::Pending(Suspension { asks, drop: s.drop, memo: s.memo })
        }
    }
}

/// The channel's protocol.
struct Carry;

impl Protocol for Carry {
    type Effect = wit_channel::Effect;
    type Outcome = wit_channel::Outcome;
    type History = wit_channel::History;

    fn history() -> Self::History {
        wit_channel::History { memo: vec![], answers: vec![] }
    }

    fn answer(history: &mut Self::History, tag: u64, outcome: Self::Outcome) {
        history.answers.push(wit_channel::Answer { tag, outcome });
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
            wit_channel::Outcome::Http(outcome) => outcome.is_err(),
            wit_channel::Outcome::File(outcome) => outcome.is_err(),
            wit_channel::Outcome::Mail(receipt) => !receipt.accepted,
        }
    }

    fn told(outcome: &Self::Outcome) -> bool {
        match outcome {
            wit_channel::Outcome::Http(outcome) => http::told(outcome),
            wit_channel::Outcome::File(outcome) => outcome.is_ok(),
            wit_channel::Outcome::Mail(_) => false,
        }
    }
}

fn weight(outcome: &wit_channel::Outcome) -> usize {
    match outcome {
        wit_channel::Outcome::Http(outcome) => http::weight(outcome),
        wit_channel::Outcome::File(outcome) => files::weight(outcome),
        wit_channel::Outcome::Mail(receipt) => receipt.reply.len() + receipt.queue_id.len() + 64,
    }
}

/// One operation of a channel: sending with a permit, or asking without one.
struct Operation<'a> {
    channel: &'a ChannelGuest,
    call: &'a Call,
    permitted: Option<&'a Permitted<'a>>,
    journal: Option<&'a dyn Journal>,
    permit_used: AtomicBool,
    scratch: &'a Scratch,
}

impl Operation<'_> {
    fn refuse(&self, code: &str, message: impl Into<String>) -> PluginError {
        self.channel.guest.error(PluginErrorKind::Forbidden, code, message)
    }

    fn means(&self) -> http::Means<'_> {
        http::Means { now: self.call.now.seconds, permitted: self.permitted, scratch: self.scratch }
    }

    /// The permit is good for one effect that reaches a person. An upload before it, which carries documents of the
    /// message and nothing else of it, reaches nobody.
    fn use_permit(
        &self,
        permitted: &Permitted<'_>,
        slots: &[Slot],
        written: &[u8],
    ) -> Result<(), PluginError> {
        if self.call.now > permitted.message.permit.not_after {
            return Err(self.refuse("permit-expired", "the permit's time is over; nothing was sent"));
        }
        let mut bound = slots.iter().filter(|s| s.credential == PERMIT).map(|s| s.field.as_str()).peekable();
        if bound.peek().is_some() && bound.clone().all(|field| field.starts_with("document")) {
            return Ok(());
        }
        if bound.clone().filter(|field| *field == "to").count() != 1 {
            let message = "the recipient must come through one slot `to` of the permit; nothing was sent";
            return Err(self.refuse("permit-mismatch", message));
        }
        let content = |field: &str| {
            matches!(field, "text" | "html" | "subject")
                || field.starts_with("var:")
                || field.starts_with("document")
        };
        let template = permitted.message.template.as_ref().filter(|t| !t.is_empty());
        let named = template.is_some_and(|t| memchr::memmem::find(written, t.as_bytes()).is_some());
        if !named && !bound.any(content) {
            let message =
                "the content must come through slots of the permit, or be its template; nothing was sent";
            return Err(self.refuse("permit-mismatch", message));
        }
        self.once()
    }

    fn once(&self) -> Result<(), PluginError> {
        if self.permit_used.swap(true, Ordering::SeqCst) {
            return Err(
                self.refuse("permit-used", "the permit was used by an earlier effect of this operation")
            );
        }
        Ok(())
    }

    fn unwritten(&self, error: &JournalError) -> PluginError {
        self.channel.guest.error(PluginErrorKind::Unavailable, "journal", commit::unwritten(error))
    }
}

impl Performer<Carry> for Operation<'_> {
    fn commits(&self, ask: &Ask<wit_channel::Effect>) -> Result<bool, PluginError> {
        let commits = match &ask.effect {
            wit_channel::Effect::Mail(_) => true,
            wit_channel::Effect::Http(request) => ask.commits || !self.channel.effects.http.reads(request),
            wit_channel::Effect::File(request) => ask.commits || !files::is_read(request),
        };
        if commits && self.journal.is_none() {
            return Err(
                self.refuse("query-commits", "`query` reads; it may not ask for an effect that commits")
            );
        }
        let slots = match &ask.effect {
            wit_channel::Effect::Http(request) => &request.slots[..],
            _ => &[],
        };
        // Otherwise a message could go out as a question.
        if !commits && slots.iter().any(|s| s.credential == PERMIT) {
            return Err(self.refuse("permit-mismatch", "a read may not carry what the permit binds"));
        }
        Ok(commits)
    }

    fn read(&self, effect: wit_channel::Effect, until: Instant) -> wit_channel::Outcome {
        match effect {
            wit_channel::Effect::Http(request) => {
                wit_channel::Outcome::Http(self.channel.effects.http.read(&request, &self.means(), until))
            }
            wit_channel::Effect::File(request) if files::source(&request) == SCRATCH => {
                let range_bytes = self.channel.effects.files.range_bytes();
                wit_channel::Outcome::File(self.scratch.perform(&request, range_bytes))
            }
            wit_channel::Effect::File(request) => {
                wit_channel::Outcome::File(self.channel.effects.files.perform(request))
            }
            // `commits` calls every mail a commit.
            wit_channel::Effect::Mail(_) => unreachable!("a mail is never a read"),
        }
    }

    fn commit(
        &self,
        effect: wit_channel::Effect,
        number: u32,
        until: Instant,
    ) -> Result<(wit_channel::Outcome, Fact), PluginError> {
        let (Some(permitted), Some(journal)) = (self.permitted, self.journal) else {
            return Err(self.refuse("query-commits", "nothing is permitted in this operation"));
        };
        let order = Commit { call: self.call, journal, number, until };
        match effect {
            wit_channel::Effect::Mail(mail) => {
                self.once()?;
                let mailer = self
                    .channel
                    .effects
                    .mail
                    .as_ref()
                    .map_err(|why| self.refuse("mail-not-granted", *why))?;
                let order = mail::Order { call: self.call, permitted, journal, number, until };
                match mailer.send(&order, &mail) {
                    Ok((receipt, fact)) => Ok((wit_channel::Outcome::Mail(receipt), fact)),
                    Err(refusal) => Err(self.refuse(refusal.code, refusal.message)),
                }
            }
            wit_channel::Effect::Http(request) => {
                self.use_permit(permitted, &request.slots, &request.body)?;
                let done = commit::http(&order, &self.channel.effects.http, &request, &self.means());
                let (outcome, fact) = done.map_err(|e| self.unwritten(&e))?;
                Ok((wit_channel::Outcome::Http(outcome), fact))
            }
            wit_channel::Effect::File(request) => {
                let filler = Filler { vault: None, permitted: Some(permitted) };
                if let wit_files::Request::Write(placement) = &request {
                    self.use_permit(permitted, &placement.slots, &placement.bytes)?;
                }
                let done = commit::file(&order, &self.channel.effects.files, request, filler);
                let (answer, fact) = done.map_err(|e| self.unwritten(&e))?;
                Ok((wit_channel::Outcome::File(answer), fact))
            }
        }
    }
}
