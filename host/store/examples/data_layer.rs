//! What the thin driver layer costs above rusqlite: a million items in pages of 4,000, then scan and fold. The rows for
//! sqlx are printed by `tests/bench/data-layer`, a workspace of its own.

#![expect(clippy::print_stdout, reason = "figures are for a person")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use recaudo_store::{Store, StoreError};
use rusqlite::{Connection, params};

const PAGE: i64 = 4_000;
const TABLE: &str = "CREATE TABLE items (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, creditor_id INTEGER NOT NULL, \
    customer_id INTEGER NOT NULL, open_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, issued_on INTEGER NOT NULL, \
    due_on INTEGER NOT NULL, currency TEXT NOT NULL, number TEXT NOT NULL, UNIQUE (tenant_id, customer_id, number)) STRICT";
const INSERT: &str = "INSERT INTO items (id, tenant_id, creditor_id, customer_id, open_minor, total_minor, issued_on, \
    due_on, currency, number) VALUES ($1, 1, 1, $2, $3, $4, $5, $6, 'COP', $7)";
const SCAN: &str = "SELECT customer_id, open_minor, due_on, currency FROM items WHERE tenant_id = 1";

fn main() -> Result<(), Box<dyn Error>> {
    let items = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("recaudo-data-layer-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let done = direct(&folder, items).and_then(|()| ours(&folder, items));
    std::fs::remove_dir_all(folder)?;
    done
}

struct Begun(Instant, u64);

impl Begun {
    fn now() -> Self {
        Self(Instant::now(), cpu_ms())
    }

    fn print(&self, what: &str) {
        println!("{what}: {} ms CPU, {} ms wall", cpu_ms() - self.1, self.0.elapsed().as_millis());
    }
}

fn cpu_ms() -> u64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    line.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0) / 1_000_000
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

fn direct(folder: &Path, items: i64) -> Result<(), Box<dyn Error>> {
    let mut db = Connection::open(folder.join("direct.db"))?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "NORMAL"),
        ("cache_size", "-32768"),
        ("wal_autocheckpoint", "8192"),
    ] {
        db.pragma_update(None, name, value)?;
    }
    db.execute_batch(TABLE)?;
    let begun = Begun::now();
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
    begun.print("rusqlite: insert");
    let begun = Begun::now();
    let mut buckets = Buckets([0; 6]);
    let mut statement = db.prepare(SCAN)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        buckets.add(row.get(1)?, row.get(2)?, row.get_ref(3)?.as_str()?);
    }
    begun.print(&format!("rusqlite: scan and fold ({})", buckets.sum()));
    Ok(())
}

fn ours(folder: &Path, items: i64) -> Result<(), Box<dyn Error>> {
    let store = Store::open(&folder.join("ours.db"))?;
    store.write(|tx| tx.execute(TABLE, &[]).map(drop))?;
    let begun = Begun::now();
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
    begun.print("thin layer: insert");
    let begun = Begun::now();
    let mut buckets = Buckets([0; 6]);
    store.read(|conn| {
        conn.query(SCAN, &[], |row| {
            buckets.add(row.int(1)?, row.int(2)?, row.text(3)?);
            Ok(())
        })
    })?;
    begun.print(&format!("thin layer: scan and fold ({})", buckets.sum()));
    Ok(())
}
