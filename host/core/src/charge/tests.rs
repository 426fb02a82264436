//! Stories of a charge that somebody thinks again about.

use proptest::prelude::*;

use super::{Authority, Charge, ChargeError, Movement};
use crate::day::Day;
use crate::money::{Currency, Money};

fn usd(minor: i64) -> Money {
    Money { minor, currency: Currency(*b"USD") }
}

fn interest() -> Charge {
    let (from, to) = (Day(20_514), Day(20_543));
    Charge { kind: "interest".into(), amount: usd(24_000), from, to, entries: Vec::new() }
}

const ANA: Authority<'_> =
    Authority { name: "ana", limit: Money { minor: 10_000, currency: Currency(*b"USD") } };
const CHIEF: Authority<'_> =
    Authority { name: "chief", limit: Money { minor: 1_000_000, currency: Currency(*b"USD") } };
const TODAY: Day = Day(20_550);

fn told(charge: &Charge) -> Vec<i64> {
    charge.charged().map(|row| row.amount.minor).collect()
}

#[test]
fn a_waiver_keeps_its_reason_and_who_gave_it_and_can_be_taken_back() {
    let mut charge = interest();
    let waiver = charge.waive(usd(9_000), TODAY, " first time late ", ANA).unwrap();
    assert_eq!(
        (waiver.minor, waiver.reason.as_str(), waiver.authority.as_str()),
        (-9_000, "first time late", "ana")
    );
    charge.entries.push(waiver);
    assert_eq!((charge.standing(), charge.waived()), (usd(15_000), usd(9_000)));
    assert_eq!(told(&charge), [24_000, -9_000], "the pricer does not ask for it again");
    let back = charge.reinstate(usd(9_000), TODAY, "the promise was broken", ANA).unwrap();
    charge.entries.push(back);
    assert_eq!((charge.standing(), charge.waived()), (usd(24_000), usd(0)));
    assert_eq!(told(&charge), [24_000], "told once: not as a second charge");
}

#[test]
fn nobody_decides_beyond_their_authority_or_without_a_reason() {
    let charge = interest();
    assert_eq!(charge.waive(usd(5), TODAY, "  ", CHIEF), Err(ChargeError::NoReason));
    let beyond = charge.waive(usd(10_001), TODAY, "a friend", ANA).unwrap_err().to_string();
    assert_eq!(beyond, "ana may decide up to 100.00 USD, not 100.01 USD; ask somebody with more authority");
    let more = charge.waive(usd(24_001), TODAY, "goodwill", CHIEF).unwrap_err().to_string();
    assert_eq!(more, "240.01 USD is more than the 240.00 USD there is to waive");
    let nothing = charge.reinstate(usd(1), TODAY, "no waiver", CHIEF).unwrap_err().to_string();
    assert_eq!(nothing, "0.01 USD is more than the 0.00 USD there is to reinstate");
    assert_eq!(charge.waive(usd(0), TODAY, "x", CHIEF), Err(ChargeError::NotPositive(usd(0))));
    let pesos = Money { minor: 5, currency: Currency(*b"COP") };
    assert!(matches!(charge.waive(pesos, TODAY, "x", CHIEF), Err(ChargeError::Currency { .. })));
    let abroad = Authority { name: "luis", limit: pesos };
    assert!(matches!(charge.waive(usd(1), TODAY, "x", abroad), Err(ChargeError::Currency { .. })));
}

#[test]
fn a_reversal_is_for_good() {
    let mut charge = interest();
    charge.entries.push(charge.waive(usd(4_000), TODAY, "goodwill", ANA).unwrap());
    assert!(matches!(charge.reverse(TODAY, "wrong customer", ANA), Err(ChargeError::Authority { .. })));
    charge.entries.push(charge.reverse(TODAY, "wrong customer", CHIEF).unwrap());
    assert_eq!(charge.standing(), usd(0));
    assert_eq!(told(&charge), [24_000, -24_000]);
    assert_eq!(charge.reinstate(usd(4_000), TODAY, "again", CHIEF), Err(ChargeError::Reversed));
    assert_eq!(charge.reverse(TODAY, "again", CHIEF), Err(ChargeError::Reversed));
}

#[test]
fn codes_read_back() {
    for movement in Movement::ALL {
        assert_eq!(Movement::from_code(movement.code()), Some(movement));
    }
    assert_eq!(Movement::from_code("forget"), None);
}

proptest! {
    #[test]
    fn what_stands_lies_between_nothing_and_the_charge(
        steps in prop::collection::vec((0_u8..3, 1_i64..30_000), 0..20),
    ) {
        let mut charge = interest();
        for (kind, minor) in steps {
            let decided = match kind {
                0 => charge.waive(usd(minor), TODAY, "because", CHIEF),
                1 => charge.reinstate(usd(minor), TODAY, "because", CHIEF),
                _ => charge.reverse(TODAY, "because", CHIEF),
            };
            charge.entries.extend(decided);
            let standing = charge.standing().minor;
            prop_assert!((0..=24_000).contains(&standing));
            prop_assert_eq!(charge.charged().map(|row| row.amount.minor).sum::<i64>(), standing);
        }
    }
}
