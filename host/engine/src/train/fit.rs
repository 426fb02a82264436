//! Ridge logistic regression by Newton's method, written down as a card of integers.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "fitting is numerical; its results are integers"
)]

use std::collections::BTreeMap;

use recaudo_core::day::Day;
use serde::Serialize;

use super::real::{exp, real, sigmoid, whole};
use super::shape::{Curve, Shape, Shrink};
use super::{Options, TrainError, TrainingTable, judge};

/// Newton's method on a convex function settles in about ten.
const ROUNDS_MAX: usize = 50;
/// Largest step, in standard deviations of a feature, at which it counts as settled.
const SETTLED: f64 = 1e-9;
/// A millionth of a logit is a point; the scorer takes no more than these.
const POINTS_MAX: i32 = 30_000_000;

#[derive(Serialize)]
struct Config {
    model: Model,
}

#[derive(Serialize)]
struct Model {
    version: u32,
    trained_on: String,
    base_rate_ppm: i32,
    intercept: i32,
    features: Vec<Feature>,
}

#[derive(Serialize)]
struct Feature {
    column: &'static str,
    scale: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    shrink: Option<Shrink>,
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<Vec<(i64, i32)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currencies: Option<BTreeMap<String, Vec<(i64, i32)>>>,
}

/// A column of the fit: mean 0, deviation 1, 0 where there is no value.
struct Standard {
    mean: f64,
    deviation: f64,
    values: Vec<f64>,
}

/// Fits `shapes` to `late` and writes the scorer's configuration.
pub(super) fn card(
    table: &TrainingTable,
    rows: &[usize],
    late: &[bool],
    shapes: &[Shape],
    how: (Day, &Options),
) -> Result<String, TrainError> {
    let (split_on, options) = how;
    let half_life = f64::from(options.half_life_days.max(1));
    let weight = |&row: &usize| {
        let age = f64::from(split_on.since(table.row(row).due_on));
        exp(-std::f64::consts::LN_2 * age / half_life)
    };
    let weights: Vec<f64> = rows.iter().map(weight).collect();
    let standards: Vec<Standard> = shapes.iter().map(|shape| Standard::new(shape, &weights)).collect();
    let columns: Vec<&[f64]> = standards.iter().map(|standard| standard.values.as_slice()).collect();
    let fitted = newton(&columns, late, &weights, f64::from(options.ridge))?;

    let points = |slope: f64, standard: &Standard, knots: &[(i64, f64)]| -> Vec<(i64, i32)> {
        let at = |seen: f64| whole(1e6 * slope * (seen - standard.mean) / standard.deviation, POINTS_MAX);
        knots.iter().map(|&(value, seen)| (value, at(seen))).collect()
    };
    let feature = |(shape, (standard, &slope)): (&Shape, (&Standard, &f64))| {
        let (curve, currencies) = match &shape.curve {
            Curve::One(knots) => (Some(points(slope, standard, knots)), None),
            Curve::ByCurrency(curves) => {
                let one = |(code, knots): (&String, &Vec<_>)| (code.clone(), points(slope, standard, knots));
                (None, Some(curves.iter().map(one).collect()))
            }
        };
        Feature { column: shape.column, scale: shape.scale, shrink: shape.shrink.clone(), curve, currencies }
    };
    let model = Model {
        version: 1,
        trained_on: split_on.to_string(),
        base_rate_ppm: judge::rate_ppm(late.iter().filter(|&&late| late).count(), late.len()),
        intercept: whole(1e6 * fitted[0], POINTS_MAX),
        features: shapes.iter().zip(standards.iter().zip(&fitted[1..])).map(feature).collect(),
    };
    serde_json::to_string(&Config { model }).map_err(|error| TrainError::Write(error.to_string()))
}

impl Standard {
    fn new(shape: &Shape, weights: &[f64]) -> Self {
        let known =
            || shape.seen.iter().zip(weights).filter_map(|(seen, &weight)| seen.map(|seen| (seen, weight)));
        let total: f64 = known().map(|(_, weight)| weight).sum();
        let mean = known().map(|(seen, weight)| seen * weight).sum::<f64>() / total;
        let variance =
            known().map(|(seen, weight)| weight * (seen - mean) * (seen - mean)).sum::<f64>() / total;
        // A feature that hardly varies would get a slope of nothing over nothing.
        let deviation = if variance > 1e-18 { variance.sqrt() } else { 1.0 };
        let values =
            shape.seen.iter().map(|seen| seen.map_or(0.0, |seen| (seen - mean) / deviation)).collect();
        Self { mean, deviation, values }
    }
}

/// Intercept and slopes that minimise the weighted log loss plus `ridge`/2 times the squares of the slopes.
fn newton(columns: &[&[f64]], late: &[bool], weights: &[f64], ridge: f64) -> Result<Vec<f64>, TrainError> {
    let size = columns.len() + 1;
    let mut found = vec![0.0; size];
    for _ in 0..ROUNDS_MAX {
        let mut slope = vec![0.0; size];
        let mut curvature = vec![vec![0.0; size]; size];
        for k in 1..size {
            slope[k] = -ridge * found[k];
            curvature[k][k] = ridge;
        }
        let mut x = vec![1.0; size];
        for (row, (&late, &weight)) in late.iter().zip(weights).enumerate() {
            columns.iter().zip(&mut x[1..]).for_each(|(column, x)| *x = column[row]);
            let p = sigmoid(x.iter().zip(&found).map(|(x, b)| x * b).sum());
            let (miss, bend) = (weight * (real(i64::from(late)) - p), weight * p * (1.0 - p));
            for i in 0..size {
                slope[i] += miss * x[i];
                for j in 0..=i {
                    curvature[i][j] += bend * x[i] * x[j];
                }
            }
        }
        let step = solve(curvature, slope).ok_or(TrainError::NotSettled(ROUNDS_MAX))?;
        found.iter_mut().zip(&step).for_each(|(b, step)| *b += step);
        if step.iter().all(|step| step.abs() < SETTLED) {
            return Ok(found);
        }
    }
    Err(TrainError::NotSettled(ROUNDS_MAX))
}

/// Solves `a x = b` for a positive definite `a`, given by its lower half (Cholesky); `None` when it is not.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let size = b.len();
    for i in 0..size {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - inner;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                a[i][i] = rest.sqrt();
            } else {
                a[i][j] = rest / a[j][j];
            }
        }
    }
    for i in 0..size {
        let inner: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - inner) / a[i][i];
    }
    for i in (0..size).rev() {
        let inner: f64 = (i + 1..size).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - inner) / a[i][i];
    }
    Some(b)
}
