//! Stories of what is charged, and of what is not.

mod clauses;
mod law;
mod numbers;
mod properties;

use recaudo_sdk::policy::pricer::{Balance, Charge, Charged, Item, Series};
use recaudo_sdk::{Context, Date, Failure, Money, Pricer, call, values};

use crate::PricerStandard;

/// Such as `2026-03-31`.
fn day(text: &str) -> i32 {
    Date::parse_iso(text).unwrap().epoch_day()
}

fn context(config: &str) -> Context {
    let instant = values::Instant { seconds: 0, nanoseconds: 0 };
    Context {
        now: instant,
        business_day: 0,
        time_zone: "America/Bogota".into(),
        locale: "es".into(),
        deadline: instant,
        entropy: Vec::new(),
        trace_id: String::new(),
        operation: call::Operation { id: "t".into(), idempotency_key: "t".into(), attempt: 1 },
        config: config.into(),
    }
}

fn usd(minor: i64) -> values::Money {
    Money { minor, exponent: 2, currency: *b"USD" }.into()
}

/// An invoice of 12,000.00 USD of nobody's law, due on 1 March 2026.
fn invoice() -> Item {
    Item {
        id: "item-1".into(),
        kind: "invoice".into(),
        country: "XX".into(),
        debtor_kind: "business".into(),
        issued: day("2026-02-01"),
        due: day("2026-03-01"),
        balances: vec![Balance { on: day("2026-02-01"), open: usd(1_200_000) }],
        charged: Vec::new(),
        attributes: Vec::new(),
    }
}

fn in_money(mut item: Item, minor: i64, exponent: u8, currency: &[u8; 3]) -> Item {
    let open = Money { minor, exponent, currency: *currency }.into();
    item.balances = vec![Balance { on: item.issued, open }];
    item
}

fn with(mut item: Item, attribute: &str, value: &str) -> Item {
    item.attributes.push((attribute.into(), value.into()));
    item
}

fn paid(mut item: Item, on: &str, left: i64) -> Item {
    let Money { exponent, currency, .. } = Money::from(item.balances[0].open);
    item.balances.push(Balance { on: day(on), open: Money { minor: left, exponent, currency }.into() });
    item
}

/// What the host keeps of a charge.
fn charged(charge: &Charge) -> Charged {
    let Charge { kind, amount, from_day, to_day, .. } = charge.clone();
    Charged { kind, amount, from_day, to_day }
}

fn series(name: &str, rates: &[(&str, &str)]) -> Series {
    let decimal = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let scale = u8::try_from(fraction.len()).unwrap();
        values::Decimal { coefficient: format!("{whole}{fraction}").parse().unwrap(), scale }
    };
    Series { name: name.into(), rates: rates.iter().map(|(at, rate)| (day(at), decimal(rate))).collect() }
}

fn price(config: &str, on: &str, rates: &[Series], item: &Item) -> Result<Vec<Charge>, Failure> {
    PricerStandard::price(context(config), day(on), rates.to_vec(), vec![item.clone()])
}

/// Kind, minor units, first and last day of each charge.
fn told(charges: &[Charge]) -> Vec<(String, i64, String, String)> {
    let iso = |day| Date::from_epoch_day(day).to_string();
    let tell = |c: &Charge| (c.kind.clone(), c.amount.minor, iso(c.from_day), iso(c.to_day));
    charges.iter().map(tell).collect()
}

fn row(kind: &str, minor: i64, from: &str, to: &str) -> (String, i64, String, String) {
    (kind.into(), minor, from.into(), to.into())
}

const MORA: &str =
    r#"{"rules":[{"id":"mora","kind":"interest","source":"clause 7","rate":"24","day_count":"act/360"}]}"#;

#[test]
fn thirty_days_late_are_thirty_days_of_interest() {
    let charges = price(MORA, "2026-03-31", &[], &invoice()).unwrap();
    assert_eq!(told(&charges), [row("interest", 24_000, "2026-03-02", "2026-03-31")]);
    assert_eq!((charges[0].rule.as_str(), charges[0].source.as_str()), ("mora", "clause 7"));
    assert_eq!(price(MORA, "2026-03-01", &[], &invoice()), Ok(vec![]), "the due day itself is free");
    assert_eq!(price("{}", "2026-03-31", &[], &invoice()), Ok(vec![]), "nobody agreed on anything");
}

#[test]
fn a_part_payment_lowers_interest_from_its_day() {
    let paid_half = paid(invoice(), "2026-03-16", 600_000);
    let charges = price(MORA, "2026-03-31", &[], &paid_half).unwrap();
    assert_eq!(
        told(&charges),
        [row("interest", 18_000, "2026-03-02", "2026-03-31")],
        "15 days of 12,000, 15 of 6,000"
    );
    let settled = paid(invoice(), "2026-03-31", 0);
    let charges = price(MORA, "2026-06-30", &[], &settled).unwrap();
    assert_eq!(charges[0].amount.minor, 24_000, "paid thirty days late; nothing accrues afterwards");
}

#[test]
fn priced_daily_or_at_once_the_sum_is_the_same_and_twice_is_nothing() {
    let mut item = in_money(invoice(), 1_000_001, 2, b"USD");
    let mut sum = 0;
    for on in 1..=91 {
        let on = Date::from_epoch_day(day("2026-03-01") + on).to_string();
        let charges = price(MORA, &on, &[], &item).unwrap();
        sum += charges.iter().map(|charge| charge.amount.minor).sum::<i64>();
        item.charged.extend(charges.iter().map(charged));
        assert_eq!(price(MORA, &on, &[], &item), Ok(vec![]), "priced again without news");
    }
    item.charged.clear();
    let at_once = price(MORA, "2026-05-31", &[], &item).unwrap();
    assert_eq!(at_once[0].amount.minor, sum);
    assert_eq!(sum, 60_667, "10,000.01 x 24% x 91/360 = 606.66727...");
}

#[test]
fn a_payment_dated_back_gives_interest_back_once() {
    let mut item = invoice();
    item.charged = price(MORA, "2026-03-31", &[], &item).unwrap().iter().map(charged).collect();
    let item = paid(item, "2026-03-16", 600_000);
    let back = price(MORA, "2026-03-31", &[], &item).unwrap();
    assert_eq!(told(&back), [row("interest", -6_000, "2026-03-02", "2026-03-31")]);
    assert_eq!(back[0].source, "less had accrued than was charged; clause 7");
    let mut settled = item;
    settled.charged.extend(back.iter().map(charged));
    assert_eq!(price(MORA, "2026-03-31", &[], &settled), Ok(vec![]));
}

#[test]
fn what_was_waived_is_not_asked_for_again() {
    let mut item = invoice();
    let first = price(MORA, "2026-03-31", &[], &item).unwrap();
    let mut waived = charged(&first[0]);
    waived.amount.minor = -waived.amount.minor;
    item.charged = vec![charged(&first[0]), waived];
    assert_eq!(price(MORA, "2026-03-31", &[], &item), Ok(vec![]));
    let later = price(MORA, "2026-04-30", &[], &item).unwrap();
    assert_eq!(
        told(&later),
        [row("interest", 24_000, "2026-04-01", "2026-04-30")],
        "the next month is its own"
    );
}

#[test]
fn a_rate_that_is_missing_stops_everything_and_says_which_day() {
    let config = r#"{"rules":[{"id":"mora","kind":"interest","series":"dtf","plus":"3"}],
        "series":[{"name":"dtf","good-months":1}]}"#;
    let gap = |rates: &[Series]| {
        let failure = price(config, "2026-04-30", rates, &invoice()).unwrap_err();
        assert_eq!(failure.code, "rate-gap");
        failure.message
    };
    assert_eq!(gap(&[]), "rate series dtf does not cover 2026-03-02; import its figure for that day");
    assert!(gap(&[series("dtf", &[("2026-03-10", "9")])]).contains("2026-03-02"), "it begins too late");
    assert!(
        gap(&[series("dtf", &[("2026-03-01", "9")])]).contains("2026-04-01"),
        "April was never published"
    );
    let both = series("dtf", &[("2026-03-01", "9"), ("2026-04-01", "9.5")]);
    let charges = price(config, "2026-04-30", &[both], &invoice()).unwrap();
    // 12,000 x (12% x 30 + 12.5% x 30) / 365: the 2nd to the 31st of March, then April.
    assert_eq!(charges[0].amount.minor, 24_164);
    let turned = series("dtf", &[("2026-04-01", "9"), ("2026-03-01", "9.5")]);
    assert_eq!(
        price(config, "2026-04-30", &[turned], &invoice()).unwrap_err().code,
        "pricer-standard.rate-order"
    );
}

#[test]
fn an_item_that_cannot_be_priced_is_named() {
    let code = |item: &Item| price(MORA, "2026-03-31", &[], item).unwrap_err();
    let mut empty = invoice();
    empty.balances.clear();
    assert_eq!(code(&empty).message, "item item-1: it has no balance; give one from its date on");
    let mut mixed = invoice();
    let euros = Money { minor: 5, exponent: 2, currency: *b"EUR" }.into();
    mixed.balances.push(Balance { on: day("2026-03-05"), open: euros });
    assert!(code(&mixed).message.contains("more than one currency"));
    assert!(code(&paid(invoice(), "2026-01-01", 1)).message.contains("do not ascend"));
    let mut late = invoice();
    late.balances[0].on = day("2026-03-05");
    assert!(code(&late).message.contains("first balance is after its due date"));
    let bad = with(invoice(), "contract-rate", "two");
    assert_eq!(code(&bad).code, "pricer-standard.bad-fact");
    let huge = with(in_money(invoice(), i64::MAX, 2, b"USD"), "contract-rate", "99999999999999999999999999");
    assert!(code(&huge).message.contains("too large"));
}
