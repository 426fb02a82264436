//! P8: from nothing to an engine that answers, with the compiled plugins in their cache, and what it holds then.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;

use crate::gauge::{figure, part, peak_mib};
use crate::{Args, home};

pub(crate) fn bench(_args: &Args) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let dir = folder.path().display().to_string();
    let cold = part("start-once", &["--dir", &dir])?;
    let mut warm = Vec::new();
    for _ in 0..5 {
        warm.push(figure(&part("start-once", &["--dir", &dir])?, "ready_ms")?);
    }
    let memory = figure(&part("start-once", &["--dir", &dir])?, "peak_mib")?;
    warm.sort_by(f64::total_cmp);
    println!("  ready in {:.0} ms with a warm cache (bar 300), {} cold", warm[2], cold["ready_ms"]);
    println!("  {memory} MiB at most (bar 100), {} plugins", recaudo_builtin::PLUGINS.len());
    Ok(())
}

/// One start in this process.
pub(crate) fn once(args: &Args) -> anyhow::Result<()> {
    let folder = PathBuf::from(args.text("dir").context("--dir is needed")?);
    let started = Instant::now();
    let runtime = home::runtime(&folder)?;
    for plugin in recaudo_builtin::PLUGINS {
        runtime.registry().prepare(plugin.id)?;
    }
    let mut engine = home::engine(&folder, runtime)?;
    let aging = recaudo_engine::aging::aging(&mut engine, &recaudo_engine::aging::AgingQuery::default())?;
    anyhow::ensure!(aging.currencies.is_empty(), "a fresh store owes nothing");
    println!("{}", json!({ "ready_ms": started.elapsed().as_millis(), "peak_mib": peak_mib()? }));
    Ok(())
}
