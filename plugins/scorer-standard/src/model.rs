//! The scorecard as it is written in the configuration, read and checked.
//!
//! ```json
//! {"model": {"version": 1, "trained_on": "2013-03-31", "base_rate_ppm": 382392, "intercept": -600000, "features": [
//!   {"column": "late_rate_ppm", "curve": [[0, -900000], [1000000, 1400000]],
//!    "shrink": {"by": ["settled_items", "past_due_items"], "prior": 382392, "weight": 4}},
//!   {"column": "amount", "scale": 2, "currencies": {"USD": [[1000, -200000], [9000, 300000]]}},
//!   {"column": "disputed", "values": {"0": 0, "1": 700000}, "missing": 0}]}}
//! ```

use std::collections::BTreeMap;

use recaudo_sdk::{Fail, Failure};
use serde::Deserialize;

use crate::reason;

/// The only version of the format there is.
const VERSION: u32 = 1;
/// More features than this would overflow the 32-bit sum of points, and no person could read the card.
pub const FEATURES_MAX: usize = 60;
/// Points a feature may give, either way: 30 logits.
pub const POINTS_MAX: i32 = 30_000_000;
/// Knots of a curve.
pub const KNOTS_MAX: usize = 15;
/// Past this a knot or a value carries no more information, and products stay within 64 bits.
pub const VALUE_MAX: i64 = 1 << 50;

/// The whole configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    model: Option<Model>,
}

/// A scorecard. Points are millionths of a logit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Of the format.
    pub version: u32,
    /// The split day of its training, `null` for the expert's card.
    pub trained_on: Option<String>,
    /// What a row of which nothing is known gets.
    pub base_rate_ppm: i32,
    /// Points every row starts with.
    pub intercept: i32,
    /// Added up.
    pub features: Vec<Feature>,
}

/// One column's share of the score. Exactly one of `curve`, `currencies`, `values` says how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// As in the registry of columns.
    pub column: String,
    /// Decimal places of the knots' values.
    #[serde(default)]
    pub scale: u8,
    /// Points of a row without a value.
    #[serde(default)]
    pub missing: i32,
    /// Pulls the value of a customer of whom little is known towards everybody's.
    pub shrink: Option<Shrink>,
    /// `[value, points]` by rising value; a straight line between two, flat beyond the ends.
    pub curve: Option<Vec<(i64, i32)>>,
    /// A curve a currency, for columns that hold money.
    pub currencies: Option<BTreeMap<String, Vec<(i64, i32)>>>,
    /// Points a code, or `"0"` and `"1"` for a yes-or-no column; anything else counts as missing.
    pub values: Option<BTreeMap<String, i32>>,
}

/// `value × n/(n + weight) + prior × weight/(n + weight)`, n being the sum of the columns in `by`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shrink {
    /// Columns that count what the value was made of.
    pub by: Vec<String>,
    /// n is at most this.
    pub most: Option<u32>,
    /// The value of a row of which nothing is known, at the feature's scale.
    pub prior: i64,
    /// How many observations the prior is worth.
    pub weight: u32,
}

impl Model {
    /// Reads the plugin's configuration; an empty one, or one without a model, gives the expert's card.
    ///
    /// # Errors
    /// `config_unreadable` for bad JSON or an unknown key, `model` for a card that cannot be computed.
    pub fn read(config: &[u8]) -> Result<Self, Failure> {
        let given: Config =
            if config.trim_ascii().is_empty() { Config { model: None } } else { parse(config)? };
        let model = match given.model {
            Some(model) => model,
            None => parse::<Config>(include_bytes!("expert.json"))?
                .model
                .ok_or_else(|| bad("the expert's card is empty"))?,
        };
        model.check()?;
        Ok(model)
    }

    /// The columns it reads, each once, in the order of first use.
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.into());
            }
        };
        for feature in &self.features {
            add(&feature.column);
            feature.shrink.iter().flat_map(|shrink| &shrink.by).for_each(|name| add(name));
            if feature.currencies.is_some() {
                add("currency");
            }
        }
        names
    }

    fn check(&self) -> Result<(), Failure> {
        if self.version != VERSION {
            return Err(bad(format!(
                "version {} is not known; this plugin reads version {VERSION}",
                self.version
            )));
        }
        if !(0..=1_000_000).contains(&self.base_rate_ppm) {
            return Err(bad("base_rate_ppm lies outside 0..=1000000"));
        }
        if self.features.len() > FEATURES_MAX {
            return Err(bad(format!("more than {FEATURES_MAX} features")));
        }
        check_points("intercept", self.intercept)?;
        self.features.iter().try_for_each(Feature::check)
    }
}

impl Feature {
    fn check(&self) -> Result<(), Failure> {
        let name = &self.column;
        if reason::code(name).is_none() {
            return Err(bad(format!("feature {name}: this plugin has no such column")));
        }
        check_points(name, self.missing)?;
        match (&self.curve, &self.currencies, &self.values) {
            (Some(curve), None, None) => check_curve(name, curve)?,
            (None, Some(curves), None) => curves.values().try_for_each(|curve| check_curve(name, curve))?,
            (None, None, Some(values)) => {
                values.values().try_for_each(|&points| check_points(name, points))?;
            }
            _ => return Err(bad(format!("feature {name}: give exactly one of curve, currencies, values"))),
        }
        match &self.shrink {
            Some(_) if self.curve.is_none() => Err(bad(format!("feature {name}: shrink needs a curve"))),
            Some(shrink) => shrink.check(name),
            None => Ok(()),
        }
    }
}

impl Shrink {
    fn check(&self, name: &str) -> Result<(), Failure> {
        if self.weight == 0 || self.prior.abs() > VALUE_MAX {
            return Err(bad(format!(
                "feature {name}: shrink needs a weight above 0 and a prior within {VALUE_MAX}"
            )));
        }
        match self.by.iter().find(|by| reason::code(by).is_none()) {
            Some(by) => Err(bad(format!("feature {name}: shrink by {by}: this plugin has no such column"))),
            None => Ok(()),
        }
    }
}

fn check_curve(name: &str, curve: &[(i64, i32)]) -> Result<(), Failure> {
    if curve.is_empty() || curve.len() > KNOTS_MAX {
        return Err(bad(format!("feature {name}: a curve has 1 to {KNOTS_MAX} knots, not {}", curve.len())));
    }
    if !curve.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(bad(format!("feature {name}: the knots' values must rise")));
    }
    if curve.iter().any(|knot| knot.0.abs() > VALUE_MAX) {
        return Err(bad(format!("feature {name}: a knot lies beyond {VALUE_MAX}")));
    }
    curve.iter().try_for_each(|knot| check_points(name, knot.1))
}

fn check_points(name: &str, points: i32) -> Result<(), Failure> {
    if points.unsigned_abs() > POINTS_MAX.unsigned_abs() {
        return Err(bad(format!("{name}: {points} points; at most {POINTS_MAX} either way")));
    }
    Ok(())
}

fn parse<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(text).map_err(|error| Fail::invalid_config("config_unreadable", error.to_string()))
}

fn bad(message: impl Into<String>) -> Failure {
    Fail::invalid_config("model", message)
}
