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
        // One source is one answer; several are a list.
        match views.as_slice() {
            [view] => super::json(out, view)?,
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

/// One line a row, as a person reads it: where, what it says, why it stays out, what to do.
pub(super) fn show_quarantine(out: &Output, rows: &[QuarantineView]) {
    for row in rows {
        let value: String =
            row.value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(40).collect();
        let place = out.words.fill("out.quarantine_place", &[("file", &row.file), ("row", &row.row)]);
        let what = [row.field.as_str(), value.as_str()].map(str::trim).join(" «");
        let what = if value.is_empty() { row.field.clone() } else { format!("{what}»") };
        out.line(format!("{}  {place}  {what}: {} → {}", row.source, row.reason, row.what_to_do));
    }
}
