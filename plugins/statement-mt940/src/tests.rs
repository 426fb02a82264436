//! Stories: every sample file, own lines in every dialect, every cut, damage.

mod own;
mod samples;

use std::collections::BTreeMap;

use recaudo_sdk::bench::Bench;
use recaudo_sdk::payments::statement::{BankStatement, Page};
use recaudo_sdk::{Failure, Money};

use crate::StatementMt940;

pub(super) fn read(file: &[u8]) -> Result<Vec<Page>, Failure> {
    Bench::new().file("drop", "bank.sta", file).statements::<StatementMt940>("drop", "bank.sta")
}

pub(super) fn read_by(file: &[u8], chunk: usize) -> Result<Vec<Page>, Failure> {
    let bench = Bench::new().file("drop", "bank.sta", file);
    bench.chunks_of(chunk).statements::<StatementMt940>("drop", "bank.sta")
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

pub(super) fn sum(statement: &BankStatement) -> i64 {
    statement.entries.iter().map(|entry| entry.amount.minor).sum()
}

/// Opening and entries give closing; `None` when the bank says no balances.
pub(super) fn proves(statement: &BankStatement) -> Option<bool> {
    Some(statement.opening?.minor + sum(statement) == statement.closing?.minor)
}

pub(super) fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}
