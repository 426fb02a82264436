//! Judgement: gates and strategists. Mirrors `recaudo:policy`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Instant, PluginError};
use crate::table::Batch;

/// A past contact, or a permit still out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub at: Instant,
    pub channel: String,
    pub outcome: String,
    pub two_way: bool,
    pub debt: String,
    pub recipient: String,
    pub consented: bool,
}

/// A contact somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub id: String,
    pub channel: String,
    pub purpose: String,
    pub at: Instant,
    pub recipient: String,
    /// Every zone the debtor may be in; a window must hold in each.
    pub time_zones: Vec<String>,
    pub country: String,
    pub region: String,
    pub debtor_kind: String,
    pub creditor_kind: String,
    pub holiday: Option<String>,
    pub consent: String,
    pub document: String,
    pub days_past_due: i32,
    pub attempts: Vec<Attempt>,
    pub attributes: Vec<Attribute>,
}

/// Why not, by which rule, resting on which text, and when it may be asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub rule: String,
    pub source: String,
    pub reason: String,
    pub not_before: Option<Instant>,
}

/// A gate's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Until when it holds, when it is bounded.
    Permit(Option<Instant>),
    Refuse(Refusal),
}

/// May this contact go out? Every installed gate must permit.
pub trait Gate: Send + Sync {
    /// One verdict a proposal, in order.
    ///
    /// # Errors
    /// The plugin's failure or the sandbox's; the caller then refuses all.
    fn review(&self, call: &Call, proposals: &[Proposal]) -> Result<Vec<Verdict>, PluginError>;
}

/// What to do about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub row: u32,
    /// `do`, `wait`, `skip` or `task`.
    pub action: String,
    pub not_before: Option<Instant>,
    pub priority: i32,
    pub rule: String,
    pub arguments: Vec<Attribute>,
}

/// Decides what to do next, for each row of candidates.
pub trait Strategist: Send + Sync {
    /// # Errors
    /// The sandbox's.
    fn columns(&self, call: &Call) -> Result<Vec<String>, PluginError>;
    /// # Errors
    /// The plugin's failure or the sandbox's; the caller then makes a task for a person.
    fn decide(&self, call: &Call, batch: &Batch) -> Result<Vec<Decision>, PluginError>;
}
