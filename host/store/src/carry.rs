//! Carries a whole store over to another one, whichever engines they are on, and proves that nothing was lost on the way.

use sha2::{Digest, Sha256};

use crate::driver::{Db, Engine};
use crate::{Conn, Row, Store, StoreError, Tx, Value, migrate};

/// A table that was carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Over the canonical bytes of its rows, in the order of their keys: the same in both stores.
    pub sha256: [u8; 32],
}

/// How far carrying has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'s> {
    /// A table of so many rows begins.
    Begin {
        /// Its name.
        table: &'s str,
        /// Its rows.
        rows: u64,
    },
    /// So many rows of it are written.
    Written {
        /// Rows, from the table's first.
        rows: u64,
    },
    /// It was read back from where it went, and is the same.
    Proved,
}

/// Rows between two calls of `progress`.
const STEP_ROWS: u64 = 10_000;

impl Store {
    /// Carries every row over to `to`, an empty store, in one transaction: all of it is there and equal in the end, or
    /// `to` is as before. Nobody can work on this store meanwhile, which stays as it is.
    ///
    /// # Errors
    /// Somebody works on either store, `to` is this store or holds something, or what was read back is not what was
    /// written.
    pub fn move_to(&self, to: &Self, progress: &mut dyn FnMut(Step<'_>)) -> Result<Vec<Carried>, StoreError> {
        if self.place() == to.place() {
            return Err(StoreError::Unavailable { detail: "a store cannot be moved to itself".into() });
        }
        let workers =
            [self.try_lock()?, self.try_lock_for("import")?, to.try_lock()?, to.try_lock_for("import")?];
        if workers.iter().any(Option::is_none) {
            return Err(StoreError::Busy);
        }
        let tables = migrate::tables();
        let carried = self.write(|from| {
            to.write_durably(|tx| {
                must_be_empty(tx, &tables, &to.place())?;
                tables.iter().map(|table| carry(from, tx, table, progress)).collect::<Result<Vec<_>, _>>()
            })
        })?;
        to.learn_sizes()?;
        Ok(carried)
    }

    /// Lets the engine count what its tables hold, so that it reads them the short way from the first day on.
    fn learn_sizes(&self) -> Result<(), StoreError> {
        match self.engine {
            Engine::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => self.write(|tx| tx.execute("ANALYZE", &[]).map(drop)),
        }
    }
}

/// A new store holds the first tenant, and nothing else.
fn must_be_empty(tx: &Tx<'_>, tables: &[&str], place: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM tenants WHERE id = 1 AND name = 'default'", &[]).map_err(|_| {
        StoreError::Unavailable { detail: format!("{place} is in use; move to an empty store") }
    })?;
    for table in tables {
        let rows = count(tx, table)?;
        if rows != 0 {
            let detail = format!("{place} has {rows} rows in {table} already; move to an empty store");
            return Err(StoreError::Unavailable { detail });
        }
    }
    Ok(())
}

fn count(conn: &Conn<'_>, table: &str) -> Result<u64, StoreError> {
    let rows = conn.first(&format!("SELECT count(*) FROM {table}"), &[], |row| row.int(0))?;
    Ok(rows.unwrap_or(0).unsigned_abs())
}

fn carry(
    from: &Tx<'_>,
    to: &Tx<'_>,
    table: &str,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Carried, StoreError> {
    let columns = columns(from, table)?;
    if columns.is_empty() || columns != self::columns(to, table)? {
        let detail = format!("table {table} is not the same in both stores");
        return Err(StoreError::Statement { detail });
    }
    progress(Step::Begin { table, rows: count(from, table)? });
    let names = columns.join(", ");
    // Its key is what a table begins with.
    let select = format!("SELECT {names} FROM {table} ORDER BY {}", columns[0]);
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let insert = format!("INSERT INTO {table} ({names}) VALUES ({})", places.join(", "));
    let mut written = Fingerprint::default();
    to.bulk(&insert, |bulk| {
        from.query(&select, &[], |row| {
            let values = values(row, columns.len())?;
            written.add(&values);
            bulk.row(&values)?;
            if written.rows.is_multiple_of(STEP_ROWS) {
                progress(Step::Written { rows: written.rows });
            }
            Ok(())
        })
    })?;
    progress(Step::Written { rows: written.rows });
    let mut there = Fingerprint::default();
    to.query(&select, &[], |row| {
        there.add(&values(row, columns.len())?);
        Ok(())
    })?;
    let (rows, sha256) = written.finish();
    if there.finish() != (rows, sha256) {
        let detail = format!("table {table} was read back other than it was written; nothing was moved");
        return Err(StoreError::Statement { detail });
    }
    progress(Step::Proved);
    Ok(Carried { table: table.into(), rows, sha256 })
}

fn columns(conn: &Conn<'_>, table: &str) -> Result<Vec<String>, StoreError> {
    let sql = match conn.db {
        Db::Sqlite(_) => "SELECT name FROM pragma_table_info($1) ORDER BY cid",
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => {
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 \
             AND NOT attisdropped ORDER BY attnum"
        }
    };
    conn.all(sql, &[table.into()], |row| Ok(row.text(0)?.to_owned()))
}

fn values<'r>(row: &'r Row<'_>, columns: usize) -> Result<Vec<Value<'r>>, StoreError> {
    (0..columns).map(|column| row.value(column)).collect()
}

/// Counts rows and digests what they hold, the same way for both engines.
#[derive(Default)]
struct Fingerprint {
    rows: u64,
    sha256: Sha256,
    bytes: Vec<u8>,
}

impl Fingerprint {
    /// Canonical bytes: of each value its kind, its length where it has one, and itself; of each row how many values.
    fn add(&mut self, values: &[Value<'_>]) {
        self.bytes.clear();
        self.bytes.extend(values.len().to_be_bytes());
        for value in values {
            let (kind, bytes) = match value {
                Value::Null => (0_u8, &[][..]),
                Value::Int(number) => {
                    self.bytes.push(1);
                    self.bytes.extend(number.to_be_bytes());
                    continue;
                }
                Value::Text(text) => (2, text.as_bytes()),
                Value::Bytes(bytes) => (3, *bytes),
            };
            self.bytes.push(kind);
            self.bytes.extend(bytes.len().to_be_bytes());
            self.bytes.extend(bytes);
        }
        self.sha256.update(&self.bytes);
        self.rows += 1;
    }

    fn finish(self) -> (u64, [u8; 32]) {
        (self.rows, self.sha256.finalize().into())
    }
}
