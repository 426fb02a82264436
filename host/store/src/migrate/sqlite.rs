//! Migrations on SQLite: `BYTEA` is `BLOB`, and every table (a line that is `);`) ends as `STRICT`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{Migration, Recorded, are_current, digest_of, missing};
use crate::StoreError;

const SCHEMA_TABLES: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS sequences (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

pub(crate) fn run(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if is_current(db)? {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(SCHEMA_TABLES)?;
    let place = path.display().to_string();
    for migration in missing(&recorded(&tx)?, &place, digest)? {
        tx.execute_batch(&translated(migration.sql))?;
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
    Ok(known != 0 && are_current(&recorded(db)?, digest))
}

fn recorded(db: &Connection) -> Result<Vec<Recorded>, StoreError> {
    let mut statement = db.prepare("SELECT number, name, digest FROM schema_migrations ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn digest(migration: &Migration) -> Vec<u8> {
    digest_of([migration.sql, migration.sqlite])
}

fn translated(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 256);
    for line in sql.lines() {
        let line = if line == ");" { ") STRICT;" } else { line };
        text.push_str(&line.replace("BYTEA", "BLOB"));
        text.push('\n');
    }
    text
}
