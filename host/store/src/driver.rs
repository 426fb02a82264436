//! The face of the store: one engine or the other answers, behind the same five types.
//!
//! One writer at a time; readers see the last commit and wait for nobody. A commit survives the process being killed;
//! [`Store::write_durably`] survives a power cut too, and so does everything committed before it.
//!
//! `sqlite` and `postgres` below are the only files that know their engine.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::{Row, StoreError, Value};

/// Waits this long for another process's transaction before it answers [`StoreError::Busy`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Distinct statements kept compiled in a connection; the product has fewer.
const STATEMENTS_MAX: usize = 400;
/// Connections kept for readers that come back.
const READERS_MAX: usize = 4;

/// A tenant-first store. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(crate) engine: Engine,
}

/// Which engine answers.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(Arc<sqlite::Pool>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<postgres::Pool>),
}

/// Reads one consistent state.
pub struct Conn<'a> {
    pub(crate) db: Db<'a>,
}

/// One engine's connection, in a transaction.
#[derive(Clone, Copy)]
pub(crate) enum Db<'a> {
    Sqlite(&'a rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'a (dyn postgres::Session + 'a)),
}

/// Reads and writes one transaction. After a statement failed, it is only good for being left.
pub struct Tx<'a> {
    pub(crate) conn: Conn<'a>,
}

impl Store {
    /// Opens the store in a file, makes it if missing, and migrates it.
    ///
    /// # Errors
    /// The file cannot be used, another process holds it, or a newer Recaudo has written it: nothing is changed then.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { engine: Engine::Sqlite(Arc::new(sqlite::Pool::open(path)?)) })
    }

    /// Opens the store in a PostgreSQL 15 or later database (`postgres://user:password@host:port/database`), whose
    /// encoding is UTF-8, and migrates it. Several stores share a database when each has a schema of its own
    /// (`?options=-csearch_path%3Dacme`).
    ///
    /// # Errors
    /// The URL is none, the server does not answer or refuses, or a newer Recaudo has written the store: nothing is
    /// changed then.
    #[cfg(feature = "postgres")]
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        Ok(Self { engine: Engine::Postgres(Arc::new(postgres::Pool::open(url)?)) })
    }

    /// A store of its own in the temporary folder, gone with its last clone. For tests and rehearsals.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn scratch() -> Result<Self, StoreError> {
        Ok(Self { engine: Engine::Sqlite(Arc::new(sqlite::Pool::scratch()?)) })
    }

    /// Where the store is, for a person: a file, or a server and its database without the password.
    pub fn place(&self) -> String {
        match &self.engine {
            Engine::Sqlite(pool) => pool.path().display().to_string(),
            #[cfg(feature = "postgres")]
            Engine::Postgres(pool) => pool.place().to_owned(),
        }
    }

    /// Reads one consistent state: what was committed when `work` read first.
    ///
    /// # Errors
    /// The store's, or whatever `work` returns.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Conn<'_>) -> Result<T, E>) -> Result<T, E> {
        match &self.engine {
            Engine::Sqlite(pool) => pool.read(work),
            #[cfg(feature = "postgres")]
            Engine::Postgres(pool) => pool.read(work),
        }
    }

    /// Writes one transaction: all of `work`, or, when it fails, nothing. Not to be nested.
    ///
    /// # Errors
    /// The store's, or whatever `work` returns.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        match &self.engine {
            Engine::Sqlite(pool) => pool.write(work),
            #[cfg(feature = "postgres")]
            Engine::Postgres(pool) => pool.write(false, work),
        }
    }

    /// As [`Store::write`], and on the disk itself when it returns, with everything committed before.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_durably<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.engine {
            Engine::Sqlite(pool) => pool.write_durably(work),
            #[cfg(feature = "postgres")]
            Engine::Postgres(pool) => pool.write(true, work),
        }
    }
}

impl<'a> Conn<'a> {
    /// Hands every row to `each`, in the statement's order, without keeping more than a page of them.
    ///
    /// # Errors
    /// The statement's, or whatever `each` returns.
    pub fn query(
        &self,
        sql: &str,
        params: &[Value<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        #[cfg(test)]
        crate::tests::heard::note(sql);
        match self.db {
            Db::Sqlite(db) => sqlite::query(db, sql, params, each),
            #[cfg(feature = "postgres")]
            Db::Postgres(session) => session.query(sql, params, &mut { each }),
        }
    }

    /// As [`Conn::query`], for answers of few rows: they may be kept while they are handed over.
    pub(crate) fn query_few(
        &self,
        sql: &str,
        params: &[Value<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        #[cfg(test)]
        crate::tests::heard::note(sql);
        match self.db {
            Db::Sqlite(db) => sqlite::query(db, sql, params, each),
            #[cfg(feature = "postgres")]
            Db::Postgres(session) => session.query_few(sql, params, &mut { each }),
        }
    }

    /// The first row, if there is one. The statement is to answer with few.
    ///
    /// # Errors
    /// The statement's, or whatever `read` returns.
    pub fn first<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        #[cfg(test)]
        crate::tests::heard::note(sql);
        match self.db {
            Db::Sqlite(db) => sqlite::first(db, sql, params, read),
            #[cfg(feature = "postgres")]
            Db::Postgres(session) => {
                let (mut read, mut found) = (Some(read), None);
                session.query_few(sql, params, &mut |row| {
                    if let Some(read) = read.take() {
                        found = Some(read(row)?);
                    }
                    Ok(())
                })?;
                Ok(found)
            }
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
        self.query_few(sql, params, |row| {
            kept.push(read(row)?);
            Ok(())
        })?;
        Ok(kept)
    }

    /// Hands over (table, row id, the table it points to) for every row that points to nothing, and counts nothing else.
    ///
    /// # Errors
    /// The engine's.
    pub fn dangling(&self, each: impl FnMut(&str, i64, &str)) -> Result<(), StoreError> {
        match self.db {
            Db::Sqlite(_) => sqlite::dangling(self, each),
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => postgres::dangling(self, each),
        }
    }

    /// The statement that suits the engine, of two that do the same.
    pub(crate) fn either<'s>(&self, sqlite: &'s str, postgres: &'s str) -> &'s str {
        match self.db {
            Db::Sqlite(_) => sqlite,
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => postgres,
        }
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Conn<'a>;

    fn deref(&self) -> &Conn<'a> {
        &self.conn
    }
}

impl<'a> Tx<'a> {
    /// Runs one statement; says how many rows it changed.
    ///
    /// # Errors
    /// The statement's.
    pub fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<usize, StoreError> {
        #[cfg(test)]
        crate::tests::heard::note(sql);
        match self.db {
            Db::Sqlite(db) => sqlite::execute(db, sql, params),
            #[cfg(feature = "postgres")]
            Db::Postgres(session) => session.execute(sql, params),
        }
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

    /// Runs one statement for many rows, each of which changes exactly one row of its table: the bulk load. What it
    /// wrote is there to be read when it returns.
    ///
    /// # Errors
    /// The statement's; on PostgreSQL it may come after the row that caused it.
    pub fn bulk(
        &self,
        sql: &str,
        load: impl FnOnce(&mut Bulk<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        #[cfg(test)]
        crate::tests::heard::note(sql);
        match self.db {
            Db::Sqlite(db) => load(&mut Bulk { load: Load::Sqlite(sqlite::Bulk::new(db, sql)?) }),
            #[cfg(feature = "postgres")]
            Db::Postgres(session) => {
                let mut bulk = Bulk { load: Load::Postgres(postgres::Bulk::new(session, sql)?) };
                load(&mut bulk)?;
                bulk.finish()
            }
        }
    }

    /// Hands out `count` consecutive integer keys of `table` and returns the first.
    ///
    /// # Errors
    /// The statement's.
    pub fn ids(&self, table: &str, count: i64) -> Result<i64, StoreError> {
        let sql = "INSERT INTO sequences (name, next) VALUES ($1, 1 + CAST($2 AS BIGINT)) \
                   ON CONFLICT (name) DO UPDATE SET next = sequences.next + $2 RETURNING next";
        let next = self.first(sql, &[table.into(), count.into()], |row| row.int(0))?;
        next.map(|next| next - count)
            .ok_or_else(|| StoreError::Statement { detail: "a sequence gave no key".into() })
    }
}

/// One compiled statement and many rows. SQLite runs it row by row; PostgreSQL gathers rows into a COPY or an UNNEST.
pub struct Bulk<'a> {
    load: Load<'a>,
}

enum Load<'a> {
    Sqlite(sqlite::Bulk<'a>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Bulk<'a>),
}

impl Bulk<'_> {
    /// Runs it for one row; says how many rows changed. Where rows are gathered, that is 1, and the load fails at its end
    /// when it was not.
    ///
    /// # Errors
    /// The statement's.
    pub fn row(&mut self, params: &[Value<'_>]) -> Result<usize, StoreError> {
        match &mut self.load {
            Load::Sqlite(bulk) => bulk.row(params),
            #[cfg(feature = "postgres")]
            Load::Postgres(bulk) => bulk.row(params),
        }
    }

    #[cfg(feature = "postgres")]
    fn finish(self) -> Result<(), StoreError> {
        match self.load {
            Load::Sqlite(_) => Ok(()),
            Load::Postgres(bulk) => bulk.finish(),
        }
    }
}
