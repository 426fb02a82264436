//! P5: CSV import through the sandboxed connector against writing the same final rows and indexes raw, with prepared
//! statements and one transaction a page; and what aging costs on the result.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use recaudo_core::day::Day;
use recaudo_engine::aging::{self as use_case, AgingQuery};
use recaudo_engine::progress::Silent;
use recaudo_engine::{import, source};
use recaudo_ports::plugin::{Grants, Installation};
use recaudo_store::{Store, StoreError, Value};
use serde_json::json;

use crate::gauge::{Stretch, figure, part, peak_mib};
use crate::{Args, home};

const CONFIG: &str = r#"{
  "format": { "delimiter": ",", "dates": ["yyyy-mm-dd"], "decimal": "." },
  "files": [
    { "path": "customers.csv", "customer": { "id": "id", "name": "name", "country": "=CO", "locale": "=es-CO" } },
    { "path": "invoices.csv", "document": { "number": "number", "customer": "customer", "issued": "issued",
        "due": "due", "total": "total", "currency": "currency" } }
  ]
}"#;

/// Rows a raw transaction writes: as many as a page of the import takes.
const PAGE_ROWS: i64 = 4_000;

pub(crate) fn bench(args: &Args) -> anyhow::Result<()> {
    let invoices = args.number("invoices", 1_000_000)?;
    let small = invoices / 10;
    let folder = tempfile::tempdir()?;
    let (big, little) = (folder.path().join("big"), folder.path().join("little"));
    let run = |name, at: &Path, invoices: u64| {
        part(name, &["--dir", &at.display().to_string(), "--invoices", &invoices.to_string()])
    };
    let few = run("import-once", &little, small)?;
    let many = run("import-once", &big, invoices)?;
    let raw = run("import-raw", &big, invoices)?;
    let again = run("import-once", &big, invoices)?;
    let (cpu, raw_cpu) = (figure(&many, "cpu_s")?, figure(&raw, "cpu_s")?);
    println!("  {invoices} invoices: {many}");
    println!("  raw: {raw}");
    println!("  imported again, all unchanged: {again}");
    println!("  {small} invoices: {few}");
    println!("  CPU against raw: {:.2} (bar 3.00)", cpu / raw_cpu);
    println!("  wall against raw: {:.2}", figure(&many, "wall_s")? / figure(&raw, "wall_s")?);
    let peaks = figure(&many, "peak_mib")? / figure(&few, "peak_mib")?;
    println!("  peak memory, ten times the invoices: {peaks:.2} (bar 1.20)");
    Ok(())
}

/// One import in this process; `--dir` keeps files and store.
pub(crate) fn once(args: &Args) -> anyhow::Result<()> {
    let folder = dir(args)?;
    let drop = folder.join("drop");
    let invoices = args.number("invoices", 1_000_000)?;
    if !drop.exists() {
        fs::create_dir_all(&drop)?;
        write_files(&drop, invoices)?;
    }
    let runtime = home::runtime(&folder)?;
    let mut engine = home::engine(&folder, Arc::clone(&runtime))?;
    let grants = Grants { files: [("drop".into(), drop.display().to_string())].into(), ..Grants::default() };
    let installation = Installation {
        name: "csv".into(),
        plugin: "erp-csv".into(),
        component_sha256: home::digest("erp-csv")?,
        config: Arc::from(CONFIG.as_bytes()),
        grants,
    };
    if source::list(&mut engine)?.is_empty() {
        source::add(&mut engine, &installation)?;
    }
    let stretch = Stretch::begin()?;
    let views = import::import(&mut engine, None, &mut Silent)?;
    let (cpu_s, wall_s) = stretch.end()?;
    let view = views.first().context("no source")?;
    ensure!(view.stopped.is_none() && view.quarantined == 0, "{view:?}");
    let size = fs::metadata(folder.join("recaudo.db"))?.len() / (1 << 20);
    println!(
        "{}",
        json!({ "cpu_s": cpu_s, "wall_s": wall_s, "peak_mib": peak_mib()?, "read": view.read,
                "imported": view.imported, "unchanged": view.unchanged, "store_mib": size })
    );
    Ok(())
}

fn dir(args: &Args) -> anyhow::Result<PathBuf> {
    Ok(PathBuf::from(args.text("dir").context("--dir is needed")?))
}

/// Five invoices a customer, in the order of their dates; customers in no order.
fn write_files(folder: &Path, invoices: u64) -> anyhow::Result<()> {
    let customers = (invoices / 5).max(1);
    let mut file = BufWriter::new(File::create(folder.join("customers.csv"))?);
    writeln!(file, "id,name")?;
    for n in 0..customers {
        writeln!(file, "C{n:07},Cliente número {n} S.A.S.")?;
    }
    file.flush()?;
    let mut file = BufWriter::new(File::create(folder.join("invoices.csv"))?);
    writeln!(file, "number,customer,issued,due,total,currency,memo")?;
    let (mut seed, mut line) = (7_u64, String::new());
    for n in 0..invoices {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let issued = Day(19_700 + i32::try_from(n * 730 / invoices)?);
        let (customer, cents) = ((seed >> 33) % customers, (seed >> 20) % 100_000_000 + 100);
        line.clear();
        write!(line, "FV-{n:08},C{customer:07},{issued},{},", issued.plus(30))?;
        writeln!(line, "{}.{:02},COP,Pedido {}", cents / 100, cents % 100, seed % 1_000_000)?;
        file.write_all(line.as_bytes())?;
    }
    Ok(file.flush()?)
}

/// The tables an import fills, in the order their rows may be written.
const TABLES: [&str; 9] = [
    "sources",
    "creditors",
    "customers",
    "imports",
    "import_pages",
    "import_controls",
    "open_items",
    "entries",
    "audit",
];

/// Writes an imported store's rows again into a new one. Only the writing is counted.
pub(crate) fn raw(args: &Args) -> anyhow::Result<()> {
    let folder = dir(args)?;
    let from = Store::open(&folder.join("recaudo.db"))?;
    let target = folder.join("raw.db");
    ensure!(!target.exists(), "{} is there already", target.display());
    let to = Store::open(&target)?;
    let (mut cpu_s, mut wall_s, mut rows) = (0.0, 0.0, 0);
    for table in TABLES {
        let columns = from.read(|conn| {
            conn.all(&format!("PRAGMA table_info({table})"), &[], |row| Ok(row.text(1)?.to_owned()))
        })?;
        let select = format!("SELECT {} FROM {table} WHERE id > $1 ORDER BY id LIMIT $2", columns.join(", "));
        let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let insert = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
        let mut last = 0;
        loop {
            let page: Vec<Vec<Owned>> = from.read(|conn| {
                conn.all(&select, &[last.into(), PAGE_ROWS.into()], |row| {
                    (0..columns.len()).map(|column| Ok(Owned::from(row.value(column)?))).collect()
                })
            })?;
            let Some(Owned::Int(id)) = page.last().and_then(|row| row.first()) else { break };
            (last, rows) = (*id, rows + page.len());
            let stretch = Stretch::begin()?;
            to.write(|tx| {
                tx.bulk(&insert, |bulk| {
                    for row in &page {
                        let params: Vec<Value<'_>> = row.iter().map(Owned::value).collect();
                        bulk.row(&params)?;
                    }
                    Ok::<_, StoreError>(())
                })
            })?;
            let (cpu, wall) = stretch.end()?;
            (cpu_s, wall_s) = (cpu_s + cpu, wall_s + wall);
        }
    }
    println!("{}", json!({ "cpu_s": cpu_s, "wall_s": wall_s, "rows": rows, "peak_mib": peak_mib()? }));
    Ok(fs::remove_file(target)?)
}

enum Owned {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Value<'_>> for Owned {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Int(value) => Self::Int(value),
            Value::Text(value) => Self::Text(value.into()),
            Value::Bytes(value) => Self::Bytes(value.into()),
        }
    }
}

impl Owned {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(value) => Value::Int(*value),
            Self::Text(value) => Value::Text(value),
            Self::Bytes(value) => Value::Bytes(value),
        }
    }
}

pub(crate) fn aging(args: &Args) -> anyhow::Result<()> {
    let invoices = args.number("invoices", 1_000_000)?;
    let folder = tempfile::tempdir()?;
    let at = folder.path().display().to_string();
    part("import-once", &["--dir", &at, "--invoices", &invoices.to_string()])?;
    println!("  {}", part("aging-once", &["--dir", &at])?);
    Ok(())
}

/// Ages an imported store in this process: today, and as of a day in its middle.
pub(crate) fn aging_once(args: &Args) -> anyhow::Result<()> {
    let folder = dir(args)?;
    let mut engine = home::engine(&folder, home::runtime(&folder)?)?;
    let stretch = Stretch::begin()?;
    let today = use_case::aging(&mut engine, &AgingQuery::default())?;
    let (today_s, _) = stretch.end()?;
    let stretch = Stretch::begin()?;
    let past = AgingQuery { as_of: Some(Day(20_000)), ..AgingQuery::default() };
    let past = use_case::aging(&mut engine, &past)?;
    let (past_s, _) = stretch.end()?;
    let items = |view: &use_case::AgingView| view.currencies.first().map(|currency| currency.items);
    println!(
        "{}",
        json!({ "today_cpu_s": today_s, "today_items": items(&today), "past_cpu_s": past_s,
                "past_items": items(&past), "peak_mib": peak_mib()? })
    );
    Ok(())
}
