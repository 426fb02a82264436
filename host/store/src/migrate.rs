//! Migrations: forward only, embedded, never edited after a release. A store newer than the binary is refused whole.
//!
//! A file is written in words both engines share; each engine's arm below translates the few types. What only one of
//! them says (triggers) stands in a second file beside the first.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;

use sha2::{Digest, Sha256};

use crate::StoreError;

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
    sqlite: &'static str,
    #[cfg(feature = "postgres")]
    postgres: &'static str,
}

/// In order. Numbers have no gaps.
const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "ledger",
        sql: include_str!("../migrations/0001_ledger.sql"),
        sqlite: include_str!("../migrations/0001_ledger.sqlite.sql"),
        #[cfg(feature = "postgres")]
        postgres: include_str!("../migrations/0001_ledger.postgres.sql"),
    },
    Migration {
        number: 2,
        name: "run",
        sql: include_str!("../migrations/0002_run.sql"),
        sqlite: "",
        #[cfg(feature = "postgres")]
        postgres: "",
    },
    Migration {
        number: 3,
        name: "cash",
        sql: include_str!("../migrations/0003_cash.sql"),
        sqlite: "",
        #[cfg(feature = "postgres")]
        postgres: "",
    },
    Migration {
        number: 4,
        name: "gateway",
        sql: include_str!("../migrations/0004_gateway.sql"),
        sqlite: "",
        #[cfg(feature = "postgres")]
        postgres: "",
    },
];

/// A migration as a store remembers it: number, name, digest.
type Recorded = (i64, String, Vec<u8>);

/// What the engine's arm knows of a migration: its digest, with that engine's own part.
type DigestOf = fn(&Migration) -> Vec<u8>;

/// Every table that holds a store's content, each after those it points to; `sequences` is the last.
pub(crate) fn tables() -> Vec<&'static str> {
    let lines = MIGRATIONS.iter().flat_map(|migration| migration.sql.lines());
    let named = lines.filter_map(|line| line.strip_prefix("CREATE TABLE "));
    let names = named.filter_map(|rest| rest.split_whitespace().next());
    names.chain(["sequences"]).collect()
}

fn are_current(done: &[Recorded], digest: DigestOf) -> bool {
    done.len() == MIGRATIONS.len() && done.iter().zip(MIGRATIONS).all(|(found, m)| found.2 == digest(m))
}

/// The migrations that are still to be run.
fn missing(done: &[Recorded], place: &str, digest: DigestOf) -> Result<&'static [Migration], StoreError> {
    let last_known = MIGRATIONS.last().map_or(0, |m| m.number);
    if let Some((found, ..)) = done.last().filter(|(number, ..)| *number > last_known) {
        return Err(StoreError::Newer { store: place.into(), found: *found, known: last_known });
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
    Ok(MIGRATIONS.get(done.len()..).unwrap_or_default())
}

fn digest_of(parts: [&str; 2]) -> Vec<u8> {
    parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().to_vec()
}
