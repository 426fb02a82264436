//! Stories of holidays, and a table of years checked against another calendar.

use chrono::{Datelike, Weekday};

use super::{Calendar, add_business_days, holiday, is_business_day};
use crate::day::Day;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn twelve_countries_keep_the_days_they_keep() {
    for line in include_str!("expected.txt").lines().filter(|line| !line.starts_with('#')) {
        let (country, rest) = line.split_once(' ').unwrap();
        let (year, expected) = rest.split_once(' ').unwrap();
        let all = Calendar::built_in().holidays(
            country,
            day(&format!("{year}-01-01")),
            day(&format!("{year}-12-31")),
        );
        let sundays = country != "ES";
        let kept = all.iter().filter(|(day, _)| sundays || day.date().weekday() != Weekday::Sun);
        let ours: Vec<String> = kept.map(|(day, _)| day.to_string()[5..].to_owned()).collect();
        assert_eq!(ours.join(" "), expected, "{country} {year}");
    }
}

#[test]
fn colombia_moves_its_days_to_monday_and_chile_to_the_nearer_end_of_the_week() {
    assert_eq!(holiday("CO", day("2026-08-15")), None, "a Saturday");
    assert_eq!(holiday("co", day("2026-08-17")), Some("Asunción de la Virgen"));
    assert_eq!(
        holiday("CL", day("2023-06-26")),
        Some("San Pedro y San Pablo"),
        "from Thursday back to Monday"
    );
    assert_eq!(holiday("CL", day("2029-07-02")), Some("San Pedro y San Pablo"), "from Friday on to Monday");
    assert_eq!(holiday("CL", day("2023-10-27")), Some("Día de las Iglesias Evangélicas y Protestantes"));
    assert_eq!(holiday("US", day("2027-12-31")), Some("New Year's Day"), "observed the year before");
}

#[test]
fn a_country_nobody_listed_has_weekends_only() {
    assert_eq!(holiday("XX", day("2026-01-01")), None);
    assert!(is_business_day("XX", day("2026-01-01")));
    assert!(!is_business_day("XX", day("2026-01-03")));
}

#[test]
fn business_days_step_over_weekends_and_holidays_both_ways() {
    // Wednesday; Thursday and Friday are holy, the weekend follows.
    assert_eq!(add_business_days("CO", day("2026-04-01"), 1), day("2026-04-06"));
    assert_eq!(add_business_days("CO", day("2026-04-06"), -1), day("2026-04-01"));
    assert_eq!(add_business_days("CO", day("2026-04-04"), 0), day("2026-04-04"));
    for count in 1..60 {
        let there = add_business_days("CL", day("2026-09-01"), count);
        assert!(is_business_day("CL", there));
        assert_eq!(add_business_days("CL", there, -count), day("2026-09-01"));
    }
}

#[test]
fn a_line_that_is_no_rule_is_named() {
    for (text, line) in [
        ("[CO] x\n12-25 Navidad", 2),
        ("[CO] x\n\n31-02 = never", 3),
        ("[CO] x\n01-06 move nowhere = lost", 2),
        ("12-25 = no country", 1),
        ("[CO] x\n01-01 only = when", 2),
        ("[shifts]\na = xxx+1", 2),
    ] {
        let error = Calendar::parse(text, 2026..=2026).unwrap_err();
        assert_eq!(error.line, line, "{text:?}");
        assert!(error.to_string().starts_with("holidays, line"));
    }
}
