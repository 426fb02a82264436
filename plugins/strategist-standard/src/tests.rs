//! What holds for every batch, and what a broken configuration or batch gets.

use proptest::prelude::*;

use crate::config::Config;
use crate::decide::{DO, TASK, decide};
use crate::rows;
use crate::stories::as_batch;
use crate::value::Nano;

fn refusal(config: &str) -> String {
    let failure = Config::read(config.as_bytes()).unwrap_err();
    format!("{}: {}", failure.code, failure.message)
}

#[test]
fn an_empty_configuration_is_the_defaults() {
    assert_eq!(Config::read(b"").unwrap(), Config::default());
    assert_eq!(Config::read(b"{}").unwrap(), Config::default());
}

#[test]
fn a_configuration_that_cannot_work_is_refused_by_name() {
    assert!(refusal(r#"{"cap_weak": 3}"#).starts_with("config_unreadable: unknown field `cap_weak`"));
    assert!(refusal(r#"{"minimum": {"USD": 5}}"#).contains("expected a decimal in quotes"));
    assert!(refusal(r#"{"minimum": {"USD": "5,00"}}"#).contains("expected a decimal in quotes"));
    assert_eq!(refusal(r#"{"minimum": {"USD": "-1"}}"#), "config: minimum, cost, per_unit: below zero");
    assert_eq!(
        refusal(r#"{"effect_ppm": {"email": 1000001}}"#),
        "config: effect_ppm, effect_other_ppm, age_ppm, unscored_ppm: at most 1000000"
    );
    assert_eq!(
        refusal(r#"{"age_ppm": [[5, 1], [5, 2]]}"#),
        "config: age_ppm: needs an entry, and the days must rise"
    );
    assert_eq!(
        refusal(r#"{"rates": {"base": "USD", "on": "31/02/2026", "per_unit": {}}}"#),
        "config: rates: on: \"31/02/2026\" is no date; write it as 2026-03-01"
    );
}

#[test]
fn a_batch_that_does_not_fit_is_refused_by_name() {
    let mut batch = as_batch(&[]);
    batch.rows = 1;
    assert_eq!(decide(&Config::default(), 0, &batch).unwrap_err().code, "column_length");
    batch.columns.clear();
    assert_eq!(decide(&Config::default(), 0, &batch).unwrap_err().code, "column_missing");
}

#[test]
fn decimals_are_exact_and_cut_only_where_it_is_said() {
    let nano = |text| Nano::parse(text).unwrap();
    assert_eq!(nano("0.000000001"), Nano(1));
    assert_eq!(nano("-12.5").text(2), "-12.50");
    assert_eq!(nano("1999.999").text(2), "1999.99");
    assert_eq!(nano("100").at(nano("0.00025")), nano("0.025"));
    assert_eq!(
        Nano::from_scaled(i64::MAX, 0).unwrap().share(1_000_000),
        Nano::from_scaled(i64::MAX, 0).unwrap()
    );
    assert_eq!(Nano::from_scaled(i64::MAX, 0).unwrap().priority(), i32::MAX);
    for wrong in ["", ".", "1.0000000001", "1e5", "1,5", "--1", "1000000000000000000000"] {
        assert_eq!(Nano::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn the_columns_are_in_the_registry() {
    let registry = include_str!("../../../wit/COLUMNS.md");
    let strategy = registry.split("## Strategy").nth(1).unwrap();
    for column in rows::COLUMNS {
        assert!(strategy.contains(&format!("| `{column}` |")), "{column} is not in wit/COLUMNS.md");
    }
}

proptest! {
    /// Every row gets one decision; a customer gets no more actions than allowed; a capacity holds.
    #[test]
    fn every_row_is_decided_and_no_limit_is_passed(
        rows in prop::collection::vec((0..6_usize, 0..3_usize, -5..200_000_i64, -40..400_i64, 0..3_i64, any::<bool>()), 0..60),
        per_customer in 0..3_u32, capacity in 0..8_u32,
    ) {
        let mut config = Config { per_customer, ..Config::default() };
        config.capacity.insert("email".into(), capacity);
        let told: Vec<_> = rows.iter().map(|&(customer, channel, amount, late, today, reachable)| {
            crate::stories::made_up(customer, ["email", "sms", "call"][channel], amount, late, today, reachable)
        }).collect();
        let decisions = decide(&config, 20_000, &as_batch(&told)).unwrap();
        prop_assert_eq!(decisions.len(), rows.len());
        prop_assert!((0..).zip(&decisions).all(|(row, decision)| decision.row == row));
        let acts = |decision: &&recaudo_sdk::policy::strategist::Decision| {
            decision.rule == "expected_value" && (decision.action == DO || decision.action == TASK)
        };
        for customer in 0..6 {
            let n = decisions.iter().filter(acts).filter(|decision| rows[decision.row as usize].0 == customer).count();
            prop_assert!(n <= per_customer as usize);
        }
        let by_email = decisions.iter().filter(acts).filter(|decision| rows[decision.row as usize].1 == 0).count();
        prop_assert!(by_email <= capacity as usize);
    }
}
