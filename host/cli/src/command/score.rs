//! `score train`, `score show`.

use recaudo_core::day::Day;
use recaudo_engine::score::{self, TrainView};

use super::Context;
use crate::exit::Exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::trouble::Trouble;

pub(super) fn train(context: &Context<'_>, split: Option<Day>) -> Result<Exit, Trouble> {
    let app = context.app()?;
    let out = context.out;
    let view = score::train(&app.engine, split, &mut Bar::new(&out.words))?;
    let kept = app.home.keep_model(&view.config_json)?;
    if out.json {
        super::json(out, &view)?;
    } else {
        show_view(out, &view);
        out.line("");
        out.line(out.words.fill("out.trained", &[("path", &kept.display())]));
    }
    Ok(Exit::Done)
}

pub(super) fn show(context: &Context<'_>) -> Result<Exit, Trouble> {
    let app = context.app()?;
    let out = context.out;
    let view = score::show(&app.engine, None)?;
    if out.json {
        super::json(out, &view)?;
    } else {
        show_view(out, &view);
    }
    Ok(Exit::Done)
}

/// Parts per million as a share with three decimals.
fn share(ppm: i32) -> String {
    let sign = if ppm < 0 { "-" } else { "" };
    let thousandths = (ppm.unsigned_abs() + 500) / 1_000;
    format!("{sign}{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

pub(super) fn show_view(out: &Output, view: &TrainView) {
    let report = &view.report;
    out.line(out.words.fill(
        "score.title",
        &[
            ("scorer", &view.scorer),
            ("day", &view.split_on),
            ("train", &report.n_train),
            ("test", &report.n_test),
        ],
    ));
    out.line("");
    let mut table = out.headed(&["check", ">result"]);
    let figures = [
        ("auc", report.auc_ppm),
        ("baseline_auc", report.baseline_auc_ppm),
        ("base_rate", report.base_rate_ppm),
        ("observed", report.observed_ppm),
        ("predicted", report.predicted_ppm),
        ("brier", report.brier_ppm),
        ("base_brier", report.base_brier_ppm),
    ];
    for (name, ppm) in figures {
        table.row([out.text(&format!("score.{name}")), share(ppm)]);
    }
    out.table(&table);
    out.line("");
    out.line(out.text("score.calibration"));
    let mut table = out.headed(&[">predicted", ">observed", ">items"]);
    for decile in &report.deciles {
        table.row([share(decile.predicted_ppm), share(decile.observed_ppm), decile.n.to_string()]);
    }
    out.table(&table);
}
