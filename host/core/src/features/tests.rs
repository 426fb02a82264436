//! A customer's history, told and then generated.

use std::time::Instant;

use proptest::prelude::*;

use super::{HistoryStats, ItemFacts, Known, as_known, known_on};
use crate::day::Day;
use crate::money::Currency;

const USD: Currency = Currency(*b"USD");
const COP: Currency = Currency(*b"COP");

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn item(issued: &str, due: &str, settled: Option<&str>) -> ItemFacts {
    let settled_on = settled.map(day);
    ItemFacts {
        issued_on: day(issued),
        due_on: day(due),
        settled_on,
        amount_minor: 10_000,
        currency: USD,
        disputed: false,
    }
}

/// Three invoices: one paid on time, one eight days late, one still open.
fn acme() -> Vec<ItemFacts> {
    vec![
        item("2026-01-01", "2026-01-31", Some("2026-01-21")),
        item("2026-01-10", "2026-02-09", Some("2026-02-17")),
        item("2026-02-01", "2026-03-03", None),
    ]
}

#[test]
fn only_what_was_known_that_day_counts() {
    let before = known_on(&acme(), day("2025-12-31"));
    assert_eq!(before, Known::default());
    assert_eq!(before.history.late_rate_ppm(0), None);
    assert_eq!(before.history.relationship_days(day("2025-12-31")), None);

    let february = known_on(&acme(), day("2026-02-10"));
    assert_eq!(
        (february.history.settled_items, february.open.open_items, february.open.past_due_items),
        (1, 2, 1)
    );
    assert_eq!(
        february.history.late_rate_ppm(february.open.past_due_items),
        Some(500_000),
        "one paid, one past due"
    );
    assert_eq!(february.open.of(USD).past_due_minor, 10_000);
    assert_eq!(february.open.of(COP).open_minor, 0);

    let march = known_on(&acme(), day("2026-03-04"));
    assert_eq!((march.history.settled_items, march.history.late_items, march.open.past_due_items), (2, 1, 1));
    assert_eq!(march.history.late_rate_ppm(march.open.past_due_items), Some(666_666));
    assert_eq!(march.history.recent_late_ppm(), Some(500_000));
    assert_eq!((march.history.days_late_mean_centi(), march.history.days_late_max), (Some(400), 8));
    assert_eq!(march.history.days_to_pay_mean_centi(), Some(2_900), "twenty and thirty-eight days");
    assert_eq!(march.history.relationship_days(day("2026-03-04")), Some(62));
}

#[test]
fn on_its_due_date_an_item_is_not_yet_past_due() {
    let due = known_on(&acme(), day("2026-02-09"));
    assert_eq!(due.open.past_due_items, 0);
}

#[test]
fn a_document_sees_the_day_before_its_own_date() {
    let rows = as_known(&acme());
    assert_eq!(rows[0], Known::default());
    assert_eq!((rows[1].open.open_items, rows[1].history.settled_items), (1, 0));
    assert_eq!(
        (rows[2].open.open_items, rows[2].history.settled_items),
        (1, 1),
        "the first was paid on 2026-01-21"
    );
}

#[test]
fn only_the_last_five_settlements_are_recent() {
    let late = |n: i32| ItemFacts {
        settled_on: Some(day("2026-01-31").plus(n)),
        ..item("2026-01-01", "2026-01-31", None)
    };
    let mut history = HistoryStats::default();
    for n in [9, 8, 0, 0, 0, 0, 4] {
        history.settle(&late(n));
    }
    assert_eq!(history.recent_late_ppm(), Some(200_000));
    assert_eq!(history.recent_days_to_pay_mean_centi(), Some(3_080));
}

#[test]
fn a_history_is_small() {
    assert!(size_of::<HistoryStats>() <= 48);
}

#[test]
fn a_million_items_are_folded_in_about_a_second_when_optimised() {
    let rounds = if cfg!(debug_assertions) { 1_000 } else { 10_0000 };
    let items: Vec<ItemFacts> = (0..10)
        .map(|n| ItemFacts {
            issued_on: day("2026-01-01").plus(n * 20),
            ..item("2026-01-01", "2026-01-31", Some("2026-06-01"))
        })
        .collect();
    let start = Instant::now();
    let rows: usize = (0..rounds).map(|_| as_known(&items).len()).sum();
    println!("{rows} rows as known: {:?}", start.elapsed());
    assert_eq!(rows, rounds * 10);
}

fn any_item() -> impl Strategy<Value = ItemFacts> {
    let settled = prop::option::of(-5..80_i32);
    (0..120_i32, 0..45_i32, settled, 1..1000_i64, any::<bool>(), any::<bool>()).prop_map(
        |(issued, term, settled, amount, usd, disputed)| {
            let issued_on = Day(20_000 + issued);
            let currency = if usd { USD } else { COP };
            let settled_on = settled.map(|days| issued_on.plus(days));
            ItemFacts {
                issued_on,
                due_on: issued_on.plus(term),
                settled_on,
                amount_minor: amount,
                currency,
                disputed,
            }
        },
    )
}

/// Equal in everything a column reads (an absent currency and a zero one are the same).
fn same(a: &Known, b: &Known) -> bool {
    a.history == b.history
        && (a.open.open_items, a.open.past_due_items) == (b.open.open_items, b.open.past_due_items)
        && [USD, COP].iter().all(|&currency| a.open.of(currency) == b.open.of(currency))
}

proptest! {
    #[test]
    fn the_sweep_gives_what_each_day_alone_gives(items in prop::collection::vec(any_item(), 0..40)) {
        for (item, row) in items.iter().zip(as_known(&items)) {
            let alone = known_on(&items, item.issued_on.plus(-1));
            prop_assert!(same(&row, &alone), "{row:?} against {alone:?}");
        }
    }

    #[test]
    fn histories_join_in_any_grouping(items in prop::collection::vec(any_item(), 0..30), cut in 0..30_usize, again in 0..30_usize) {
        let fold = |items: &[ItemFacts]| {
            let mut history = HistoryStats::default();
            items.iter().for_each(|item| { history.see(item); history.settle(item); });
            history
        };
        let (a, b) = (cut.min(again).min(items.len()), cut.max(again).min(items.len()));
        let (first, second, third) = (fold(&items[..a]), fold(&items[a..b]), fold(&items[b..]));
        prop_assert_eq!(first.then(&second).then(&third), fold(&items));
        prop_assert_eq!(first.then(&second.then(&third)), fold(&items));
        prop_assert_eq!(fold(&items).then(&HistoryStats::default()), fold(&items));
    }
}
