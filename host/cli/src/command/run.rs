//! `run`.

use recaudo_core::day::Day;
use recaudo_engine::dispatch::{self, UnknownView};
use recaudo_engine::messages::{Outcome, Reason};
use recaudo_engine::run::{self, RunRequest, RunView};

use serde::Serialize;

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::trouble::Trouble;

pub(super) fn run(context: &Context<'_>, on: Option<Day>, dry_run: bool) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let out = context.out;
    let view = run::run(&mut app.engine, RunRequest { on, dry_run }, &mut Bar::new(&out.words))?;
    let unknown = dispatch::unknown(&app.engine)?;
    if out.json {
        super::json(out, &Answer { view: &view, unknown_messages: &unknown })?;
    } else {
        show(out, &view);
        if !unknown.is_empty() {
            out.line("");
            super::message::show(out, &unknown);
        }
    }
    for note in &view.notes {
        out.warn(note);
    }
    let waits = !unknown.is_empty() || view.failed > 0 || view.degraded;
    Ok(if waits { Exit::Incomplete } else { Exit::Done })
}

/// The run's view, and the messages nobody knows the outcome of, of this and earlier runs.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    view: &'a RunView,
    unknown_messages: &'a [UnknownView],
}

fn show(out: &Output, view: &RunView) {
    let title = if view.dry_run { "out.run_dry" } else { "out.run_title" };
    out.line(out.words.fill(title, &[("on", &view.on)]));
    out.line("");
    let counts = [
        ("candidates", view.candidates),
        ("planned", view.planned),
        ("permitted", view.permitted),
        ("refused", view.refused),
        ("sent", view.sent),
        ("failed", view.failed),
        ("cancelled", view.cancelled),
        ("queued", view.queued),
        ("skipped", view.skipped),
        ("waiting", view.waiting),
        ("tasks", view.tasks),
        ("unknown", view.unknown),
    ];
    let mut table = out.headed(&["result", ">count"]);
    for (name, count) in counts {
        table.row([out.text(&format!("out.{name}")), count.to_string()]);
    }
    out.table(&table);
    out.line("");
    reasons(out, view);
    if !view.contacts.is_empty() {
        out.line("");
        contacts(out, view);
    }
}

fn reasons(out: &Output, view: &RunView) {
    let language = out.words.language.code();
    let mut table = out.headed(&[">count", "result", "reason", "rule"]);
    for reason in &view.reasons {
        let outcome = (1..64).filter_map(Outcome::from_number).find(|o| o.code() == reason.outcome);
        let why = (1..256).filter_map(Reason::from_number).find(|r| r.code() == reason.reason);
        let rule = [reason.rule.as_str(), reason.text.as_str()];
        let rule = rule.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
        table.row([
            reason.count.to_string(),
            outcome.map_or(reason.outcome, |o| o.text(language)).to_owned(),
            why.map_or(reason.reason, |r| r.text(language)).to_owned(),
            rule,
        ]);
    }
    out.table(&table);
}

fn contacts(out: &Output, view: &RunView) {
    let mut table = out.headed(&["customer", "step", "channel", ">amount", "currency", "result", "rule"]);
    let language = out.words.language.code();
    for contact in &view.contacts {
        let outcome = (1..64).filter_map(Outcome::from_number).find(|o| o.code() == contact.outcome);
        table.row([
            contact.customer.clone(),
            format!("{}/{}", contact.strategy, contact.step),
            contact.channel.to_owned(),
            contact.amount.clone(),
            contact.currency.clone(),
            outcome.map_or(contact.outcome, |o| o.text(language)).to_owned(),
            contact.rule.clone(),
        ]);
    }
    out.table(&table);
}
