//! Migrations on PostgreSQL: an integer has 64 bits, and text is compared byte by byte, as SQLite does both.

use postgres::Client;

use super::{Migration, Recorded, are_current, digest_of, missing};
use crate::StoreError;

const SCHEMA_TABLES: &str = r#"
    CREATE TABLE IF NOT EXISTS schema_migrations
        (number BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, digest BYTEA NOT NULL);
    CREATE TABLE IF NOT EXISTS sequences (name TEXT COLLATE "C" PRIMARY KEY, next BIGINT NOT NULL);"#;

/// `lock` lets one writer in, until its transaction ends.
pub(crate) fn run(client: &mut Client, place: &str, lock: &str) -> Result<(), StoreError> {
    if is_current(client)? {
        return Ok(());
    }
    let mut tx = client.transaction()?;
    tx.batch_execute(lock)?;
    tx.batch_execute(SCHEMA_TABLES)?;
    for migration in missing(&recorded(&mut tx)?, place, digest)? {
        tx.batch_execute(&translated(migration.sql))?;
        tx.batch_execute(migration.postgres)?;
        let sql = "INSERT INTO schema_migrations (number, name, digest) VALUES ($1, $2, $3)";
        tx.execute(sql, &[&migration.number, &migration.name, &digest(migration)])?;
    }
    tx.commit()?;
    Ok(())
}

/// The usual start: two reads, no lock.
fn is_current(client: &mut Client) -> Result<bool, StoreError> {
    let known = client.query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[])?;
    Ok(known.try_get(0)? && are_current(&recorded(client)?, digest))
}

fn recorded(client: &mut impl postgres::GenericClient) -> Result<Vec<Recorded>, StoreError> {
    let rows = client.query("SELECT number, name, digest FROM schema_migrations ORDER BY number", &[])?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
}

fn digest(migration: &Migration) -> Vec<u8> {
    digest_of([migration.sql, migration.postgres])
}

fn translated(sql: &str) -> String {
    let lines = sql.lines().map(|line| match line.trim_start().starts_with("--") {
        true => line.to_owned() + "\n",
        false => line.replace("INTEGER", "BIGINT").replace(" TEXT", " TEXT COLLATE \"C\"") + "\n",
    });
    lines.collect()
}
