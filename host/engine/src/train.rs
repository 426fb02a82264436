//! Learns the scorecard from a tenant's own history, as it was known, and says how well it would have done.
//!
//! A row is a document as known the day before its date; it is late when it was not settled by its due date. The
//! card is fitted on documents that fell due before the split, so that nothing after it is used, and judged on those
//! issued after it, by the very plugin and the very integers that will score.
//!
//! Floats live in `fit`, `shape` and `real`, nowhere else: what comes out are integers.

mod fit;
mod judge;
mod real;
mod shape;
mod table;

pub use judge::{Decile, TrainReport};
pub use table::{COLUMNS, ColumnError, Document, ScoreRow, TrainingTable, Words, batch};

use recaudo_core::day::Day;
use recaudo_ports::table::Batch;

/// Rows sent to the scorer at a time.
const BATCH: usize = 8_192;

/// How to learn. The defaults are what `recaudo score train` uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A document that fell due this many days before the split counts half as much as one of yesterday: habits and
    /// seasons change.
    pub half_life_days: u16,
    /// Strength of the pull of every weight towards zero (ridge), in documents.
    pub ridge: u16,
    /// Documents to learn from, at least.
    pub train_min: usize,
    /// Documents to judge by, at least.
    pub test_min: usize,
    /// Of the rarer outcome, on each side of the split, at least.
    pub outcome_min: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { half_life_days: 180, ridge: 10, train_min: 200, test_min: 50, outcome_min: 10 }
    }
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// Too few documents.
    #[error("too little history {side}: {have} documents with a known outcome, {need} are needed; {advice}")]
    TooLittle {
        /// `before the split` or `after the split`.
        side: &'static str,
        /// How many there are.
        have: usize,
        /// How many there must be.
        need: usize,
        /// What to do.
        advice: &'static str,
    },
    /// Nearly everybody pays late, or nearly nobody.
    #[error("nothing to tell apart {side}: {late} of {of} documents are late, both outcomes need {need}")]
    OneOutcome {
        /// `before the split` or `after the split`.
        side: &'static str,
        /// Late documents.
        late: usize,
        /// All.
        of: usize,
        /// How many of each there must be.
        need: usize,
    },
    /// The fit went nowhere.
    #[error("the fit did not settle after {0} rounds; a column may repeat another")]
    NotSettled(usize),
    /// The scorer refused.
    #[error("the scorer refused the new model: {0}")]
    Scorer(String),
    /// A column the host does not have.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// The model as JSON.
    #[error("the model cannot be written: {0}")]
    Write(String),
}

/// A model and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// The configuration of `scorer-standard`: `{"model": …}`.
    pub config_json: String,
    /// How it did on documents it had not seen.
    pub report: TrainReport,
}

/// Asks the scorer: the configuration and a batch in, a score a row out, or the scorer's refusal in words.
pub type Ask<'a> = dyn FnMut(&str, &Batch) -> Result<Vec<i32>, String> + 'a;

/// The configuration of a card learned from the documents that fell due before `split_on`.
///
/// # Errors
/// See [`TrainError`].
pub fn fit(table: &TrainingTable, split_on: Day, options: &Options) -> Result<String, TrainError> {
    let rows = table.before(split_on);
    let late: Vec<bool> = rows.iter().map(|&row| table.is_late(row)).collect();
    enough(
        "before the split",
        &late,
        options.train_min,
        options.outcome_min,
        "choose a later split or wait",
    )?;
    let shapes = shape::shapes(table, &rows, &late)?;
    fit::card(table, &rows, &late, &shapes, (split_on, options))
}

/// Learns with [`fit`], then has the scorer score what came after `split_on` and compares.
///
/// # Errors
/// See [`TrainError`].
pub fn train(
    table: &TrainingTable,
    split_on: Day,
    options: &Options,
    ask: &mut Ask<'_>,
) -> Result<Trained, TrainError> {
    let config_json = fit(table, split_on, options)?;
    let report = judge(table, split_on, options, (&config_json, ask))?;
    Ok(Trained { config_json, report })
}

/// How the scorer does, under a configuration, on the documents issued after `split_on` whose outcome is known.
///
/// # Errors
/// See [`TrainError`].
pub fn judge(
    table: &TrainingTable,
    split_on: Day,
    options: &Options,
    scorer: (&str, &mut Ask<'_>),
) -> Result<TrainReport, TrainError> {
    let (config, ask) = scorer;
    let rows = table.after(split_on);
    let late: Vec<bool> = rows.iter().map(|&row| table.is_late(row)).collect();
    enough("after the split", &late, options.test_min, options.outcome_min, "choose an earlier split")?;
    let columns = shape::columns(config).map_err(TrainError::Write)?;
    let mut scores = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(BATCH) {
        let batch = table.batch(chunk, &columns)?;
        let answer = ask(config, &batch).map_err(TrainError::Scorer)?;
        if answer.len() != chunk.len() {
            let message = format!("{} scores for {} rows", answer.len(), chunk.len());
            return Err(TrainError::Scorer(message));
        }
        scores.extend(answer);
    }
    let before = table.before(split_on);
    let base = judge::rate_ppm(before.iter().filter(|&&row| table.is_late(row)).count(), before.len());
    let own = rows.iter().map(|&row| table.own_late_rate_ppm(row).unwrap_or(base));
    let own: Vec<i32> = own.collect();
    Ok(judge::report(&scores, &own, &late, (base, before.len())))
}

fn enough(
    side: &'static str,
    late: &[bool],
    need: usize,
    of_each: usize,
    advice: &'static str,
) -> Result<(), TrainError> {
    if late.len() < need {
        return Err(TrainError::TooLittle { side, have: late.len(), need, advice });
    }
    let n_late = late.iter().filter(|&&late| late).count();
    if n_late.min(late.len() - n_late) < of_each {
        return Err(TrainError::OneOutcome { side, late: n_late, of: late.len(), need: of_each });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
