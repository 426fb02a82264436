//! SQLite: one file, WAL, one writer, readers on snapshots, statements kept compiled.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::{BUSY_TIMEOUT, Conn, Db, READERS_MAX, STATEMENTS_MAX, Tx};
use crate::value::Source;
use crate::{Row, StoreError, Value, migrate};

/// Page cache of a connection, in KiB: enough for the upper levels of every index at a million items.
const CACHE_KIB: i64 = 32 * 1024;
/// Write-ahead log pages (4 KiB each) before they are copied back: 32 MiB, so that a page of an import is not copied at once.
const CHECKPOINT_PAGES: i64 = 8_192;

/// A file's connections.
pub(crate) struct Pool {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    scratch: bool,
}

impl Pool {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = connect(path)?;
        migrate::sqlite::run(&mut writer, path)?;
        Ok(Self::around(path.to_path_buf(), writer, false))
    }

    pub(crate) fn scratch() -> Result<Self, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("recaudo-{}-{n}.db", std::process::id()));
        remove(&path);
        let mut writer = connect(&path)?;
        writer.pragma_update(None, "synchronous", "OFF")?;
        migrate::sqlite::run(&mut writer, &path)?;
        Ok(Self::around(path, writer, true))
    }

    fn around(path: PathBuf, writer: Connection, scratch: bool) -> Self {
        Self { path, writer: Mutex::new(writer), readers: Mutex::default(), scratch }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Conn<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let kept = lock(&self.readers).pop();
        let mut db = match kept {
            Some(db) => db,
            None => connect(&self.path)?,
        };
        let snapshot = db.transaction().map_err(StoreError::from)?;
        let result = work(&Conn { db: Db::Sqlite(&snapshot) });
        drop(snapshot);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_MAX {
            readers.push(db);
        }
        result
    }

    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        transact(&mut lock(&self.writer), work)
    }

    pub(crate) fn write_durably<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = lock(&self.writer);
        if self.scratch {
            return transact(&mut db, work);
        }
        db.pragma_update(None, "synchronous", "FULL").map_err(StoreError::from)?;
        let result = transact(&mut db, work);
        db.pragma_update(None, "synchronous", "NORMAL").map_err(StoreError::from)?;
        result
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.scratch {
            remove(&self.path);
        }
    }
}

pub(crate) fn query(
    db: &Connection,
    sql: &str,
    params: &[Value<'_>],
    mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut place = 0;
    while let Some(row) = rows.next()? {
        place += 1;
        each(&Row { source: Source::Sqlite(row), sql, place })?;
    }
    Ok(())
}

pub(crate) fn first<T>(
    db: &Connection,
    sql: &str,
    params: &[Value<'_>],
    read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    match rows.next()? {
        Some(row) => read(&Row { source: Source::Sqlite(row), sql, place: 1 }).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn execute(db: &Connection, sql: &str, params: &[Value<'_>]) -> Result<usize, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    bind(&mut statement, params)?;
    Ok(statement.raw_execute()?)
}

pub(crate) fn dangling(conn: &Conn<'_>, mut each: impl FnMut(&str, i64, &str)) -> Result<(), StoreError> {
    conn.query("PRAGMA foreign_key_check", &[], |row| {
        each(row.text(0)?, row.opt_int(1)?.unwrap_or(0), row.text(2)?);
        Ok(())
    })
}

/// One compiled statement, looked up once, run row by row.
pub(crate) struct Bulk<'a> {
    statement: rusqlite::CachedStatement<'a>,
    places: Vec<usize>,
}

impl<'a> Bulk<'a> {
    pub(crate) fn new(db: &'a Connection, sql: &str) -> Result<Self, StoreError> {
        let statement = db.prepare_cached(sql)?;
        let places = places(&statement)?;
        Ok(Self { statement, places })
    }

    pub(crate) fn row(&mut self, params: &[Value<'_>]) -> Result<usize, StoreError> {
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
    let value = work(&Tx { conn: Conn { db: Db::Sqlite(&tx) } })?;
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
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
