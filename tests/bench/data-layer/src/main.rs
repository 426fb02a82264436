//! sqlx on the table and the work of the example `data_layer` of `host/store`: a million items in pages of 4,000, then scan and fold.

use std::time::Instant;

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

type Failure = Box<dyn std::error::Error>;

const PAGE: i64 = 4_000;
const TABLE: &str = "CREATE TABLE items (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, creditor_id INTEGER NOT NULL, \
    customer_id INTEGER NOT NULL, open_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, issued_on INTEGER NOT NULL, \
    due_on INTEGER NOT NULL, currency TEXT NOT NULL, number TEXT NOT NULL, UNIQUE (tenant_id, customer_id, number)) STRICT";

fn main() -> Result<(), Failure> {
    let items: i64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        for rows in [1, 500] {
            let folder = tempfile::tempdir()?;
            let mut db = SqliteConnectOptions::new()
                .filename(folder.path().join("sqlx.db"))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .pragma("cache_size", "-32768")
                .pragma("wal_autocheckpoint", "8192")
                .connect()
                .await?;
            sqlx::query(TABLE).execute(&mut db).await?;
            let begun = Begun::now();
            insert(&mut db, items, rows).await?;
            begun.print(&format!("sqlx, {rows} rows a statement: insert"));
            let begun = Begun::now();
            let sum = fold(&mut db).await?;
            begun.print(&format!("sqlx: scan and fold ({sum})"));
        }
        Ok(())
    })
}

/// CPU of all threads: sqlx runs SQLite in a thread of its own.
struct Begun(Instant, u64);

impl Begun {
    fn now() -> Self {
        Self(Instant::now(), cpu_ms())
    }

    fn print(&self, what: &str) {
        println!("{what}: {} ms CPU, {} ms wall", cpu_ms() - self.1, self.0.elapsed().as_millis());
    }
}

/// Of the whole process, ended threads too; in ticks of a hundredth of a second, as Linux counts them.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in parentheses; utime and stime are the 14th and 15th.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    ticks.sum::<u64>() * 10
}

async fn insert(db: &mut SqliteConnection, items: i64, rows: i64) -> Result<(), Failure> {
    let values: Vec<&str> = (0..rows).map(|_| "(?, 1, 1, ?, ?, ?, ?, ?, 'COP', ?)").collect();
    let sql = format!(
        "INSERT INTO items (id, tenant_id, creditor_id, customer_id, open_minor, total_minor, issued_on, due_on, \
         currency, number) VALUES {}",
        values.join(", ")
    );
    let mut id = 0;
    while id < items {
        let mut tx = db.begin().await?;
        let end = items.min(id + PAGE);
        while id < end {
            let mut query = sqlx::query(&sql);
            for _ in 0..rows {
                id += 1;
                let (customer, cents, issued) = item(id);
                query = query.bind(id).bind(customer).bind(cents).bind(cents).bind(issued).bind(issued + 30);
                query = query.bind(format!("FV-{id:08}"));
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The same items as the other rows' bench makes.
fn item(id: i64) -> (i64, i64, i64) {
    (id.wrapping_mul(7_919) % 200_000, id.wrapping_mul(104_729) % 1_000_000 + 100, 19_700 + id % 730)
}

async fn fold(db: &mut SqliteConnection) -> Result<i64, Failure> {
    let mut buckets = [0_i64; 6];
    let mut rows =
        sqlx::query("SELECT customer_id, open_minor, due_on, currency FROM items WHERE tenant_id = 1").fetch(db);
    while let Some(row) = rows.try_next().await? {
        let (_, open, due): (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let currency: &str = row.try_get(3)?;
        let past = (20_200 - due).clamp(0, 179) / 30;
        buckets[usize::try_from(past)?] += open * i64::try_from(currency.len())?;
    }
    Ok(buckets.iter().sum())
}
