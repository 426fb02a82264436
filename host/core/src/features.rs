//! What is known of a customer on a day: the history columns of scoring (`wit/COLUMNS.md`), as known.
//!
//! [`HistoryStats`] holds what settled items say and is folded item by item; [`OpenStats`] holds what stands open.
//! The daily run keeps or folds both for its business day; training needs both for the day before every document's
//! date, which [`as_known`] gives in one pass over a customer's items.

mod history;
mod open;
mod sweep;

pub use history::{HistoryStats, RECENT};
pub use open::{Exposure, OpenStats};
pub use sweep::{as_known, known_on};

use crate::day::Day;
use crate::money::Currency;

/// The facts of one item (one document, or one instalment of it) that its customer's history is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemFacts {
    /// Document date; the item is known from this day on.
    pub issued_on: Day,
    /// Due date.
    pub due_on: Day,
    /// The day nothing was left open, `None` while something is.
    pub settled_on: Option<Day>,
    /// What it was issued for, in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// Was it ever disputed? Counts once the item is settled, since a source seldom says since when.
    pub disputed: bool,
}

impl ItemFacts {
    /// The day its settlement can be known: not before the document is (prepayments).
    pub fn settlement_known_on(&self) -> Option<Day> {
        self.settled_on.map(|settled_on| settled_on.max(self.issued_on))
    }

    /// Is it known on `on`, and open then?
    pub fn is_open_on(&self, on: Day) -> bool {
        self.issued_on <= on && self.settlement_known_on().is_none_or(|settled_on| settled_on > on)
    }
}

/// A customer as known at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// What settled items say.
    pub history: HistoryStats,
    /// What stands open.
    pub open: OpenStats,
}

#[cfg(test)]
mod tests;
