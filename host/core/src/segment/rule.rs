//! A rule: its text, and the typed program it was lowered to.

use super::fields::{self, Account, Scope};
use super::{lower, program};
use crate::money::Currency;

/// Named amounts by currency, which rules read as `amounts.NAME`: one rule serves a portfolio of many currencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thresholds {
    list: Vec<Threshold>,
}

/// One named amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// What rules call it.
    pub name: String,
    /// Minor units, a currency each. A currency that is not listed has no threshold, and no comparison with it holds.
    pub minor: Vec<(Currency, i64)>,
}

impl Thresholds {
    /// From a list.
    pub fn new(list: Vec<Threshold>) -> Self {
        Self { list }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Threshold> {
        self.list.iter().find(|threshold| threshold.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|threshold| threshold.name.as_str())
    }
}

/// Where in a rule something stands, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong with a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is no expression.
    #[error("{place}: {message}")]
    Syntax { place: Place, message: String },
    /// A field nobody knows.
    #[error("{place}: no field {name:?}; known are {}", known.join(", "))]
    UnknownField { place: Place, name: String, known: Vec<String> },
    /// A function nobody knows.
    #[error("{place}: no function {name:?}; known are {}", FUNCTIONS.join(", "))]
    UnknownFunction { place: Place, name: String },
    /// A value of another type is needed.
    #[error("{place}: expected {expected}, found {found}")]
    Type { place: Place, expected: &'static str, found: &'static str },
    /// It parses, but rules do not have it.
    #[error("{place}: {what}")]
    Unsupported { place: Place, what: &'static str },
}

/// Functions and operators beside `&& || ! == != < <= > >= + - *` and `? :`.
pub(crate) const FUNCTIONS: &[&str] =
    &["in", "startsWith", "endsWith", "contains", "int(text)", "double(text)"];

/// A rule that was checked.
#[derive(Debug)]
pub struct Rule {
    text: String,
    program: program::Bool,
}

impl Rule {
    /// Parses, checks types and lowers.
    ///
    /// # Errors
    /// The first thing wrong, with its place.
    pub fn parse(text: &str, scope: Scope, thresholds: &Thresholds) -> Result<Self, RuleError> {
        let program = lower::lower(text, scope, thresholds)?;
        Ok(Self { text: text.to_owned(), program })
    }

    /// Whether it holds. A comparison with something unknown does not hold, whatever the operator; `x == null` asks
    /// whether it is unknown.
    pub fn holds(&self, account: &Account<'_>) -> bool {
        self.program.holds(account)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The names a rule of this scope can read, for an error's text.
pub(crate) fn known_names(scope: Scope, thresholds: &Thresholds) -> Vec<String> {
    let fields = fields::known(scope).map(|(name, _)| name.to_owned());
    let amounts = thresholds.names().map(|name| format!("amounts.{name}"));
    fields.chain(amounts).chain(["attributes[\"...\"]".to_owned()]).collect()
}
