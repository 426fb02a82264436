//! What a store can answer instead of rows.

/// The store's one error. Absence is not among them: lookups return `Option`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store; trying again later may work.
    #[error("the store is busy: another process is writing to it; try again when that one is done")]
    Busy,
    /// The disk, the file or the server refuses: full, read-only, gone.
    #[error(
        "the store cannot be written or read: {detail}; free space, or check the file or the server, then try again"
    )]
    Unavailable {
        /// What the engine says.
        detail: String,
    },
    /// A newer Recaudo has written this store.
    #[error(
        "the store {} has migration {found}, this recaudo knows up to {known}: \
         use the recaudo that wrote it, or a newer one", .store
    )]
    Newer {
        /// The store's file, or its server and database.
        store: String,
        /// The last migration in the store.
        found: i64,
        /// The last one this binary carries.
        known: i64,
    },
    /// A migration in the store is not the one this binary carries under that number.
    #[error("migration {number} of the store is another one ({found}) than this recaudo's ({known})")]
    OtherMigration {
        /// Its number.
        number: i64,
        /// Its name in the store.
        found: String,
        /// Its name here.
        known: String,
    },
    /// A row does not hold what its table promises.
    #[error("table {table}, column {column}, row {row} holds what it must not: {detail}")]
    Inconsistent {
        /// The table, or the first table of the statement.
        table: String,
        /// The column.
        column: String,
        /// The row's id where known, else its place in the answer, from 1.
        row: i64,
        /// What is wrong.
        detail: String,
    },
    /// A named constraint said no.
    #[error("the store refuses a row: {constraint}")]
    Constraint {
        /// The constraint's or index's name or columns, as the engine tells it.
        constraint: String,
    },
    /// A statement changed another number of rows than it must.
    #[error("{table}: {expected} rows should have changed, {changed} did")]
    Affected {
        /// The table.
        table: String,
        /// Rows that should have changed.
        expected: usize,
        /// Rows that did.
        changed: usize,
    },
    /// Our statement is wrong: a fault.
    #[error("statement failed: {detail}")]
    Statement {
        /// What the engine says.
        detail: String,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            Some(Code::ConstraintViolation) => Self::Constraint { constraint: detail },
            Some(
                Code::DiskFull
                | Code::CannotOpen
                | Code::ReadOnly
                | Code::SystemIoFailure
                | Code::PermissionDenied
                | Code::NotADatabase
                | Code::DatabaseCorrupt,
            ) => Self::Unavailable { detail },
            _ => Self::Statement { detail },
        }
    }
}
