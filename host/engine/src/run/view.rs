//! What a run says of itself.

use std::collections::BTreeMap;

use recaudo_store::run as runs;
use recaudo_store::{Conn, StoreError};
use serde::Serialize;

use super::block::Block;
use super::plan::{Contact, Fate};
use super::{Running, Today};
use crate::dispatch::DispatchView;
use crate::messages::{Outcome, Reason};

/// How often something came of candidates, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonView {
    /// Code of [`Outcome`].
    pub outcome: &'static str,
    /// Code of [`Reason`].
    pub reason: &'static str,
    /// The rule of a gate or strategist, or the hold, where one spoke.
    pub rule: String,
    /// Where the rule stands: the legal text.
    pub source: String,
    /// The rule's own sentence.
    pub text: String,
    /// Candidates.
    pub count: u64,
}

/// A contact of a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactView {
    /// The customer's id in the ERP.
    pub customer: String,
    /// Name of the segment.
    pub segment: String,
    /// Name of the strategy.
    pub strategy: String,
    /// Name of the step.
    pub step: String,
    /// Code of the channel.
    pub channel: &'static str,
    /// Decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Code of [`Outcome`].
    pub outcome: &'static str,
    /// The rule that spoke, if one did.
    pub rule: String,
}

/// What a run did. Counts are accounts: a customer's debt to one creditor in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunView {
    /// The run's number; 0 for a dry run.
    pub run: i64,
    /// The business day.
    pub on: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Accounts with something open.
    pub candidates: u64,
    /// Contacts that strategies and strategist call for: permitted or refused.
    pub planned: u64,
    /// Contacts every gate permits.
    pub permitted: u64,
    /// Contacts a gate refuses.
    pub refused: u64,
    /// Messages that left.
    pub sent: u64,
    /// Messages a channel could not deliver.
    pub failed: u64,
    /// Permitted contacts that were not sent after all: paid, changed, on hold.
    pub cancelled: u64,
    /// Candidates without an action.
    pub skipped: u64,
    /// Contacts the strategist wants to wait with.
    pub waiting: u64,
    /// Contacts a person has to decide about.
    pub tasks: u64,
    /// Messages of which nobody knows whether they left.
    pub unknown: u64,
    /// Permitted contacts that wait for their hour.
    pub queued: u64,
    /// The built-in score stood in for the scorer.
    pub degraded: bool,
    /// Why, in numbers, the most frequent first.
    pub reasons: Vec<ReasonView>,
    /// The first contacts of a dry run.
    pub contacts: Vec<ContactView>,
    /// What a person should know: judges that failed.
    pub notes: Vec<String>,
    /// When contacts are proposed; the engine's own.
    #[serde(skip)]
    pub moment: chrono::DateTime<chrono::Utc>,
    #[serde(skip)]
    tally: Tally,
}

type Key = (Outcome, Reason, runs::Phrase);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tally(BTreeMap<Key, u64>);

/// Contacts a dry run lists.
const CONTACTS_MAX: usize = 1_000;
/// Notes kept.
const NOTES_MAX: usize = 20;

impl RunView {
    pub(super) fn new(run: i64, today: &Today, dry_run: bool) -> Self {
        Self {
            run,
            on: today.day.to_string(),
            dry_run,
            candidates: 0,
            planned: 0,
            permitted: 0,
            refused: 0,
            sent: 0,
            failed: 0,
            cancelled: 0,
            skipped: 0,
            waiting: 0,
            tasks: 0,
            unknown: 0,
            queued: 0,
            degraded: false,
            reasons: Vec::new(),
            contacts: Vec::new(),
            notes: Vec::new(),
            moment: today.moment,
            tally: Tally::default(),
        }
    }

    /// Notes something once.
    pub(super) fn note(&mut self, text: String) {
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Adds what came of the messages.
    pub(crate) fn add(&mut self, sent: &DispatchView) {
        self.sent = sent.sent;
        self.failed = sent.failed;
        self.cancelled = sent.cancelled;
        self.unknown = sent.unknown;
        self.queued = sent.queued;
    }

    /// What the audit trail keeps of it: numbers only.
    pub(super) fn audit_body(&self) -> String {
        serde_json::json!({
            "on": self.on, "candidates": self.candidates, "permitted": self.permitted, "refused": self.refused,
            "skipped": self.skipped, "waiting": self.waiting, "tasks": self.tasks,
        })
        .to_string()
    }

    /// Takes over the counts of the whole run: those of blocks before an interruption too.
    pub(super) fn set_counts(&mut self, counts: Vec<(Key, u64)>) {
        self.tally = Tally(counts.into_iter().collect());
    }

    /// Sums up.
    pub(super) fn close(&mut self) {
        let sum = |outcome: Outcome| -> u64 {
            self.tally.0.iter().filter(|((of, ..), _)| *of == outcome).map(|(_, count)| count).sum()
        };
        (self.permitted, self.refused) = (sum(Outcome::Permitted), sum(Outcome::Refused));
        (self.skipped, self.waiting) = (sum(Outcome::Skipped), sum(Outcome::Waiting));
        self.tasks = sum(Outcome::Task);
        self.planned = self.permitted + self.refused;
        self.candidates = self.tally.0.values().sum();
        let reasons = self.tally.0.iter().map(|((outcome, reason, phrase), count)| ReasonView {
            outcome: outcome.code(),
            reason: reason.code(),
            rule: phrase.rule.clone(),
            source: phrase.source.clone(),
            text: phrase.reason.clone(),
            count: *count,
        });
        self.reasons = reasons.collect();
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    }
}

/// What came of a run's candidates, by outcome, reason and phrase.
pub(super) fn counts(conn: &Conn<'_>, tenant: i64, run_id: i64) -> Result<Vec<(Key, u64)>, StoreError> {
    let mut counts = Vec::new();
    for count in runs::counts(conn, tenant, run_id)? {
        let (Some(outcome), Some(reason)) =
            (Outcome::from_number(count.outcome), Reason::from_number(count.reason))
        else {
            continue;
        };
        let phrase = match count.phrase_id {
            Some(id) => runs::phrase(conn, tenant, id)?,
            None => None,
        };
        counts.push(((outcome, reason, phrase.unwrap_or_else(no_phrase)), count.count.unsigned_abs()));
    }
    Ok(counts)
}

fn no_phrase() -> runs::Phrase {
    runs::Phrase { rule: String::new(), source: String::new(), reason: String::new() }
}

impl Running<'_> {
    /// Counts one candidate.
    pub(super) fn count(&mut self, outcome: Outcome, reason: Reason, phrase: Option<&runs::Phrase>) {
        let phrase = phrase.cloned().unwrap_or_else(no_phrase);
        *self.view.tally.0.entry((outcome, reason, phrase)).or_default() += 1;
    }

    /// Lists contacts of a rehearsal.
    pub(super) fn list(&mut self, block: &Block, contacts: &[Contact]) {
        let settings = &self.engine.settings;
        for contact in contacts.iter().take(CONTACTS_MAX.saturating_sub(self.view.contacts.len())) {
            let account = &block.accounts[contact.account];
            let strategy = &settings.strategies[contact.strategy];
            let (outcome, rule) = match &contact.fate {
                Fate::Permitted { .. } => (Outcome::Permitted, String::new()),
                Fate::Left { outcome, phrase, .. } => {
                    (*outcome, phrase.as_ref().map_or_else(String::new, |phrase| phrase.rule.clone()))
                }
                Fate::Open => (Outcome::Refused, String::new()),
            };
            self.view.contacts.push(ContactView {
                customer: block.customers[account.customer].row.external_id.clone(),
                segment: settings.segments.name(account.segment).unwrap_or_default().to_owned(),
                strategy: strategy.name.clone(),
                step: strategy.steps[contact.due.step].name.clone(),
                channel: contact.due.channel.code(),
                amount: account.currency.decimal(contact.due.amount_minor),
                currency: account.currency.code().to_owned(),
                outcome: outcome.code(),
                rule,
            });
        }
    }
}
