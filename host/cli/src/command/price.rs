//! `price test`: needs no home; the built-in pricer is enough.

use std::fs;
use std::path::Path;

use recaudo_engine::EngineError;
use recaudo_engine::price_bench::{self, CONFIG, PriceReport, SKIPPED};
use recaudo_ports::plugin::Plugins;

use super::{Context, bench};
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

const PRICER: &str = "pricer-standard";

pub(super) fn test(context: &Context<'_>, file: &Path, pricer: Option<&str>) -> Result<Exit, Trouble> {
    let text = fs::read_to_string(file).map_err(|error| Trouble::read(file, error))?;
    let vectors = price_bench::parse_price_vectors(&text).map_err(|error| Trouble::read(file, error))?;
    let id = pricer.unwrap_or(PRICER);
    let (runtime, installation) = bench::open(context, (id, id == PRICER), CONFIG)?;
    let pricer = runtime.pricer(&installation).map_err(EngineError::from)?;
    let call = bench::call(context.language(), "price-test", CONFIG);
    let report = price_bench::run(&*pricer, &call, &vectors).map_err(EngineError::from)?;
    let bad = report.rows.iter().filter(|row| !row.agrees()).count();
    if context.out.json {
        super::json(context.out, &report)?;
    } else {
        show(context.out, &report, bad);
    }
    Ok(if bad == 0 { Exit::Done } else { Exit::Incomplete })
}

fn show(out: &Output, report: &PriceReport, bad: usize) {
    let mut table = out.headed(&["rule", "expected", "got", "unit", "agrees", "reason"]);
    for row in &report.rows {
        table.row([
            row.rule_id.clone(),
            row.expected.clone(),
            row.got.clone(),
            row.unit.clone(),
            out.text(if row.agrees() { "head.yes" } else { "head.no" }),
            row.reason.clone(),
        ]);
    }
    out.table(&table);
    let skipped = report.rows.iter().filter(|row| row.got == SKIPPED).count();
    let good = report.rows.len() - bad - skipped;
    let counts: [(&str, &dyn std::fmt::Display); 4] =
        [("rows", &report.rows.len()), ("good", &good), ("bad", &bad), ("skipped", &skipped)];
    out.line("");
    out.line(out.words.fill("out.gate_summary", &counts));
}
