//! Which debts a receipt can mean: an allocator is asked about those and no others.
//!
//! It finds too much rather than too little; what a text really names is the allocator's to say.

use std::collections::{BTreeSet, HashMap};

use super::plain;
use crate::money::Currency;

/// Debts found for one receipt by one trait; where more share it, it tells nothing.
const SHARED_MAX: usize = 40;
/// Debts of one customer that are looked at, oldest first.
const CUSTOMER_MAX: usize = 400;
/// Digits of a number that may be found by themselves, whoever pays.
const DIGITS_MIN: usize = 3;
/// A list such as "120 to 180" names at most so many.
const RANGE_MAX: u64 = 100;

/// A debt as it is found.
#[derive(Debug, Clone, Copy)]
pub struct Debt<'d> {
    /// The customer.
    pub customer: i64,
    /// Minor units.
    pub open_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// Document number.
    pub number: &'d str,
}

/// What is known of a receipt.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// Minor units.
    pub minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// Who paid, or may have.
    pub customers: &'a [i64],
    /// What stands with it.
    pub texts: [&'a str; 2],
}

/// Every debt, by customer, amount and number. Places are those of adding.
#[derive(Debug, Default)]
pub struct Reach {
    size: usize,
    customers: HashMap<i64, Vec<usize>>,
    amounts: HashMap<(Currency, i64), Vec<usize>>,
    numbers: HashMap<String, Vec<usize>>,
}

impl Reach {
    /// Adds the next debt; its place is how many were added before.
    pub fn add(&mut self, debt: &Debt<'_>) {
        let place = self.size;
        self.size += 1;
        self.customers.entry(debt.customer).or_default().push(place);
        self.amounts.entry((debt.currency, debt.open_minor)).or_default().push(place);
        for key in keys_of(debt.number) {
            self.numbers.entry(key).or_default().push(place);
        }
    }

    /// The debts a receipt can mean, in their places.
    pub fn find(&self, ask: &Ask<'_>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let few = |places: Option<&Vec<usize>>, most: usize, found: &mut BTreeSet<usize>| {
            if let Some(places) = places
                && places.len() <= most
            {
                found.extend(places.iter().copied());
            }
        };
        for customer in ask.customers {
            if let Some(places) = self.customers.get(customer) {
                found.extend(places.iter().take(CUSTOMER_MAX).copied());
            }
        }
        few(self.amounts.get(&(ask.currency, ask.minor)), SHARED_MAX, &mut found);
        for text in ask.texts {
            for key in keys_in(text) {
                few(self.numbers.get(&key), SHARED_MAX, &mut found);
            }
        }
        found
    }
}

/// A number as it may be written: whole, its digits joined, its last digits.
fn keys_of(number: &str) -> BTreeSet<String> {
    let plain = plain(number);
    let mut keys = BTreeSet::new();
    let words: Vec<&str> = plain.split(' ').collect();
    keys.insert(words.concat());
    let runs = runs(&plain);
    keys.insert(short(&runs.concat()).to_owned());
    if let Some(last) = runs.last() {
        keys.insert(short(last).to_owned());
    }
    keys.retain(|key| telling(key));
    keys
}

/// What in a text may be a number: words, digits, and digits with the ones beside them.
fn keys_in(text: &str) -> BTreeSet<String> {
    let plain = plain(text);
    let mut keys = BTreeSet::new();
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    for size in 1..=4 {
        for window in words.windows(size) {
            if window.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit())) || size == 1 {
                keys.insert(window.concat());
            }
        }
    }
    let runs = runs(&plain);
    for size in 1..=3 {
        for window in runs.windows(size) {
            keys.insert(short(&window.concat()).to_owned());
        }
    }
    for pair in runs.windows(2) {
        if let (Ok(first), Ok(last)) = (pair[0].parse::<u64>(), pair[1].parse::<u64>())
            && (first..first.saturating_add(RANGE_MAX)).contains(&last)
        {
            keys.extend((first..=last).map(|number| number.to_string()));
        }
    }
    keys.retain(|key| telling(key));
    keys
}

fn telling(key: &str) -> bool {
    key.len() >= DIGITS_MIN
}

fn runs(plain: &str) -> Vec<&str> {
    plain.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect()
}

/// Without leading zeros: people leave them out.
fn short(digits: &str) -> &str {
    digits.trim_start_matches('0')
}
