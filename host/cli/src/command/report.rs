//! `report`.

use std::fs;
use std::path::Path;

use recaudo_core::day::Day;

use super::Context;
use crate::exit::Exit;
use crate::trouble::Trouble;

pub(super) fn report(
    context: &Context<'_>,
    as_of: Option<Day>,
    html: Option<&Path>,
) -> Result<Exit, Trouble> {
    let out = context.out;
    if html.is_none() && !out.json {
        return Err(Trouble::Argument { key: "error.needs_html", value: String::new() });
    }
    let mut app = context.app()?;
    let data = app.report(as_of)?;
    if let Some(path) = html {
        let page = app.page(&data, Some(&locale(context, &app.engine.settings.creditor.locale)))?;
        fs::write(path, page).map_err(|error| Trouble::write(path, error))?;
    }
    if out.json {
        super::json(out, &data)?;
    } else if let Some(path) = html {
        out.line(out.words.fill("out.report_written", &[("path", &path.display())]));
    }
    Ok(Exit::Done)
}

/// The person's language, the creditor's country: a Colombian book read in English keeps its own digits.
fn locale(context: &Context<'_>, creditor: &str) -> String {
    let country = creditor.get(2..).unwrap_or("");
    format!("{}{country}", context.language())
}
