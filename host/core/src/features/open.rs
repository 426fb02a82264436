//! What stands open of a customer on a day.

use crate::day::Day;
use crate::money::Currency;

/// Open and past-due amounts of one currency, in its minor units. Sums saturate: they are statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    /// The currency.
    pub currency: Currency,
    /// Everything open.
    pub open_minor: i64,
    /// Of that, past due.
    pub past_due_minor: i64,
}

/// Counts of open items, and their amounts a currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenStats {
    /// Open items.
    pub open_items: u32,
    /// Of those, past due: their due date lies before the day.
    pub past_due_items: u32,
    /// One entry for each currency ever seen, few: found by looking at each.
    exposures: Vec<Exposure>,
}

impl OpenStats {
    /// Adds an item that is open on `on`, `open_minor` of it.
    pub fn add(&mut self, due_on: Day, currency: Currency, open_minor: i64, on: Day) {
        self.appear(currency, open_minor);
        if due_on < on {
            self.fall_past_due(currency, open_minor);
        }
    }

    /// The amounts of one currency; zero where nothing is known.
    pub fn of(&self, currency: Currency) -> Exposure {
        let found = self.exposures.iter().find(|exposure| exposure.currency == currency);
        found.copied().unwrap_or(Exposure { currency, open_minor: 0, past_due_minor: 0 })
    }

    pub(super) fn appear(&mut self, currency: Currency, minor: i64) {
        self.open_items = self.open_items.saturating_add(1);
        let exposure = self.of_mut(currency);
        exposure.open_minor = exposure.open_minor.saturating_add(minor);
    }

    pub(super) fn fall_past_due(&mut self, currency: Currency, minor: i64) {
        self.past_due_items = self.past_due_items.saturating_add(1);
        let exposure = self.of_mut(currency);
        exposure.past_due_minor = exposure.past_due_minor.saturating_add(minor);
    }

    /// An item that [`Self::appear`]ed, and fell past due if `past_due`, is open no more.
    pub(super) fn leave(&mut self, currency: Currency, minor: i64, past_due: bool) {
        self.open_items = self.open_items.saturating_sub(1);
        self.past_due_items = self.past_due_items.saturating_sub(u32::from(past_due));
        let exposure = self.of_mut(currency);
        exposure.open_minor = exposure.open_minor.saturating_sub(minor);
        if past_due {
            exposure.past_due_minor = exposure.past_due_minor.saturating_sub(minor);
        }
    }

    fn of_mut(&mut self, currency: Currency) -> &mut Exposure {
        let place = match self.exposures.iter().position(|exposure| exposure.currency == currency) {
            Some(place) => place,
            None => {
                self.exposures.push(Exposure { currency, open_minor: 0, past_due_minor: 0 });
                self.exposures.len() - 1
            }
        };
        &mut self.exposures[place]
    }
}
