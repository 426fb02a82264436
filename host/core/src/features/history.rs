//! What a customer's settled items say, in 44 bytes.

use super::ItemFacts;
use crate::day::Day;

/// How many of the last settled items count as recent.
pub const RECENT: usize = 5;

/// Running sums over a customer's items. Fold documents in any order with [`Self::see`] and settlements in the order of
/// [`ItemFacts::settlement_known_on`] with [`Self::settle`]; join two stretches of time with [`Self::then`].
/// Sums saturate: they are statistics, not money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryStats {
    /// Documents known.
    pub items: u32,
    /// Of those, settled.
    pub settled_items: u32,
    /// Of the settled, after their due date.
    pub late_items: u32,
    /// Of the settled, disputed.
    pub disputed_items: u32,
    /// Days after the due date, early counts as 0.
    pub days_late_sum: u32,
    /// The largest of those.
    pub days_late_max: u32,
    /// Days from document date to settlement, negative for a prepayment.
    pub days_to_pay_sum: i32,
    /// Of the first document, [`Day`] at the end of time without one.
    first_document_on: Day,
    /// Days to pay of the last settled items, the newest first.
    recent_days_to_pay: [i16; RECENT],
    /// How many of `recent_days_to_pay` are filled.
    recent_items: u8,
    /// Whether they were late, the newest in the lowest bit.
    recent_late: u8,
}

impl Default for HistoryStats {
    fn default() -> Self {
        Self {
            items: 0,
            settled_items: 0,
            late_items: 0,
            disputed_items: 0,
            days_late_sum: 0,
            days_late_max: 0,
            days_to_pay_sum: 0,
            first_document_on: Day(i32::MAX),
            recent_days_to_pay: [0; RECENT],
            recent_items: 0,
            recent_late: 0,
        }
    }
}

impl HistoryStats {
    /// A document became known.
    pub fn see(&mut self, item: &ItemFacts) {
        self.items = self.items.saturating_add(1);
        self.first_document_on = self.first_document_on.min(item.issued_on);
    }

    /// A document that was seen is settled. Does nothing while it is not.
    pub fn settle(&mut self, item: &ItemFacts) {
        let Some(settled_on) = item.settled_on else { return };
        let days_late = u32::try_from(settled_on.since(item.due_on)).unwrap_or(0);
        let days_to_pay = settled_on.since(item.issued_on);
        self.settled_items = self.settled_items.saturating_add(1);
        self.late_items = self.late_items.saturating_add(u32::from(days_late > 0));
        self.disputed_items = self.disputed_items.saturating_add(u32::from(item.disputed));
        self.days_late_sum = self.days_late_sum.saturating_add(days_late);
        self.days_late_max = self.days_late_max.max(days_late);
        self.days_to_pay_sum = self.days_to_pay_sum.saturating_add(days_to_pay);
        let in_range = days_to_pay.clamp(i32::from(i16::MIN), i32::from(i16::MAX));
        self.remember(i16::try_from(in_range).unwrap_or(i16::MAX), days_late > 0);
    }

    /// This stretch of time, followed by `later`. Associative; the default is neutral.
    #[must_use]
    pub fn then(&self, later: &Self) -> Self {
        let mut both = Self {
            items: self.items.saturating_add(later.items),
            settled_items: self.settled_items.saturating_add(later.settled_items),
            late_items: self.late_items.saturating_add(later.late_items),
            disputed_items: self.disputed_items.saturating_add(later.disputed_items),
            days_late_sum: self.days_late_sum.saturating_add(later.days_late_sum),
            days_late_max: self.days_late_max.max(later.days_late_max),
            days_to_pay_sum: self.days_to_pay_sum.saturating_add(later.days_to_pay_sum),
            first_document_on: self.first_document_on.min(later.first_document_on),
            ..*self
        };
        for newest in (0..usize::from(later.recent_items)).rev() {
            both.remember(later.recent_days_to_pay[newest], later.recent_late >> newest & 1 == 1);
        }
        both
    }

    /// `late_rate_ppm`: what is past due now counts as late. `None` without history.
    pub fn late_rate_ppm(&self, past_due_items: u32) -> Option<i64> {
        let of = u64::from(self.settled_items) + u64::from(past_due_items);
        share_ppm(u64::from(self.late_items) + u64::from(past_due_items), of)
    }

    /// `recent_late_ppm`: late share of the last [`RECENT`] settled.
    pub fn recent_late_ppm(&self) -> Option<i64> {
        share_ppm(u64::from(self.recent_late.count_ones()), u64::from(self.recent_items))
    }

    /// `days_late_mean`, hundredths of a day.
    pub fn days_late_mean_centi(&self) -> Option<i64> {
        mean_centi(i64::from(self.days_late_sum), self.settled_items)
    }

    /// `days_to_pay_mean`, hundredths of a day.
    pub fn days_to_pay_mean_centi(&self) -> Option<i64> {
        mean_centi(i64::from(self.days_to_pay_sum), self.settled_items)
    }

    /// `recent_days_to_pay_mean`, hundredths of a day, of the last [`RECENT`] settled.
    pub fn recent_days_to_pay_mean_centi(&self) -> Option<i64> {
        let filled = &self.recent_days_to_pay[..usize::from(self.recent_items)];
        mean_centi(filled.iter().map(|&days| i64::from(days)).sum(), u32::from(self.recent_items))
    }

    /// `disputed_rate_ppm`.
    pub fn disputed_rate_ppm(&self) -> Option<i64> {
        share_ppm(u64::from(self.disputed_items), u64::from(self.settled_items))
    }

    /// `relationship_days` on `on`; `None` before the first document.
    pub fn relationship_days(&self, on: Day) -> Option<i64> {
        (self.first_document_on <= on).then(|| i64::from(on.since(self.first_document_on)))
    }

    fn remember(&mut self, days_to_pay: i16, late: bool) {
        self.recent_days_to_pay.rotate_right(1);
        self.recent_days_to_pay[0] = days_to_pay;
        self.recent_late = (self.recent_late << 1 | u8::from(late)) & ((1 << RECENT) - 1);
        self.recent_items = (self.recent_items + 1).min(5);
    }
}

/// Parts per million, cut.
fn share_ppm(part: u64, of: u64) -> Option<i64> {
    let ppm = part.saturating_mul(1_000_000).checked_div(of)?;
    i64::try_from(ppm).ok()
}

/// Hundredths, rounded towards minus infinity.
fn mean_centi(sum: i64, n: u32) -> Option<i64> {
    (n > 0).then(|| sum.saturating_mul(100).div_euclid(i64::from(n)))
}
