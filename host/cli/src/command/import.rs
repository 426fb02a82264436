//! `import`, `quarantine`.

use recaudo_engine::import::{self, ImportView};
use recaudo_engine::quarantine::{self, QuarantineView};

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::trouble::Trouble;

pub(super) fn import(context: &Context<'_>, source: Option<&str>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let out = context.out;
    let views = import::import(&mut app.engine, source, &mut Bar::new(&out.words))?;
    if out.json {
        // One source asked for is one answer.
        match (source, views.as_slice()) {
            (Some(_), [view]) => super::json(out, view)?,
            _ => super::json(out, &views)?,
        }
    } else if views.is_empty() {
        out.line(out.text("out.no_sources"));
    } else {
        show(out, &views);
        let waiting: i64 = views.iter().map(|view| view.quarantined).sum();
        if waiting > 0 {
            out.note(out.words.fill("out.quarantine_some", &[("n", &waiting)]));
        }
    }
    for view in &views {
        if let Some(stopped) = &view.stopped {
            out.warn(format!("{}: {} ({})", view.source, stopped.message, stopped.code));
        }
    }
    Ok(exit(&views))
}

/// Incomplete where a row waits, a total differs or a source stopped.
fn exit(views: &[ImportView]) -> Exit {
    let short = |view: &ImportView| {
        view.quarantined > 0
            || view.stopped.is_some()
            || view.control.iter().any(|c| c.source_total != c.ours)
    };
    if views.iter().any(short) { Exit::Incomplete } else { Exit::Done }
}

pub(super) fn show(out: &Output, views: &[ImportView]) {
    let mut table = out.headed(&["source", ">read", ">imported", ">unchanged", ">quarantined"]);
    let mut control = out.headed(&["source", "currency", ">source_total", ">ours", "agrees"]);
    for view in views {
        let counts = [view.read, view.imported, view.unchanged, view.quarantined].map(|n| n.to_string());
        let [read, imported, unchanged, quarantined] = counts;
        table.row([view.source.clone(), read, imported, unchanged, quarantined]);
        for c in &view.control {
            let agrees = out.text(if c.source_total == c.ours { "head.yes" } else { "head.no" });
            let cells =
                [view.source.clone(), c.currency.clone(), c.source_total.clone(), c.ours.clone(), agrees];
            control.row(cells);
        }
    }
    out.table(&table);
    if !control.is_empty() {
        out.line("");
        out.table(&control);
    }
}

pub(super) fn quarantine(context: &Context<'_>, source: Option<&str>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let out = context.out;
    let mut rows = quarantine::list(&mut app.engine, context.language())?;
    rows.retain(|row| source.is_none_or(|source| row.source == source));
    if out.json {
        super::json(out, &rows)?;
    } else if rows.is_empty() {
        out.line(out.text("out.quarantine_empty"));
    } else {
        show_quarantine(out, &rows);
    }
    Ok(if rows.is_empty() { Exit::Done } else { Exit::Incomplete })
}

pub(super) fn show_quarantine(out: &Output, rows: &[QuarantineView]) {
    let mut table = out.headed(&["source", "file", ">row", "field", "value", "reason", "todo"]);
    for row in rows {
        let value: String =
            row.value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(32).collect();
        let cells = [row.source.clone(), row.file.clone(), row.row.to_string(), row.field.clone(), value];
        let [source, file, number, field, value] = cells;
        table.row([source, file, number, field, value, row.reason.clone(), row.what_to_do.clone()]);
    }
    out.table(&table);
}
