//! `gate test`: needs no home; the built-in gates are enough.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use recaudo_app::system::SystemClock;
use recaudo_app::{App, AppError};
use recaudo_engine::EngineError;
use recaudo_engine::gate_bench::{self, CONFIG, Row};
use recaudo_engine::instant::instant;
use recaudo_ports::clock::Clock;
use recaudo_ports::plugin::{Call, Grants, Installation, Operation, Plugins};
use serde_json::json;

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

const GATE: &str = "gate-contact";

pub(super) fn test(context: &Context<'_>, file: &Path, gate: Option<&str>) -> Result<Exit, Trouble> {
    let text = fs::read_to_string(file).map_err(|error| Trouble::read(file, error))?;
    let vectors = gate_bench::parse_vectors(&text).map_err(|error| Trouble::read(file, error))?;
    let id = gate.unwrap_or(GATE);
    let config = if id == GATE { CONFIG } else { "{}" };
    // A gate of one's own lives in a home; the built-in one is everywhere.
    let runtime = match App::builder(&context.home).build() {
        Ok(app) => app.runtime,
        Err(_) if gate.is_none_or(|id| id == GATE) => recaudo_app::bench()?,
        Err(error) => return Err(error.into()),
    };
    let component_sha256 =
        recaudo_app::digest(&runtime, id).ok_or_else(|| AppError::NoPlugin { id: id.into() })?;
    let installation = Installation {
        name: id.into(),
        plugin: id.into(),
        component_sha256,
        config: config.as_bytes().into(),
        grants: Grants::default(),
    };
    let gate = runtime.gate(&installation).map_err(EngineError::from)?;
    let rows =
        gate_bench::run(&*gate, &call(context.language(), config), &vectors).map_err(EngineError::from)?;
    let bad = rows.iter().filter(|row| !row.agrees()).count();
    if context.out.json {
        super::json(context.out, &json!({ "rows": rows }))?;
    } else {
        show(context.out, &rows, bad);
    }
    Ok(if bad == 0 { Exit::Done } else { Exit::Incomplete })
}

fn call(language: &str, config: &str) -> Call {
    let now = SystemClock.now();
    let operation = Operation { id: "gate-test".into(), idempotency_key: "gate-test".into(), attempt: 1 };
    Call {
        now: instant(now),
        business_day: 0,
        time_zone: "UTC".into(),
        locale: language.into(),
        deadline: instant(now + TimeDelta::seconds(2)),
        // Verdicts draw nothing: the same file gives the same answers.
        entropy: [0; 32],
        trace_id: "gate-test".into(),
        operation,
        config: config.as_bytes().into(),
    }
}

fn show(out: &Output, rows: &[Row], bad: usize) {
    let mut table = out.headed(&["vector", "expected", "got", "agrees", "rule", "reason"]);
    for row in rows {
        table.row([
            row.vector_id.clone(),
            verdict(out, &row.expected),
            verdict(out, row.got),
            out.text(if row.agrees() { "head.yes" } else { "head.no" }),
            row.rule.clone(),
            row.reason.clone(),
        ]);
    }
    out.table(&table);
    let skipped = rows.iter().filter(|row| row.got == "skipped").count();
    let good = rows.len() - bad - skipped;
    let counts: [(&str, &dyn std::fmt::Display); 4] =
        [("rows", &rows.len()), ("good", &good), ("bad", &bad), ("skipped", &skipped)];
    out.line("");
    out.line(out.words.fill("out.gate_summary", &counts));
}

fn verdict(out: &Output, code: &str) -> String {
    out.words.find(&format!("verdict.{code}")).unwrap_or(code).to_owned()
}
