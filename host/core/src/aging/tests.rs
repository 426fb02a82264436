//! Buckets partition the days, and foot.

use proptest::prelude::*;

use super::{Aging, Bucket, Partition, PartitionError};
use crate::money::{Currency, MoneyError};

const COP: Currency = Currency(*b"COP");
const USD: Currency = Currency(*b"USD");

#[test]
fn the_usual_buckets_are_by_thirty_days() {
    let bucket = |from, to| Bucket { from, to };
    assert_eq!(
        Partition::default().buckets(),
        [
            bucket(None, Some(0)),
            bucket(Some(1), Some(30)),
            bucket(Some(31), Some(60)),
            bucket(Some(61), Some(90)),
            bucket(Some(91), Some(120)),
            bucket(Some(121), None),
        ]
    );
}

#[test]
fn limits_that_make_no_partition_are_refused_in_words() {
    let cases = [
        (
            "30,60",
            "the buckets must have the limit 0, where what is not yet due ends; write them as 0,30,60,90",
        ),
        ("0,30,30", "bucket limits must ascend, but 30 follows 30; write them as 0,30,60,90"),
        ("0,3o", "\"3o\" is no whole number of days; write the buckets as 0,30,60,90"),
    ];
    for (text, message) in cases {
        assert_eq!(Partition::parse(text).unwrap_err().to_string(), message);
    }
    assert_eq!(Partition::new((0..100).collect()), Err(PartitionError::TooMany(100)));
    assert!(Partition::parse("-5, 0, 15").is_ok());
}

#[test]
fn debts_are_gross_and_credits_stand_beside_them() {
    let mut aging = Aging::new(Partition::default());
    aging.add_item(COP, 1_000, -3, -3).unwrap();
    aging.add_item(COP, 500, 1, 1).unwrap();
    aging.add_item(COP, -200, 40, 40).unwrap();
    aging.add_item(COP, 0, 40, 40).unwrap();
    aging.add_unapplied(COP, 70).unwrap();
    aging.add_item(USD, 5, 200, 200).unwrap();
    let (_, aged) = aging.finish();
    let cop = &aged[&COP];
    assert_eq!((cop.outstanding_minor, cop.past_due_minor, cop.items), (1_500, 500, 2));
    assert_eq!((cop.credits_minor, cop.unapplied_minor), (-200, 70));
    assert_eq!((cop.buckets[0].amount_minor, cop.buckets[1].amount_minor), (1_000, 500));
    assert_eq!(aged[&USD].buckets[5].items, 1);
}

#[test]
fn a_sum_past_64_bits_is_an_error() {
    let mut aging = Aging::new(Partition::default());
    aging.add_item(COP, i64::MAX, 0, 0).unwrap();
    assert_eq!(aging.add_item(COP, 1, 0, 0), Err(MoneyError::TooLarge));
}

fn partitions() -> impl Strategy<Value = Partition> {
    prop::collection::btree_set(-400..400_i32, 0..12).prop_map(|mut limits| {
        limits.insert(0);
        Partition::new(limits.into_iter().collect()).unwrap()
    })
}

proptest! {
    #[test]
    fn every_day_lies_in_exactly_one_bucket(partition in partitions(), day in -1_000..1_000_i32) {
        let holds = |b: &Bucket| b.from.is_none_or(|from| from <= day) && b.to.is_none_or(|to| day <= to);
        let buckets = partition.buckets();
        prop_assert_eq!(buckets.iter().filter(|b| holds(b)).count(), 1);
        prop_assert!(holds(&buckets[partition.place(day)]));
        prop_assert_eq!(day > 0, buckets[partition.place(day)].from.is_some_and(|from| from > 0));
    }

    #[test]
    fn any_partition_holds_the_same_debt(
        partition in partitions(), items in prop::collection::vec((-500..500_i32, -1_000_000..1_000_000_i64), 0..60),
    ) {
        let fold = |partition: &Partition| {
            let mut aging = Aging::new(partition.clone());
            for (day, minor) in &items {
                aging.add_item(COP, *minor, *day, *day).unwrap();
            }
            aging.finish().1.remove(&COP).map(|a| (a.outstanding_minor, a.past_due_minor, a.items, a.credits_minor))
        };
        prop_assert_eq!(fold(&partition), fold(&Partition::default()));
    }
}
