//! A customer on one day, or on the day before each of its documents.

use super::{ItemFacts, Known};
use crate::day::Day;

/// What happens to an item, in the order it counts within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Appears,
    FallsPastDue,
    Settles,
}

/// The customer of `items` (in any order) as known at the end of `on`.
pub fn known_on(items: &[ItemFacts], on: Day) -> Known {
    let mut known = Known::default();
    let mut settled: Vec<&ItemFacts> = Vec::new();
    for item in items.iter().filter(|item| item.issued_on <= on) {
        known.history.see(item);
        if item.is_open_on(on) {
            known.open.add(item.due_on, item.currency, item.amount_minor, on);
        } else {
            settled.push(item);
        }
    }
    settled.sort_by_key(|item| item.settlement_known_on());
    settled.into_iter().for_each(|item| known.history.settle(item));
    known
}

/// For each of a customer's `items` (in any order), what was known of the customer the day before its document date.
///
/// The same as [`known_on`] for each, in n log n. Amounts are the documents' full amounts until they are settled: what
/// was paid in part is not in [`ItemFacts`].
pub fn as_known(items: &[ItemFacts]) -> Vec<Known> {
    let mut events = events(items);
    events.sort_unstable();
    let mut by_date: Vec<usize> = (0..items.len()).collect();
    by_date.sort_by_key(|&place| items[place].issued_on);
    let mut rows = vec![Known::default(); items.len()];
    let mut known = Known::default();
    let mut next = events.iter().peekable();
    for place in by_date {
        while let Some((_, event, of)) = next.next_if(|event| event.0 < items[place].issued_on) {
            apply(&mut known, *event, &items[*of]);
        }
        rows[place].clone_from(&known);
    }
    rows
}

fn events(items: &[ItemFacts]) -> Vec<(Day, Event, usize)> {
    let mut events = Vec::with_capacity(items.len() * 3);
    for (place, item) in items.iter().enumerate() {
        events.push((item.issued_on, Event::Appears, place));
        if let Some(day) = past_due_from(item) {
            events.push((day, Event::FallsPastDue, place));
        }
        if let Some(day) = item.settlement_known_on() {
            events.push((day, Event::Settles, place));
        }
    }
    events
}

/// The first day at whose end the item is known, open and past due; `None` when it never is.
fn past_due_from(item: &ItemFacts) -> Option<Day> {
    let day = item.due_on.plus(1).max(item.issued_on);
    item.settlement_known_on().is_none_or(|settled_on| day < settled_on).then_some(day)
}

fn apply(known: &mut Known, event: Event, item: &ItemFacts) {
    match event {
        Event::Appears => {
            known.history.see(item);
            known.open.appear(item.currency, item.amount_minor);
        }
        Event::FallsPastDue => known.open.fall_past_due(item.currency, item.amount_minor),
        Event::Settles => {
            known.history.settle(item);
            known.open.leave(item.currency, item.amount_minor, past_due_from(item).is_some());
        }
    }
}
