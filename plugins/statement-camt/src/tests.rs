//! Stories: every sample file, own files for what the samples lack, every cut, damage, hostile files.

mod fixtures;
mod hostile;
mod own;
mod samples;

use std::collections::BTreeMap;

use recaudo_sdk::bench::Bench;
use recaudo_sdk::payments::statement::{BankStatement, Entry, Page};
use recaudo_sdk::{Failure, Money};

use crate::StatementCamt;

pub(super) fn read(file: &[u8]) -> Result<Vec<Page>, Failure> {
    Bench::new().file("drop", "bank.xml", file).statements::<StatementCamt>("drop", "bank.xml")
}

pub(super) fn read_by(file: &[u8], chunk: usize) -> Result<Vec<Page>, Failure> {
    let bench = Bench::new().file("drop", "bank.xml", file).chunks_of(chunk);
    { bench }.statements::<StatementCamt>("drop", "bank.xml")
}

/// As the host puts parts together: by account and number.
pub(super) fn whole(pages: &[Page]) -> Vec<BankStatement> {
    let mut order = vec![];
    let mut found: BTreeMap<(String, String), BankStatement> = BTreeMap::new();
    for part in pages.iter().flat_map(|page| &page.statements) {
        let key = (part.account.clone(), part.number.clone());
        match found.get_mut(&key) {
            Some(there) => {
                assert!(part.opening.is_none() || there.opening.is_none(), "the opening stands twice");
                there.opening = there.opening.or(part.opening);
                there.closing = there.closing.or(part.closing);
                there.first_day = there.first_day.or(part.first_day);
                there.last_day = there.last_day.or(part.last_day);
                there.entries.extend(part.entries.clone());
            }
            None => {
                order.push(key.clone());
                found.insert(key, part.clone());
            }
        }
    }
    order.iter().filter_map(|key| found.remove(key)).collect()
}

pub(super) fn entries(file: &[u8]) -> Vec<Entry> {
    whole(&read(file).expect("a good file")).into_iter().flat_map(|statement| statement.entries).collect()
}

pub(super) fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}

pub(super) fn attribute<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Sum of a statement's entries, which are of one currency.
pub(super) fn sum(statement: &BankStatement) -> i64 {
    statement.entries.iter().map(|entry| entry.amount.minor).sum()
}

/// Opening and entries give closing; `None` when the bank says no balances.
pub(super) fn proves(statement: &BankStatement) -> Option<bool> {
    Some(statement.opening?.minor + sum(statement) == statement.closing?.minor)
}
