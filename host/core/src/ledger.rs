//! Ledger entries: append-only movements, and what they sum to.
//!
//! The balance of an open item is the sum of the entries about it; what is left of a payment is the sum of the entries
//! about it. An application is one entry about both, so it lowers both or neither. A correction is another entry.

use std::fmt;
use std::str::FromStr;

use crate::day::Day;
use crate::money::{Currency, MoneyError};

#[cfg(test)]
mod tests;

/// Why money moved. Stored by name; names are only ever added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// An item came to be: its total.
    Bill,
    /// A payment came in: its amount.
    Receive,
    /// A payment settled part of an item: lowers both.
    Apply,
    /// A credit note settled part of an item: two entries that sum to zero.
    Credit,
    /// The source corrected a total or an amount.
    Adjust,
    /// A snapshot, or a status without its payment, tells of a movement nobody sent.
    Inferred,
    /// Given up, with approval.
    WriteOff,
    /// Takes back what an earlier entry did.
    Reverse,
    /// Interest, a fee, a penalty.
    Charge,
    /// A difference of exchange rates.
    Exchange,
}

const KINDS: [(EntryKind, &str); 10] = [
    (EntryKind::Bill, "bill"),
    (EntryKind::Receive, "receive"),
    (EntryKind::Apply, "apply"),
    (EntryKind::Credit, "credit"),
    (EntryKind::Adjust, "adjust"),
    (EntryKind::Inferred, "inferred"),
    (EntryKind::WriteOff, "write-off"),
    (EntryKind::Reverse, "reverse"),
    (EntryKind::Charge, "charge"),
    (EntryKind::Exchange, "exchange"),
];

impl EntryKind {
    /// Its stored name.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("?", |(_, name)| name)
    }
}

/// The text names no kind of entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of ledger entry")]
pub struct EntryKindError(String);

impl FromStr for EntryKind {
    type Err = EntryKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = KINDS.iter().find(|(_, name)| *name == text);
        known.map(|(kind, _)| *kind).ok_or_else(|| EntryKindError(text.into()))
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One movement. Ids are the store's; `known_at` is microseconds UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The store's key: entries are numbered in the order they became known.
    pub id: i64,
    /// The item it is about.
    pub item_id: Option<i64>,
    /// The payment it is about.
    pub payment_id: Option<i64>,
    /// The day it is about.
    pub effective_on: Day,
    /// The moment it became known here.
    pub known_at: i64,
    /// Minor units, signed.
    pub amount_minor: i64,
    /// Why.
    pub kind: EntryKind,
    /// Of the amount.
    pub currency: Currency,
    /// Which source said so; none: we did.
    pub source_id: Option<i64>,
    /// Which page of an import caused it.
    pub page_id: Option<i64>,
    /// Which allocation it belongs to.
    pub allocation_id: Option<i64>,
    /// In words, when the kind does not say all. Never personal data.
    pub reason: String,
}

impl Entry {
    /// Its canonical bytes, for digests: every field, fixed widths, text with its length.
    pub fn digest_into(&self, mut feed: impl FnMut(&[u8])) {
        let mut fixed = [0_u8; 8 * 8 + 4];
        let or_none = |id: Option<i64>| id.unwrap_or(-1);
        let words = [
            self.id,
            or_none(self.item_id),
            or_none(self.payment_id),
            self.known_at,
            self.amount_minor,
            or_none(self.source_id),
            or_none(self.page_id),
            or_none(self.allocation_id),
        ];
        for (slot, word) in fixed.chunks_exact_mut(8).zip(words) {
            slot.copy_from_slice(&word.to_be_bytes());
        }
        fixed[64..].copy_from_slice(&self.effective_on.0.to_be_bytes());
        feed(&fixed);
        feed(&self.currency.0);
        for text in [self.kind.name(), &self.reason] {
            feed(&(text.len() as u64).to_be_bytes());
            feed(text.as_bytes());
        }
    }
}

/// What is asked of the past: movements about days up to `as_of`, known up to `known_at` (microseconds UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// The last day that counts.
    pub as_of: Day,
    /// The last moment that counts.
    pub known_at: i64,
}

impl Horizon {
    /// Does a movement of this day, known at this moment, count?
    pub fn covers(self, effective_on: Day, known_at: i64) -> bool {
        effective_on <= self.as_of && known_at <= self.known_at
    }
}

/// The balance the entries within the horizon sum to.
///
/// # Errors
/// Past 64 bits.
pub fn balance<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    horizon: Horizon,
) -> Result<i64, MoneyError> {
    let counted = entries.into_iter().filter(|e| horizon.covers(e.effective_on, e.known_at));
    counted.map(|e| e.amount_minor).try_fold(0_i64, i64::checked_add).ok_or(MoneyError::TooLarge)
}
