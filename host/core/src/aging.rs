//! Aging: what is owed by days past due, as a pure fold over open balances.
//!
//! Debts are aged gross; what a customer has to his credit (credit notes, over-applied items, unapplied cash) stands
//! beside them and is never netted into a bucket. The buckets of a currency always sum to its outstanding.

use std::collections::BTreeMap;

use crate::money::{Currency, MoneyError};

#[cfg(test)]
mod tests;

/// The days a bucket holds, both ends included; `None` is an open end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The first day past due.
    pub from: Option<i32>,
    /// The last day past due.
    pub to: Option<i32>,
}

/// Buckets that together hold every day once. The first ends at day 0: what is not yet due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The last day of each bucket but the last, ascending.
    limits: Vec<i32>,
}

/// The limits make no partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    /// Every partition tells due from not due.
    #[error("the buckets must have the limit 0, where what is not yet due ends; write them as 0,30,60,90")]
    NoZero,
    /// Two limits in the wrong order or equal.
    #[error("bucket limits must ascend, but {1} follows {0}; write them as 0,30,60,90")]
    NotAscending(i32, i32),
    /// Past the limit of limits.
    #[error("{0} bucket limits are more than the {LIMITS_MAX} a report can show")]
    TooMany(usize),
    /// Something is no number.
    #[error("{0:?} is no whole number of days; write the buckets as 0,30,60,90")]
    NoNumber(String),
}

/// More buckets than this no report shows.
const LIMITS_MAX: usize = 64;

impl Default for Partition {
    /// Not due, 1-30, 31-60, 61-90, 91-120, over 120 days.
    fn default() -> Self {
        Self { limits: vec![0, 30, 60, 90, 120] }
    }
}

impl Partition {
    /// From the last day of each bucket but the last.
    ///
    /// # Errors
    /// The limits do not ascend, lack 0, or are too many.
    pub fn new(limits: Vec<i32>) -> Result<Self, PartitionError> {
        if limits.len() > LIMITS_MAX {
            return Err(PartitionError::TooMany(limits.len()));
        }
        if let Some(pair) = limits.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(PartitionError::NotAscending(pair[0], pair[1]));
        }
        if !limits.contains(&0) {
            return Err(PartitionError::NoZero);
        }
        Ok(Self { limits })
    }

    /// From text such as `0,30,60,90`.
    ///
    /// # Errors
    /// As [`Partition::new`], or something is no number.
    pub fn parse(text: &str) -> Result<Self, PartitionError> {
        let number = |part: &str| part.trim().parse().map_err(|_| PartitionError::NoNumber(part.into()));
        Self::new(text.split(',').map(number).collect::<Result<_, _>>()?)
    }

    /// The buckets, youngest debt first.
    pub fn buckets(&self) -> Vec<Bucket> {
        let starts = std::iter::once(None).chain(self.limits.iter().map(|limit| Some(limit + 1)));
        let ends = self.limits.iter().map(|limit| Some(*limit)).chain(std::iter::once(None));
        starts.zip(ends).map(|(from, to)| Bucket { from, to }).collect()
    }

    /// Which bucket holds the day.
    pub fn place(&self, days_past: i32) -> usize {
        self.limits.partition_point(|limit| *limit < days_past)
    }
}

/// What one bucket holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Sum of the open balances, minor units.
    pub amount_minor: i64,
    /// How many items.
    pub items: u64,
}

/// The aged debt of one currency, minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aged {
    /// Everything owed.
    pub outstanding_minor: i64,
    /// Of that, past its due date.
    pub past_due_minor: i64,
    /// How many items owe something.
    pub items: u64,
    /// Credit notes and over-applied items not used up: a negative sum.
    pub credits_minor: i64,
    /// Payments not applied to anything: what the customers have with us, positive.
    pub unapplied_minor: i64,
    /// In the partition's order.
    pub buckets: Vec<Held>,
}

/// A fold over balances. Feed it each item once, then ask.
#[derive(Debug, Clone)]
pub struct Aging {
    partition: Partition,
    currencies: BTreeMap<Currency, Aged>,
}

impl Aging {
    /// Nothing owed yet.
    pub fn new(partition: Partition) -> Self {
        Self { partition, currencies: BTreeMap::new() }
    }

    /// Counts an item: its balance, the days it is aged by, and the days past its due date.
    ///
    /// # Errors
    /// A sum past 64 bits.
    pub fn add_item(
        &mut self,
        currency: Currency,
        balance_minor: i64,
        days: i32,
        days_past_due: i32,
    ) -> Result<(), MoneyError> {
        if balance_minor == 0 {
            return Ok(());
        }
        let place = self.partition.place(days);
        let aged = self.of(currency);
        if balance_minor < 0 {
            return add(&mut aged.credits_minor, balance_minor);
        }
        add(&mut aged.outstanding_minor, balance_minor)?;
        add(&mut aged.buckets[place].amount_minor, balance_minor)?;
        aged.items += 1;
        aged.buckets[place].items += 1;
        if days_past_due > 0 { add(&mut aged.past_due_minor, balance_minor) } else { Ok(()) }
    }

    /// Counts what is left of a payment.
    ///
    /// # Errors
    /// A sum past 64 bits.
    pub fn add_unapplied(&mut self, currency: Currency, minor: i64) -> Result<(), MoneyError> {
        if minor == 0 { Ok(()) } else { add(&mut self.of(currency).unapplied_minor, minor) }
    }

    /// The buckets' days and, per currency, what is owed. A currency nothing is owed or kept in is not there.
    ///
    /// # Panics
    /// When buckets do not sum to outstanding, which no input can cause.
    pub fn finish(self) -> (Vec<Bucket>, BTreeMap<Currency, Aged>) {
        for (currency, aged) in &self.currencies {
            let amount: i128 = aged.buckets.iter().map(|held| i128::from(held.amount_minor)).sum();
            let items: u64 = aged.buckets.iter().map(|held| held.items).sum();
            assert_eq!(
                amount,
                i128::from(aged.outstanding_minor),
                "buckets of {currency} sum to outstanding"
            );
            assert_eq!(items, aged.items, "buckets of {currency} hold every item once");
        }
        (self.partition.buckets(), self.currencies)
    }

    fn of(&mut self, currency: Currency) -> &mut Aged {
        let buckets = self.partition.limits.len() + 1;
        self.currencies.entry(currency).or_insert_with(|| Aged {
            outstanding_minor: 0,
            past_due_minor: 0,
            items: 0,
            credits_minor: 0,
            unapplied_minor: 0,
            buckets: vec![Held::default(); buckets],
        })
    }
}

fn add(sum: &mut i64, minor: i64) -> Result<(), MoneyError> {
    *sum = sum.checked_add(minor).ok_or(MoneyError::TooLarge)?;
    Ok(())
}
