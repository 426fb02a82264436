//! A transaction at work: statements prepared once a session, answers read page by page.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use postgres::types::{ToSql, Type};
use postgres::{Statement, Transaction};

use super::code::Param;
use super::connect::is_lost;
use crate::driver::{Conn, STATEMENTS_MAX};
use crate::value::Source;
use crate::{Row, StoreError, Value};

/// Rows fetched at a time of an answer that may be long.
const PAGE_ROWS: i32 = 1_024;

/// Takes a row.
type Each<'e> = dyn FnMut(&Row<'_>) -> Result<(), StoreError> + 'e;

/// What a [`Conn`] asks of its transaction.
pub(crate) trait Session {
    fn query(&self, sql: &str, params: &[Value<'_>], each: &mut Each<'_>) -> Result<(), StoreError>;
    fn query_few(&self, sql: &str, params: &[Value<'_>], each: &mut Each<'_>) -> Result<(), StoreError>;
    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<usize, StoreError>;
    /// Runs a statement whose parameters are encoded already.
    fn execute_encoded(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError>;
    /// Sends rows in the binary format of `COPY ... FROM STDIN`; says how many arrived.
    fn copy(&self, sql: &str, rows: &[u8]) -> Result<u64, StoreError>;
    /// The types of a statement's parameters.
    fn types(&self, sql: &str) -> Result<Vec<Type>, StoreError>;
}

pub(crate) struct Work<'c> {
    tx: RefCell<Transaction<'c>>,
    statements: RefCell<&'c mut HashMap<Box<str>, Statement>>,
    /// A statement failed: the server lets nothing be committed any more.
    failed: Cell<bool>,
    lost: Cell<bool>,
}

impl<'c> Work<'c> {
    pub(crate) fn new(tx: Transaction<'c>, statements: &'c mut HashMap<Box<str>, Statement>) -> Self {
        let (failed, lost) = (Cell::new(false), Cell::new(false));
        Self { tx: RefCell::new(tx), statements: RefCell::new(statements), failed, lost }
    }

    /// Commits when the work succeeded; says whether the session was lost.
    pub(crate) fn end<T, E: From<StoreError>>(self, result: Result<T, E>) -> (Result<T, E>, bool) {
        let Self { tx, failed, lost, .. } = self;
        let result = result.and_then(|value| {
            if failed.get() {
                let detail =
                    "one failed before in this transaction, and the work went on all the same".into();
                return Err(StoreError::Statement { detail }.into());
            }
            tx.into_inner().commit().map_err(|error| {
                lost.set(lost.get() || is_lost(&error));
                StoreError::from(error)
            })?;
            Ok(value)
        });
        (result, lost.get())
    }

    fn run<T>(
        &self,
        ask: impl FnOnce(&mut Transaction<'c>) -> Result<T, postgres::Error>,
    ) -> Result<T, StoreError> {
        ask(&mut self.tx.borrow_mut()).map_err(|error| {
            self.failed.set(true);
            self.lost.set(self.lost.get() || is_lost(&error));
            StoreError::from(error)
        })
    }

    fn prepared(&self, sql: &str) -> Result<Statement, StoreError> {
        let mut statements = self.statements.borrow_mut();
        if let Some(known) = statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.run(|tx| tx.prepare(sql))?;
        if statements.len() >= STATEMENTS_MAX {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    fn with_params<T>(
        &self,
        statement: &Statement,
        params: &[Value<'_>],
        ask: impl FnOnce(&mut Transaction<'c>, &[&(dyn ToSql + Sync)]) -> Result<T, postgres::Error>,
    ) -> Result<T, StoreError> {
        let (wants, got) = (statement.params().len(), params.len());
        if wants != got {
            return Err(StoreError::Statement { detail: format!("it wants {wants} parameters, not {got}") });
        }
        let params: Vec<Param<'_>> = params.iter().copied().map(Param).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        self.run(|tx| ask(tx, &params))
    }
}

impl Session for Work<'_> {
    fn query(&self, sql: &str, params: &[Value<'_>], each: &mut Each<'_>) -> Result<(), StoreError> {
        let statement = self.prepared(sql)?;
        let portal = self.with_params(&statement, params, |tx, params| tx.bind(&statement, params))?;
        let mut place = 0;
        loop {
            let rows = self.run(|tx| tx.query_portal(&portal, PAGE_ROWS))?;
            place = hand_over(&rows, (sql, place), each)?;
            if i32::try_from(rows.len()).is_ok_and(|rows| rows < PAGE_ROWS) {
                return Ok(());
            }
        }
    }

    fn query_few(&self, sql: &str, params: &[Value<'_>], each: &mut Each<'_>) -> Result<(), StoreError> {
        let statement = self.prepared(sql)?;
        let rows = self.with_params(&statement, params, |tx, params| tx.query(&statement, params))?;
        hand_over(&rows, (sql, 0), each).map(drop)
    }

    fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<usize, StoreError> {
        let statement = self.prepared(sql)?;
        let changed = self.with_params(&statement, params, |tx, params| tx.execute(&statement, params))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn execute_encoded(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        let statement = self.prepared(sql)?;
        self.run(|tx| tx.execute(&statement, params))
    }

    fn copy(&self, sql: &str, rows: &[u8]) -> Result<u64, StoreError> {
        use std::io::Write as _;
        let mut broken = None;
        let copied = self.run(|tx| {
            let mut writer = tx.copy_in(sql)?;
            if let Err(error) = writer.write_all(rows) {
                broken = Some(error);
                return Ok(0);
            }
            writer.finish()
        })?;
        match broken {
            None => Ok(copied),
            Some(error) => {
                self.failed.set(true);
                self.lost.set(true);
                Err(StoreError::Unavailable { detail: error.to_string() })
            }
        }
    }

    fn types(&self, sql: &str) -> Result<Vec<Type>, StoreError> {
        Ok(self.prepared(sql)?.params().to_vec())
    }
}

/// Hands over rows that stand after place `before`; says the place of the last.
fn hand_over(
    rows: &[postgres::Row],
    (sql, before): (&str, i64),
    each: &mut Each<'_>,
) -> Result<i64, StoreError> {
    let mut place = before;
    for row in rows {
        place += 1;
        each(&Row { source: Source::Postgres(row), sql, place })?;
    }
    Ok(place)
}

/// Foreign keys of the store's schema: (table, its column, the table it points to).
const REFERENCES: &str = "SELECT child.relname::text, keys.attname::text, parent.relname::text FROM pg_constraint \
    JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid \
    JOIN pg_attribute keys ON keys.attrelid = conrelid AND keys.attnum = conkey[1] \
    WHERE contype = 'f' AND child.relnamespace = current_schema()::regnamespace ORDER BY 1, 2";

/// The server refuses what points to nothing; this finds what came in while somebody had told it not to.
pub(crate) fn dangling(conn: &Conn<'_>, mut each: impl FnMut(&str, i64, &str)) -> Result<(), StoreError> {
    let references = conn.all(REFERENCES, &[], |row| {
        Ok([row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.text(2)?.to_owned()])
    })?;
    for [child, column, parent] in references {
        let sql = format!(
            "SELECT c.id FROM {child} c LEFT JOIN {parent} p ON p.id = c.{column} \
             WHERE c.{column} IS NOT NULL AND p.id IS NULL ORDER BY c.id"
        );
        conn.query(&sql, &[], |row| {
            each(&child, row.int(0)?, &parent);
            Ok(())
        })?;
    }
    Ok(())
}
