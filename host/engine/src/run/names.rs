//! Steps by number, and what a policy said, so that old rows can be read.

use recaudo_core::strategy::Strategy;
use recaudo_store::run as runs;
use recaudo_store::{Conn, StoreError, Tx};
use serde_json::json;

use crate::settings::Settings;

/// A step as rows name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepName {
    pub(crate) id: i64,
    /// Place of its strategy in the settings, when it is still one of them.
    pub(crate) strategy: Option<usize>,
    /// Place in the strategy.
    pub(crate) place: usize,
    /// Days after the due date.
    pub(crate) day: i32,
}

/// All steps, by number.
#[derive(Debug)]
pub(crate) struct Names {
    /// By id.
    steps: Vec<StepName>,
    /// Numbers by strategy and place.
    ids: Vec<Vec<i64>>,
}

impl Names {
    /// Keeps the settings' steps and reads the rest.
    pub(crate) fn keep(tx: &Tx<'_>, tenant: i64, settings: &Settings) -> Result<Self, StoreError> {
        let mut ids = Vec::with_capacity(settings.strategies.len());
        for strategy in &settings.strategies {
            let numbers = strategy
                .steps
                .iter()
                .map(|step| runs::keep_step(tx, tenant, (&strategy.name, &step.name), step.day));
            ids.push(numbers.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self::new(ids, &runs::steps(tx, tenant)?, &settings.strategies))
    }

    /// Without keeping: steps that were never run get numbers nobody else has.
    pub(crate) fn rehearse(conn: &Conn<'_>, tenant: i64, settings: &Settings) -> Result<Self, StoreError> {
        let known = runs::steps(conn, tenant)?;
        let mut unused = i64::MAX;
        let mut number = |strategy: &Strategy, name: &str| {
            let found = known.iter().find(|step| step.strategy == strategy.name && step.step == name);
            found.map_or_else(
                || {
                    unused -= 1;
                    unused
                },
                |step| step.id,
            )
        };
        let ids = settings.strategies.iter();
        let ids = ids
            .map(|strategy| strategy.steps.iter().map(|step| number(strategy, &step.name)).collect())
            .collect();
        Ok(Self::new(ids, &known, &settings.strategies))
    }

    fn new(ids: Vec<Vec<i64>>, known: &[runs::Step], strategies: &[Strategy]) -> Self {
        let mut steps: Vec<StepName> = known
            .iter()
            .map(|step| {
                let strategy = strategies.iter().position(|strategy| strategy.name == step.strategy);
                let place = strategy.and_then(|strategy| strategies[strategy].step(&step.step));
                let strategy = strategy.filter(|_| place.is_some());
                StepName { id: step.id, strategy, place: place.unwrap_or(0), day: step.day }
            })
            .collect();
        steps.sort_by_key(|step| step.id);
        Self { steps, ids }
    }

    /// A step by its number.
    pub(crate) fn step(&self, id: i64) -> Option<&StepName> {
        self.steps.binary_search_by_key(&id, |step| step.id).ok().map(|place| &self.steps[place])
    }

    /// The number of a strategy's step.
    pub(crate) fn id(&self, strategy: usize, step: usize) -> i64 {
        self.ids[strategy][step]
    }
}

/// What a run rested on, for whoever reads its rows later: segments in order, strategies with their steps.
pub(crate) fn policy_body(settings: &Settings) -> String {
    let segments: Vec<_> = settings
        .segments
        .names()
        .enumerate()
        .map(|(place, name)| json!({ "name": name, "when": settings.segments.rule(place) }))
        .collect();
    let strategies: Vec<_> = settings
        .strategies
        .iter()
        .map(|strategy| {
            let steps: Vec<_> =
                strategy.steps.iter().map(|step| json!({ "name": step.name, "day": step.day })).collect();
            json!({ "name": strategy.name, "version": strategy.version, "steps": steps })
        })
        .collect();
    json!({ "segments": segments, "strategies": strategies, "strategy_of": settings.strategy_of }).to_string()
}
