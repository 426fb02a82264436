//! `segments.toml` and `strategies/*.toml`: from text to core's checked values.

use std::collections::BTreeMap;

use recaudo_core::segment::rule::{Threshold, Thresholds};
use recaudo_core::segment::{SegmentSpec, Segments};
use recaudo_core::strategy::{CatchUp, Per, Roll, StepSpec, Strategy, StrategySpec};
use serde::Deserialize;

use super::{SettingsError, Titles, amount, home};
use crate::compose::Templates;

const SEGMENTS_FILE: &str = "segments.toml";
/// The segments of a home that has none of its own.
pub const SEGMENTS: &str = include_str!("../../templates/segments.toml");
/// The strategy of a home that has none of its own.
pub const STANDARD_STRATEGY: &str = include_str!("../../templates/strategies/standard.toml");
const STANDARD: (&str, &str) = ("strategies/standard.toml", STANDARD_STRATEGY);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSegments {
    #[serde(default)]
    amounts: BTreeMap<String, BTreeMap<String, toml::Value>>,
    segment: Vec<RawSegment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSegment {
    name: String,
    when: Option<String>,
    #[serde(default)]
    title: Titles,
}

impl RawSegments {
    pub(super) fn build(&self, thresholds: &Thresholds) -> Result<Segments, SettingsError> {
        let specs: Vec<SegmentSpec> = self
            .segment
            .iter()
            .map(|raw| SegmentSpec { name: raw.name.clone(), when: raw.when.clone() })
            .collect();
        Segments::build(&specs, thresholds).map_err(|error| fail(SEGMENTS_FILE, error.to_string()))
    }

    pub(super) fn titles(&self) -> BTreeMap<String, Titles> {
        self.segment.iter().map(|raw| (raw.name.clone(), raw.title.clone())).collect()
    }
}

/// The segments as written, and the thresholds rules may name.
pub(super) fn segments(text: Option<&str>) -> Result<(RawSegments, Thresholds), SettingsError> {
    let text = text.unwrap_or(SEGMENTS);
    let raw: RawSegments =
        toml::from_str(text).map_err(|error| fail(SEGMENTS_FILE, super::slip(&error, text)))?;
    let thresholds = raw
        .amounts
        .iter()
        .map(|(name, table)| {
            let minor = amount::by_currency(&format!("amounts.{name}"), table)?;
            Ok(Threshold { name: name.clone(), minor })
        })
        .collect::<Result<Vec<_>, String>>()
        .map_err(|message| fail(SEGMENTS_FILE, message))?;
    Ok((raw, Thresholds::new(thresholds)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStrategy {
    name: String,
    version: String,
    #[serde(default)]
    segments: Vec<String>,
    catch_up: String,
    #[serde(default)]
    quiet_days: u16,
    #[serde(default = "roll_next")]
    roll: String,
    steps: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    name: String,
    day: i32,
    per: String,
    channels: Vec<String>,
    template: String,
    purpose: String,
    when: Option<String>,
    #[serde(default)]
    minimum: BTreeMap<String, toml::Value>,
    quiet_days: Option<u16>,
}

fn roll_next() -> String {
    "next".into()
}

/// The files in force: the home's, or the built-in one.
pub(super) fn strategy_files(files: &[(String, String)]) -> Vec<(&str, &str)> {
    if files.is_empty() {
        return vec![STANDARD];
    }
    files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect()
}

/// Every strategy with its file.
pub(super) fn strategies(
    files: &[(String, String)],
    thresholds: &Thresholds,
) -> Result<Vec<(String, Strategy)>, SettingsError> {
    let mut built: Vec<(String, Strategy)> = Vec::new();
    for (file, text) in strategy_files(files) {
        let raw: RawStrategy = toml::from_str(text).map_err(|error| fail(file, super::slip(&error, text)))?;
        let spec = strategy_spec(raw).map_err(|message| fail(file, message))?;
        let strategy = Strategy::build(spec, thresholds).map_err(|error| fail(file, error.to_string()))?;
        if let Some((other, _)) = built.iter().find(|(_, other)| other.name == strategy.name) {
            return Err(fail(file, format!("name: {:?} is already the strategy of {other}", strategy.name)));
        }
        built.push((file.to_owned(), strategy));
    }
    Ok(built)
}

fn strategy_spec(raw: RawStrategy) -> Result<StrategySpec, String> {
    let catch_up = CatchUp::from_code(&raw.catch_up)
        .ok_or_else(|| format!("catch_up: expected latest, next or all, found {:?}", raw.catch_up))?;
    let roll = Roll::from_code(&raw.roll)
        .ok_or_else(|| format!("roll: expected next, previous or none, found {:?}", raw.roll))?;
    let steps = raw.steps.into_iter().enumerate().map(|(place, step)| step_spec(place, step));
    Ok(StrategySpec {
        name: raw.name,
        version: raw.version,
        segments: raw.segments,
        catch_up,
        quiet_days: raw.quiet_days,
        roll,
        steps: steps.collect::<Result<_, _>>()?,
    })
}

fn step_spec(place: usize, raw: RawStep) -> Result<StepSpec, String> {
    let key = |name: &str| format!("steps[{place}].{name}");
    let per = Per::from_code(&raw.per)
        .ok_or_else(|| format!("{}: expected invoice or customer, found {:?}", key("per"), raw.per))?;
    let channels = raw.channels.iter().map(|code| home::channel(&key("channels"), code));
    Ok(StepSpec {
        name: raw.name,
        day: raw.day,
        per,
        channels: channels.collect::<Result<_, _>>()?,
        template: raw.template,
        purpose: raw.purpose,
        when: raw.when,
        minimum: amount::by_currency(&key("minimum"), &raw.minimum)?,
        quiet_days: raw.quiet_days,
    })
}

/// Which strategy serves which segment: the one that names it, else the one that names none.
pub(super) fn assign(
    segments: &Segments,
    strategies: &[(String, Strategy)],
) -> Result<Vec<Option<usize>>, SettingsError> {
    for (file, strategy) in strategies {
        if let Some(name) = strategy.segments.iter().find(|name| !segments.names().any(|n| n == **name)) {
            let known: Vec<&str> = segments.names().collect();
            return Err(fail(file, format!("segments: no segment {name:?}; known are {}", known.join(", "))));
        }
    }
    let one = |wanted: &dyn Fn(&Strategy) -> bool, what: &str| -> Result<Option<usize>, SettingsError> {
        let mut found = strategies.iter().enumerate().filter(|(_, (_, strategy))| wanted(strategy));
        let first = found.next();
        match (first, found.next()) {
            (Some((_, (file, _))), Some((_, (other, _)))) => {
                Err(fail(other, format!("segments: {what} is already served by {file}")))
            }
            (first, _) => Ok(first.map(|(place, _)| place)),
        }
    };
    let default = one(&|strategy| strategy.segments.is_empty(), "every other segment")?;
    segments
        .names()
        .map(|name| {
            let named =
                one(&|strategy| strategy.segments.iter().any(|n| n == name), &format!("segment {name:?}"))?;
            Ok(named.or(default))
        })
        .collect()
}

/// Every step's message must exist.
pub(super) fn check_templates(
    strategies: &[(String, Strategy)],
    templates: &Templates,
) -> Result<(), SettingsError> {
    for (file, strategy) in strategies {
        if let Some(step) = strategy.steps.iter().find(|step| !templates.has(&step.template)) {
            let known = templates.names().join(", ");
            return Err(fail(
                file,
                format!("step {:?}: no template {:?}; known are {known}", step.name, step.template),
            ));
        }
    }
    Ok(())
}

fn fail(file: &str, message: String) -> SettingsError {
    SettingsError { file: file.to_owned(), message }
}
