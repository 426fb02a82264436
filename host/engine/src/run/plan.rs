//! Segments of a block's accounts, and the contacts their strategies call for.

use recaudo_core::contact::{Channel, Channels};
use recaudo_core::segment::fields::{Account as Facts, Flag, Number, Text};
use recaudo_core::strategy::{Due, Item, Strategy, Subject, WhyNot, due_steps};
use recaudo_store::portfolio::Done;
use recaudo_store::run::Phrase;

use super::Running;
use super::block::{Account, Block, Customer};
use crate::messages::{Outcome, Reason};

/// A contact a strategy calls for, on its way through strategist and gates.
#[derive(Debug)]
pub(super) struct Contact {
    /// Place of its account in the block.
    pub(super) account: usize,
    pub(super) strategy: usize,
    pub(super) due: Due,
    pub(super) priority: i32,
    /// The strategist's rule; empty without one.
    pub(super) rule: String,
    pub(super) fate: Fate,
}

/// An account nothing is due for, and why.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) account: usize,
    pub(super) reason: Reason,
    /// A day, as the reason says.
    pub(super) detail: Option<i64>,
    /// The hold's code, where one is the reason.
    pub(super) phrase: Option<Phrase>,
}

/// What became of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Not judged yet.
    Open,
    /// May go out at `at` until `not_after`; microseconds UTC.
    Permitted { at: i64, not_after: i64 },
    /// Will not go out today.
    Left { outcome: Outcome, reason: Reason, phrase: Option<Phrase>, not_before: Option<i64> },
}

impl Running<'_> {
    /// Puts each account into its segment.
    pub(super) fn segment(&self, block: &mut Block) {
        for place in 0..block.accounts.len() {
            let account = &block.accounts[place];
            let facts = self.facts(block, account);
            block.accounts[place].segment = self.engine.settings.segments.classify(&facts);
        }
    }

    /// Asks the strategies: the contacts they call for, and the accounts nothing is due for.
    pub(super) fn due(&self, block: &Block) -> (Vec<Contact>, Vec<Left>) {
        let mut contacts = Vec::new();
        let mut left = Vec::new();
        for (place, account) in block.accounts.iter().enumerate() {
            let why_not = match self.engine.settings.strategy_of[account.segment] {
                Some(strategy) => self.due_for(block, place, strategy, &mut contacts),
                None => Some((WhyNot::NoStrategy, None)),
            };
            if let Some((why_not, reason)) = why_not {
                left.push(Left::of(place, why_not, reason));
            }
        }
        (contacts, left)
    }

    fn due_for(
        &self,
        block: &Block,
        place: usize,
        strategy: usize,
        contacts: &mut Vec<Contact>,
    ) -> Option<(WhyNot, Option<Reason>)> {
        let account = &block.accounts[place];
        let customer = &block.customers[account.customer];
        let rules = &self.engine.settings.strategies[strategy];
        let mut facts = self.facts(block, account);
        facts.set_text(Text::Segment, self.engine.settings.segments.name(account.segment));
        let items: Vec<Item<'_>> =
            account.items.clone().map(|item| self.item(block, item, customer, strategy)).collect();
        let mut subject = Subject {
            account: &mut facts,
            items: &items,
            holds: &customer.holds,
            last_contact: customer.history.last,
            reachable: self.reachable(customer),
        };
        let mut due = Vec::new();
        let calendar = &self.engine.settings.contacting.calendar;
        let why_not = due_steps(rules, &mut subject, self.today.day, calendar, &mut due);
        contacts.extend(due.into_iter().map(|due| Contact {
            account: place,
            strategy,
            due,
            priority: 0,
            rule: String::new(),
            fate: Fate::Open,
        }));
        why_not.map(|why_not| (why_not, unreachable(rules, customer, why_not)))
    }

    fn item<'b>(&self, block: &'b Block, place: usize, customer: &'b Customer, strategy: usize) -> Item<'b> {
        let item = &block.items[place];
        let (done, passed_day) = self.progress(block.done_for(item), item.due_on, strategy);
        let holds = customer.item_holds.iter().find(|(id, _)| *id == item.id);
        Item {
            id: item.id,
            due: item.due_on,
            open_minor: item.open_minor,
            disputed: item.disputed,
            kind: block.item_kinds.get(item.kind),
            holds: holds.map_or(&[], |(_, holds)| holds.as_slice()),
            done,
            passed_day,
        }
    }

    /// Steps done for an item's due date: of this strategy a bit each, of others the furthest day.
    fn progress(&self, done: &[Done], due: recaudo_core::day::Day, strategy: usize) -> (u64, Option<i32>) {
        let (mut bits, mut passed) = (0, None);
        for done in done.iter().filter(|done| done.due_on == due) {
            let Some(step) = self.names.step(done.step_id) else { continue };
            if step.strategy == Some(strategy) {
                bits |= 1 << step.place;
            } else {
                passed = passed.max(Some(step.day));
            }
        }
        (bits, passed)
    }

    /// Channels a customer has an address for, that have a plugin, were not opted out of and did not fail.
    fn reachable(&self, customer: &Customer) -> Channels {
        Channel::ALL
            .into_iter()
            .filter(|channel| {
                self.installed.has(*channel)
                    && customer.contact_for(*channel).is_some()
                    && !customer.opted_out.has(*channel)
                    && !customer.failed.has(*channel)
            })
            .fold(Channels::NONE, Channels::with)
    }

    /// What rules read of an account.
    fn facts<'b>(&'b self, block: &'b Block, account: &'b Account) -> Facts<'b> {
        let customer = &block.customers[account.customer];
        let mut facts = Facts::new(account.currency);
        self.amounts(block, account, &mut facts);
        let known = &customer.known;
        let history = &known.history;
        let numbers = [
            (Number::LatePpm, account.score_ppm.map(i64::from)),
            (Number::LateRatePpm, history.late_rate_ppm(known.open.past_due_items)),
            (Number::SettledItems, Some(i64::from(history.settled_items))),
            (Number::DaysLateMean, history.days_late_mean_centi()),
            (Number::DaysToPayMean, history.days_to_pay_mean_centi()),
            (Number::RelationshipDays, history.relationship_days(self.today.day)),
            (Number::Contacts30d, Some(i64::from(customer.history.last_30_days))),
        ];
        for (number, value) in numbers {
            if let Some(value) = value {
                facts.set(number, value);
            }
        }
        let words = &block.words;
        let row = &customer.row;
        let creditor = self.creditors.iter().find(|creditor| creditor.id == account.creditor_id);
        let locale = words.locales.get(row.locale);
        facts.set_text(Text::Country, Some(words.countries.get(row.country)));
        facts.set_text(Text::Kind, Some(words.kinds.get(row.kind)));
        facts.set_text(Text::Language, locale.get(..2));
        facts.set_text(Text::Creditor, creditor.map(|creditor| creditor.external_id.as_str()));
        facts.set_text(Text::Customer, Some(&row.external_id));
        let region = customer.attributes.iter().find(|(key, _)| key == "region");
        facts.set_text(Text::Region, region.map(|(_, value)| value.as_str()));
        facts.set_flag(Flag::HasEmail, customer.email_contact.is_some());
        facts.set_flag(Flag::HasPhone, customer.phone_contact.is_some());
        facts.set_flag(Flag::ScoreDegraded, self.scorer.is_degraded());
        facts.attributes = &customer.attributes;
        facts
    }

    fn amounts<'b>(&self, block: &Block, account: &'b Account, facts: &mut Facts<'b>) {
        let (mut outstanding, mut past_due, mut disputed, mut largest) = (0_i64, 0_i64, 0_i64, 0_i64);
        let (mut open_items, mut past_due_items, mut disputed_items) = (0_i64, 0_i64, 0_i64);
        let mut oldest = None;
        for item in &block.items[account.items.clone()] {
            if item.disputed {
                disputed = disputed.saturating_add(item.open_minor);
                disputed_items += 1;
                continue;
            }
            outstanding = outstanding.saturating_add(item.open_minor);
            if item.open_minor <= 0 {
                continue;
            }
            open_items += 1;
            largest = largest.max(item.open_minor);
            let days = self.today.day.since(item.due_on);
            oldest = oldest.max(Some(i64::from(days)));
            if days > 0 {
                past_due = past_due.saturating_add(item.open_minor);
                past_due_items += 1;
            }
        }
        facts.set_text(Text::Currency, Some(account.currency.code()));
        for (number, value) in [
            (Number::Outstanding, outstanding),
            (Number::PastDue, past_due),
            (Number::NotDue, outstanding.saturating_sub(past_due)),
            (Number::Disputed, disputed),
            (Number::LargestItem, largest),
            (Number::OpenItems, open_items),
            (Number::PastDueItems, past_due_items),
            (Number::DisputedItems, disputed_items),
        ] {
            facts.set(number, value);
        }
        if let Some(oldest) = oldest {
            facts.set(Number::OldestDaysPastDue, oldest);
        }
    }
}

/// Why no channel reaches the customer, where that is the reason.
fn unreachable(strategy: &Strategy, customer: &Customer, why_not: WhyNot) -> Option<Reason> {
    let WhyNot::NoChannel { step } = why_not else { return None };
    let channels = &strategy.steps[usize::from(step)].channels;
    if channels.iter().any(|channel| customer.opted_out.has(*channel)) {
        return Some(Reason::OptedOut);
    }
    channels.iter().any(|channel| customer.failed.has(*channel)).then_some(Reason::ChannelFailed)
}

impl Left {
    fn of(account: usize, why_not: WhyNot, reason: Option<Reason>) -> Self {
        let (of_why_not, detail) = Reason::of(why_not);
        let hold = match why_not {
            WhyNot::CustomerOnHold { reason, .. } | WhyNot::ItemsOnHold { reason, .. } => Some(reason),
            _ => None,
        };
        let phrase = hold.map(|hold| Phrase {
            rule: hold.code().into(),
            source: String::new(),
            reason: String::new(),
        });
        Self { account, reason: reason.unwrap_or(of_why_not), detail, phrase }
    }
}
