//! The features a card is made of: which column, drawn how towards everybody's, along which curve.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "fitting is numerical; its results are integers"
)]

use std::collections::BTreeMap;

use recaudo_ports::table::{Batch, Data};
use serde::{Deserialize, Serialize};

use super::real::{exp, ln, logit, real, whole_i64};
use super::table::COLUMNS;
use super::{TrainError, TrainingTable};

/// Documents a currency needs for a curve of its own.
const CURRENCY_DOCUMENTS_MIN: usize = 30;

/// What the features are: chosen on the training part of a public receivables file by predicting each of its last
/// quarters from what came before.
const SPECS: [Spec; 7] = [
    Spec {
        column: "late_rate_ppm",
        shrink: Some((&["settled_items", "past_due_items"], None, 4)),
        form: Form::Logit,
    },
    Spec { column: "days_to_pay_mean", shrink: Some((&["settled_items"], None, 2)), form: Form::Line },
    Spec {
        column: "recent_days_to_pay_mean",
        shrink: Some((&["settled_items"], Some(5), 1)),
        form: Form::Line,
    },
    Spec { column: "days_late_mean", shrink: Some((&["settled_items"], None, 4)), form: Form::Line },
    Spec { column: "past_due_items", shrink: None, form: Form::Count },
    Spec { column: "amount", shrink: None, form: Form::Money },
    Spec { column: "term_days", shrink: None, form: Form::Line },
];

#[derive(Clone, Copy)]
struct Spec {
    column: &'static str,
    /// The columns that count, at most how many, and what the prior is worth.
    shrink: Option<(&'static [&'static str], Option<u32>, u32)>,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// Of a rate, its logit.
    Logit,
    /// As it is, between the first and the last percentile.
    Line,
    /// ln(1 + n).
    Count,
    /// ln of the amount over its currency's median.
    Money,
}

/// A feature before it has points: knots of values with what the fit sees there.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) column: &'static str,
    pub(super) scale: u8,
    pub(super) shrink: Option<Shrink>,
    pub(super) curve: Curve,
    /// What the fit sees of each training document; `None` without a value.
    pub(super) seen: Vec<Option<f64>>,
}

/// As the scorer's configuration has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shrink {
    by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u32>,
    prior: i64,
    weight: u32,
}

#[derive(Debug, Clone)]
pub(super) enum Curve {
    One(Vec<(i64, f64)>),
    ByCurrency(BTreeMap<String, Vec<(i64, f64)>>),
}

/// The shapes that vary among the training documents `rows`.
pub(super) fn shapes(table: &TrainingTable, rows: &[usize], late: &[bool]) -> Result<Vec<Shape>, TrainError> {
    let mut names: Vec<String> = vec!["currency".into(), "settled_items".into()];
    names.extend(SPECS.iter().map(|spec| spec.column.into()));
    let batch = table.batch(rows, &names)?;
    let n_late = late.iter().filter(|&&late| late).count();
    let base_ppm = whole_i64(1e6 * real(as_i64(n_late)) / real(as_i64(late.len())));
    let shapes = SPECS.iter().filter_map(|spec| Shape::new(spec, &batch, base_ppm));
    Ok(shapes.filter(|shape| shape.seen.iter().flatten().any(|&x| Some(x) != shape.seen[0])).collect())
}

/// The columns a configuration of the scorer reads; every column where it has no model, for then only the scorer knows.
pub(super) fn columns(config: &str) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Config {
        model: Option<Model>,
    }
    #[derive(Deserialize)]
    struct Model {
        features: Vec<Feature>,
    }
    #[derive(Deserialize)]
    struct Feature {
        column: String,
        shrink: Option<Shrink>,
        currencies: Option<serde_json::Value>,
    }
    let config = if config.trim().is_empty() { "{}" } else { config };
    let config: Config = serde_json::from_str(config).map_err(|error| error.to_string())?;
    let Some(model) = config.model else {
        return Ok(COLUMNS.iter().map(|&name| name.into()).collect());
    };
    let mut names: Vec<String> = Vec::new();
    for feature in model.features {
        let by = feature.shrink.into_iter().flat_map(|shrink| shrink.by);
        let currency = feature.currencies.map(|_| "currency".into());
        for name in [feature.column].into_iter().chain(by).chain(currency) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

impl Shape {
    fn new(spec: &Spec, batch: &Batch, base_ppm: i64) -> Option<Self> {
        let (values, scale) = ints(batch, spec.column)?;
        let prior = match spec.form {
            Form::Logit => base_ppm,
            Form::Line | Form::Count | Form::Money => mean(&values),
        };
        let shrink = spec.shrink.map(|(by, most, weight)| Shrink {
            by: by.iter().map(|&name| name.into()).collect(),
            most,
            prior,
            weight,
        });
        let values = match &shrink {
            Some(shrink) => shrunk(&values, shrink, batch),
            None => values,
        };
        if let Form::Money = spec.form {
            let currency = codes(batch, "currency")?;
            let curves = money_curves(&values, &currency);
            let one = |(value, code): (&Option<i64>, &&str)| {
                let curve = curves.get(*code)?;
                value.map(|value| along(curve, value))
            };
            let seen = values.iter().zip(&currency).map(one).collect();
            return Some(Self { column: spec.column, scale, shrink, curve: Curve::ByCurrency(curves), seen });
        }
        let curve = curve(spec.form, &values)?;
        let seen = values.iter().map(|value| value.map(|value| along(&curve, value))).collect();
        Some(Self { column: spec.column, scale, shrink, curve: Curve::One(curve), seen })
    }
}

fn curve(form: Form, values: &[Option<i64>]) -> Option<Vec<(i64, f64)>> {
    match form {
        Form::Logit => {
            let percents = [2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98];
            Some(percents.map(|percent| (percent * 10_000, logit(real(percent) / 100.0))).to_vec())
        }
        Form::Count => Some([0, 1, 2, 3, 5, 8, 13, 21, 34].map(|n| (n, ln(1.0 + real(n)))).to_vec()),
        Form::Line | Form::Money => {
            let mut sorted: Vec<i64> = values.iter().flatten().copied().collect();
            sorted.sort_unstable();
            let (low, high) = (sorted.get(sorted.len() / 100)?, sorted.get(sorted.len() * 99 / 100)?);
            (low < high).then(|| vec![(*low, real(*low)), (*high, real(*high))])
        }
    }
}

/// From a sixteenth of a currency's median to sixteen times it, by doubling.
fn money_curves(values: &[Option<i64>], currency: &[&str]) -> BTreeMap<String, Vec<(i64, f64)>> {
    let mut by_currency: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (value, code) in values.iter().zip(currency) {
        by_currency.entry(code).or_default().extend(value.filter(|&minor| minor > 0));
    }
    let mut curves = BTreeMap::new();
    for (code, mut amounts) in by_currency {
        amounts.sort_unstable();
        if amounts.len() < CURRENCY_DOCUMENTS_MIN {
            continue;
        }
        let median = real(amounts[amounts.len() / 2]);
        let mut knots: Vec<(i64, f64)> = (-4..=4)
            .map(|doublings| real(doublings) * std::f64::consts::LN_2)
            .map(|log| (whole_i64(median * exp(log)), log))
            .collect();
        knots.dedup_by_key(|knot| knot.0);
        curves.insert(code.to_owned(), knots);
    }
    curves
}

/// Where `x` lies on the straight lines between the knots; flat beyond the ends. The same as the scorer's.
fn along(knots: &[(i64, f64)], x: i64) -> f64 {
    let above = knots.partition_point(|knot| knot.0 <= x);
    match (above.checked_sub(1).map(|i| knots[i]), knots.get(above)) {
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * real(x - a.0) / real(b.0 - a.0),
        (Some(only), None) | (None, Some(&only)) => only.1,
        (None, None) => 0.0,
    }
}

/// Every row has a value afterwards: who has no history has the prior.
fn shrunk(values: &[Option<i64>], shrink: &Shrink, batch: &Batch) -> Vec<Option<i64>> {
    let counts: Vec<_> = shrink.by.iter().filter_map(|name| ints(batch, name)).collect();
    let one = |(row, value): (usize, &Option<i64>)| {
        let n: i64 = counts.iter().map(|(counts, _)| counts[row].unwrap_or(0)).sum();
        let n = shrink.most.map_or(n, |most| n.min(i64::from(most)));
        let Some(value) = value else { return Some(shrink.prior) };
        let share = real(n) / real(n + i64::from(shrink.weight));
        Some(shrink.prior + whole_i64(real(value - shrink.prior) * share))
    };
    values.iter().enumerate().map(one).collect()
}

fn mean(values: &[Option<i64>]) -> i64 {
    let known: Vec<i64> = values.iter().flatten().copied().collect();
    let sum: f64 = known.iter().map(|&value| real(value)).sum();
    if known.is_empty() { 0 } else { whole_i64(sum / real(as_i64(known.len()))) }
}

fn ints(batch: &Batch, name: &str) -> Option<(Vec<Option<i64>>, u8)> {
    match &batch.columns.iter().find(|column| column.name == name)?.data {
        Data::Ints { values, scale, present } => {
            let has = |row: usize| present.is_empty() || present[row / 8] >> (row % 8) & 1 == 1;
            Some((values.iter().enumerate().map(|(row, &value)| has(row).then_some(value)).collect(), *scale))
        }
        Data::Days { .. } | Data::Codes { .. } | Data::Bits { .. } => None,
    }
}

fn codes<'a>(batch: &'a Batch, name: &str) -> Option<Vec<&'a str>> {
    match &batch.columns.iter().find(|column| column.name == name)?.data {
        Data::Codes { values, dictionary, .. } => Some(
            values.iter().map(|&code| dictionary.get(code as usize).map_or("", String::as_str)).collect(),
        ),
        Data::Ints { .. } | Data::Days { .. } | Data::Bits { .. } => None,
    }
}

fn as_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
