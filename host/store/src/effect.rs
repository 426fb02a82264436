//! Rows around what a gateway's operation, or an entry written back, commits outside. What is sealed comes sealed.

use crate::journal::Entry;
use crate::{Conn, StoreError, Tx};

/// What effects belong to: each kind has a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// An operation at a gateway, by its row.
    Operation(i64),
    /// An entry written back to an ERP, by its row.
    Writeback(i64),
}

impl Of {
    fn table(self) -> &'static str {
        match self {
            Self::Operation(_) => "gateway_effects",
            Self::Writeback(_) => "writeback_effects",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Operation(_) => "gateway_operation_id",
            Self::Writeback(_) => "writeback_id",
        }
    }

    fn row(self) -> i64 {
        let (Self::Operation(row) | Self::Writeback(row)) = self;
        row
    }
}

/// An effect about to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared<'a> {
    pub of: Of,
    pub commit_number: i64,
    pub kind: &'a str,
    pub target: &'a str,
    pub request: &'a [u8],
    /// Microseconds UTC.
    pub at: i64,
}

/// Keeps an effect that is about to be tried; returns its row.
///
/// # Errors
/// The store's.
pub fn prepare(tx: &Tx<'_>, tenant: i64, effect: &Prepared<'_>) -> Result<i64, StoreError> {
    let (table, column) = (effect.of.table(), effect.of.column());
    let id = tx.ids(table, 1)?;
    let sql = format!(
        "INSERT INTO {table} (id, tenant_id, {column}, commit_number, kind, target, request, prepared_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let params = [
        id.into(),
        tenant.into(),
        effect.of.row().into(),
        effect.commit_number.into(),
        effect.kind.into(),
        effect.target.into(),
        effect.request.into(),
        effect.at.into(),
    ];
    tx.execute_one(table, &sql, &params)?;
    Ok(id)
}

/// Bytes may leave from now on.
///
/// # Errors
/// The store's, or the row is not prepared.
pub fn sent(tx: &Tx<'_>, tenant: i64, (of, id): (Of, i64), at: i64) -> Result<(), StoreError> {
    let table = of.table();
    let sql = format!(
        "UPDATE {table} SET sent_at = $3 WHERE tenant_id = $1 AND id = $2 AND sent_at IS NULL AND settled_at IS NULL"
    );
    tx.execute_one(table, &sql, &[tenant.into(), id.into(), at.into()])
}

/// It ended: `done`, `not_done` or `unknown`.
///
/// # Errors
/// The store's, or the row is settled already.
pub fn settle(
    tx: &Tx<'_>,
    tenant: i64,
    (of, id): (Of, i64),
    (how, answer): (&str, &[u8]),
    at: i64,
) -> Result<(), StoreError> {
    let table = of.table();
    let sql = format!(
        "UPDATE {table} SET settled = $3, answer = $4, settled_at = $5 \
         WHERE tenant_id = $1 AND id = $2 AND settled_at IS NULL"
    );
    tx.execute_one(table, &sql, &[tenant.into(), id.into(), how.into(), answer.into(), at.into()])
}

/// All of them, in order.
///
/// # Errors
/// The store's.
pub fn list(conn: &Conn<'_>, tenant: i64, of: Of) -> Result<Vec<Entry>, StoreError> {
    let (table, column) = (of.table(), of.column());
    let sql = format!(
        "SELECT id, kind, target, prepared_at, sent_at, settled_at, settled FROM {table} \
         WHERE tenant_id = $1 AND {column} = $2 ORDER BY id"
    );
    conn.all(&sql, &[tenant.into(), of.row().into()], |row| {
        Ok(Entry {
            id: row.int(0)?,
            kind: row.text(1)?.into(),
            target: row.text(2)?.into(),
            prepared_at: row.int(3)?,
            sent_at: row.opt_int(4)?,
            settled_at: row.opt_int(5)?,
            settled: row.opt_text(6)?.map(Into::into),
        })
    })
}
