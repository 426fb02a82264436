//! The audit trail's rows. The chain is the engine's affair.

use crate::{Conn, Row, StoreError, Tx};

/// A row of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: i64,
    /// Microseconds UTC.
    pub at: i64,
    pub kind: String,
    pub subject: String,
    pub body: Vec<u8>,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// The last row's number and hash.
///
/// # Errors
/// The store's.
pub fn last(conn: &Conn<'_>, tenant: i64) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    let sql = "SELECT seq, hash FROM audit WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1";
    conn.first(sql, &[tenant.into()], |row| Ok((row.int(0)?, row.bytes(1)?.into())))
}

/// Appends a row.
///
/// # Errors
/// The store's.
pub fn append(tx: &Tx<'_>, tenant: i64, row: &AuditRow) -> Result<(), StoreError> {
    let id = tx.ids("audit", 1)?;
    let sql = "INSERT INTO audit (id, tenant_id, seq, at, kind, subject, body, prev_hash, hash) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    tx.execute_one(
        "audit",
        sql,
        &[
            id.into(),
            tenant.into(),
            row.seq.into(),
            row.at.into(),
            (&row.kind).into(),
            (&row.subject).into(),
            (&row.body).into(),
            (&row.prev_hash).into(),
            (&row.hash).into(),
        ],
    )
}

/// Hands over the rows in order.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(AuditRow) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql =
        "SELECT seq, at, kind, subject, body, prev_hash, hash FROM audit WHERE tenant_id = $1 ORDER BY seq";
    conn.query(sql, &[tenant.into()], |row| each(read(row)?))
}

fn read(row: &Row<'_>) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        seq: row.int(0)?,
        at: row.int(1)?,
        kind: row.text(2)?.into(),
        subject: row.text(3)?.into(),
        body: row.bytes(4)?.into(),
        prev_hash: row.bytes(5)?.into(),
        hash: row.bytes(6)?.into(),
    })
}
