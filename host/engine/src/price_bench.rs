//! A lawyer's bench for charges: facts about a debt in a CSV file, and the sum, cap or day the law gives.
//!
//! The columns are those of the vectors that describe the rules by country: `country`, `rule_id`, `inputs`
//! (JSON) and `unit` must be there; `expected`, `verified` and the rest may. Every vector is one question to the
//! pricer: an item with the attributes `ask` (the rule) and `ask-for` (`rate`, `amount`, `base`, `day`, `flag`),
//! the inputs as its attributes, and its reference rates handed in as series. A pricer that answers questions
//! gives one charge.

mod question;
mod vector;

#[cfg(test)]
mod tests;

use recaudo_core::day::Day;
use recaudo_ports::plugin::pricer::Charge;
use recaudo_ports::plugin::{Call, PluginError, PluginErrorKind, Pricer};
use rust_decimal::Decimal;
use serde::Serialize;

use question::{AskFor, Question, question};

pub use vector::{PriceBenchError, PriceVector, parse_price_vectors};

/// The configuration under which a pricer answers for the law alone.
pub const CONFIG: &str = "{}";

/// What stands in `got` when there was no answer.
pub const SKIPPED: &str = "skipped";

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceReport {
    /// One a vector, in the file's order.
    pub rows: Vec<PriceRow>,
}

/// What came of one vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceRow {
    /// The rule asked about.
    pub rule_id: String,
    /// As the vector says.
    pub expected: String,
    /// A plain number, a day, a word, or [`SKIPPED`].
    pub got: String,
    /// As the vector says.
    pub unit: String,
    /// Why it was skipped; absent otherwise.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl PriceRow {
    /// Whether the pricer said what the vector expects; numbers by value. A skipped or open row agrees.
    pub fn agrees(&self) -> bool {
        if self.got == SKIPPED || self.expected.is_empty() {
            return true;
        }
        match (self.expected.parse::<Decimal>(), self.got.parse::<Decimal>()) {
            (Ok(expected), Ok(got)) => expected == got,
            _ => self.expected == self.got,
        }
    }
}

/// Asks the pricer about every vector. `call` carries the configuration, [`CONFIG`] for the built-in pricer.
///
/// # Errors
/// The sandbox's, and the plugin's failures other than `InvalidInput`, which skips a vector with its reason.
pub fn run(pricer: &dyn Pricer, call: &Call, vectors: &[PriceVector]) -> Result<PriceReport, PluginError> {
    let rows = vectors.iter().map(|vector| row(pricer, call, vector)).collect::<Result<_, _>>()?;
    Ok(PriceReport { rows })
}

fn row(pricer: &dyn Pricer, call: &Call, vector: &PriceVector) -> Result<PriceRow, PluginError> {
    let answer = match question(vector) {
        Err(why) => Err(why),
        Ok(question) => ask(pricer, call, &question)?,
    };
    let (got, reason) = match answer {
        Ok(got) => (got, String::new()),
        Err(why) => (SKIPPED.to_owned(), why),
    };
    let (rule_id, expected) = (vector.rule_id.clone(), vector.expected.clone());
    Ok(PriceRow { rule_id, expected, got, unit: vector.unit.clone(), reason })
}

fn ask(pricer: &dyn Pricer, call: &Call, question: &Question) -> Result<Result<String, String>, PluginError> {
    let Question { on, rates, item, ask_for } = question;
    match pricer.price(call, *on, rates, std::slice::from_ref(item)) {
        Ok(charges) => Ok(match charges.as_slice() {
            [charge] => Ok(read(charge, *ask_for)),
            other => Err(format!("the pricer gave {} charges where a question has one answer", other.len())),
        }),
        Err(error) if error.kind == PluginErrorKind::InvalidInput => Ok(Err(error.message)),
        Err(error) => Err(error),
    }
}

/// The answer as vectors write it: no trailing zeros, ISO days, words.
fn read(charge: &Charge, ask_for: AskFor) -> String {
    match ask_for {
        AskFor::Day => Day(charge.to_day).to_string(),
        AskFor::Flag => {
            let word = charge.kind.rsplit_once('.').map_or(charge.kind.as_str(), |(_, word)| word);
            word.replace('-', " ")
        }
        AskFor::Rate | AskFor::Amount | AskFor::Base => {
            Decimal::new(charge.amount.minor, charge.amount.exponent.min(28).into()).normalize().to_string()
        }
    }
}
