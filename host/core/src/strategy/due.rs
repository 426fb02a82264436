//! Which steps are due for an account today, and for each account where none is, the first reason why not.

use super::{Calendar, CatchUp, Per, Step, Strategy};
use crate::contact::{Channel, Channels};
use crate::day::Day;
use crate::hold::{self, Hold, Reason};
use crate::money::Currency;
use crate::segment::fields::{Account, Number, Text};

/// An open item as a strategy sees it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The host's number of it.
    pub id: i64,
    /// When it is or was due.
    pub due: Day,
    /// What is open, minor units; negative is a credit.
    pub open_minor: i64,
    /// In dispute: shown, never chased, never counted.
    pub disputed: bool,
    /// `invoice`, `debit-note`, ...
    pub kind: &'a str,
    /// Holds of the item, by their first day.
    pub holds: &'a [Hold],
    /// Steps of this strategy that were done for this due date, a bit each.
    pub done: u64,
    /// The furthest day of a step that was done under another strategy.
    pub passed_day: Option<i32>,
}

/// An account and what bears on contacting it.
#[derive(Debug)]
pub struct Subject<'a, 'b> {
    /// For conditions; item fields are set while they are asked.
    pub account: &'b mut Account<'a>,
    /// Its open items, by due date then id.
    pub items: &'b [Item<'a>],
    /// Holds of the customer, by their first day.
    pub holds: &'b [Hold],
    /// The last contact of the customer, by whatever strategy or person.
    pub last_contact: Option<Day>,
    /// Channels the customer has an address for and that did not fail.
    pub reachable: Channels,
}

/// In [`ListedItem::step`]: listed, but none of its steps is done by this contact.
pub const NO_STEP: u8 = u8::MAX;

/// An item a contact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedItem {
    /// Its place in the subject's items.
    pub item: usize,
    /// The step that is done for it, or [`NO_STEP`].
    pub step: u8,
}

/// A contact that a step calls for today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The step's place: the furthest of its items'.
    pub step: usize,
    /// The first channel of the step the customer can be reached by.
    pub channel: Channel,
    /// The place of the oldest item the step is done for: it gives the contact its key.
    pub lead: usize,
    /// What it is about, in the order of the subject's items.
    pub items: Vec<ListedItem>,
    /// Their sum, minor units.
    pub amount_minor: i64,
    /// Of the oldest item, negative before due.
    pub days_past_due: i32,
}

/// Why an account is not contacted, the nearest to a contact last: where items differ, the one that came nearest speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    /// Credits cover what is open.
    NothingOwed,
    /// No strategy serves the segment.
    NoStrategy,
    /// All that is open is disputed.
    Disputed,
    /// The customer is on hold.
    CustomerOnHold { reason: Reason, until: Option<Day> },
    /// What is open is on hold.
    ItemsOnHold { reason: Reason, until: Option<Day> },
    /// The first step is still to come.
    BeforeFirstStep { next: Day },
    /// All steps are done.
    Finished,
    /// What was reached is done; the next step is on a later day.
    AlreadyDone { next: Day },
    /// What was reached has lapsed or was passed over; the next step is on a later day, if any.
    Lapsed { next: Option<Day> },
    /// The step's condition does not hold.
    Condition { step: u8 },
    /// The amount is below the step's minimum.
    BelowMinimum { step: u8 },
    /// The step has no channel the customer can be reached by.
    NoChannel { step: u8 },
    /// The last contact is too recent.
    Quiet { step: u8, until: Day },
}

/// The contacts that are due today, pushed to `due`; where there is none, the reason.
pub fn due_steps(
    strategy: &Strategy,
    subject: &mut Subject<'_, '_>,
    today: Day,
    calendar: &Calendar,
    due: &mut Vec<Due>,
) -> Option<WhyNot> {
    if let Some(hold) = hold::in_force(subject.holds, today) {
        return Some(WhyNot::CustomerOnHold { reason: hold.reason, until: hold.until });
    }
    let owed: i64 = subject.items.iter().filter(|item| !item.disputed).map(|item| item.open_minor).sum();
    if owed <= 0 {
        let disputed = subject.items.iter().any(|item| item.disputed && item.open_minor > 0);
        return Some(if disputed { WhyNot::Disputed } else { WhyNot::NothingOwed });
    }
    let mut asking = Asking { strategy, today, calendar, nearest: WhyNot::NothingOwed };
    let wanted = asking.wanted(subject);
    let before = due.len();
    let mut contacted = false;
    for group in asking.groups(&wanted) {
        match asking.contact(subject, &group, contacted) {
            Ok(contact) => {
                contacted = true;
                due.push(contact);
            }
            Err(why_not) => asking.note(why_not),
        }
    }
    (due.len() == before).then_some(asking.nearest)
}

/// A step wanted for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Want {
    item: usize,
    step: u8,
}

/// Wants that make one contact.
struct Group {
    step: u8,
    wants: Vec<Want>,
}

struct Asking<'s> {
    strategy: &'s Strategy,
    today: Day,
    calendar: &'s Calendar,
    nearest: WhyNot,
}

impl Asking<'_> {
    fn note(&mut self, why_not: WhyNot) {
        self.nearest = self.nearest.max(why_not);
    }

    /// Steps wanted for each item, by item then step.
    fn wanted(&mut self, subject: &mut Subject<'_, '_>) -> Vec<Want> {
        let mut wants = Vec::new();
        let customer = self.customer_conditions(subject);
        for place in 0..subject.items.len() {
            let item = subject.items[place];
            if item.open_minor <= 0 {
                continue;
            }
            if item.disputed {
                self.note(WhyNot::Disputed);
            } else if let Some(hold) = hold::in_force(item.holds, self.today) {
                self.note(WhyNot::ItemsOnHold { reason: hold.reason, until: hold.until });
            } else {
                self.item_wants(subject, place, customer, &mut wants);
            }
        }
        wants
    }

    /// Which steps per customer have a condition that holds, a bit each.
    fn customer_conditions(&self, subject: &Subject<'_, '_>) -> u64 {
        let mut holds = 0;
        for (place, step) in self.strategy.steps.iter().enumerate() {
            let per_customer = step.per == Per::Customer;
            if per_customer && step.when.as_ref().is_none_or(|rule| rule.holds(subject.account)) {
                holds |= 1 << place;
            }
        }
        holds
    }

    fn item_wants(
        &mut self,
        subject: &mut Subject<'_, '_>,
        place: usize,
        customer: u64,
        wants: &mut Vec<Want>,
    ) {
        let item = subject.items[place];
        let furthest_done = 63_u32.checked_sub(item.done.leading_zeros());
        let mut why_not = WhyNot::Finished;
        let mut first_wanted: Option<u8> = None;
        let start = wants.len();
        for (number, step) in (0_u8..).zip(&self.strategy.steps) {
            let bit = 1_u64 << number;
            let Some(day) = self.day_of(step, &item, subject.holds) else {
                why_not = why_not.max(WhyNot::Lapsed { next: None });
                continue;
            };
            if day > self.today {
                why_not = self.before(day, number, item.done, why_not);
                break;
            }
            let in_order = self.strategy.catch_up != CatchUp::All;
            let passed = item.done & bit != 0
                || (in_order && furthest_done.is_some_and(|furthest| u32::from(number) < furthest))
                || item.passed_day.is_some_and(|passed| step.day <= passed);
            if passed {
                continue;
            }
            if step.is_before_due() && self.today > item.due.max(day) {
                // What lapsed before a later step was done explains nothing any more.
                if furthest_done.is_none_or(|furthest| furthest < u32::from(number)) {
                    why_not = why_not.max(WhyNot::Lapsed { next: None });
                }
                continue;
            }
            if !self.applies(subject, &item, step, customer & bit != 0) {
                why_not = why_not.max(WhyNot::Condition { step: number });
                continue;
            }
            match (self.strategy.catch_up, first_wanted) {
                (CatchUp::Next, Some(_)) => break,
                (CatchUp::Latest, Some(_)) => wants.truncate(start),
                (CatchUp::Latest | CatchUp::Next | CatchUp::All, _) => {}
            }
            first_wanted = Some(number);
            wants.push(Want { item: place, step: number });
        }
        if wants.len() == start {
            self.note(why_not);
        }
    }

    /// Why nothing is wanted when the next step is still to come on `day`.
    fn before(&self, day: Day, number: u8, done: u64, so_far: WhyNot) -> WhyNot {
        match so_far {
            WhyNot::Lapsed { .. } => WhyNot::Lapsed { next: Some(day) },
            WhyNot::Finished if number == 0 && done == 0 => WhyNot::BeforeFirstStep { next: day },
            WhyNot::Finished => WhyNot::AlreadyDone { next: day },
            other => other,
        }
    }

    /// The day a step falls on for an item; none when it fell into a hold that skips.
    fn day_of(&self, step: &Step, item: &Item<'_>, customer_holds: &[Hold]) -> Option<Day> {
        let day = item.due.plus(step.day);
        let day = if item.holds.is_empty() && customer_holds.is_empty() {
            day
        } else {
            hold::resumed_day(hold::resumed_day(day, customer_holds)?, item.holds)?
        };
        Some(self.calendar.roll(day, self.strategy.roll))
    }

    fn applies(&self, subject: &mut Subject<'_, '_>, item: &Item<'_>, step: &Step, customer: bool) -> bool {
        match (step.per, &step.when) {
            (Per::Customer, _) => customer,
            (Per::Invoice, None) => true,
            (Per::Invoice, Some(rule)) => {
                let account = &mut *subject.account;
                account.set(Number::ItemAmount, item.open_minor);
                account.set(Number::ItemDaysPastDue, i64::from(self.today.since(item.due)));
                rule.holds(&with_item_texts(account, item))
            }
        }
    }

    /// Wants that go out together: per invoice alone; per customer what is past due in one, what is still to come in
    /// another, and under `all` a contact a step. What is past due comes first, and the furthest step before others.
    fn groups(&self, wants: &[Want]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for want in wants {
            let step = &self.strategy.steps[usize::from(want.step)];
            let joined = groups.iter_mut().find(|group| {
                let other = &self.strategy.steps[usize::from(group.step)];
                let one_step = self.strategy.catch_up != CatchUp::All || group.step == want.step;
                step.per == Per::Customer
                    && other.per == Per::Customer
                    && one_step
                    && other.is_before_due() == step.is_before_due()
            });
            match joined {
                Some(group) => {
                    group.step = group.step.max(want.step);
                    group.wants.push(*want);
                }
                None => groups.push(Group { step: want.step, wants: vec![*want] }),
            }
        }
        let in_order = self.strategy.catch_up == CatchUp::All;
        groups.sort_by_key(|group| {
            let step = &self.strategy.steps[usize::from(group.step)];
            let place = i32::from(group.step);
            (step.is_before_due(), if in_order { place } else { -place }, group.wants[0].item)
        });
        groups
    }

    /// The contact of a group, or what still speaks against it.
    fn contact(
        &self,
        subject: &Subject<'_, '_>,
        group: &Group,
        contacted_today: bool,
    ) -> Result<Due, WhyNot> {
        let step = &self.strategy.steps[usize::from(group.step)];
        let items = self.listed(subject, step, group);
        let amount_minor = items.iter().map(|listed| subject.items[listed.item].open_minor).sum();
        if amount_minor <= 0 {
            return Err(WhyNot::NothingOwed);
        }
        if amount_minor < minimum(&step.minimum, subject.account.currency) {
            return Err(WhyNot::BelowMinimum { step: group.step });
        }
        let channel = step.channels.iter().copied().find(|channel| subject.reachable.has(*channel));
        let channel = channel.ok_or(WhyNot::NoChannel { step: group.step })?;
        let last = if contacted_today { Some(self.today) } else { subject.last_contact };
        if let Some(until) =
            last.map(|day| day.plus(i32::from(step.quiet_days))).filter(|day| *day > self.today)
        {
            return Err(WhyNot::Quiet { step: group.step, until });
        }
        let lead = group.wants[0].item;
        let days_past_due = self.today.since(subject.items[lead].due);
        Ok(Due { step: usize::from(group.step), channel, lead, items, amount_minor, days_past_due })
    }

    /// What a contact lists. Past due and per customer: all that is past due, and open credits; else what is wanted.
    fn listed(&self, subject: &Subject<'_, '_>, step: &Step, group: &Group) -> Vec<ListedItem> {
        let whole = step.per == Per::Customer && !step.is_before_due();
        if !whole {
            return group.wants.iter().map(|want| ListedItem { item: want.item, step: want.step }).collect();
        }
        let mut wants = group.wants.iter().peekable();
        let mut items = Vec::with_capacity(group.wants.len());
        for (place, item) in subject.items.iter().enumerate() {
            if let Some(want) = wants.next_if(|want| want.item == place) {
                items.push(ListedItem { item: place, step: want.step });
            } else if !item.disputed
                && hold::in_force(item.holds, self.today).is_none()
                && (item.open_minor < 0 || (item.open_minor > 0 && item.due < self.today))
            {
                items.push(ListedItem { item: place, step: NO_STEP });
            }
        }
        items
    }
}

/// The account as a rule about an item reads it.
fn with_item_texts<'a>(account: &Account<'a>, item: &Item<'a>) -> Account<'a> {
    let mut account = account.clone();
    account.set_text(Text::ItemKind, Some(item.kind));
    account
}

fn minimum(by_currency: &[(Currency, i64)], currency: Currency) -> i64 {
    by_currency.iter().find(|(other, _)| *other == currency).map_or(0, |(_, minor)| *minor)
}
