//! Migrations: forward only, embedded, never edited after a release. A store newer than the binary is refused whole.
//!
//! A file is written in words both engines share. The SQLite driver reads `BYTEA` as `BLOB` and ends every table
//! (a line that is `);`) as `STRICT`; what only SQLite says (triggers) stands in a second file beside the first.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::StoreError;

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
    sqlite: &'static str,
}

/// In order. Numbers have no gaps.
const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "ledger",
        sql: include_str!("../migrations/0001_ledger.sql"),
        sqlite: include_str!("../migrations/0001_ledger.sqlite.sql"),
    },
    Migration { number: 2, name: "run", sql: include_str!("../migrations/0002_run.sql"), sqlite: "" },
];

const SCHEMA_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

pub(crate) fn run(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if is_current(db)? {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(SCHEMA_TABLES)?;
    let done = recorded(&tx)?;
    check(&done, path)?;
    for migration in MIGRATIONS.iter().skip(done.len()) {
        tx.execute_batch(&for_sqlite(migration.sql))?;
        tx.execute_batch(migration.sqlite)?;
        tx.execute(
            "INSERT INTO schema_migrations (number, name, digest) VALUES ($1, $2, $3)",
            rusqlite::params![migration.number, migration.name, digest(migration)],
        )?;
    }
    tx.commit()?;
    Ok(())
}

/// The usual start: one read, no lock.
fn is_current(db: &Connection) -> Result<bool, StoreError> {
    let known = db.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    if known == 0 {
        return Ok(false);
    }
    let done = recorded(db)?;
    Ok(done.len() == MIGRATIONS.len() && done.iter().zip(MIGRATIONS).all(|(found, m)| found.2 == digest(m)))
}

fn recorded(db: &Connection) -> Result<Vec<(i64, String, Vec<u8>)>, StoreError> {
    let mut statement = db.prepare("SELECT number, name, digest FROM schema_migrations ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn check(done: &[(i64, String, Vec<u8>)], path: &Path) -> Result<(), StoreError> {
    let last_known = MIGRATIONS.last().map_or(0, |m| m.number);
    if let Some((found, ..)) = done.last().filter(|(number, ..)| *number > last_known) {
        return Err(StoreError::Newer { path: path.to_path_buf(), found: *found, known: last_known });
    }
    for ((number, name, found), migration) in done.iter().zip(MIGRATIONS) {
        if *number != migration.number || *found != digest(migration) {
            return Err(StoreError::OtherMigration {
                number: *number,
                found: name.clone(),
                known: migration.name.into(),
            });
        }
    }
    Ok(())
}

fn digest(migration: &Migration) -> Vec<u8> {
    Sha256::new().chain_update(migration.sql).chain_update(migration.sqlite).finalize().to_vec()
}

fn for_sqlite(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 256);
    for line in sql.lines() {
        let line = if line == ");" { ") STRICT;" } else { line };
        text.push_str(&line.replace("BYTEA", "BLOB"));
        text.push('\n');
    }
    text
}
