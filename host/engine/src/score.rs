//! `score train`: learns the scorer's model from this tenant's own history, judged on what came after the split.
//!
//! The model is a file of the home and a configuration of the scorer, not a row: a person reads it, keeps it under
//! version control, and every decision made with it carries its digest.

use std::sync::Arc;

use recaudo_core::day::Day;
use recaudo_ports::plugin::{Call, Operation};
use recaudo_store::history::{self, Past};
use serde::Serialize;

use crate::instant::{day_in, instant};
use crate::train::{self, Document, Options, TrainReport, TrainingTable, Words};
use crate::{Engine, EngineError, Progress};

/// A model and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrainView {
    /// The scorer's installation.
    pub scorer: String,
    /// Nothing after this day was learned from.
    pub split_on: String,
    /// On documents issued after it.
    pub report: TrainReport,
    /// The scorer's new configuration: JSON.
    #[serde(skip)]
    pub config_json: String,
}

/// The share of the documents, by date, that a split leaves for learning when none is named.
const LEARN_PERCENT: usize = 70;

/// Learns from what fell due before `split_on` and judges on what was issued after it, through the sandbox.
/// Nothing is changed: the caller keeps the configuration if it likes the report.
///
/// # Errors
/// Too little history, or the scorer's refusal, in words; no scorer installed.
pub fn train(
    engine: &Engine,
    split_on: Option<Day>,
    progress: &mut dyn Progress,
) -> Result<TrainView, EngineError> {
    let Some(installation) = engine.settings.installed.scorer.clone() else {
        return Err(EngineError::Refused {
            code: "no_scorer",
            detail: "no scorer is installed; name one under [scorer] in recaudo.toml".into(),
        });
    };
    progress.begin("history", None);
    let (table, dates) = table(engine, progress)?;
    let split_on = split_on.unwrap_or_else(|| usual_split(&dates));
    let scorer = engine.plugins.scorer(&installation)?;
    progress.begin("model", None);
    let mut ask = |config: &str, batch: &recaudo_ports::table::Batch| {
        let call = call(engine, config);
        scorer.score(&call, batch).map(|scores| scores.ppm).map_err(|error| error.to_string())
    };
    let trained =
        train::train(&table, split_on, &Options::default(), &mut ask).map_err(|error| refused(&error))?;
    Ok(TrainView {
        scorer: installation.name,
        split_on: split_on.to_string(),
        report: trained.report,
        config_json: trained.config_json,
    })
}

/// How the installed scorer does, under the configuration it has now.
///
/// # Errors
/// As [`train`].
pub fn show(engine: &Engine, split_on: Option<Day>) -> Result<TrainView, EngineError> {
    let Some(installation) = engine.settings.installed.scorer.clone() else {
        return Err(EngineError::NotFound { kind: "scorer", id: String::new() });
    };
    let (table, dates) = table(engine, &mut crate::progress::Silent)?;
    let config = String::from_utf8_lossy(&installation.config).into_owned();
    let learned_until = serde_json::from_str::<serde_json::Value>(&config)
        .ok()
        .and_then(|config| config["model"]["trained_on"].as_str().and_then(|day| day.parse().ok()));
    let split_on = split_on.or(learned_until).unwrap_or_else(|| usual_split(&dates));
    let scorer = engine.plugins.scorer(&installation)?;
    let mut ask = |config: &str, batch: &recaudo_ports::table::Batch| {
        let call = call(engine, config);
        scorer.score(&call, batch).map(|scores| scores.ppm).map_err(|error| error.to_string())
    };
    let report = train::judge(&table, split_on, &Options::default(), (&config, &mut ask))
        .map_err(|error| refused(&error))?;
    Ok(TrainView { scorer: installation.name, split_on: split_on.to_string(), report, config_json: config })
}

fn refused(error: &train::TrainError) -> EngineError {
    EngineError::Refused { code: "no_model", detail: error.to_string() }
}

/// Every document, and their dates in order.
fn table(engine: &Engine, progress: &mut dyn Progress) -> Result<(TrainingTable, Vec<Day>), EngineError> {
    let (mut words, mut rows, mut dates) = (Words::default(), vec![], vec![]);
    engine.store.read(|conn| {
        history::scan(conn, engine.tenant, |past| {
            progress.advance(1);
            dates.push(past.facts.issued_on);
            let codes = [
                place(&mut words.kinds, &past.kind),
                place(&mut words.countries, &past.country),
                place(&mut words.customer_kinds, &past.customer_kind),
            ];
            rows.push((past.customer_id, codes, document(&past, codes[0])));
            Ok(())
        })
    })?;
    let zone = engine.settings.creditor.time_zone;
    let today = day_in(zone, engine.clock.now());
    // What is known ends with the last thing heard of: a book of long ago is not "still unpaid today".
    let heard = rows.iter().filter_map(|(.., row)| row.facts.settled_on).max().unwrap_or(today);
    let mut table = TrainingTable::new(words, heard.min(today));
    for customer in rows.chunk_by(|one, next| one.0 == next.0) {
        let documents: Vec<Document> = customer.iter().map(|(.., document)| *document).collect();
        let [_, country, customer_kind] = customer[0].1;
        table.push_customer(country, customer_kind, &documents);
    }
    dates.sort_unstable();
    Ok((table, dates))
}

fn document(past: &Past, kind: u32) -> Document {
    Document { id: past.item_id.unsigned_abs(), kind, facts: past.facts }
}

/// The place of a word in its list, added when it is new. There are few.
fn place(words: &mut Vec<String>, word: &str) -> u32 {
    let found = words.iter().position(|known| known == word).unwrap_or_else(|| {
        words.push(word.into());
        words.len() - 1
    });
    u32::try_from(found).unwrap_or(u32::MAX)
}

fn usual_split(sorted: &[Day]) -> Day {
    sorted.get(sorted.len() * LEARN_PERCENT / 100).copied().unwrap_or(Day(0))
}

fn call(engine: &Engine, config: &str) -> Call {
    let now = engine.clock.now();
    let creditor = &engine.settings.creditor;
    Call {
        now: instant(now),
        business_day: day_in(creditor.time_zone, now).0,
        time_zone: creditor.time_zone.name().into(),
        locale: creditor.locale.clone(),
        deadline: instant(now + chrono::TimeDelta::seconds(2)),
        // A model that is being tried decides about nobody: nothing to draw, nothing to record.
        entropy: [0; 32],
        trace_id: "score-train".into(),
        operation: Operation { id: "score-train".into(), idempotency_key: "score-train".into(), attempt: 1 },
        config: Arc::from(config.as_bytes()),
    }
}
