//! The one file that knows which engine answers: connections, pragmas, transactions, prepared statements.
//!
//! One writer a process; readers see the last commit and wait for nobody. A commit survives the process being killed;
//! [`Store::write_durably`] survives a power cut too, and so does everything committed before it.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::{Row, StoreError, Value, migrate};

/// Waits this long for another process's transaction before it answers [`StoreError::Busy`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Distinct statements kept compiled in a connection; the product has fewer.
const STATEMENTS_MAX: usize = 400;
/// Page cache of a connection, in KiB: enough for the upper levels of every index at a million items.
const CACHE_KIB: i64 = 32 * 1024;
/// Write-ahead log pages (4 KiB each) before they are copied back: 32 MiB, so that a page of an import is not copied at once.
const CHECKPOINT_PAGES: i64 = 8_192;
/// Connections kept for readers that come back.
const READERS_MAX: usize = 4;

/// A tenant-first store in one file. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    scratch: bool,
}

/// Reads one consistent state.
pub struct Conn<'a> {
    db: &'a Connection,
}

/// Reads and writes one transaction.
pub struct Tx<'a> {
    conn: Conn<'a>,
}

impl Store {
    /// Opens the store, makes it if missing, and migrates it.
    ///
    /// # Errors
    /// The file cannot be used, another process holds it, or a newer Recaudo has written it: nothing is changed then.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = connect(path)?;
        migrate::run(&mut writer, path)?;
        Ok(Self::around(path.to_path_buf(), writer, false))
    }

    /// A store of its own in the temporary folder, gone with its last clone. For tests and rehearsals.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn scratch() -> Result<Self, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("recaudo-{}-{n}.db", std::process::id()));
        remove(&path);
        let mut writer = connect(&path)?;
        writer.pragma_update(None, "synchronous", "OFF")?;
        migrate::run(&mut writer, &path)?;
        Ok(Self::around(path, writer, true))
    }

    fn around(path: PathBuf, writer: Connection, scratch: bool) -> Self {
        let inner = Inner { path, writer: Mutex::new(writer), readers: Mutex::default(), scratch };
        Self { inner: Arc::new(inner) }
    }

    /// The store's file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Reads one consistent state: what was committed when `work` began.
    ///
    /// # Errors
    /// The store's, or whatever `work` returns.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Conn<'_>) -> Result<T, E>) -> Result<T, E> {
        let kept = lock(&self.inner.readers).pop();
        let mut db = match kept {
            Some(db) => db,
            None => connect(&self.inner.path)?,
        };
        let snapshot = db.transaction().map_err(StoreError::from)?;
        let result = work(&Conn { db: &snapshot });
        drop(snapshot);
        let mut readers = lock(&self.inner.readers);
        if readers.len() < READERS_MAX {
            readers.push(db);
        }
        result
    }

    /// Writes one transaction: all of `work`, or, when it fails, nothing. Not to be nested.
    ///
    /// # Errors
    /// The store's, or whatever `work` returns.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        transact(&mut lock(&self.inner.writer), work)
    }

    /// As [`Store::write`], and on the disk itself when it returns, with everything committed before.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_durably<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = lock(&self.inner.writer);
        if self.inner.scratch {
            return transact(&mut db, work);
        }
        db.pragma_update(None, "synchronous", "FULL").map_err(StoreError::from)?;
        let result = transact(&mut db, work);
        db.pragma_update(None, "synchronous", "NORMAL").map_err(StoreError::from)?;
        result
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.scratch {
            remove(&self.path);
        }
    }
}

impl Conn<'_> {
    /// Hands every row to `each`, in the statement's order, without keeping any.
    ///
    /// # Errors
    /// The statement's, or whatever `each` returns.
    pub fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.db.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        let mut place = 0;
        while let Some(row) = rows.next()? {
            place += 1;
            each(&Row { row, sql, place })?;
        }
        Ok(())
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// The statement's, or whatever `read` returns.
    pub fn first<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.db.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        match rows.next()? {
            Some(row) => read(&Row { row, sql, place: 1 }).map(Some),
            None => Ok(None),
        }
    }

    /// Every row, kept. For answers that are small by nature.
    ///
    /// # Errors
    /// The statement's, or whatever `read` returns.
    pub fn all<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut kept = Vec::new();
        self.query(sql, params, |row| {
            kept.push(read(row)?);
            Ok(())
        })?;
        Ok(kept)
    }
}

impl Conn<'_> {
    /// Hands over (table, row id, the table it points to) for every row that points to nothing, and counts nothing else.
    ///
    /// # Errors
    /// The engine's.
    pub fn dangling(&self, mut each: impl FnMut(&str, i64, &str)) -> Result<(), StoreError> {
        self.query("PRAGMA foreign_key_check", &[], |row| {
            each(row.text(0)?, row.opt_int(1)?.unwrap_or(0), row.text(2)?);
            Ok(())
        })
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Conn<'a>;

    fn deref(&self) -> &Conn<'a> {
        &self.conn
    }
}

impl Tx<'_> {
    /// Runs one statement; says how many rows it changed.
    ///
    /// # Errors
    /// The statement's.
    pub fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<usize, StoreError> {
        let mut statement = self.db.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        Ok(statement.raw_execute()?)
    }

    /// Runs one statement that must change exactly one row of `table`.
    ///
    /// # Errors
    /// The statement's, or [`StoreError::Affected`].
    pub fn execute_one(&self, table: &str, sql: &str, params: &[Value<'_>]) -> Result<(), StoreError> {
        match self.execute(sql, params)? {
            1 => Ok(()),
            changed => Err(StoreError::Affected { table: table.into(), expected: 1, changed }),
        }
    }

    /// Runs one statement for many rows, compiled and looked up once: the bulk load.
    ///
    /// # Errors
    /// The statement's, at the first row that fails.
    pub fn bulk(
        &self,
        sql: &str,
        load: impl FnOnce(&mut Bulk<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let statement = self.db.prepare_cached(sql)?;
        let places = places(&statement)?;
        load(&mut Bulk { statement, places })
    }

    /// Hands out `count` consecutive integer keys of `table` and returns the first.
    ///
    /// # Errors
    /// The statement's.
    pub fn ids(&self, table: &str, count: i64) -> Result<i64, StoreError> {
        let sql = "INSERT INTO sequences (name, next) VALUES ($1, 1 + $2) \
                   ON CONFLICT (name) DO UPDATE SET next = sequences.next + $2 RETURNING next";
        let next = self.first(sql, &[table.into(), count.into()], |row| row.int(0))?;
        next.map(|next| next - count)
            .ok_or_else(|| StoreError::Statement { detail: "a sequence gave no key".into() })
    }
}

/// One compiled statement and many rows.
pub struct Bulk<'a> {
    statement: rusqlite::CachedStatement<'a>,
    places: Vec<usize>,
}

impl Bulk<'_> {
    /// Runs it for one row; says how many rows changed.
    ///
    /// # Errors
    /// The statement's.
    pub fn row(&mut self, params: &[Value<'_>]) -> Result<usize, StoreError> {
        bind_at(&mut self.statement, &self.places, params)?;
        Ok(self.statement.raw_execute()?)
    }
}

/// To SQLite `$3` is a name, numbered where it first stands; to us it is the third parameter, wherever it stands.
fn places(statement: &rusqlite::Statement<'_>) -> Result<Vec<usize>, StoreError> {
    let place = |slot| {
        let name = statement.parameter_name(slot).and_then(|name| name.strip_prefix('$'));
        name.and_then(|digits| digits.parse::<usize>().ok()).and_then(|number| number.checked_sub(1))
    };
    let places = (1..=statement.parameter_count()).map(place).collect::<Option<_>>();
    places.ok_or_else(|| StoreError::Statement { detail: "parameters are written $1, $2, ...".into() })
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value<'_>]) -> Result<(), StoreError> {
    let places = places(statement)?;
    bind_at(statement, &places, params)
}

fn bind_at(
    statement: &mut rusqlite::Statement<'_>,
    places: &[usize],
    params: &[Value<'_>],
) -> Result<(), StoreError> {
    if places.len() != params.len() {
        let (wants, got) = (places.len(), params.len());
        return Err(StoreError::Statement { detail: format!("it wants {wants} parameters, not {got}") });
    }
    for (slot, place) in (1..).zip(places) {
        let value = params.get(*place).ok_or_else(|| StoreError::Statement {
            detail: format!("it names ${}, but there are {} parameters", place + 1, params.len()),
        })?;
        statement.raw_bind_parameter(slot, value)?;
    }
    Ok(())
}

fn transact<T, E: From<StoreError>>(
    db: &mut Connection,
    work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
    let value = work(&Tx { conn: Conn { db: &tx } })?;
    tx.commit().map_err(StoreError::from)?;
    Ok(value)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(db)
}

/// A panic in a transaction has rolled it back; the connection is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-lock", "-lock-import"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // Nothing to remove is as good as removed.
        let _ = std::fs::remove_file(name);
    }
}
