//! `match`: what money may settle, and what a person says about it.

use recaudo_engine::cash::{self, MatchesView, MoneyView};

use super::Context;
use crate::args::Match;
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

pub(super) fn matching(context: &Context<'_>, say: Option<&Match>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let (engine, by) = (&mut app.engine, person());
    match say {
        None => {}
        Some(Match::Confirm { ids }) => cash::confirm(engine, ids, &by)?,
        Some(Match::Reject { ids }) => cash::reject(engine, ids, &by)?,
        Some(Match::Undo { id }) => cash::undo(engine, *id, &by)?,
    }
    let view = cash::matches(engine)?;
    let out = context.out;
    let waits = view.suggestions.len() + view.questions.len() + view.unidentified.len();
    if out.json {
        super::json(out, &view)?;
    } else if waits == 0 {
        out.line(out.text("out.match_nothing"));
    } else {
        show(out, &view);
    }
    Ok(if waits == 0 { Exit::Done } else { Exit::Incomplete })
}

/// Who decides, for the audit trail.
fn person() -> String {
    let named =
        ["RECAUDO_USER", "USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "cli".into())
}

fn show(out: &Output, view: &MatchesView) {
    if !view.suggestions.is_empty() {
        out.line(out.text("out.match_suggestions"));
        let mut table = out.headed(&[
            ">id",
            "number",
            "customer",
            ">amount",
            "currency",
            ">sure",
            "rule",
            "difference",
            "money",
            ">day",
        ]);
        for s in &view.suggestions {
            let code = out.words.find(&format!("difference.{}", s.difference)).unwrap_or(&s.difference);
            table.row([
                s.id.to_string(),
                s.number.clone(),
                s.customer.clone(),
                s.amount.clone(),
                s.currency.clone(),
                format!("{} %", s.confidence_ppm / 10_000),
                s.rule.clone(),
                format!("{code} {}", s.difference_amount).trim().to_owned(),
                text(&s.money),
                s.money.received.clone(),
            ]);
        }
        out.table(&table);
        out.line("");
    }
    for question in &view.questions {
        let money = &question.money;
        let values: [(&str, &dyn std::fmt::Display); 4] = [
            ("amount", &money.amount),
            ("currency", &money.currency),
            ("day", &money.received),
            ("text", &text(money)),
        ];
        out.line(out.words.fill(&format!("out.match_{}", question.kind), &values));
        for c in &question.candidates {
            out.line(format!("  {}  {}  {}  {}", c.id, c.received, c.customer, c.reference).trim_end());
        }
        out.line("");
    }
    if !view.unidentified.is_empty() {
        out.line(out.text("out.match_unidentified"));
        let mut table = out.headed(&["day", ">amount", "currency", "customer", "money"]);
        for money in &view.unidentified {
            let (day, amount) = (money.received.clone(), money.amount.clone());
            table.row([day, amount, money.currency.clone(), money.customer.clone(), text(money)]);
        }
        out.table(&table);
    }
}

/// Who paid and what was written, on one line.
fn text(money: &MoneyView) -> String {
    let parts = [&money.counterparty, &money.reference, &money.remittance];
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    parts.join(" · ").chars().map(clean).take(60).collect()
}
