//! What of an allocator's suggestion is taken: what does not fit is refused, what is sure enough is posted, the rest waits.

use std::collections::BTreeMap;

use crate::money::Currency;

/// An assignment by places: receipt and item of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Place of the receipt.
    pub receipt: usize,
    /// Place of the item.
    pub item: usize,
    /// Minor units.
    pub amount_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// Parts per million.
    pub confidence_ppm: i32,
}

/// What a receipt has left, or an item open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purse {
    /// Minor units.
    pub minor: i64,
    /// Of the amount.
    pub currency: Currency,
}

/// What is done with an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is sure enough.
    Posted,
    /// It waits for a person.
    Waits,
    /// It does not fit: more than is there, another currency, nothing, or against an item with nothing open.
    Unfit,
}

/// Decides over a batch, in the allocator's order. A receipt is posted whole or not at all: as sure as its least sure
/// part, because what one part takes the other has not.
pub fn decide(
    assignments: &[Assignment],
    receipts: &[Purse],
    items: &[Purse],
    confidence_ppm: i32,
) -> Vec<Fate> {
    let mut least: BTreeMap<usize, i32> = BTreeMap::new();
    for a in assignments {
        let kept = least.entry(a.receipt).or_insert(a.confidence_ppm);
        *kept = a.confidence_ppm.min(*kept);
    }
    let (mut left, mut open) = (receipts.to_vec(), items.to_vec());
    let mut waiting: BTreeMap<usize, i64> = BTreeMap::new();
    let each = assignments.iter().map(|a| {
        let (Some(purse), Some(item)) = (left.get_mut(a.receipt), open.get_mut(a.item)) else {
            return Fate::Unfit;
        };
        let held = waiting.entry(a.receipt).or_default();
        let fits = a.amount_minor > 0
            && a.amount_minor <= purse.minor.saturating_sub(*held)
            && a.amount_minor <= item.minor
            && purse.currency == a.currency
            && item.currency == a.currency;
        if !fits {
            return Fate::Unfit;
        }
        if least.get(&a.receipt).is_some_and(|ppm| *ppm >= confidence_ppm) {
            purse.minor -= a.amount_minor;
            item.minor -= a.amount_minor;
            Fate::Posted
        } else {
            // What waits takes from its receipt, not from the item: two guesses may be about one item.
            *held += a.amount_minor;
            Fate::Waits
        }
    });
    each.collect()
}
