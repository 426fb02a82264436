//! Which statements a test's thread has run: what the tests of tenants and of plans judge.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::Store;
use crate::tests::stories;

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

/// Every statement the stories run on an engine, which are all there are: a test counts the functions they leave out.
pub(crate) fn statements(store: &Store) -> BTreeSet<String> {
    HEARD.take();
    for ((_, story), tenant) in stories().zip(1_000..) {
        story(store, tenant);
    }
    HEARD.take().into_iter().map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
