//! Segments: an ordered list of rules over what is known about an account; the first rule that holds names it.
//!
//! Rules are written in the Common Expression Language. A rule is parsed and type-checked when it is loaded and
//! lowered to a small typed program ([`rule::Rule`]); nothing of the parser runs while accounts are classified.

pub mod fields;
mod lower;
mod program;
pub mod rule;
#[cfg(test)]
mod tests;

use fields::{Account, Scope};
use rule::{Rule, RuleError, Thresholds};

/// A segment as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSpec {
    /// Its name: a stable code.
    pub name: String,
    /// Its rule; none is the default segment, which must come last.
    pub when: Option<String>,
}

/// One segment, ready to be asked.
#[derive(Debug)]
struct Segment {
    name: String,
    rule: Option<Rule>,
}

/// The segments in order. Every account belongs to exactly one: the last segment has no rule.
#[derive(Debug)]
pub struct Segments {
    list: Vec<Segment>,
}

/// What is wrong with a list of segments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// The rule does not hold together.
    #[error("segment {segment:?}: {error}")]
    Rule {
        /// Whose rule.
        segment: String,
        /// What is wrong.
        error: RuleError,
    },
    /// Two segments of one name.
    #[error("segment {0:?} is written twice; names are unique")]
    Twice(String),
    /// Without a default an account could belong nowhere.
    #[error("the last segment must be the default one, without `when`; found a rule in {0:?}")]
    NoDefault(String),
    /// What follows a default could never be reached.
    #[error("segment {0:?} has no `when` and is not the last: the ones after it could never match")]
    DefaultNotLast(String),
    /// Nothing at all.
    #[error("there must be at least one segment")]
    Empty,
    /// A position is stored in 16 bits.
    #[error("{0} segments are too many; at most 1000")]
    TooMany(usize),
}

/// More segments than this help nobody, and positions are kept in few bits.
const SEGMENTS_MAX: usize = 1000;

impl Segments {
    /// Checks and lowers the list.
    ///
    /// # Errors
    /// The first thing that is wrong, with the segment's name.
    pub fn build(specs: &[SegmentSpec], thresholds: &Thresholds) -> Result<Self, SegmentError> {
        let last = specs.last().ok_or(SegmentError::Empty)?;
        if last.when.is_some() {
            return Err(SegmentError::NoDefault(last.name.clone()));
        }
        if specs.len() > SEGMENTS_MAX {
            return Err(SegmentError::TooMany(specs.len()));
        }
        let mut list: Vec<Segment> = Vec::with_capacity(specs.len());
        for (place, spec) in specs.iter().enumerate() {
            if list.iter().any(|s| s.name == spec.name) {
                return Err(SegmentError::Twice(spec.name.clone()));
            }
            if spec.when.is_none() && place + 1 != specs.len() {
                return Err(SegmentError::DefaultNotLast(spec.name.clone()));
            }
            let rule = spec.when.as_deref().map(|text| Rule::parse(text, Scope::Account, thresholds));
            let rule =
                rule.transpose().map_err(|error| SegmentError::Rule { segment: spec.name.clone(), error })?;
            list.push(Segment { name: spec.name.clone(), rule });
        }
        Ok(Self { list })
    }

    /// The place of the first segment whose rule holds.
    pub fn classify(&self, account: &Account<'_>) -> usize {
        let last = self.list.len() - 1;
        self.list
            .iter()
            .position(|segment| segment.rule.as_ref().is_none_or(|rule| rule.holds(account)))
            .unwrap_or(last)
    }

    /// The segment's name.
    pub fn name(&self, place: usize) -> Option<&str> {
        self.list.get(place).map(|segment| segment.name.as_str())
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|segment| segment.name.as_str())
    }

    /// The rule's text, for a person; none for the default.
    pub fn rule(&self, place: usize) -> Option<&str> {
        self.list.get(place).and_then(|segment| segment.rule.as_ref()).map(Rule::text)
    }
}
