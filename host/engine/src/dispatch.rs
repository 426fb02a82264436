//! Sends what runs permitted: each message once, or not at all, or honestly unknown.
//!
//! Before a channel is called, the store says that this permit is used and this message is being sent; around the effect
//! itself stands the journal. So after a crash at any point it is known whether a message cannot have left (it is sent),
//! has left (it is not), or may have left: then it is `unknown`, listed, and never repeated unasked.

mod check;
mod recover;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use recaudo_core::contact::Channel;
use recaudo_ports::plugin::{Call, Message, Operation, Permit, PluginError, Receipt, ReceiptStatus};
use recaudo_store::action::{self, End, Kept};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::compose::{self, Rendered};
use crate::instant::{instant, micros};
use crate::journal::StoreJournal;
use crate::run::take_lock;
use crate::{Engine, EngineError, Progress};
use check::{Ready, Verdict};

/// What became of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DispatchView {
    /// Messages that left.
    pub sent: u64,
    /// Messages a channel could not deliver.
    pub failed: u64,
    /// Permitted contacts that were not sent after all.
    pub cancelled: u64,
    /// Messages of which nobody knows whether they left, of this and earlier times.
    pub unknown: u64,
    /// Permitted contacts that wait for their hour, or for a channel that asked to wait.
    pub queued: u64,
    /// Why contacts were cancelled or failed.
    pub reasons: Vec<EndView>,
}

/// How often contacts ended in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndView {
    /// `failed`, `cancelled`, `unknown`.
    pub state: String,
    /// A code, or a channel's own.
    pub reason: String,
    /// Contacts.
    pub count: u64,
}

/// A message of which nobody knows whether it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownView {
    /// The action's number.
    pub action: i64,
    /// The customer's number.
    pub customer: i64,
    /// Code of the channel.
    pub channel: String,
    /// Business day.
    pub on: String,
    /// A code.
    pub reason: String,
}

/// Sends what is due. One dispatch or run at a time.
///
/// # Errors
/// Another one is going on, or the store's. A channel's failure is an outcome, not an error.
pub fn dispatch(engine: &Engine, progress: &mut dyn Progress) -> Result<DispatchView, EngineError> {
    let _lock = take_lock(engine)?;
    send(engine, None, progress)
}

/// Messages of which nobody knows whether they left.
///
/// # Errors
/// The store's.
pub fn unknown(engine: &Engine) -> Result<Vec<UnknownView>, EngineError> {
    let kept = engine.store.read(|conn| action::in_state(conn, engine.tenant, "unknown", UNKNOWN_MAX))?;
    let view = |kept: Kept| UnknownView {
        action: kept.action.id,
        customer: kept.action.customer_id,
        channel: kept.action.channel,
        on: kept.action.business_on.to_string(),
        reason: kept.reason,
    };
    Ok(kept.into_iter().map(view).collect())
}

/// What a person found out about a message nobody knew the outcome of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It had left: it counts as a contact.
    Sent,
    /// It had not: its step is free again, and the next run may propose it anew.
    NotSent,
}

/// Ends an unknown message as a person found it to be. It is never sent again from here.
///
/// # Errors
/// Invalid `message` when it is not unknown, and the store's.
pub fn settle(engine: &Engine, message: i64, found: Found) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let kept = engine.store.read(|conn| action::in_state(conn, tenant, "unknown", UNKNOWN_MAX))?;
    let Some(kept) = kept.into_iter().find(|kept| kept.action.id == message) else {
        let detail = format!("message {message} is not among those with an unknown outcome");
        return Err(EngineError::Invalid { field: "message".into(), detail });
    };
    let (state, reason) = match found {
        Found::Sent => ("sent", ""),
        Found::NotSent => ("cancelled", "found-not-sent"),
    };
    let at = micros(engine.clock.now());
    let end = End { state, reason, provider_id: "", at };
    let subject = format!("message {message}");
    engine.store.write(|tx| {
        action::end(tx, tenant, &kept.action, &end)?;
        crate::audit::append(tx, tenant, at, ("message-found", &subject), state.as_bytes())
    })
}

/// Unknown messages that are listed or counted at most.
const UNKNOWN_MAX: i64 = 100_000;

/// Sends what is due at a moment: the wall clock's, or a rehearsed day's.
pub(crate) fn send(
    engine: &Engine,
    moment: Option<DateTime<Utc>>,
    progress: &mut dyn Progress,
) -> Result<DispatchView, EngineError> {
    recover::recover(engine)?;
    let mut sending = Sending { engine, moment, view: DispatchView::default() };
    let mut after = 0;
    progress.begin("dispatch", None);
    loop {
        let limit = i64::from(engine.settings.contacting.dispatch_batch);
        let now = micros(sending.now());
        let jobs = engine.store.read(|conn| action::due_jobs(conn, engine.tenant, now, after, limit))?;
        let Some((last, _)) = jobs.last() else { break };
        after = *last;
        for (_, action_id) in &jobs {
            sending.one(*action_id)?;
        }
        progress.advance(jobs.len() as u64);
    }
    sending.finish()
}

struct Sending<'e> {
    engine: &'e Engine,
    moment: Option<DateTime<Utc>>,
    view: DispatchView,
}

impl Sending<'_> {
    fn now(&self) -> DateTime<Utc> {
        self.moment.unwrap_or_else(|| self.engine.clock.now())
    }

    fn one(&mut self, action_id: i64) -> Result<(), EngineError> {
        let tenant = self.engine.tenant;
        let kept = self.engine.store.read(|conn| action::by_id(conn, tenant, action_id))?;
        let Some(kept) = kept.filter(|kept| kept.state == "queued") else { return Ok(()) };
        match check::check(self.engine, &kept, self.now())? {
            Verdict::Send(ready) => self.send(&kept, &ready),
            Verdict::Cancel(reason) => self.end(&kept, "cancelled", &reason, ""),
            Verdict::Wait(until) => {
                self.engine.store.write(|tx| action::put_off(tx, tenant, action_id, until))?;
                self.note("queued", "waits_for_its_hour")
            }
        }
    }

    fn send(&mut self, kept: &Kept, ready: &Ready) -> Result<(), EngineError> {
        let installation = Channel::from_code(&kept.action.channel)
            .and_then(|channel| self.engine.settings.installed.channels.get(&channel));
        let Some(installation) = installation else {
            return self.end(kept, "cancelled", "no_channel", "");
        };
        let channel = match self.engine.plugins.channel(installation) {
            Ok(channel) => channel,
            // The contact stays queued: it goes out when the plugin is there again.
            Err(error) => return self.note("queued", &error.code),
        };
        let message = self.message(kept, ready);
        let sha256 = digest(&ready.rendered);
        let at = micros(self.engine.clock.now());
        let tenant = self.engine.tenant;
        let action_id = kept.action.id;
        self.engine.store.write(|tx| action::begin_sending(tx, tenant, action_id, &sha256, at))?;
        let call = self.call(kept, &installation.config);
        let journal = StoreJournal::new(self.engine, action_id, kept.action.customer_id);
        match channel.send(&call, &message, &journal) {
            Ok(receipt) => self.received(kept, &receipt),
            Err(error) => self.failed(kept, &error),
        }
    }

    fn received(&mut self, kept: &Kept, receipt: &Receipt) -> Result<(), EngineError> {
        match receipt.status {
            ReceiptStatus::Accepted | ReceiptStatus::Delivered | ReceiptStatus::Read => {
                self.end(kept, "sent", "", &receipt.provider_id)
            }
            ReceiptStatus::Failed => {
                self.end(kept, "failed", or(&receipt.code, "failed"), &receipt.provider_id)
            }
            ReceiptStatus::NotAttempted => self.again(kept, or(&receipt.code, "not-attempted"), None),
            ReceiptStatus::Unknown => {
                self.end(kept, "unknown", or(&receipt.code, "unknown"), &receipt.provider_id)
            }
        }
    }

    fn failed(&mut self, kept: &Kept, error: &PluginError) -> Result<(), EngineError> {
        if error.may_have_committed {
            return self.end(kept, "unknown", &error.code, "");
        }
        self.again(kept, &error.code, error.retry_after_ms)
    }

    /// Nothing left: tried again later, a few times.
    fn again(&mut self, kept: &Kept, code: &str, after_ms: Option<u64>) -> Result<(), EngineError> {
        if kept.attempts + 1 >= ATTEMPTS_MAX {
            return self.end(kept, "failed", code, "");
        }
        let wait_us = after_ms.map_or(RETRY_US << kept.attempts.clamp(0, 10), |ms| {
            i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000)
        });
        let until = micros(self.now()).saturating_add(wait_us);
        let (tenant, id) = (self.engine.tenant, kept.action.id);
        self.engine.store.write(|tx| {
            action::requeue(tx, tenant, id)?;
            action::put_off(tx, tenant, id, until)
        })?;
        self.note("queued", code)
    }

    fn end(&mut self, kept: &Kept, state: &str, reason: &str, provider_id: &str) -> Result<(), EngineError> {
        let at = micros(self.engine.clock.now());
        let end = End { state, reason, provider_id, at };
        let tenant = self.engine.tenant;
        self.engine.store.write(|tx| action::end(tx, tenant, &kept.action, &end))?;
        match state {
            "sent" => self.view.sent += 1,
            "failed" => self.view.failed += 1,
            "cancelled" => self.view.cancelled += 1,
            _ => {}
        }
        if state == "sent" { Ok(()) } else { self.note(state, reason) }
    }

    fn note(&mut self, state: &str, reason: &str) -> Result<(), EngineError> {
        let known = self.view.reasons.iter_mut().find(|end| end.state == state && end.reason == reason);
        match known {
            Some(end) => end.count += 1,
            None => {
                self.view.reasons.push(EndView { state: state.into(), reason: reason.into(), count: 1 });
            }
        }
        Ok(())
    }

    fn message(&self, kept: &Kept, ready: &Ready) -> Message {
        Message {
            permit: Permit {
                id: format!("permit-{}", kept.permit_id),
                not_after: crate::run::from_micros(ready.not_after),
            },
            to: ready.to.clone(),
            sender: self.engine.settings.creditor.sender.clone(),
            subject: ready.rendered.subject.clone(),
            text: ready.rendered.text.clone(),
            html: Some(ready.rendered.html.clone()),
            template: Some(kept.action.template.clone()),
            variables: vec![self.way_out(&kept.action.language)],
            attachments: Vec::new(),
            purpose: kept.action.purpose.clone(),
        }
    }

    /// How the recipient leaves the list, for the channel's headers: as the text says it, by page, address or answer.
    fn way_out(&self, language: &str) -> (String, String) {
        let creditor = &self.engine.settings.creditor;
        let opt_out = creditor.opt_out.as_str();
        if opt_out.starts_with("https://") {
            return ("unsubscribe-url".into(), opt_out.to_owned());
        }
        if opt_out.contains('@') {
            return ("unsubscribe-mailto".into(), opt_out.to_owned());
        }
        let word = compose::opt_out_word(language);
        ("unsubscribe-mailto".into(), format!("{}?subject={word}", creditor.sender))
    }

    fn call(&self, kept: &Kept, config: &std::sync::Arc<[u8]>) -> Call {
        let now = self.now();
        let id = format!("action-{}", kept.action.id);
        let attempt = u32::try_from(kept.attempts + 1).unwrap_or(u32::MAX);
        Call {
            now: instant(now),
            business_day: kept.action.business_on.0,
            time_zone: self.engine.settings.creditor.time_zone.name().to_owned(),
            locale: kept.action.language.clone(),
            deadline: instant(now + chrono::TimeDelta::seconds(SEND_S)),
            entropy: crate::run::entropy(self.engine),
            trace_id: id.clone(),
            operation: Operation { idempotency_key: id.clone(), id, attempt },
            config: config.clone(),
        }
    }

    fn finish(mut self) -> Result<DispatchView, EngineError> {
        let (tenant, store) = (self.engine.tenant, &self.engine.store);
        self.view.unknown = store.read(|conn| action::count_in_state(conn, tenant, "unknown"))?;
        self.view.queued = store.read(|conn| action::count_queued(conn, tenant))?;
        let (sent, unknown) = (self.view.sent, self.view.unknown);
        if sent + self.view.failed + self.view.cancelled > 0 {
            let at = micros(self.engine.clock.now());
            let body = serde_json::json!({
                "sent": sent, "failed": self.view.failed, "cancelled": self.view.cancelled, "unknown": unknown,
            });
            store.write(|tx| {
                crate::audit::append(tx, tenant, at, ("dispatch", "messages"), body.to_string().as_bytes())
            })?;
        }
        Ok(self.view)
    }
}

/// An operation's time, seconds: as the contract's limit for connectors.
const SEND_S: i64 = 30;
/// Attempts at a message that certainly did not leave.
const ATTEMPTS_MAX: i64 = 5;
/// The first wait before another attempt, doubled each time: five minutes.
const RETRY_US: i64 = 5 * 60 * 1_000_000;

fn or<'a>(code: &'a str, otherwise: &'a str) -> &'a str {
    if code.is_empty() { otherwise } else { code }
}

/// Of the text as it goes out.
fn digest(rendered: &Rendered) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [&rendered.subject, &rendered.text, &rendered.html] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
