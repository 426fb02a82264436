//! Rows around what an operation commits at a gateway. What is sealed comes sealed.

use crate::journal::Entry;
use crate::{Conn, StoreError, Tx};

/// An effect about to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared<'a> {
    pub operation: i64,
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
    let id = tx.ids("gateway_effects", 1)?;
    let sql = "INSERT INTO gateway_effects (id, tenant_id, gateway_operation_id, commit_number, kind, target, \
               request, prepared_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = [
        id.into(),
        tenant.into(),
        effect.operation.into(),
        effect.commit_number.into(),
        effect.kind.into(),
        effect.target.into(),
        effect.request.into(),
        effect.at.into(),
    ];
    tx.execute_one("gateway_effects", sql, &params)?;
    Ok(id)
}

/// Bytes may leave from now on.
///
/// # Errors
/// The store's, or the row is not prepared.
pub fn sent(tx: &Tx<'_>, tenant: i64, id: i64, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE gateway_effects SET sent_at = $3 WHERE tenant_id = $1 AND id = $2 AND sent_at IS NULL \
               AND settled_at IS NULL";
    tx.execute_one("gateway_effects", sql, &[tenant.into(), id.into(), at.into()])
}

/// It ended: `done`, `not_done` or `unknown`.
///
/// # Errors
/// The store's, or the row is settled already.
pub fn settle(
    tx: &Tx<'_>,
    tenant: i64,
    id: i64,
    (how, answer): (&str, &[u8]),
    at: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE gateway_effects SET settled = $3, answer = $4, settled_at = $5 \
               WHERE tenant_id = $1 AND id = $2 AND settled_at IS NULL";
    tx.execute_one("gateway_effects", sql, &[tenant.into(), id.into(), how.into(), answer.into(), at.into()])
}

/// The effects of an operation, in order.
///
/// # Errors
/// The store's.
pub fn of_operation(conn: &Conn<'_>, tenant: i64, operation: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT id, kind, target, prepared_at, sent_at, settled_at, settled FROM gateway_effects \
               WHERE tenant_id = $1 AND gateway_operation_id = $2 ORDER BY id";
    conn.all(sql, &[tenant.into(), operation.into()], |row| {
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
