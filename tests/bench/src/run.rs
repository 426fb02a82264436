//! P3: the daily run, from rows to permits, on a million open items of 200,000 customers, judged by the built-in plugins
//! in the sandbox. Two days: the first, on which most of a fresh portfolio is contacted, and the day after.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use recaudo_core::day::Day;
use recaudo_engine::progress::Silent;
use recaudo_engine::run::{self as use_case, RunRequest};
use recaudo_engine::settings::{Settings, SettingsText};
use recaudo_store::{Store, StoreError};
use serde_json::json;

use crate::gauge::{Stretch, figure, part, peak_mib};
use crate::{Args, home};

const HOME: &str = r#"
[creditor]
name = "Bench S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@bench.example"

[scorer]
plugin = "scorer-standard"

[strategist]
plugin = "strategist-standard"

[[gates]]
plugin = "gate-contact"

[channels.email]
plugin = "channel-email"

[costs.email]
COP = "10"
"#;

/// A Tuesday.
const FIRST_DAY: &str = "2026-03-10";

pub(crate) fn bench(args: &Args) -> anyhow::Result<()> {
    let items = args.number("items", 1_000_000)?;
    let folder = tempfile::tempdir()?;
    let run = |at: &str, items: u64| {
        let dir = folder.path().join(at);
        std::fs::create_dir_all(&dir)?;
        part("run-once", &["--dir", &dir.display().to_string(), "--items", &items.to_string()])
    };
    let few = run("few", items / 10)?;
    let many = run("many", items)?;
    println!("  {} items: {few}", items / 10);
    println!("  {items} items: {many}");
    for day in ["first", "next"] {
        let cpu = figure(&many, &format!("{day}_cpu_s"))?;
        let growth = cpu / figure(&few, &format!("{day}_cpu_s"))?;
        println!("  {day} day: {cpu:.2} s CPU (bar 10), ten times the items cost {growth:.1} times (bar 11)");
    }
    println!("  peak memory: {} MiB (bar 512)", figure(&many, "peak_mib")?);
    Ok(())
}

/// Two days in this process; `--dir` keeps the store.
pub(crate) fn once(args: &Args) -> anyhow::Result<()> {
    let folder = PathBuf::from(args.text("dir").context("--dir is needed")?);
    let items = args.number("items", 1_000_000)?;
    let runtime = home::runtime(&folder)?;
    let mut engine = home::engine(&folder, std::sync::Arc::clone(&runtime))?;
    engine.settings = Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() })?;
    engine.settings.pin(|plugin| recaudo_app::digest(&runtime, plugin));
    portfolio(&engine.store, i64::try_from(items)?)?;
    // A daily run finds its plugins compiled: compiling is the bench `start`'s.
    let plugins = &engine.settings.installed;
    plugins.scorer.iter().try_for_each(|it| engine.plugins.scorer(it).map(drop))?;
    plugins.strategist.iter().try_for_each(|it| engine.plugins.strategist(it).map(drop))?;
    plugins.gates.iter().try_for_each(|it| engine.plugins.gate(it).map(drop))?;
    let mut answer = serde_json::Map::new();
    let first: Day = FIRST_DAY.parse()?;
    for (name, on) in [("first", first), ("next", first.plus(1))] {
        let stretch = Stretch::begin()?;
        let request = RunRequest { on: Some(on), dry_run: false };
        let view = use_case::plan(&mut engine, request, &mut Silent)?;
        let (cpu_s, wall_s) = stretch.end()?;
        ensure!(view.tasks == 0 && !view.degraded, "{view:?}");
        answer.insert(format!("{name}_cpu_s"), json!(cpu_s));
        answer.insert(format!("{name}_wall_s"), json!(wall_s));
        for (key, value) in [
            ("candidates", view.candidates),
            ("permitted", view.permitted),
            ("refused", view.refused),
            ("skipped", view.skipped),
            ("waiting", view.waiting),
        ] {
            answer.insert(format!("{name}_{key}"), json!(value));
        }
    }
    answer.insert("peak_mib".into(), json!(peak_mib()?));
    let size = std::fs::metadata(folder.join("recaudo.db"))?.len() / (1 << 20);
    answer.insert("store_mib".into(), json!(size));
    println!("{}", serde_json::Value::Object(answer));
    Ok(())
}

/// Five invoices a customer, due within three months around the first day; each customer reachable by e-mail.
fn portfolio(store: &Store, items: i64) -> anyhow::Result<()> {
    let first: Day = FIRST_DAY.parse()?;
    store.write(|tx| {
        tx.execute("INSERT INTO sources VALUES (1, 1, 'erp', 'erp-csv', x'00', x'', '{}', 0, NULL, 'importer')", &[])?;
        tx.execute("INSERT INTO creditors VALUES (1, 1, 'bench', 'Bench S.A.S.', 'America/Bogota')", &[])?;
        let sql = "INSERT INTO customers (id, tenant_id, source_id, external_id, version, digest, name, kind, country, \
                   locale, time_zone, attributes) VALUES ($1, 1, 1, $2, 1, zeroblob(16), $3, 'business', 'CO', \
                   'es-CO', '', '{}')";
        tx.bulk(sql, |bulk| {
            for id in 1..=items / 5 {
                let name = format!("C{id:07}");
                bulk.row(&[id.into(), (&name).into(), (&name).into()])?;
            }
            Ok::<_, StoreError>(())
        })?;
        let sql = "INSERT INTO contacts (id, tenant_id, customer_id, source_id, external_id, version, digest, name, \
                   email, phone, role, attributes) VALUES ($1, 1, $1, 1, $2, 1, zeroblob(16), $2, $3, '', 'billing', '{}')";
        tx.bulk(sql, |bulk| {
            for id in 1..=items / 5 {
                let (name, email) = (format!("C{id:07}"), format!("c{id}@bench.example"));
                bulk.row(&[id.into(), (&name).into(), (&email).into()])?;
            }
            Ok::<_, StoreError>(())
        })?;
        let sql = "INSERT INTO open_items (id, tenant_id, creditor_id, customer_id, open_minor, total_minor, issued_on, \
                   due_on, moved_on, settled_on, disputed, currency, kind, number, instalment, status, source_id, \
                   external_id, version, digest, attributes) VALUES ($1, 1, 1, $2, $3, $3, $4, $5, $4, NULL, 0, \
                   'COP', 'invoice', $6, 1, 'open', 1, $6, 1, zeroblob(16), '{}')";
        tx.bulk(sql, |bulk| {
            let mut seed = 7_u64;
            for id in 1..=items {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let draw = |of: u64| i64::try_from((seed >> 33) % of).unwrap_or(0);
                let customer = draw(u64::try_from(items / 5).unwrap_or(1)) + 1;
                let due = i64::from(first.0) - 60 + draw(90);
                let number = format!("FV-{id:08}");
                let minor = 1_000_000 + draw(900_000_000);
                bulk.row(&[
                    id.into(),
                    customer.into(),
                    minor.into(),
                    (due - 30).into(),
                    due.into(),
                    (&number).into(),
                ])?;
            }
            Ok::<_, StoreError>(())
        })
    })?;
    Ok(())
}
