//! Order does not matter where it must not, and what was known stays known.

use proptest::prelude::*;

use super::{Entry, EntryKind, Horizon, KINDS, balance};
use crate::day::Day;
use crate::money::Currency;

fn entry((effective, known_at, amount_minor): (i32, i64, i64)) -> Entry {
    Entry {
        id: known_at,
        item_id: Some(1),
        payment_id: None,
        effective_on: Day(effective),
        known_at,
        amount_minor,
        kind: EntryKind::Adjust,
        currency: Currency(*b"COP"),
        source_id: None,
        page_id: None,
        allocation_id: None,
        reason: String::new(),
    }
}

fn movements() -> impl Strategy<Value = Vec<Entry>> {
    let movement = (0..400_i32, 0..1_000_i64, -1_000_000..1_000_000_i64);
    prop::collection::vec(movement.prop_map(entry), 0..40)
}

proptest! {
    #[test]
    fn folding_order_does_not_matter(entries in movements(), as_of in 0..400_i32, known_at in 0..1_000_i64) {
        let horizon = Horizon { as_of: Day(as_of), known_at };
        let mut turned = entries.clone();
        turned.reverse();
        turned.sort_by_key(|e| e.amount_minor % 7);
        prop_assert_eq!(balance(&entries, horizon), balance(&turned, horizon));
    }

    #[test]
    fn as_known_never_changes_by_what_comes_later(
        entries in movements(), later in movements(), as_of in 0..400_i32, known_at in 0..1_000_i64,
    ) {
        let horizon = Horizon { as_of: Day(as_of), known_at };
        let before = balance(&entries, horizon);
        let news = later.into_iter().map(|e| Entry { known_at: e.known_at + known_at + 1, ..e });
        let all: Vec<Entry> = entries.into_iter().chain(news).collect();
        prop_assert_eq!(before, balance(&all, horizon));
    }

    #[test]
    fn rolling_back_from_today_is_folding_up_to_then(entries in movements(), as_of in 0..400_i32, known_at in 0..1_000_i64) {
        let horizon = Horizon { as_of: Day(as_of), known_at };
        let now = balance(&entries, Horizon { as_of: Day(i32::MAX), known_at: i64::MAX }).unwrap();
        let beyond: i64 =
            entries.iter().filter(|e| !horizon.covers(e.effective_on, e.known_at)).map(|e| e.amount_minor).sum();
        prop_assert_eq!(balance(&entries, horizon).unwrap(), now - beyond);
    }
}

#[test]
fn every_kind_reads_back_by_its_name() {
    for (kind, name) in KINDS {
        assert_eq!(name.parse::<EntryKind>(), Ok(kind));
        assert_eq!(kind.to_string(), name);
    }
    assert_eq!("gift".parse::<EntryKind>().unwrap_err().to_string(), "\"gift\" is no kind of ledger entry");
}

#[test]
fn the_digest_feels_every_field() {
    let bytes = |e: &Entry| {
        let mut all = Vec::new();
        e.digest_into(|part| all.extend_from_slice(part));
        all
    };
    let base = entry((10, 20, 30));
    let variants = [
        Entry { id: 9, ..base.clone() },
        Entry { item_id: None, ..base.clone() },
        Entry { payment_id: Some(1), ..base.clone() },
        Entry { effective_on: Day(11), ..base.clone() },
        Entry { known_at: 21, ..base.clone() },
        Entry { amount_minor: 31, ..base.clone() },
        Entry { kind: EntryKind::Bill, ..base.clone() },
        Entry { currency: Currency(*b"USD"), ..base.clone() },
        Entry { source_id: Some(1), ..base.clone() },
        Entry { page_id: Some(1), ..base.clone() },
        Entry { allocation_id: Some(1), ..base.clone() },
        Entry { reason: "x".into(), ..base.clone() },
    ];
    for variant in variants {
        assert_ne!(bytes(&base), bytes(&variant), "{variant:?}");
    }
}
