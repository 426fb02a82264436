//! Import: pages from an importer, each one transaction with its checkpoint.
//!
//! Killed anywhere, it goes on from the last page that was committed: nothing is lost, nothing comes in twice. What cannot
//! come in is quarantined with a reason; the rest goes through. Memory does not grow with the source.

mod allocation;
mod book;
pub(crate) mod check;
mod document;
pub(crate) mod page;
mod party;
mod payment;
mod roads;
pub(crate) mod tally;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::TimeDelta;
use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_ports::plugin::{Call, Checkpoint, Feed, Importer, Operation, Page, PullRequest};
use recaudo_store::import as rows;
use recaudo_store::source::Source;
use serde::Serialize;

use crate::error::EngineError;
use crate::instant::{day_in, instant, micros};
use crate::{Engine, Progress};

/// Rows asked for a page: large enough that a transaction's cost does not show, small enough for a guest's memory.
const PAGE_ROWS: u32 = 4_000;
/// How long a page may take.
const PAGE_SECONDS: i64 = 120;

/// What an import did to one source. `read` = `imported` + `unchanged` + `quarantined`, in rows of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportView {
    /// The source's name.
    pub source: String,
    /// Rows the source held.
    pub read: i64,
    /// Rows with something new.
    pub imported: i64,
    /// Rows we knew.
    pub unchanged: i64,
    /// Rows that did not come in, or not whole.
    pub quarantined: i64,
    /// Per currency.
    pub control: Vec<ControlView>,
    /// Why it stopped early: it goes on from its last page when run again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

/// What the source says its documents sum to, and what ours of them sum to. Decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlView {
    /// ISO 4217.
    pub currency: String,
    /// The source's word.
    pub source_total: String,
    /// Ours.
    pub ours: String,
    /// `source_total` less `ours`; `0.00` when nothing is missing.
    pub difference: String,
}

/// Why an import stopped early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// For scripts.
    pub code: String,
    /// For a person.
    pub message: String,
}

/// Imports one source, or all of them, one after the other. A source whose plugin fails stops at its last page and
/// says so; the others go on.
///
/// # Errors
/// An unknown name, or the store's.
pub fn import(
    engine: &mut Engine,
    name: Option<&str>,
    progress: &mut dyn Progress,
) -> Result<Vec<ImportView>, EngineError> {
    let tenant = engine.tenant;
    let Some(_alone) = engine.store.try_lock_for("-import")? else {
        let detail = "another import is under way in this home; wait until it is done";
        return Err(EngineError::Conflict { detail: detail.into() });
    };
    let sources = engine.store.read(|conn| match name {
        Some(name) => {
            recaudo_store::source::by_name(conn, tenant, name).map(|found| found.map(|source| vec![source]))
        }
        None => recaudo_store::source::list(conn, tenant).map(Some),
    })?;
    let sources = sources
        .ok_or_else(|| EngineError::NotFound { kind: "source", id: name.unwrap_or_default().into() })?;
    sources.into_iter().map(|source| import_source(engine, source, progress)).collect()
}

/// One source's import under way.
struct Run<'e> {
    engine: &'e Engine,
    source: Source,
    importer: Arc<dyn Importer>,
    config: Arc<[u8]>,
    totals: Totals,
}

#[derive(Default)]
struct Totals {
    counts: rows::Import,
    control: std::collections::BTreeMap<Currency, (i64, i64)>,
}

/// What ends a feed.
enum Ended {
    Done,
    /// The source is still making the report.
    NotYet(String),
}

fn import_source(
    engine: &Engine,
    source: Source,
    progress: &mut dyn Progress,
) -> Result<ImportView, EngineError> {
    progress.begin(&source.name, None);
    let installation = crate::source::installation(&source)?;
    let name = source.name.clone();
    let mut totals = Totals::default();
    let stopped = match engine.plugins.importer(&installation) {
        Err(error) => Some(Stopped { code: error.code.clone(), message: error.to_string() }),
        Ok(importer) => {
            let mut run = Run { engine, source, importer, config: installation.config, totals };
            let stopped = match run.feeds(progress) {
                Ok(stopped) => stopped,
                Err(EngineError::Plugin(error)) => {
                    let message =
                        format!("source {name}: {error}; it goes on from its last page when run again");
                    Some(Stopped { code: error.code, message })
                }
                Err(other) => return Err(other),
            };
            totals = run.totals;
            stopped
        }
    };
    Ok(view(name, &totals, stopped))
}

fn view(source: String, totals: &Totals, stopped: Option<Stopped>) -> ImportView {
    let Totals { counts, control } = totals;
    let control = control.iter().map(|(currency, (source_minor, ours_minor))| ControlView {
        currency: currency.code().into(),
        source_total: currency.decimal(*source_minor),
        ours: currency.decimal(*ours_minor),
        difference: currency.decimal(source_minor.saturating_sub(*ours_minor)),
    });
    ImportView {
        source,
        read: counts.read,
        imported: counts.imported,
        unchanged: counts.unchanged,
        quarantined: counts.quarantined,
        control: control.collect(),
        stopped,
    }
}

impl Run<'_> {
    fn feeds(&mut self, progress: &mut dyn Progress) -> Result<Option<Stopped>, EngineError> {
        let feeds = self.importer.discover(&self.call("discover"))?;
        for feed in feeds {
            if let Ended::NotYet(message) = self.feed(&feed, progress)? {
                return Ok(Some(Stopped { code: "not_before".into(), message }));
            }
        }
        Ok(None)
    }

    /// Pulls a feed to its end, from where it was. What came in before a failure is counted too.
    fn feed(&mut self, feed: &Feed, progress: &mut dyn Progress) -> Result<Ended, EngineError> {
        let (mut import, checkpoint) = self.resume(feed)?;
        let ended = self.pages(feed, &mut import, checkpoint, progress);
        self.count(&import)?;
        ended
    }

    fn pages(
        &self,
        feed: &Feed,
        import: &mut rows::Import,
        mut checkpoint: Option<Checkpoint>,
        progress: &mut dyn Progress,
    ) -> Result<Ended, EngineError> {
        loop {
            let call = self.call(&format!("import-{}-{}", import.id, import.pages + 1));
            let request =
                PullRequest { feed: feed.name.clone(), checkpoint: checkpoint.clone(), rows_max: PAGE_ROWS };
            let pulled = self.importer.pull(&call, &request)?;
            self.check_progress(&pulled, checkpoint.as_ref())?;
            let work = page::Work { run: self, feed, call: &call, import, page: &pulled };
            let counted = self.engine.store.write(|tx| page::commit(tx, &work))?;
            *import = counted;
            progress.advance(pulled.read);
            if pulled.done {
                return Ok(Ended::Done);
            }
            if let Some(at) = pulled.not_before {
                let at = chrono::DateTime::from_timestamp(at.seconds, 0).unwrap_or_default();
                return Ok(Ended::NotYet(format!(
                    "source {}: the report is still being made; import again at {}",
                    self.source.name,
                    at.format("%Y-%m-%dT%H:%M:%SZ")
                )));
            }
            checkpoint = Some(pulled.checkpoint);
        }
    }

    /// The unfinished run over a feed with its checkpoint, or a new one.
    fn resume(&self, feed: &Feed) -> Result<(rows::Import, Option<Checkpoint>), EngineError> {
        let (tenant, source_id, at) = (self.engine.tenant, self.source.id, micros(self.engine.clock.now()));
        self.engine.store.write(|tx| {
            let kept = rows::checkpoint(tx, tenant, source_id, &feed.name)?;
            let import = match rows::unfinished(tx, tenant, source_id, &feed.name)? {
                Some(import) => import,
                None => rows::begin(tx, tenant, source_id, &feed.name, at)?,
            };
            let kept = kept.map(|kept| Checkpoint { version: kept.version, bytes: kept.bytes });
            Ok((import, kept))
        })
    }

    /// A page that takes nothing, finishes nothing and stays where it was would come for ever.
    fn check_progress(&self, page: &Page, before: Option<&Checkpoint>) -> Result<(), EngineError> {
        let moved = page.done || page.not_before.is_some() || before != Some(&page.checkpoint);
        if moved {
            return Ok(());
        }
        Err(EngineError::Plugin(recaudo_ports::plugin::PluginError {
            plugin: self.source.plugin.clone(),
            kind: recaudo_ports::plugin::PluginErrorKind::Internal,
            code: "no_progress".into(),
            message: "a page ended where it began and says there is more; the plugin has a bug".into(),
            may_have_committed: false,
            retry_after_ms: None,
        }))
    }

    fn count(&mut self, import: &rows::Import) -> Result<(), EngineError> {
        let counts = &mut self.totals.counts;
        counts.pages += import.pages;
        counts.read += import.read;
        counts.imported += import.imported;
        counts.unchanged += import.unchanged;
        counts.quarantined += import.quarantined;
        let tenant = self.engine.tenant;
        for (currency, source, ours) in
            self.engine.store.read(|conn| rows::controls(conn, tenant, import.id))?
        {
            let sums = self.totals.control.entry(currency).or_default();
            *sums = (sums.0.saturating_add(source), sums.1.saturating_add(ours));
        }
        Ok(())
    }

    /// The creditor's business day now.
    fn business_day(&self) -> Day {
        day_in(self.engine.settings.creditor.time_zone, self.engine.clock.now())
    }

    fn call(&self, operation: &str) -> Call {
        let (engine, now) = (self.engine, self.engine.clock.now());
        let mut entropy = [0; 32];
        engine.random.fill(&mut entropy);
        let creditor = &engine.settings.creditor;
        Call {
            now: instant(now),
            business_day: day_in(creditor.time_zone, now).0,
            time_zone: creditor.time_zone.name().into(),
            locale: creditor.locale.clone(),
            deadline: instant(now + TimeDelta::seconds(PAGE_SECONDS)),
            entropy,
            trace_id: format!("{}/{operation}", self.source.name),
            operation: Operation {
                id: operation.into(),
                idempotency_key: format!("{}/{operation}", self.source.name),
                attempt: 1,
            },
            config: Arc::clone(&self.config),
        }
    }
}
