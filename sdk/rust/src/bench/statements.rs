//! What a test of a bank-file reader looks at: statements put together from their pages, and their sums.

use std::collections::BTreeMap;

use crate::payments::statement::{BankStatement, Page};

/// Statements put together from the parts on all pages, as the host does it: by account, number and kind, in the
/// order in which they began.
///
/// # Panics
/// When a statement says its opening, closing, first or last day on two pages.
pub fn joined(pages: &[Page]) -> Vec<BankStatement> {
    fn once<T>(there: &mut Option<T>, more: Option<T>, what: &str) {
        assert!(there.is_none() || more.is_none(), "{what} stands on two pages");
        if more.is_some() {
            *there = more;
        }
    }
    let mut places: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let mut whole: Vec<BankStatement> = vec![];
    for part in pages.iter().flat_map(|page| &page.statements) {
        let identity = (part.account.clone(), part.number.clone(), part.kind.clone());
        match places.get(&identity).and_then(|place| whole.get_mut(*place)) {
            Some(there) => {
                once(&mut there.opening, part.opening, "the opening balance");
                once(&mut there.closing, part.closing, "the closing balance");
                once(&mut there.first_day, part.first_day, "the first day");
                once(&mut there.last_day, part.last_day, "the last day");
                there.entries.extend(part.entries.clone());
            }
            None => {
                places.insert(identity, whole.len());
                whole.push(part.clone());
            }
        }
    }
    whole
}

/// Sum of a statement's entries, which are of one currency and one exponent, in minor units.
pub fn sum(statement: &BankStatement) -> i64 {
    statement.entries.iter().map(|entry| entry.amount.minor).sum()
}

/// Opening and entries give closing; `None` where a balance is not told, and nothing can be said.
pub fn proves(statement: &BankStatement) -> Option<bool> {
    Some(statement.opening?.minor + sum(statement) == statement.closing?.minor)
}
