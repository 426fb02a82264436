//! Which statements a test's thread has run: what the tests of tenants judge.

use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    static HEARD: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Called by the driver.
pub(crate) fn note(sql: &str) {
    HEARD.with_borrow_mut(|heard| {
        if !heard.contains(sql) {
            heard.insert(sql.to_owned());
        }
    });
}

/// What was run since the last time, and forgets it.
pub(crate) fn take() -> BTreeSet<String> {
    HEARD.take()
}
