//! Word of a gateway in any order, told as often as it likes, ends the same.
#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Kind, Known, Standing, Status, standing, wait_after};

const ALL: [Status; 6] = [
    Status::Unknown,
    Status::NotAttempted,
    Status::RequiresAction,
    Status::Pending,
    Status::Declined,
    Status::Succeeded,
];

fn word() -> impl Strategy<Value = Known> {
    let status = prop::sample::select(&ALL[..]);
    let minor = || prop::option::of(0..10_000_i64);
    let original = prop::option::of("[a-c]");
    (status, minor(), minor(), prop::option::of(0..50_i64), original).prop_map(
        |(status, amount, fee, at, original)| Known { original, ..Known::word(status, amount, fee, at) },
    )
}

/// A payment is transaction 0; the others are about it.
fn kind_of(transaction: usize) -> Kind {
    [Kind::Payment, Kind::Refund, Kind::ChargeBack, Kind::GivenBack, Kind::Fee][transaction]
}

fn heard(words: &[(usize, Known)]) -> (BTreeMap<usize, Known>, Standing, i64) {
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    let (mut posted, mut stand) = (0, Standing::default());
    for (transaction, word) in words {
        let joined = match known.remove(transaction) {
            Some(before) => before.join(word.clone()),
            None => word.clone(),
        };
        known.insert(*transaction, joined);
        let Some(payment) = known.get(&0) else { continue };
        let about = known.iter().filter(|(id, _)| **id != 0).map(|(id, known)| (kind_of(*id), known));
        let now = standing(payment, about).unwrap();
        posted += (now.received - now.returned) - (stand.received - stand.returned);
        stand = now;
    }
    (known, stand, posted)
}

proptest! {
    #[test]
    fn any_order_and_any_number_of_repetitions_end_the_same(
        words in prop::collection::vec((0..5_usize, word()), 1..12),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        seed in any::<u64>(),
    ) {
        let mut told = words.clone();
        told.extend(again.iter().map(|index| index.get(&words).clone()));
        let mut state = seed;
        for place in (1..told.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            told.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
        }
        let (in_order, turned) = (heard(&words), heard(&told));
        prop_assert_eq!(&in_order, &turned);
        prop_assert_eq!(in_order.2, in_order.1.received - in_order.1.returned, "movements sum to the standing");
    }
}

#[test]
fn what_is_behind_changes_nothing_that_is_further() {
    let paid = Known::word(Status::Succeeded, Some(100), None, Some(7));
    for late in
        [Status::Unknown, Status::NotAttempted, Status::RequiresAction, Status::Pending, Status::Declined]
    {
        assert_eq!(paid.clone().join(Known::word(late, Some(90), None, Some(5))), paid, "{late:?}");
    }
    let refused = Known::word(Status::Declined, Some(100), None, Some(5));
    assert_eq!(refused.join(paid.clone()), paid, "another card went through");
}

#[test]
fn after_a_request_has_left_nothing_is_proven_not_to_have_happened() {
    for status in ALL {
        assert_eq!(status.after(false), status);
        let expected = if status == Status::NotAttempted { Status::Unknown } else { status };
        assert_eq!(status.after(true), expected);
        assert_eq!(status.name().parse::<Status>().unwrap(), status);
    }
}

#[test]
fn a_settlement_adds_the_fee_the_webhook_did_not_know() {
    let webhook = Known::word(Status::Succeeded, Some(100_000), None, Some(5));
    let settled = Known::word(Status::Succeeded, Some(100_000), Some(3_900), Some(5));
    let known = webhook.join(settled);
    assert_eq!((known.moved(), known.kept()), (100_000, 3_900));
}

#[test]
fn refunds_and_a_charge_back_return_no_more_than_came_and_a_won_dispute_gives_back() {
    let paid = Known::word(Status::Succeeded, Some(100), None, None);
    let part = Known::word(Status::Succeeded, Some(30), None, None);
    let all = Known::word(Status::Succeeded, Some(100), None, None);
    let coming = Known::word(Status::Pending, Some(100), None, None);
    let returned = |about: &[(Kind, &Known)]| standing(&paid, about.iter().copied()).unwrap().returned;
    assert_eq!(returned(&[(Kind::Refund, &part)]), 30);
    assert_eq!(returned(&[(Kind::Refund, &coming)]), 0);
    assert_eq!(returned(&[(Kind::Refund, &part), (Kind::ChargeBack, &all)]), 100);
    assert_eq!(returned(&[(Kind::ChargeBack, &all), (Kind::GivenBack, &all)]), 0);
}

#[test]
fn asking_widens_and_then_a_person_looks() {
    let waits: Vec<Option<i64>> = (0..6).map(|asked| wait_after(asked).map(|us| us / 60_000_000)).collect();
    assert_eq!(waits, [Some(1), Some(5), Some(30), Some(120), Some(720), None]);
}
