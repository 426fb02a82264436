//! The scorecard by stories: what a person would compute by hand, and what a broken batch or model gets.

use proptest::prelude::*;
use recaudo_sdk::scoring::{Batch, Bits, Codes, Column, Data, Ints, Scores};

use crate::model::Model;
use crate::{card, reason, sigmoid};

fn ints(name: &str, scale: u8, values: &[Option<i64>]) -> Column {
    let present = if values.iter().all(Option::is_some) { vec![] } else { bitmap(values) };
    let values = values.iter().map(|value| value.unwrap_or(-777)).collect();
    Column { name: name.into(), data: Data::Ints(Ints { values, scale, present }) }
}

fn codes(name: &str, values: &[&str]) -> Column {
    let mut dictionary: Vec<String> = values.iter().map(|&value| value.into()).collect();
    dictionary.sort_unstable();
    dictionary.dedup();
    let place =
        |value: &&str| u32::try_from(dictionary.iter().position(|code| code == value).unwrap()).unwrap();
    let values = values.iter().map(place).collect();
    Column { name: name.into(), data: Data::Codes(Codes { values, dictionary, present: vec![] }) }
}

fn bitmap(values: &[Option<i64>]) -> Vec<u8> {
    let byte =
        |chunk: &[Option<i64>]| (0..).zip(chunk).map(|(bit, value)| u8::from(value.is_some()) << bit).sum();
    values.chunks(8).map(byte).collect()
}

fn batch(rows: u32, columns: Vec<Column>) -> Batch {
    Batch { rows, ids: (1..=u64::from(rows)).collect(), columns }
}

fn model(features: &str) -> Model {
    let text = format!(
        r#"{{"model": {{"version": 1, "trained_on": "2026-01-31", "base_rate_ppm": 250000, "intercept": 100000, "features": [{features}]}}}}"#
    );
    Model::read(text.as_bytes()).unwrap()
}

fn refusal(config: &str) -> String {
    let failure = Model::read(config.as_bytes()).unwrap_err();
    format!("{}: {}", failure.code, failure.message)
}

fn named(scores: &Scores, row: usize) -> Vec<(&'static str, i32)> {
    let width = usize::from(scores.reasons_per_row);
    let one =
        |(&code, &ppm): (&u16, &i32)| (code > 0).then(|| (reason::COLUMNS[usize::from(code) - 1].1, ppm));
    let codes = &scores.reason_code[row * width..][..width];
    codes.iter().zip(&scores.reason_ppm[row * width..][..width]).filter_map(one).collect()
}

#[test]
fn points_add_up_and_the_largest_are_the_reasons() {
    let model = model(
        r#"{"column": "late_rate_ppm", "curve": [[0, -1000000], [1000000, 1000000]]},
           {"column": "disputed", "values": {"1": 300000}},
           {"column": "country", "values": {"CO": 50000, "MX": -20000}},
           {"column": "days_past_due", "curve": [[0, 0], [10, 200000]]}"#,
    );
    let bits = Data::Bits(Bits { values: vec![1, 0], present: vec![] });
    let columns = vec![
        ints("late_rate_ppm", 0, &[Some(1_000_000), Some(500_000)]),
        Column { name: "disputed".into(), data: bits },
        codes("country", &["CO", "AR"]),
        ints("days_past_due", 0, &[Some(400), Some(-3)]),
    ];
    let scores = card::score(&model, &batch(2, columns)).unwrap();
    let first = 100_000 + 1_000_000 + 300_000 + 50_000 + 200_000;
    assert_eq!(scores.ppm, [sigmoid::ppm(first), sigmoid::ppm(100_000)]);
    let without = |points: i32| scores.ppm[0] - sigmoid::ppm(first - points);
    assert_eq!(
        named(&scores, 0),
        [
            ("late_before", without(1_000_000)),
            ("disputed_now", without(300_000)),
            ("past_due_now", without(200_000))
        ]
    );
    assert_eq!(
        named(&scores, 1),
        [],
        "nothing weighs on an average customer in a country the model does not know"
    );
}

#[test]
fn a_customer_of_whom_little_is_known_is_drawn_to_everybodys_rate() {
    let model = model(
        r#"{"column": "late_rate_ppm", "curve": [[0, 0], [1000000, 1000000]],
            "shrink": {"by": ["settled_items", "past_due_items"], "prior": 200000, "weight": 3}}"#,
    );
    let columns = vec![
        ints("late_rate_ppm", 0, &[None, Some(1_000_000), Some(1_000_000), Some(1_000_000)]),
        ints("settled_items", 0, &[Some(0), Some(1), Some(0), Some(2997)]),
        ints("past_due_items", 0, &[Some(0), Some(0), Some(3), None]),
    ];
    let scores = card::score(&model, &batch(4, columns)).unwrap();
    // 1,000,000 after one observation of four, three of six, 2,997 of 3,000; and the prior when there is none. The
    // row without a history has the other columns, but the feature's own is absent: that is the base rate's row.
    let near = |rate: i32| sigmoid::ppm(100_000 + rate);
    assert_eq!(scores.ppm[0], 250_000);
    assert!((scores.ppm[1] - near(400_000)).abs() <= 1);
    assert!((scores.ppm[2] - near(600_000)).abs() <= 1);
    assert!((scores.ppm[3] - near(999_200)).abs() <= 1);
}

#[test]
fn a_row_without_any_value_gets_the_base_rate_and_no_reason() {
    let model = model(
        r#"{"column": "days_late_mean", "scale": 2, "curve": [[0, 5000000]], "missing": 700000},
           {"column": "term_days", "curve": [[0, -5000000]], "missing": 10}"#,
    );
    let columns =
        vec![ints("days_late_mean", 2, &[None, Some(0), None]), ints("term_days", 0, &[None, None, Some(1)])];
    let scores = card::score(&model, &batch(3, columns)).unwrap();
    assert_eq!(scores.ppm, [250_000, sigmoid::ppm(5_100_010), sigmoid::ppm(-4_200_000)]);
    assert_eq!(named(&scores, 0), []);
    assert_eq!(named(&scores, 1).len(), 2);
}

#[test]
fn money_is_read_by_its_currency_whatever_the_columns_decimals() {
    let feature = r#"{"column": "amount", "scale": 2, "missing": -9, "currencies":
        {"USD": [[0, 0], [100000, 1000000]], "COP": [[0, 0], [400000000, 1000000]]}}"#;
    let rows = |scale, values: &[Option<i64>]| {
        let columns = vec![ints("amount", scale, values), codes("currency", &["USD", "COP", "CLF"])];
        card::score(&model(feature), &batch(3, columns)).unwrap().ppm
    };
    let half = sigmoid::ppm(100_000 + 500_000);
    let expected = [half, half, sigmoid::ppm(100_000 - 9)];
    assert_eq!(rows(2, &[Some(50_000), Some(200_000_000), Some(5)]), expected);
    assert_eq!(rows(4, &[Some(5_000_000), Some(20_000_000_000), Some(5)]), expected);
    assert_eq!(rows(0, &[Some(500), Some(2_000_000), Some(5)]), expected);
}

#[test]
fn the_experts_card_stands_in_until_a_model_is_trained() {
    let expert = Model::read(b"").unwrap();
    assert_eq!(Model::read(b"{}").unwrap(), expert);
    assert_eq!(expert.trained_on, None);
    let column = |name: &String, bad: bool| match name.as_str() {
        "disputed" => Column {
            name: name.clone(),
            data: Data::Bits(Bits { values: vec![u8::from(bad)], present: vec![] }),
        },
        "late_rate_ppm" | "recent_late_ppm" => ints(name, 0, &[Some(if bad { 900_000 } else { 0 })]),
        "days_late_mean" => ints(name, 2, &[Some(if bad { 2_500 } else { 0 })]),
        "days_past_due" => ints(name, 0, &[Some(if bad { 45 } else { -10 })]),
        "past_due_items" => ints(name, 0, &[Some(if bad { 4 } else { 0 })]),
        _ => ints(name, 0, &[Some(20)]),
    };
    let score = |bad| {
        let columns = expert.columns().iter().map(|name| column(name, bad)).collect();
        card::score(&expert, &batch(1, columns)).unwrap().ppm[0]
    };
    assert!(score(false) < 150_000, "{}", score(false));
    assert!(score(true) > 900_000, "{}", score(true));
}

#[test]
fn only_the_columns_of_the_model_are_asked_for_and_each_is_in_the_registry() {
    let model = model(
        r#"{"column": "amount", "currencies": {}}, {"column": "late_rate_ppm", "curve": [[0, 1]],
            "shrink": {"by": ["settled_items"], "prior": 0, "weight": 1}}, {"column": "settled_items", "curve": [[0, 1]]}"#,
    );
    assert_eq!(model.columns(), ["amount", "currency", "late_rate_ppm", "settled_items"]);
    let registry = include_str!("../../../wit/COLUMNS.md");
    for (column, _) in reason::COLUMNS {
        assert!(registry.contains(&format!("| `{column}` |")), "{column} is not in wit/COLUMNS.md");
    }
}

#[test]
fn a_model_that_cannot_be_computed_is_refused_by_name() {
    let card = |rest: &str| {
        refusal(&format!(
            r#"{{"model": {{"version": 1, "trained_on": null, "base_rate_ppm": 1, "intercept": 0, "features": [{rest}]}}}}"#
        ))
    };
    assert_eq!(
        card(r#"{"column": "shoe_size", "curve": [[0, 1]]}"#),
        "model: feature shoe_size: this plugin has no such column"
    );
    assert_eq!(
        card(r#"{"column": "amount", "curve": [[5, 1], [5, 2]]}"#),
        "model: feature amount: the knots' values must rise"
    );
    assert_eq!(
        card(r#"{"column": "amount", "curve": []}"#),
        "model: feature amount: a curve has 1 to 15 knots, not 0"
    );
    assert_eq!(
        card(r#"{"column": "amount"}"#),
        "model: feature amount: give exactly one of curve, currencies, values"
    );
    assert_eq!(
        card(r#"{"column": "amount", "curve": [[0, 30000001]]}"#),
        "model: amount: 30000001 points; at most 30000000 either way"
    );
    assert!(card(r#"{"colum": "amount"}"#).starts_with("config_unreadable: unknown field `colum`"));
    assert!(refusal("{").starts_with("config_unreadable: "));
    assert!(refusal(r#"{"model": {"version": 2, "trained_on": null, "base_rate_ppm": 1, "intercept": 0, "features": []}}"#)
        .starts_with("model: version 2 is not known"));
}

#[test]
fn a_batch_that_does_not_fit_is_refused_by_name() {
    let model = model(r#"{"column": "term_days", "curve": [[0, 1]]}"#);
    let code = |rows, columns| card::score(&model, &batch(rows, columns)).unwrap_err().code;
    assert_eq!(code(1, vec![]), "column_missing");
    assert_eq!(code(2, vec![ints("term_days", 0, &[Some(1)])]), "column_length");
    assert_eq!(
        code(
            9,
            vec![Column {
                name: "term_days".into(),
                data: Data::Ints(Ints { values: vec![0; 9], scale: 0, present: vec![1] })
            }]
        ),
        "column_length"
    );
    assert_eq!(code(1, vec![codes("term_days", &["x"])]), "column_shape");
    assert_eq!(code(1, vec![ints("term_days", 40, &[Some(1)])]), "column_scale");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Blocks, bitmaps and their borders: each row is scored as if it stood alone.
    #[test]
    fn a_row_does_not_know_its_neighbours(
        rows in prop::collection::vec((prop::option::of(-50..200_i64), prop::option::of(any::<i64>()), 0..3_usize), 1..600)
    ) {
        let model = model(
            r#"{"column": "days_past_due", "curve": [[0, -400000], [30, 100000], [90, 900000]], "missing": 5},
               {"column": "amount", "currencies": {"USD": [[0, 0], [1000, 50000]]}, "missing": -77},
               {"column": "days_late_mean", "scale": 2, "curve": [[0, 0], [4000, 800000]],
                "shrink": {"by": ["days_past_due"], "most": 60, "prior": 700, "weight": 5}}"#,
        );
        let build = |rows: &[(Option<i64>, Option<i64>, usize)]| {
            let days: Vec<_> = rows.iter().map(|row| row.0).collect();
            let money: Vec<_> = rows.iter().map(|row| row.1).collect();
            let currency: Vec<_> = rows.iter().map(|row| ["USD", "COP", ""][row.2]).collect();
            let columns = vec![ints("days_past_due", 0, &days), ints("amount", 2, &money), codes("currency", &currency),
                ints("days_late_mean", 2, &money)];
            batch(u32::try_from(rows.len()).unwrap(), columns)
        };
        let together = card::score(&model, &build(&rows)).unwrap();
        for (place, row) in rows.iter().enumerate() {
            let alone = card::score(&model, &build(&[*row])).unwrap();
            prop_assert_eq!(alone.ppm[0], together.ppm[place]);
            prop_assert_eq!(named(&alone, 0), named(&together, place));
        }
    }
}
