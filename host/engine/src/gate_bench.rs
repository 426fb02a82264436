//! A compliance officer's bench: proposed contacts in a CSV file, and what a gate answers to each.
//!
//! The columns are those of the vectors that describe the rules by country: `country`, `local_datetime` and
//! `channel` must be there; `vector_id`, `prior_contacts` (JSON), `context` (JSON), `expected`, `blocking_rule`,
//! `basis` and the rest may. Every vector is a call of its own, at its own time.

pub(crate) mod csv;
mod proposal;
mod vector;

#[cfg(test)]
mod tests;

use recaudo_ports::plugin::{Call, Gate, PluginError, Proposal, Verdict};
use serde::Serialize;

pub use vector::{BenchError, Vector, parse_vectors};

/// The configuration under which a gate answers for the law alone: ambiguous texts as published, none of the
/// house's own rules. For gates that know these keys; `gate-contact` does.
pub const CONFIG: &str = r#"{"reading":"published","house_rules":false,"courtesy":{"enabled":false}}"#;

/// What came of one vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The vector's id, else its row.
    pub vector_id: String,
    /// `allowed`, `blocked` or empty.
    pub expected: String,
    /// `allowed`, `blocked` or `skipped`.
    pub got: &'static str,
    /// The rule that blocked; empty otherwise.
    pub rule: String,
    /// Why it was blocked or skipped; empty otherwise.
    pub reason: String,
    /// The rule the vector names.
    #[serde(skip)]
    pub blocking_rule: String,
}

impl Row {
    /// Whether the gate said what the vector expects, by the rule it names. A skipped or open row agrees.
    pub fn agrees(&self) -> bool {
        let says_nothing = self.got == "skipped" || self.expected.is_empty();
        let by_the_rule = self.blocking_rule.is_empty() || self.rule == self.blocking_rule;
        says_nothing || (self.expected == self.got && by_the_rule)
    }
}

/// The proposal of each vector, or why it is skipped.
pub fn proposals(vectors: &[Vector]) -> Vec<(String, Result<Proposal, String>)> {
    vectors.iter().map(|vector| (vector.id.clone(), proposal::proposal(vector))).collect()
}

/// Asks the gate about every vector. `call` carries the configuration, [`CONFIG`] for the built-in gate, and the
/// locale; its time is replaced by each vector's.
///
/// # Errors
/// The plugin's failure or the sandbox's.
pub fn run(gate: &dyn Gate, call: &Call, vectors: &[Vector]) -> Result<Vec<Row>, PluginError> {
    vectors.iter().map(|vector| row(gate, call, vector)).collect()
}

fn row(gate: &dyn Gate, call: &Call, vector: &Vector) -> Result<Row, PluginError> {
    let mut row = Row {
        vector_id: vector.id.clone(),
        expected: vector.expected.clone(),
        got: "skipped",
        rule: String::new(),
        reason: String::new(),
        blocking_rule: vector.blocking_rule.clone(),
    };
    match proposal::proposal(vector) {
        Err(why) => row.reason = why,
        Ok(proposal) => {
            let call = Call { now: vector.at, ..call.clone() };
            match gate.review(&call, &[proposal])?.pop() {
                Some(Verdict::Permit(_)) => row.got = "allowed",
                Some(Verdict::Refuse(refusal)) => {
                    row.got = "blocked";
                    row.rule = refusal.rule;
                    row.reason = refusal.reason;
                }
                None => row.reason = "the gate gave no verdict".into(),
            }
        }
    }
    Ok(row)
}
