//! `bank`: files of banks become payments, and what they settle.

use std::path::PathBuf;

use recaudo_engine::bank::{self, BankView};
use serde_json::json;

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::trouble::Trouble;

pub(super) fn bank(context: &Context<'_>, files: &[PathBuf], dry_run: bool) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let out = context.out;
    let files = files.iter().map(|path| recaudo_app::bank::file(path)).collect::<Result<Vec<_>, _>>()?;
    let views = bank::bank(&mut app.engine, &files, dry_run, &mut Bar::new(&out.words))?;
    if out.json {
        super::json(out, &json!({ "dry_run": dry_run, "files": views }))?;
    } else {
        if dry_run {
            out.line(out.text("out.bank_dry"));
        }
        show(out, &views);
        let waits: i64 = views.iter().map(|view| view.suggested + view.waiting + view.left).sum();
        if waits > 0 {
            out.note(out.words.fill("out.bank_waits", &[("n", &waits)]));
        }
    }
    for view in &views {
        if let Some(stopped) = &view.stopped {
            out.warn(format!("{}: {} ({})", view.file, stopped.message, stopped.code));
        }
    }
    Ok(exit(&views))
}

/// Incomplete where a line or a statement was refused, a file stopped, or money waits for a person.
fn exit(views: &[BankView]) -> Exit {
    let short = |view: &BankView| {
        view.stopped.is_some()
            || !view.refused.is_empty()
            || view.suggested + view.waiting + view.left > 0
            || view.statements.iter().any(|statement| statement.state == "refused")
    };
    if views.iter().any(short) { Exit::Incomplete } else { Exit::Done }
}

fn show(out: &Output, views: &[BankView]) {
    let mut files = out.headed(&[
        "file",
        "format",
        ">read",
        ">unchanged",
        ">same",
        ">matched",
        ">suggested",
        ">left",
        ">waiting",
        ">returned",
    ]);
    let mut statements =
        out.headed(&["account", "number", "kind", "currency", ">opening", ">entries", ">closing", "state"]);
    for view in views {
        let counts = [
            view.read,
            view.unchanged,
            view.same,
            view.matched,
            view.suggested,
            view.left,
            view.waiting,
            view.returned,
        ];
        let [read, unchanged, same, matched, suggested, left, waiting, returned] =
            counts.map(|n| n.to_string());
        let (file, format) = (view.file.clone(), view.format.clone());
        files.row([file, format, read, unchanged, same, matched, suggested, left, waiting, returned]);
        for s in &view.statements {
            let word = |table: &str, code: &str| {
                out.words.find(&format!("{table}.{code}")).unwrap_or(code).to_owned()
            };
            statements.row([
                s.account.clone(),
                s.number.clone(),
                word("statement", &s.kind),
                s.currency.clone(),
                s.opening.clone().unwrap_or_default(),
                s.entries.clone(),
                s.closing.clone().unwrap_or_default(),
                word("statement", &s.state),
            ]);
        }
    }
    out.table(&files);
    if !statements.is_empty() {
        out.line("");
        out.table(&statements);
    }
    for view in views {
        for s in view.statements.iter().filter(|s| !s.reason.is_empty()) {
            out.line(format!("{}  {} {}: {}", view.file, s.account, s.number, s.reason));
        }
        for refused in &view.refused {
            let place =
                out.words.fill("out.quarantine_place", &[("file", &view.file), ("row", &refused.line)]);
            let value: String = refused.value.chars().filter(|c| !c.is_control()).take(40).collect();
            out.line(format!("{place}  {} «{value}»: {} ({})", refused.field, refused.reason, refused.code));
        }
    }
}
