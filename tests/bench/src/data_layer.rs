//! What the thin driver layer costs above rusqlite: a million items in pages of 4,000, then scan and fold. The rows for
//! sqlx are printed by `tests/bench/data-layer`, a workspace of its own.

use recaudo_store::{Store, StoreError};
use rusqlite::{Connection, params};

use crate::Args;
use crate::gauge::Stretch;

const PAGE: i64 = 4_000;
const TABLE: &str = "CREATE TABLE items (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, creditor_id INTEGER NOT NULL, \
    customer_id INTEGER NOT NULL, open_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, issued_on INTEGER NOT NULL, \
    due_on INTEGER NOT NULL, currency TEXT NOT NULL, number TEXT NOT NULL, UNIQUE (tenant_id, customer_id, number)) STRICT";
const INSERT: &str = "INSERT INTO items (id, tenant_id, creditor_id, customer_id, open_minor, total_minor, issued_on, \
    due_on, currency, number) VALUES ($1, 1, 1, $2, $3, $4, $5, $6, 'COP', $7)";
const SCAN: &str = "SELECT customer_id, open_minor, due_on, currency FROM items WHERE tenant_id = 1";

pub(crate) fn bench(args: &Args) -> anyhow::Result<()> {
    let items = i64::try_from(args.number("items", 1_000_000)?)?;
    direct(items)?;
    ours(items)
}

fn print(what: &str, stretch: &Stretch) -> anyhow::Result<()> {
    let (cpu, wall) = stretch.end()?;
    println!("  {what}: {:.0} ms CPU, {:.0} ms wall", cpu * 1e3, wall * 1e3);
    Ok(())
}

fn item(id: i64) -> (i64, i64, i64) {
    (id.wrapping_mul(7_919) % 200_000, id.wrapping_mul(104_729) % 1_000_000 + 100, 19_700 + id % 730)
}

struct Buckets([i64; 6]);

impl Buckets {
    fn add(&mut self, open: i64, due: i64, currency: &str) {
        let past = usize::try_from((20_200 - due).clamp(0, 179) / 30).unwrap_or(0);
        self.0[past] += open * i64::try_from(currency.len()).unwrap_or(0);
    }

    fn sum(&self) -> i64 {
        self.0.iter().sum()
    }
}

fn direct(items: i64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut db = Connection::open(folder.path().join("direct.db"))?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "NORMAL"),
        ("cache_size", "-32768"),
        ("wal_autocheckpoint", "8192"),
    ] {
        db.pragma_update(None, name, value)?;
    }
    db.execute_batch(TABLE)?;
    let stretch = Stretch::begin()?;
    let mut id = 0;
    while id < items {
        let tx = db.transaction()?;
        {
            let mut statement = tx.prepare_cached(INSERT)?;
            let end = items.min(id + PAGE);
            while id < end {
                id += 1;
                let (customer, cents, issued) = item(id);
                statement.execute(params![
                    id,
                    customer,
                    cents,
                    cents,
                    issued,
                    issued + 30,
                    format!("FV-{id:08}")
                ])?;
            }
        }
        tx.commit()?;
    }
    print("rusqlite: insert", &stretch)?;
    let stretch = Stretch::begin()?;
    let mut buckets = Buckets([0; 6]);
    let mut statement = db.prepare(SCAN)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        buckets.add(row.get(1)?, row.get(2)?, row.get_ref(3)?.as_str()?);
    }
    print(&format!("rusqlite: scan and fold ({})", buckets.sum()), &stretch)
}

fn ours(items: i64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("ours.db"))?;
    store.write(|tx| tx.execute(TABLE, &[]).map(drop))?;
    let stretch = Stretch::begin()?;
    let mut id = 0;
    while id < items {
        let end = items.min(id + PAGE);
        store.write(|tx| {
            tx.bulk(INSERT, |bulk| {
                while id < end {
                    id += 1;
                    let (customer, cents, issued) = item(id);
                    let number = format!("FV-{id:08}");
                    bulk.row(&[
                        id.into(),
                        customer.into(),
                        cents.into(),
                        cents.into(),
                        issued.into(),
                        (issued + 30).into(),
                        (&number).into(),
                    ])?;
                }
                Ok::<_, StoreError>(())
            })
        })?;
    }
    print("thin layer: insert", &stretch)?;
    let stretch = Stretch::begin()?;
    let mut buckets = Buckets([0; 6]);
    store.read(|conn| {
        conn.query(SCAN, &[], |row| {
            buckets.add(row.int(1)?, row.int(2)?, row.text(3)?);
            Ok(())
        })
    })?;
    print(&format!("thin layer: scan and fold ({})", buckets.sum()), &stretch)
}
