//! Saves a block: candidates, contacts with their permits and jobs, judgements and the run's place, in one transaction.

use std::collections::BTreeMap;

use recaudo_store::action::{Action, ActionItem, Permit};
use recaudo_store::run::{Candidate, Phrase};
use recaudo_store::{Tx, action, run as runs};

use super::Running;
use super::block::{Account, Block};
use super::plan::{Contact, Fate, Left};
use crate::EngineError;
use crate::compose::content::{Content, ContentItem};
use crate::instant::micros;
use crate::messages::{Outcome, Reason};
use recaudo_core::strategy::NO_STEP;

/// What a block leaves behind.
#[derive(Default)]
struct Leaves {
    candidates: Vec<(Candidate, Option<Phrase>)>,
    actions: Vec<Action>,
    items: Vec<ActionItem>,
    permits: Vec<Permit>,
}

impl Running<'_> {
    pub(super) fn save(
        &mut self,
        block: &Block,
        contacts: &[Contact],
        left: Vec<Left>,
    ) -> Result<(), EngineError> {
        let at = micros(self.engine.clock.now());
        let mut leaves = Leaves::default();
        for left in left {
            let account = &block.accounts[left.account];
            let mut candidate = candidate(block, account, Outcome::Skipped, left.reason);
            candidate.detail = left.detail;
            leaves.candidates.push((candidate, left.phrase));
        }
        for contact in contacts {
            self.leave(block, contact, at, &mut leaves);
        }
        self.tally(&leaves);
        if self.dry_run {
            self.records.forget();
            self.list(block, contacts);
            return Ok(());
        }
        let engine = self.engine;
        engine.store.write(|tx| self.write(tx, block, leaves, at))
    }

    fn tally(&mut self, leaves: &Leaves) {
        for (candidate, phrase) in &leaves.candidates {
            let codes = (Outcome::from_number(candidate.outcome), Reason::from_number(candidate.reason));
            if let (Some(outcome), Some(reason)) = codes {
                self.count(outcome, reason, phrase.as_ref());
            }
        }
    }

    /// A contact as it is kept: permitted, an action; else only a candidate.
    fn leave(&self, block: &Block, contact: &Contact, at: i64, leaves: &mut Leaves) {
        let account = &block.accounts[contact.account];
        let step_id = Some(self.names.id(contact.strategy, contact.due.step));
        match &contact.fate {
            Fate::Permitted { at: contact_at, not_after } => {
                let place = i64::try_from(leaves.actions.len()).unwrap_or(i64::MAX);
                let mut candidate = candidate(block, account, Outcome::Permitted, Reason::Due);
                // A place in the block until the numbers are handed out.
                candidate.action_id = Some(place);
                candidate.step_id = step_id;
                let first = leaves.items.len();
                self.items(block, contact, place, &mut leaves.items);
                let count = leaves.items.len() - first;
                let action = self.action(block, contact, *contact_at, (place, first, count));
                let content = self.content(block, &action, contact, &leaves.items[first..]);
                leaves.permits.push(Permit {
                    action_id: place,
                    content_sha256: content,
                    issued_at: at,
                    not_before_at: *contact_at,
                    not_after_at: *not_after,
                });
                leaves.actions.push(action);
                let rule = contact.rule.clone();
                let phrase = Phrase { rule, source: String::new(), reason: String::new() };
                leaves.candidates.push((candidate, (!contact.rule.is_empty()).then_some(phrase)));
            }
            Fate::Left { outcome, reason, phrase, not_before } => {
                let mut candidate = candidate(block, account, *outcome, *reason);
                candidate.step_id = step_id;
                candidate.not_before_at = *not_before;
                leaves.candidates.push((candidate, phrase.clone()));
            }
            Fate::Open => {
                let mut candidate = candidate(block, account, Outcome::Refused, Reason::NoGate);
                candidate.step_id = step_id;
                leaves.candidates.push((candidate, None));
            }
        }
    }

    fn action(
        &self,
        block: &Block,
        contact: &Contact,
        contact_at: i64,
        (place, first, count): (i64, usize, usize),
    ) -> Action {
        let settings = &self.engine.settings;
        let account = &block.accounts[contact.account];
        let customer = &block.customers[account.customer];
        let step = &settings.strategies[contact.strategy].steps[contact.due.step];
        let locale = block.words.locales.get(customer.row.locale);
        let own = locale.get(..2).unwrap_or("");
        let language = settings.templates.language(&step.template, own, settings.language());
        let contact_id = customer.contact_for(contact.due.channel).map_or(0, |(id, _)| id);
        Action {
            id: place,
            run_id: self.run_id,
            customer_id: customer.row.id,
            creditor_id: account.creditor_id,
            contact_id,
            step_id: self.names.id(contact.strategy, contact.due.step),
            business_on: self.today.day,
            contact_at,
            amount_minor: contact.due.amount_minor,
            days_past_due: contact.due.days_past_due,
            priority: contact.priority,
            items_first: i64::try_from(first).unwrap_or(i64::MAX),
            items_count: i64::try_from(count).unwrap_or(i64::MAX),
            currency: account.currency,
            channel: contact.due.channel.code().into(),
            template: step.template.clone(),
            purpose: step.purpose.clone(),
            language: language.unwrap_or_else(|| settings.language()).into(),
        }
    }

    /// What the contact is about, then what is disputed: shown, and so part of what the permit binds.
    fn items(&self, block: &Block, contact: &Contact, action: i64, items: &mut Vec<ActionItem>) {
        let account = &block.accounts[contact.account];
        let customer_id = block.customers[account.customer].row.id;
        let entry = |item: &recaudo_store::portfolio::OpenItem, step_id: Option<i64>| ActionItem {
            action_id: action,
            customer_id,
            item_id: item.id,
            due_on: item.due_on,
            open_minor: item.open_minor,
            step_id,
        };
        for listed in &contact.due.items {
            let item = &block.items[account.items.start + listed.item];
            let step =
                (listed.step != NO_STEP).then(|| self.names.id(contact.strategy, usize::from(listed.step)));
            items.push(entry(item, step));
        }
        let disputed = block.items[account.items.clone()].iter().filter(|item| item.disputed);
        items.extend(disputed.map(|item| entry(item, None)));
    }

    fn content(&self, block: &Block, action: &Action, contact: &Contact, items: &[ActionItem]) -> [u8; 32] {
        let account = &block.accounts[contact.account];
        let customer = &block.customers[account.customer];
        let version = customer.contact_for(contact.due.channel).map_or(0, |(_, version)| version);
        let of_block = &block.items[account.items.clone()];
        let disputed = |id: i64| of_block.iter().any(|item| item.id == id && item.disputed);
        let items = items.iter().map(|item| ContentItem {
            item_id: item.item_id,
            due_on: item.due_on.0,
            open_minor: item.open_minor,
            disputed: disputed(item.item_id),
        });
        let items: Vec<ContentItem> = items.collect();
        Content::of(action, version, &items, &self.engine.settings.templates).sha256()
    }

    fn write(&mut self, tx: &Tx<'_>, block: &Block, mut leaves: Leaves, at: i64) -> Result<(), EngineError> {
        let tenant = self.engine.tenant;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let first_action = tx.ids("actions", count(leaves.actions.len()))?;
        let first_item = tx.ids("action_items", count(leaves.items.len()))?;
        for action in &mut leaves.actions {
            action.id += first_action;
            action.items_first += first_item;
        }
        leaves.items.iter_mut().for_each(|item| item.action_id += first_action);
        leaves.permits.iter_mut().for_each(|permit| permit.action_id += first_action);
        let mut phrases: BTreeMap<Phrase, i64> = BTreeMap::new();
        let mut candidates = Vec::with_capacity(leaves.candidates.len());
        for (mut candidate, phrase) in leaves.candidates {
            candidate.action_id = candidate.action_id.map(|place| place + first_action);
            if let Some(phrase) = phrase {
                candidate.phrase_id = Some(match phrases.get(&phrase) {
                    Some(id) => *id,
                    None => {
                        let id = runs::keep_phrase(tx, tenant, &phrase)?;
                        phrases.insert(phrase, id);
                        id
                    }
                });
            }
            candidates.push(candidate);
        }
        runs::insert_candidates(tx, tenant, self.run_id, &candidates)?;
        action::insert(tx, tenant, &leaves.actions, &leaves.items, &leaves.permits)?;
        self.records.keep(tx, tenant, self.run_id, at)?;
        runs::advance(tx, tenant, self.run_id, block.last_customer)?;
        Ok(())
    }
}

fn candidate(block: &Block, account: &Account, outcome: Outcome, reason: Reason) -> Candidate {
    Candidate {
        customer_id: block.customers[account.customer].row.id,
        creditor_id: account.creditor_id,
        currency: account.currency,
        segment: i64::try_from(account.segment).unwrap_or(i64::MAX),
        score_ppm: account.score_ppm,
        outcome: outcome.number(),
        reason: reason.number(),
        detail: None,
        step_id: None,
        phrase_id: None,
        not_before_at: None,
        action_id: None,
    }
}
