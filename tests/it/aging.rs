//! Aging of the real sample as of past days, and what was known then.

use recaudo_core::aging::Partition;
use recaudo_engine::aging::{AgingQuery, AgingView, By, aging};

use super::support::desk::Desk;
use super::support::{root, shared};

fn ibm() -> Option<Desk> {
    let folder = shared("data/ar")?;
    let mut desk = Desk::on("2014-01-15");
    let config = root().join("plugins/erp-csv/examples/ibm-accounts-receivable.json");
    desk.source("ibm", &std::fs::read_to_string(config).expect("the example"), &folder);
    desk.import("ibm");
    Some(desk)
}

fn as_of(desk: &mut Desk, day: &str) -> AgingView {
    let query = AgingQuery { as_of: Some(day.parse().unwrap()), ..AgingQuery::default() };
    aging(&mut desk.engine, &query).unwrap()
}

/// `from..to amount items` of each bucket that holds something.
fn held(view: &AgingView) -> Vec<String> {
    let buckets = view.currencies[0].buckets.iter().filter(|bucket| bucket.items > 0);
    let end = |day: Option<i32>| day.map_or_else(String::new, |day| day.to_string());
    buckets.map(|b| format!("{}..{} {} {}", end(b.from), end(b.to), b.amount, b.items)).collect()
}

#[test]
fn the_real_sample_ages_to_the_cent_on_two_past_days() {
    let Some(mut desk) = ibm() else { return };
    let june = as_of(&mut desk, "2013-06-30");
    assert_eq!(held(&june), ["..0 4284.29 72", "1..30 835.56 12"]);
    assert_eq!((&*june.currencies[0].outstanding, &*june.currencies[0].past_due), ("5119.85", "835.56"));
    let december = as_of(&mut desk, "2012-12-31");
    assert_eq!(held(&december), ["..0 4936.32 86", "1..30 788.74 13"]);
    assert_eq!(december.currencies[0].outstanding, "5725.06");
    assert!(as_of(&mut desk, "2011-12-31").currencies.is_empty());
}

#[test]
fn any_partition_and_either_date_hold_the_same_debt() {
    let Some(mut desk) = ibm() else { return };
    for limits in ["0", "-10,0,5,15", "0,30,60,90"] {
        for by in [By::Due, By::Document] {
            let query = AgingQuery {
                as_of: Some("2013-06-30".parse().unwrap()),
                by,
                buckets: Partition::parse(limits).unwrap(),
                ..AgingQuery::default()
            };
            let view = aging(&mut desk.engine, &query).unwrap();
            let currency = &view.currencies[0];
            assert_eq!(
                (&*currency.outstanding, &*currency.past_due, currency.items),
                ("5119.85", "835.56", 84)
            );
            let items: u64 = currency.buckets.iter().map(|bucket| bucket.items).sum();
            assert_eq!(items, 84, "{limits} {by:?}");
        }
    }
}

#[test]
fn the_customers_sum_to_the_whole_and_an_unknown_one_is_named() {
    let Some(mut desk) = ibm() else { return };
    let ids = desk.engine.store.read(|conn| {
        let sql = "SELECT external_id FROM customers WHERE tenant_id = 1";
        conn.all(sql, &[], |row| Ok(row.text(0)?.to_owned()))
    });
    let mut items = 0;
    for id in ids.unwrap() {
        let as_of = Some("2013-06-30".parse().unwrap());
        let query = AgingQuery { as_of, customer: Some(id), ..AgingQuery::default() };
        let view = aging(&mut desk.engine, &query).unwrap();
        items += view.currencies.first().map_or(0, |currency| currency.items);
    }
    assert_eq!(items, 84);
    let query = AgingQuery { customer: Some("nobody".into()), ..AgingQuery::default() };
    assert_eq!(aging(&mut desk.engine, &query).unwrap_err().to_string(), "there is no customer \"nobody\"");
}

#[test]
fn before_anything_was_known_nothing_was_owed() {
    let Some(mut desk) = ibm() else { return };
    let query = |known: &str| AgingQuery {
        as_of: Some("2013-06-30".parse().unwrap()),
        known_at: Some(known.parse().unwrap()),
        ..AgingQuery::default()
    };
    let before = aging(&mut desk.engine, &query("2014-01-15T16:00:00Z")).unwrap();
    assert!(before.currencies.is_empty(), "{before:?}");
    let after = aging(&mut desk.engine, &query("2014-01-15T18:00:00Z")).unwrap();
    assert_eq!(after.currencies[0].outstanding, "5119.85");
}
