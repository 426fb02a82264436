//! Reads a file to its end: finds who reads its format, stages its pages, and says of each statement whether it is whole.

use std::sync::Arc;

use chrono::TimeDelta;
use recaudo_core::cash::difference;
use recaudo_ports::plugin::statement::Page;
use recaudo_ports::plugin::{Call, Checkpoint, Operation, PluginError, PluginErrorKind, Statement as Reader};
use recaudo_store::Tx;
use recaudo_store::bank::{self, Reading, Statement};

use super::stage::Staging;
use super::{BankFile, BankView, RefusedView, view};
use crate::cash::Steps;
use crate::error::EngineError;
use crate::instant::{day_in, instant, micros};
use crate::settings::StatementReader;
use crate::vault::Subject;
use crate::{Engine, Progress};

/// How long a page may take.
const PAGE_SECONDS: i64 = 120;
/// Whose key seals what could not be read before its account is known.
const NOBODY: Subject = Subject::Source(0);

/// A reader at a file.
struct Open {
    reader: Arc<dyn Reader>,
    settings: StatementReader,
}

/// Reads the file; gives the statements that are whole and new. The others are in the view already.
pub(super) fn read(
    steps: Steps<'_>,
    file: &BankFile,
    shown: &mut BankView,
    progress: &mut dyn Progress,
) -> Result<Vec<Statement>, EngineError> {
    match pages(steps, file, shown, progress) {
        // Another version of the plugin began: what it kept is of no use, the file is read from its beginning.
        Err(EngineError::Plugin(error)) if error.code == "bad-checkpoint" => {
            let tenant = steps.engine().tenant;
            steps.step(|tx| {
                for statement in bank::undone_of_file(tx, tenant, &file.sha256)? {
                    bank::drop_statement(tx, tenant, statement.id)?;
                }
                Ok(bank::finish_reading(tx, tenant, &file.sha256)?)
            })?;
            shown.refused.clear();
            pages(steps, file, shown, progress)
        }
        read => read,
    }
}

fn pages(
    steps: Steps<'_>,
    file: &BankFile,
    shown: &mut BankView,
    progress: &mut dyn Progress,
) -> Result<Vec<Statement>, EngineError> {
    let engine = steps.engine();
    let kept = steps.step(|tx| Ok(bank::reading(tx, engine.tenant, &file.sha256)?))?;
    let since = kept.as_ref().map(|k| Checkpoint { version: k.version, bytes: k.checkpoint.clone() });
    let mut staging = Staging::new(engine, file);
    if let Some(kept) = &kept {
        shown.refused = steps.step(|tx| rejects(engine, tx, kept))?;
        staging.resume(&steps)?;
    }
    let (open, mut page) = recognise(engine, file, kept.as_ref(), since.as_ref())?;
    shown.format.clone_from(&open.settings.installation.plugin);
    let mut before = since;
    loop {
        if !page.done && before.as_ref() == Some(&page.checkpoint) {
            return Err(no_progress(&open).into());
        }
        progress.advance(page.statements.iter().map(|s| s.entries.len() as u64).sum());
        let read = steps.step(|tx| {
            let refused = staging.page(tx, &page)?;
            shown.refused.extend(refused);
            if page.done {
                bank::finish_reading(tx, engine.tenant, &file.sha256)?;
                return close(engine, tx, &mut staging, shown).map(Some);
            }
            save(engine, tx, (file, &open), &page, &shown.refused)?;
            Ok(None)
        })?;
        if let Some(whole) = read {
            return Ok(whole);
        }
        before = Some(page.checkpoint.clone());
        let call = call(engine, &open.settings, file);
        page = open.reader.read(&call, &open.settings.label, &file.name, before.as_ref())?;
    }
}

/// Asks one reader after the other; the first that knows the format reads the file to its end.
fn recognise(
    engine: &Engine,
    file: &BankFile,
    kept: Option<&Reading>,
    since: Option<&Checkpoint>,
) -> Result<(Open, Page), EngineError> {
    let mut missing = Vec::new();
    let readers = &engine.settings.installed.statements;
    for settings in readers.iter().filter(|r| kept.is_none_or(|k| k.plugin == r.installation.plugin)) {
        let settings = granted(settings, file);
        let reader = match engine.plugins.statement(&settings.installation) {
            Ok(reader) => reader,
            Err(error) if error.kind == PluginErrorKind::NotInstalled => {
                missing.push(settings.installation.plugin.clone());
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match reader.read(&call(engine, &settings, file), &settings.label, &file.name, since) {
            Ok(page) => return Ok((Open { reader, settings }, page)),
            Err(error) if error.code == "other-format" => {}
            Err(error) => return Err(error.into()),
        }
    }
    if missing.len() == readers.len() {
        return Err(EngineError::Refused {
            code: "no_statement_plugin",
            detail: "no plugin that reads bank statements is installed; name one under [[statements]] in recaudo.toml"
                .into(),
        });
    }
    let not_there = match missing.as_slice() {
        [] => String::new(),
        _ => format!(" (not installed: {})", missing.join(", ")),
    };
    Err(EngineError::Plugin(PluginError {
        plugin: "statements".into(),
        kind: PluginErrorKind::Unsupported,
        code: "unknown-format".into(),
        message: format!("{} is of no format the installed plugins read{not_there}", file.name),
        may_have_committed: false,
        retry_after_ms: None,
    }))
}

/// The reader with the file's folder granted, and no other.
fn granted(settings: &StatementReader, file: &BankFile) -> StatementReader {
    let mut settings = settings.clone();
    settings.installation.grants.files = [(settings.label.clone(), file.folder.clone())].into();
    settings
}

fn call(engine: &Engine, settings: &StatementReader, file: &BankFile) -> Call {
    let now = engine.clock.now();
    let creditor = &engine.settings.creditor;
    let mut entropy = [0; 32];
    engine.random.fill(&mut entropy);
    let id = format!("bank/{}", hex::encode(&file.sha256[..8]));
    Call {
        now: instant(now),
        business_day: day_in(creditor.time_zone, now).0,
        time_zone: creditor.time_zone.name().into(),
        locale: creditor.locale.clone(),
        deadline: instant(now + TimeDelta::seconds(PAGE_SECONDS)),
        entropy,
        trace_id: id.clone(),
        operation: Operation { idempotency_key: id.clone(), id, attempt: 1 },
        config: Arc::clone(&settings.installation.config),
    }
}

fn no_progress(open: &Open) -> PluginError {
    PluginError {
        plugin: open.settings.installation.plugin.clone(),
        kind: PluginErrorKind::Internal,
        code: "no-progress".into(),
        message: "a page ended where it began and says there is more; the plugin has a bug".into(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

fn rejects(engine: &Engine, tx: &Tx<'_>, kept: &Reading) -> Result<Vec<RefusedView>, EngineError> {
    let Some(plain) = engine.vault.open(tx, engine.tenant, NOBODY, &kept.rejects)? else {
        return Ok(Vec::new());
    };
    if plain.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&plain).map_err(|error| EngineError::fault(format!("kept rejects: {error}")))
}

fn save(
    engine: &Engine,
    tx: &Tx<'_>,
    (file, open): (&BankFile, &Open),
    page: &Page,
    refused: &[RefusedView],
) -> Result<(), EngineError> {
    let plain = match refused {
        [] => Vec::new(),
        _ => serde_json::to_vec(refused).map_err(|error| EngineError::fault(error.to_string()))?,
    };
    let sealed = engine.vault.seal(tx, engine.tenant, NOBODY, &*engine.random, &plain)?;
    let reading = Reading {
        plugin: open.settings.installation.plugin.clone(),
        version: page.checkpoint.version,
        checkpoint: page.checkpoint.bytes.clone(),
        rejects: sealed,
    };
    let at = micros(engine.clock.now());
    Ok(bank::save_reading(tx, engine.tenant, &file.sha256, (&reading, at))?)
}

/// The file is read: each statement is whole and new, known, only shown, or refused.
fn close(
    engine: &Engine,
    tx: &Tx<'_>,
    staging: &mut Staging<'_>,
    shown: &mut BankView,
) -> Result<Vec<Statement>, EngineError> {
    let mut whole = Vec::new();
    for (account, mut statement) in staging.take() {
        shown.read += statement.entry_count;
        match verdict(engine, tx, &statement)? {
            Verdict::Whole => {
                shown.unchanged += statement.known_count;
                statement.state = "whole".into();
                bank::save_statement(tx, engine.tenant, &statement)?;
                whole.push(statement);
            }
            Verdict::Known => {
                shown.unchanged += statement.entry_count;
                bank::drop_statement(tx, engine.tenant, statement.id)?;
                shown.statements.push(view(&statement, account, "unchanged", String::new()));
            }
            Verdict::Shown => {
                shown.other += statement.entry_count;
                bank::drop_statement(tx, engine.tenant, statement.id)?;
                shown.statements.push(view(&statement, account, "shown", String::new()));
            }
            Verdict::Refused(reason) => {
                bank::drop_staged(tx, engine.tenant, statement.id)?;
                statement.state = "refused".into();
                bank::save_statement(tx, engine.tenant, &statement)?;
                shown.statements.push(view(&statement, account, "refused", reason));
            }
        }
    }
    Ok(whole)
}

enum Verdict {
    Whole,
    Known,
    Shown,
    Refused(String),
}

fn verdict(engine: &Engine, tx: &Tx<'_>, s: &Statement) -> Result<Verdict, EngineError> {
    if let Some((opening, closing)) = s.opening_minor.zip(s.closing_minor) {
        let missing = difference(opening, s.entries_minor, closing)?;
        if missing != 0 {
            let [opening, entries, closing, missing] =
                [opening, s.entries_minor, closing, missing].map(|minor| s.currency.decimal(minor));
            return Ok(Verdict::Refused(format!(
                "opening {opening} and entries {entries} do not give closing {closing}: {missing} {} is missing; \
                 nothing of it was posted, ask the bank for the file again",
                s.currency
            )));
        }
    }
    if s.kind == "report" {
        return Ok(Verdict::Shown);
    }
    let Some(before) = bank::posted_like(tx, engine.tenant, s)? else { return Ok(Verdict::Whole) };
    let fresh = bank::staged_count(tx, engine.tenant, s.id)?;
    if fresh == 0 || before.number != s.number {
        return Ok(Verdict::Known);
    }
    Ok(Verdict::Refused(format!(
        "statement {} of this account was read before with other entries, {fresh} of these are new; a statement does not \
         change once it is closed",
        s.number
    )))
}
