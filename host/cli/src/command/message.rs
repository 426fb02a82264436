//! `message`: what nobody knows the outcome of, and what a person found out.

use recaudo_engine::dispatch::{self, Found, UnknownView};
use recaudo_engine::messages::end_text;

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

pub(super) fn list(context: &Context<'_>) -> Result<Exit, Trouble> {
    let app = context.app()?;
    let unknown = dispatch::unknown(&app.engine)?;
    if context.out.json {
        super::json(context.out, &serde_json::json!({ "unknown_messages": unknown }))?;
    } else if unknown.is_empty() {
        context.out.line(context.out.text("out.unknown_none"));
    } else {
        show(context.out, &unknown);
    }
    Ok(if unknown.is_empty() { Exit::Done } else { Exit::Incomplete })
}

pub(super) fn settle(context: &Context<'_>, number: i64, found: Found) -> Result<Exit, Trouble> {
    let app = context.app()?;
    dispatch::settle(&app.engine, number, found)?;
    list(context)
}

/// The messages as a table, with what to do about them.
pub(super) fn show(out: &Output, unknown: &[UnknownView]) {
    out.line(out.words.fill("out.unknown_some", &[("n", &unknown.len())]));
    let mut table = out.headed(&["action", "day", "channel", "reason"]);
    let language = out.words.language.code();
    for message in unknown {
        let reason = end_text(&message.reason, language).to_owned();
        table.row([message.action.to_string(), message.on.clone(), message.channel.clone(), reason]);
    }
    out.table(&table);
}
