//! `gate test`: needs no home; the built-in gates are enough.

use std::fs;
use std::path::Path;

use recaudo_engine::EngineError;
use recaudo_engine::gate_bench::{self, CONFIG, Row};
use recaudo_ports::plugin::Plugins;
use serde_json::json;

use super::{Context, bench};
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

const GATE: &str = "gate-contact";

pub(super) fn test(context: &Context<'_>, file: &Path, gate: Option<&str>) -> Result<Exit, Trouble> {
    let text = fs::read_to_string(file).map_err(|error| Trouble::read(file, error))?;
    let vectors = gate_bench::parse_vectors(&text).map_err(|error| Trouble::read(file, error))?;
    let id = gate.unwrap_or(GATE);
    let config = if id == GATE { CONFIG } else { "{}" };
    let (runtime, installation) = bench::open(context, (id, id == GATE), config)?;
    let gate = runtime.gate(&installation).map_err(EngineError::from)?;
    let rows = gate_bench::run(&*gate, &bench::call(context.language(), "gate-test", config), &vectors)
        .map_err(EngineError::from)?;
    let bad = rows.iter().filter(|row| !row.agrees()).count();
    if context.out.json {
        super::json(context.out, &json!({ "rows": rows }))?;
    } else {
        show(context.out, &rows, bad);
    }
    Ok(if bad == 0 { Exit::Done } else { Exit::Incomplete })
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
