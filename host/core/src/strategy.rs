//! Strategies: what is done about a debt on which day before, on and after its due date.
//!
//! A step belongs to the open item's own due date; every item goes through the steps by its own clock. A step `per`
//! customer gathers the items it is due for into one contact, at the level of the furthest of them.
//!
//! **Catching up.** A step is *reached* from its day on; days without runs leave several reached. `latest` does only the
//! furthest reached step and passes over the ones before it; `next` does the first one after the last done, one a contact;
//! `all` does each of them, in order. Steps up to the due date lapse when it has passed: nobody is told that something
//! "will be due" when it was. A step whose condition does not hold is as if it were not there.
//!
//! **Progress** is kept an item, its due date and strategy. Where an item was contacted under another strategy before,
//! steps up to that step's day count as passed: changing segment does not start the letters again.

mod calendar;
mod due;
#[cfg(test)]
mod tests;

pub use calendar::{Calendar, Roll};
pub use due::{Due, Item, ListedItem, NO_STEP, Subject, WhyNot, due_steps};

use crate::contact::Channel;
use crate::money::Currency;
use crate::segment::fields::Scope;
use crate::segment::rule::{Rule, RuleError, Thresholds};

/// Steps a strategy can have: progress is kept in 64 bits.
pub const STEPS_MAX: usize = 64;

/// What is done about steps that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// Only the furthest reached.
    Latest,
    /// The first after the last done.
    Next,
    /// Each, in order.
    All,
}

impl CatchUp {
    /// The mode of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "latest" => Some(Self::Latest),
            "next" => Some(Self::Next),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

/// What a contact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// One item.
    Invoice,
    /// All items of the account that the step is due for, and what else is past due.
    Customer,
}

impl Per {
    /// The grouping of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "invoice" => Some(Self::Invoice),
            "customer" => Some(Self::Customer),
            _ => None,
        }
    }
}

/// A strategy as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategySpec {
    /// Its name: a stable code.
    pub name: String,
    /// What people call this state of it.
    pub version: String,
    /// The segments it serves; none serves every segment nobody else does.
    pub segments: Vec<String>,
    /// What is done about missed steps.
    pub catch_up: CatchUp,
    /// Days that must pass between two contacts of a customer, of whatever strategy; 0 is none.
    pub quiet_days: u16,
    /// Where a step goes that falls on a day that is no business day.
    pub roll: Roll,
    /// In any order.
    pub steps: Vec<StepSpec>,
}

/// A step as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSpec {
    /// Its name: a stable code.
    pub name: String,
    /// Days after the due date; negative before it.
    pub day: i32,
    /// What a contact is about.
    pub per: Per,
    /// In order of preference.
    pub channels: Vec<Channel>,
    /// The message.
    pub template: String,
    /// What for: `reminder`, `collection`, ...
    pub purpose: String,
    /// A rule about the account, or the item in a step per invoice.
    pub when: Option<String>,
    /// Below this amount nobody is contacted; minor units, a currency each.
    pub minimum: Vec<(Currency, i64)>,
    /// Instead of the strategy's.
    pub quiet_days: Option<u16>,
}

/// A step, ready to be asked.
#[derive(Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Days after the due date; negative before it.
    pub day: i32,
    /// What a contact is about.
    pub per: Per,
    /// In order of preference.
    pub channels: Vec<Channel>,
    /// The message.
    pub template: String,
    /// What for.
    pub purpose: String,
    when: Option<Rule>,
    minimum: Vec<(Currency, i64)>,
    quiet_days: u16,
}

/// A strategy that was checked; its steps are in order of their days.
#[derive(Debug)]
pub struct Strategy {
    /// Its name.
    pub name: String,
    /// What people call this state of it.
    pub version: String,
    /// The segments it serves.
    pub segments: Vec<String>,
    /// What is done about missed steps.
    pub catch_up: CatchUp,
    /// Where a step goes that falls on no business day.
    pub roll: Roll,
    /// In order of their days.
    pub steps: Vec<Step>,
}

/// What is wrong with a strategy; `key` says where in its file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// A rule does not hold together.
    #[error("{key}: {error}")]
    Rule { key: String, error: RuleError },
    /// Something else.
    #[error("{key}: expected {expected}, found {found}")]
    Value { key: String, expected: &'static str, found: String },
}

impl Strategy {
    /// Checks it and puts its steps in order.
    ///
    /// # Errors
    /// The first thing that is wrong, with the key it stands at.
    pub fn build(spec: StrategySpec, thresholds: &Thresholds) -> Result<Self, StrategyError> {
        if spec.steps.is_empty() || spec.steps.len() > STEPS_MAX {
            let found = format!("{} steps", spec.steps.len());
            return Err(StrategyError::Value { key: "steps".into(), expected: "1 to 64 steps", found });
        }
        let mut steps: Vec<Step> = Vec::with_capacity(spec.steps.len());
        for (place, step) in spec.steps.into_iter().enumerate() {
            if steps.iter().any(|other| other.name == step.name) {
                let key = format!("steps[{place}].name");
                return Err(StrategyError::Value { key, expected: "a name of its own", found: step.name });
            }
            steps.push(Step::build(place, step, spec.quiet_days, thresholds)?);
        }
        steps.sort_by_key(|step| step.day);
        let (name, version, segments) = (spec.name, spec.version, spec.segments);
        Ok(Self { name, version, segments, catch_up: spec.catch_up, roll: spec.roll, steps })
    }

    /// The place of a step.
    pub fn step(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.name == name)
    }
}

impl Step {
    fn build(
        place: usize,
        spec: StepSpec,
        quiet_days: u16,
        thresholds: &Thresholds,
    ) -> Result<Self, StrategyError> {
        let value = |key: &str, expected: &'static str, found: String| StrategyError::Value {
            key: format!("steps[{place}].{key}"),
            expected,
            found,
        };
        if spec.channels.is_empty() {
            return Err(value("channels", "at least one channel", "none".into()));
        }
        if !(-365..=3650).contains(&spec.day) {
            return Err(value("day", "-365 to 3650 days after the due date", spec.day.to_string()));
        }
        let scope = match spec.per {
            Per::Invoice => Scope::Item,
            Per::Customer => Scope::Account,
        };
        let when = spec.when.as_deref().map(|text| Rule::parse(text, scope, thresholds)).transpose();
        let when =
            when.map_err(|error| StrategyError::Rule { key: format!("steps[{place}].when"), error })?;
        Ok(Self {
            name: spec.name,
            day: spec.day,
            per: spec.per,
            channels: spec.channels,
            template: spec.template,
            purpose: spec.purpose,
            when,
            minimum: spec.minimum,
            quiet_days: spec.quiet_days.unwrap_or(quiet_days),
        })
    }

    /// The condition's text, for a person.
    pub fn condition(&self) -> Option<&str> {
        self.when.as_ref().map(Rule::text)
    }

    /// Whether it belongs to the days up to the due date.
    pub fn is_before_due(&self) -> bool {
        self.day <= 0
    }
}
