//! Fractions, powers, day counts and months, each against figures worked out elsewhere.

use super::day;
use crate::days::{DayCount, add_business_days, add_months};
use crate::exact::{Exact, Rounding};
use crate::power::{cut, decimal, pow};

fn exact(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

#[test]
fn fractions_neither_lose_nor_overflow_in_silence() {
    let third = Exact::ratio(1, 3).unwrap();
    assert_eq!(third.plus(third).unwrap().plus(third).unwrap(), Exact::ONE);
    assert_eq!(exact("-12.50"), Exact::ratio(-25, 2).unwrap());
    assert!(exact("0.1").plus(exact("0.2")).unwrap() == exact("0.3"));
    assert!(Exact::ratio(-7, 3).unwrap() < Exact::ratio(-9, 4).unwrap());
    let huge = Exact::ratio(i128::MAX, 7).unwrap();
    assert!(huge > Exact::ratio(i128::MAX - 8, 7).unwrap(), "compared without a product");
    assert!(huge.times(huge).is_err());
    for text in ["", ".", "1e5", "1,5", "--1", "5 5"] {
        assert_eq!(Exact::parse(text), None, "{text}");
    }
}

#[test]
fn each_rounding_does_as_it_says() {
    let rounded = |text: &str, how| exact(text).rounded(1, how).unwrap();
    let cases = [
        ("0.25", 2, 3, 2),
        ("0.35", 4, 4, 3),
        ("-0.25", -2, -3, -2),
        ("0.251", 3, 3, 2),
        ("-0.36", -4, -4, -3),
    ];
    for (text, even, up, down) in cases {
        assert_eq!(rounded(text, Rounding::HalfEven), even, "{text}");
        assert_eq!(rounded(text, Rounding::HalfUp), up, "{text}");
        assert_eq!(rounded(text, Rounding::Down), down, "{text}");
    }
}

#[test]
fn powers_agree_with_known_digits() {
    let power = |base: &str, num, den| {
        let value = pow(decimal(exact(base)).unwrap(), Exact::ratio(num, den).unwrap()).unwrap();
        cut(value, 20).unwrap()
    };
    let near = |value: Exact, text: &str| {
        let difference = value.minus(exact(text)).unwrap();
        let bound = exact("0.00000000000000000002");
        assert!(
            difference < bound && Exact::ZERO.minus(difference).unwrap() < bound,
            "{value:?} is not {text}"
        );
    };
    near(power("2", 1, 2), "1.41421356237309504880");
    near(power("1.2475", 1, 12), "1.01859931439951078296");
    near(power("10", 1, 1), "10");
    near(power("0.5", 3, 1), "0.125");
    assert!(pow(decimal(exact("1000000")).unwrap(), Exact::int(100)).is_err(), "past 28 digits");
}

#[test]
fn day_counts_agree_with_their_definitions() {
    let years = |count: DayCount, a: &str, b: &str| count.years(day(a), day(b)).unwrap();
    let ratio = |a, b| Exact::ratio(a, b).unwrap();
    assert_eq!(years(DayCount::Thirty360, "2026-01-31", "2026-02-28"), ratio(28, 360));
    assert_eq!(years(DayCount::Thirty360, "2026-01-15", "2026-01-31"), ratio(15, 360));
    assert_eq!(years(DayCount::Act360, "2026-01-31", "2026-02-28"), ratio(28, 360));
    assert_eq!(years(DayCount::Act365, "2024-01-01", "2025-01-01"), ratio(366, 365));
    assert_eq!(years(DayCount::ActAct, "2024-01-01", "2025-01-01"), Exact::ONE);
    let mixed = ratio(61, 365).plus(ratio(121, 366)).unwrap();
    assert_eq!(years(DayCount::ActAct, "2003-11-01", "2004-05-01"), mixed, "ISDA's own example");
}

#[test]
fn months_end_where_they_must_and_weekends_are_stepped_over() {
    let months = |from: &str, count| add_months(day(from), count);
    assert_eq!(months("2026-01-31", 1), day("2026-02-28"));
    assert_eq!(months("2024-02-29", 12), day("2025-02-28"));
    assert_eq!(months("2025-01-10", 18), day("2026-07-10"));
    assert_eq!(months("2026-03-31", -1), day("2026-02-28"));
    let holidays = [day("2026-11-26")];
    assert_eq!(add_business_days(day("2026-11-23"), 5, &holidays), day("2026-12-01"));
}
