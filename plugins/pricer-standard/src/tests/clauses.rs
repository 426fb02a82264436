//! Stories of contracts: grace, compounding, penalties, fees, discounts.

use recaudo_sdk::Kind;

use super::*;

fn rule(rule: &str) -> String {
    format!(r#"{{"rules":[{rule}]}}"#)
}

fn minor(config: &str, on: &str, item: &Item) -> Vec<i64> {
    price(config, on, &[], item).unwrap().iter().map(|charge| charge.amount.minor).collect()
}

#[test]
fn grace_waives_or_shifts() {
    let waives = rule(r#"{"id":"i","kind":"interest","rate":"36.5","grace_days":5}"#);
    assert_eq!(minor(&waives, "2026-03-06", &invoice()), [0_i64; 0], "the fifth day");
    assert_eq!(minor(&waives, "2026-03-07", &invoice()), [7_200], "the sixth: all six days");
    let in_time = paid(invoice(), "2026-03-06", 0);
    assert_eq!(minor(&waives, "2026-03-31", &in_time), [0_i64; 0], "paid within the grace");
    let shifts = rule(r#"{"id":"i","kind":"interest","rate":"36.5","grace_days":5,"grace":"shifts"}"#);
    assert_eq!(minor(&shifts, "2026-03-07", &invoice()), [1_200], "the sixth day alone");
    let more = with(invoice(), "Grace_Days", "10");
    assert_eq!(minor(&waives, "2026-03-11", &more), [0_i64; 0], "the item's own grace");
}

#[test]
fn compound_interest_bears_interest() {
    let item = in_money(invoice(), 100_000_000, 2, b"USD");
    let yearly = |extra: &str, on| {
        let text = format!(r#"{{"id":"i","kind":"interest","rate":"12","method":"compound",{extra}}}"#);
        minor(&rule(&text), on, &item)
    };
    assert_eq!(
        yearly(r#""compounding":12,"day_count":"30/360""#, "2027-03-01"),
        [12_682_503],
        "1.01^12 = 1.126825030"
    );
    assert_eq!(yearly(r#""effective":true"#, "2027-03-01"), [12_000_000]);
    assert_eq!(yearly(r#""effective":true"#, "2028-02-29"), [25_440_000], "1.12^2, 730 days");
    assert_eq!(
        yearly(r#""compounding":1,"day_count":"30/360""#, "2026-09-01"),
        [5_830_052],
        "1.12^(1/2) = 1.0583005244"
    );
    let simple = rule(r#"{"id":"i","kind":"interest","rate":"12","effective":true}"#);
    assert_eq!(minor(&simple, "2027-03-01", &item), [11_334_628], "365 x (1.12^(1/365) - 1) = 11.334628...%");
}

#[test]
fn a_penalty_and_a_fee_are_charged_once_each() {
    let config = r#"{"rules":[
        {"id":"multa","kind":"penalty","source":"clause 8","percent":"2"},
        {"id":"visit","kind":"fee","fixed":{"USD":"15","EUR":"14"},"after_days":10},
        {"id":"letter","kind":"fee","percent":"1","most":{"USD":"25.50"},"after_days":20}]}"#;
    let mut item = invoice();
    let first = price(config, "2026-03-12", &[], &item).unwrap();
    let expected =
        [row("penalty", 24_000, "2026-03-02", "2026-03-02"), row("fee", 1_500, "2026-03-12", "2026-03-12")];
    assert_eq!(told(&first), expected);
    item.charged.extend(first.iter().map(charged));
    assert_eq!(price(config, "2026-03-12", &[], &item), Ok(vec![]));
    let second = price(config, "2026-04-30", &[], &item).unwrap();
    assert_eq!(told(&second), [row("fee", 2_550, "2026-03-22", "2026-03-22")]);
    assert_eq!(second[0].rule, "letter");
    item.charged.extend(second.iter().map(charged));
    item.due = day("2026-03-05");
    assert_eq!(
        price(config, "2026-05-31", &[], &item),
        Ok(vec![]),
        "a corrected due date charges nothing twice"
    );
    let in_time = paid(item, "2026-03-05", 0);
    let back = price(config, "2026-05-31", &[], &in_time).unwrap();
    assert_eq!(
        back.iter().map(|c| c.amount.minor).collect::<Vec<_>>(),
        [-24_000, -4_050],
        "it was paid in time"
    );
}

#[test]
fn a_monthly_fee_comes_once_a_month_and_is_not_made_up_for() {
    let config =
        rule(r#"{"id":"admin","kind":"fee","fixed":{"USD":"10"},"after_days":5,"repeat":"monthly"}"#);
    let mut item = invoice();
    let mut fees = Vec::new();
    for on in ["2026-03-06", "2026-03-07", "2026-03-20", "2026-04-01", "2026-04-30", "2026-06-15"] {
        let charges = price(&config, on, &[], &item).unwrap();
        fees.extend(charges.iter().map(|charge| (on, charge.amount.minor)));
        item.charged.extend(charges.iter().map(charged));
    }
    assert_eq!(fees, [("2026-03-07", 1_000), ("2026-04-01", 1_000), ("2026-06-15", 1_000)]);
}

#[test]
fn a_discount_is_offered_once_and_expires() {
    let config = rule(r#"{"id":"2/10","kind":"discount","percent":"2","within_days":10}"#);
    let mut item = invoice();
    let offer = price(&config, "2026-02-03", &[], &item).unwrap();
    assert_eq!(told(&offer), [row("discount", -24_000, "2026-02-03", "2026-02-11")]);
    assert_eq!(price(&config, "2026-02-12", &[], &item), Ok(vec![]), "expired");
    item.charged = vec![charged(&offer[0])];
    assert_eq!(price(&config, "2026-02-04", &[], &item), Ok(vec![]), "offered once");
    let own = with(with(invoice(), "discount-until", "2026-02-20"), "discount-amount", "100");
    let offer = price(&config, "2026-02-20", &[], &own).unwrap();
    assert_eq!(
        told(&offer),
        [row("discount", -10_000, "2026-02-20", "2026-02-20")],
        "the document's own terms"
    );
}

#[test]
fn credits_bear_nothing_and_rounding_is_the_rules() {
    let mut note = invoice();
    note.kind = "credit-note".into();
    assert_eq!(price(MORA, "2026-03-31", &[], &note), Ok(vec![]));
    // 0.05 USD at 365% for a day: half a cent.
    let half = in_money(invoice(), 50, 2, b"USD");
    let rounded = |how: &str| {
        let config = rule(&format!(r#"{{"id":"i","kind":"interest","rate":"365","rounding":"{how}"}}"#));
        minor(&config, "2026-03-02", &half)
    };
    assert_eq!((rounded("half-even"), rounded("half-up"), rounded("down")), (vec![], vec![1], vec![]));
    let pesos = rule(r#"{"id":"i","kind":"interest","rate":"24","day_count":"act/360","decimals":0}"#);
    assert_eq!(
        minor(&pesos, "2026-03-02", &in_money(invoice(), 1_234_567, 2, b"COP")),
        [800],
        "8.23 is 8 whole pesos"
    );
}

#[test]
fn a_configuration_that_cannot_work_is_refused_in_words() {
    let refused = |rule_text: &str| {
        let failure = price(&rule(rule_text), "2026-03-31", &[], &invoice()).unwrap_err();
        assert_eq!(failure.kind, Kind::InvalidConfig);
        failure.message
    };
    assert_eq!(
        refused(r#"{"id":"i","kind":"interest"}"#),
        "rule i: interest needs a rate or a series, one of them"
    );
    assert!(refused(r#"{"id":"i","kind":"interest","rate":"-1"}"#).contains("no plain positive number"));
    assert!(refused(r#"{"id":"d","kind":"discount","percent":"2"}"#).contains("within_days"));
    assert!(refused(r#"{"id":"f","kind":"fee"}"#).contains("percent, fixed amounts, or both"));
    assert!(refused(r#"{"id":"f","kind":"fee","percentage":"2"}"#).contains("percentage"));
    let mixed =
        r#"{"id":"a","kind":"fee","percent":"1"},{"id":"b","kind":"fee","percent":"1","repeat":"monthly"}"#;
    assert!(refused(mixed).contains("all charged once or all monthly"));
}
