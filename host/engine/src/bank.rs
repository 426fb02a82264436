//! Bank files: their format is found by asking, their statements are taken whole or refused, their receipts become payments
//! or are found to be ones we know, and what they settle is asked of the allocator.
//!
//! Read page by page, each one transaction with its checkpoint; a statement is posted when all of it was read and opening
//! and entries give the closing balance. Killed anywhere, the same command goes on. Read again, nothing changes.

mod read;
mod stage;

use std::collections::BTreeSet;

use recaudo_core::cash::difference;
use recaudo_ports::plugin::PluginErrorKind;
use recaudo_store::bank::{self, Statement};
use serde::Serialize;

use crate::cash::{Allotted, Details, Road, Seals, Steps, Told, allot, tell};
use crate::error::EngineError;
use crate::import::Stopped;
use crate::instant::micros;
use crate::{Engine, Progress};

/// Entries posted in one transaction.
const CHUNK: i64 = 4_000;

/// A file as the operator named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankFile {
    /// The folder it is in.
    pub folder: String,
    /// Its name there.
    pub name: String,
    /// Of its bytes.
    pub sha256: [u8; 32],
}

/// What was read of a file, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BankView {
    /// Its name.
    pub file: String,
    /// The plugin that reads its format; empty when none does.
    pub format: String,
    /// Its statements.
    pub statements: Vec<StatementView>,
    /// Entries read.
    pub read: i64,
    /// Of those, told before by the same account.
    pub unchanged: i64,
    /// Of those, told by another road before: one payment.
    pub same: i64,
    /// Of those, a person decides which payment it is.
    pub waiting: i64,
    /// Of those, transfers that went back.
    pub returned: i64,
    /// Of those, no receipts: what the account paid, or is only shown.
    pub other: i64,
    /// Of those, applied to what they settle.
    pub matched: i64,
    /// Of those, with suggestions that wait for a person.
    pub suggested: i64,
    /// Of those, left: nobody knows what they settle.
    pub left: i64,
    /// Lines that could not be read.
    pub refused: Vec<RefusedView>,
    /// Why it stopped early: it goes on when run again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

/// A statement of an account. Amounts are decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementView {
    /// As the bank writes it.
    pub account: String,
    /// The bank's number of it.
    pub number: String,
    /// `statement`, `report`, `notice`.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// Entries.
    pub read: i64,
    /// Balance before; null when the bank does not say.
    pub opening: Option<String>,
    /// Sum of the entries.
    pub entries: String,
    /// Balance after; null when the bank does not say.
    pub closing: Option<String>,
    /// Closing less opening and entries; null when it cannot be said.
    pub difference: Option<String>,
    /// `posted`, `unchanged`, `shown`, `refused`.
    pub state: String,
    /// Why it was refused; empty when it was not.
    pub reason: String,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct RefusedView {
    /// From 1; 0 where the format has no lines.
    pub line: u64,
    /// Which field.
    pub field: String,
    /// What it says. Personal data.
    pub value: String,
    /// Stable, kebab-case.
    pub code: String,
    /// What is wrong, in words.
    pub reason: String,
}

/// A file under way: its view, and the payments it brought.
struct Work {
    view: BankView,
    new: Vec<i64>,
}

/// Reads files, posts what they tell, and asks what it settles. A rehearsal says what would be done and does nothing. No
/// files ask again about what is left.
///
/// # Errors
/// No plugin reads statements here, or the store's. What is wrong with a file is in its view.
pub fn bank(
    engine: &mut Engine,
    files: &[BankFile],
    dry_run: bool,
    progress: &mut dyn Progress,
) -> Result<Vec<BankView>, EngineError> {
    let Some(_alone) = engine.store.try_lock_for("-import")? else {
        let detail = "an import or another bank file is under way in this home; wait until it is done";
        return Err(EngineError::Conflict { detail: detail.into() });
    };
    let engine = &*engine;
    Steps::run(engine, dry_run, |steps| {
        let mut works = Vec::with_capacity(files.len());
        for file in files {
            progress.begin(&file.name, None);
            works.push(one(steps, file, progress)?);
        }
        let allotted = allot(steps, progress)?;
        Ok(works.into_iter().map(|work| finish(work, &allotted)).collect())
    })
}

fn one(steps: Steps<'_>, file: &BankFile, progress: &mut dyn Progress) -> Result<Work, EngineError> {
    let mut work =
        Work { view: BankView { file: file.name.clone(), ..BankView::default() }, new: Vec::new() };
    let tenant = steps.engine().tenant;
    // Whole and not posted to the end: the last time was killed after reading.
    let undone = steps.step(|tx| Ok(bank::undone_of_file(tx, tenant, &file.sha256)?))?;
    if undone.iter().any(|s| s.state == "whole") && undone.iter().all(|s| s.state == "whole") {
        work.view.format = "resumed".into();
        for statement in undone {
            let view = post(steps, statement, &mut work, progress)?;
            work.view.statements.push(view);
        }
        return Ok(work);
    }
    let whole = match read::read(steps, file, &mut work.view, progress) {
        Ok(whole) => whole,
        Err(EngineError::Plugin(error)) => {
            let message = match error.kind {
                PluginErrorKind::InvalidInput | PluginErrorKind::Unsupported => error.to_string(),
                _ => format!("{error}; it goes on from its last page when run again"),
            };
            work.view.stopped = Some(Stopped { code: error.code, message });
            return Ok(work);
        }
        Err(other) => return Err(other),
    };
    for statement in whole {
        let view = post(steps, statement, &mut work, progress)?;
        work.view.statements.push(view);
    }
    Ok(work)
}

/// Posts a whole statement, chunk by chunk.
fn post(
    steps: Steps<'_>,
    mut statement: Statement,
    work: &mut Work,
    progress: &mut dyn Progress,
) -> Result<StatementView, EngineError> {
    let engine = steps.engine();
    let tenant = engine.tenant;
    let subject = format!("{} {}", statement.kind, statement.number);
    let mut told = Told::default();
    let mut done = false;
    while !done {
        let at = micros(engine.clock.now());
        let (more, last) = steps.step(|tx| {
            let staged = bank::staged(tx, tenant, statement.id, CHUNK)?;
            let last = i64::try_from(staged.len()).unwrap_or(0) < CHUNK;
            let mut seals = Seals::new(engine);
            let mut entries: Vec<(bank::Entry, Details)> = Vec::with_capacity(staged.len());
            for entry in staged {
                let details = seals.open(tx, &entry)?;
                entries.push((entry, details));
            }
            let road =
                Road { engine, source_id: statement.source_id, name: &statement.kind, at, subject: &subject };
            let more = tell(tx, road, entries)?;
            if last {
                statement.state = "posted".into();
                bank::save_statement(tx, tenant, &statement)?;
                let body = serde_json::json!({
                    "statement": statement.id, "opening_minor": statement.opening_minor,
                    "entries_minor": statement.entries_minor, "closing_minor": statement.closing_minor,
                });
                crate::audit::append(tx, tenant, at, ("statement", &subject), body.to_string().as_bytes())?;
            }
            Ok((more, last))
        })?;
        progress.advance(more.new.len() as u64);
        told.add(more);
        done = last;
    }
    work.view.same += told.same;
    work.view.waiting += told.waiting;
    work.view.returned += told.returned;
    work.view.other += told.other;
    work.new.extend(told.new);
    let account = steps.step(|tx| Ok(bank::account(tx, tenant, statement.source_id)?))?;
    Ok(view(&statement, account, "posted", String::new()))
}

fn view(s: &Statement, account: String, state: &str, reason: String) -> StatementView {
    let decimal = |minor: i64| s.currency.decimal(minor);
    let missing = s.opening_minor.zip(s.closing_minor);
    let missing = missing.and_then(|(opening, closing)| difference(opening, s.entries_minor, closing).ok());
    StatementView {
        account,
        number: s.number.clone(),
        kind: s.kind.clone(),
        currency: s.currency.code().into(),
        read: s.entry_count,
        opening: s.opening_minor.map(decimal),
        entries: decimal(s.entries_minor),
        closing: s.closing_minor.map(decimal),
        difference: missing.map(decimal),
        state: state.into(),
        reason,
    }
}

/// What became of the money a file brought.
fn finish(mut work: Work, allotted: &Allotted) -> BankView {
    let new: BTreeSet<i64> = work.new.into_iter().collect();
    for payment in new {
        if allotted.posted.contains(&payment) {
            work.view.matched += 1;
        } else if allotted.suggested.contains(&payment) {
            work.view.suggested += 1;
        } else {
            work.view.left += 1;
        }
    }
    if let (None, Some(error)) = (&work.view.stopped, &allotted.stopped) {
        let message = format!("{error}; what came in waits for a person, see: recaudo match");
        work.view.stopped = Some(Stopped { code: error.code.clone(), message });
    }
    work.view
}
