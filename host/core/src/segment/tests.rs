//! Rules as people write them, and the mistakes they make.

use super::fields::{Account, Flag, Number, Scope, Text};
use super::rule::{Rule, Threshold, Thresholds};
use super::{SegmentSpec, Segments};
use crate::money::Currency;

const COP: Currency = Currency(*b"COP");
const CLP: Currency = Currency(*b"CLP");

fn thresholds() -> Thresholds {
    Thresholds::new(vec![Threshold { name: "big".into(), minor: vec![(COP, 500_000_000), (CLP, 1_000_000)] }])
}

/// A Colombian business that owes 1,500.50 COP, 12 days late.
fn acme() -> Account<'static> {
    let mut account = Account::new(COP);
    account.set(Number::Outstanding, 150_050);
    account.set(Number::OldestDaysPastDue, 12);
    account.set(Number::DaysLateMean, 350);
    account.set_text(Text::Currency, Some("COP"));
    account.set_text(Text::Country, Some("CO"));
    account.set_text(Text::Kind, Some("business"));
    account.set_flag(Flag::HasEmail, true);
    account
}

fn holds(rule: &str, account: &Account<'_>) -> bool {
    Rule::parse(rule, Scope::Account, &thresholds()).unwrap().holds(account)
}

fn error(rule: &str) -> String {
    Rule::parse(rule, Scope::Account, &thresholds()).unwrap_err().to_string()
}

#[test]
fn a_rule_says_what_it_reads() {
    let acme = acme();
    for (rule, expected) in [
        ("outstanding == 1500.50", true),
        ("outstanding > 1500.5", false),
        ("outstanding >= 1500.500", true),
        ("outstanding > 1500.4999", true),
        ("outstanding < -0.01", false),
        ("outstanding > -1500.50", true),
        ("oldest_days_past_due > 10 && country == \"CO\"", true),
        ("oldest_days_past_due in [1, 12]", true),
        ("country in [\"MX\", \"CL\"] || kind == 'person'", false),
        ("!(kind == 'person') && has_email", true),
        ("kind.startsWith('bus') && !has_phone", true),
        ("days_late_mean > 3.49 && days_late_mean < 3.51", true),
        ("past_due > outstanding * 0.5", false),
        ("outstanding - 500.50 == 1000", true),
        ("currency == \"COP\" ? outstanding > 1000 : outstanding > 10", true),
        ("outstanding >= amounts.big", false),
        ("'ñandú' == 'ñandú' && outstanding == 1500.50", true),
    ] {
        assert_eq!(holds(rule, &acme), expected, "{rule}");
    }
}

#[test]
fn amounts_are_read_in_the_accounts_currency() {
    let mut peso = Account::new(CLP);
    peso.set(Number::Outstanding, 1_000_000);
    assert!(holds("outstanding == 1000000", &peso), "CLP has no decimals");
    assert!(holds("outstanding >= amounts.big", &peso));
    let mut dollar = Account::new(Currency(*b"USD"));
    dollar.set(Number::Outstanding, i64::MAX);
    assert!(!holds("outstanding >= amounts.big", &dollar), "no threshold is stated for USD");
}

#[test]
fn what_is_unknown_compares_with_nothing() {
    let acme = acme();
    for rule in ["late_ppm > 0", "late_ppm < 1", "late_ppm == 5", "late_ppm != 5", "region != 'x'"] {
        assert!(!holds(rule, &acme), "{rule}");
    }
    assert!(holds("late_ppm == null && outstanding != null", &acme));
    assert!(holds("attributes[\"tier\"] == null && !has(attributes.tier)", &acme));
    assert!(!holds("int(attributes[\"tier\"]) > 1", &acme));
    let attributes = [("tier".to_owned(), "3".to_owned())];
    let known = Account { attributes: &attributes, ..acme };
    assert!(holds("int(attributes[\"tier\"]) > 1 && attributes.tier == '3'", &known));
}

#[test]
fn a_mistake_is_named_with_its_place() {
    assert_eq!(
        error("outstanding > 5 && oldest > 3").split("; known").next().unwrap(),
        "line 1, column 20: no field \"oldest\""
    );
    assert!(error("oldest > 3").contains("oldest_days_past_due"), "the known fields are listed");
    assert!(error("outstanding > amounts.huge").contains("amounts.big"));
    assert_eq!(error("outstanding > 'much'"), "line 1, column 15: expected a number, found a text");
    assert_eq!(error("country == 5"), "line 1, column 12: expected a text, found a number");
    assert_eq!(error("outstanding"), "line 1, column 1: expected yes or no, found a number");
    assert!(
        error("size(country) > 2").starts_with("line 1, column 5: no function \"size\""),
        "{}",
        error("size(country) > 2")
    );
    assert!(error("outstanding / 2 > 5").contains("rules do not divide"));
    assert!(error("outstanding >\n  && true").starts_with("line 2"), "{}", error("outstanding >\n  && true"));
    assert!(error("item_amount > 5").contains("no field \"item_amount\""), "a segment is about an account");
    assert!(Rule::parse("item_amount > 5", Scope::Item, &thresholds()).is_ok());
    assert!(error("outstanding > 1e3").contains("write a decimal with digits"));
}

fn spec(name: &str, when: Option<&str>) -> SegmentSpec {
    SegmentSpec { name: name.into(), when: when.map(str::to_owned) }
}

#[test]
fn the_first_segment_that_matches_wins_and_the_default_catches_the_rest() {
    let specs = [
        spec("late", Some("oldest_days_past_due > 30")),
        spec("business", Some("kind == 'business'")),
        spec("colombia", Some("country == 'CO'")),
        spec("rest", None),
    ];
    let segments = Segments::build(&specs, &thresholds()).unwrap();
    let mut account = acme();
    assert_eq!(segments.name(segments.classify(&account)), Some("business"));
    account.set(Number::OldestDaysPastDue, 31);
    assert_eq!(segments.name(segments.classify(&account)), Some("late"));
    assert_eq!(segments.name(segments.classify(&Account::new(COP))), Some("rest"));
}

#[test]
fn a_list_that_leaves_accounts_nowhere_is_refused() {
    let build = |specs: &[SegmentSpec]| Segments::build(specs, &thresholds()).unwrap_err().to_string();
    assert!(build(&[]).contains("at least one"));
    assert!(build(&[spec("a", Some("true"))]).contains("the last segment must be the default"));
    assert!(build(&[spec("a", None), spec("b", None)]).contains("could never match"));
    assert!(build(&[spec("a", Some("true")), spec("a", None)]).contains("written twice"));
    assert!(build(&[spec("a", Some("nope")), spec("b", None)]).starts_with("segment \"a\": line 1"));
}
