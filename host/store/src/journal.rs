//! Rows around effects that commit something outside. What is sealed comes sealed.

use crate::{Conn, StoreError, Tx};

/// An effect about to be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared<'a> {
    pub action_id: i64,
    pub customer_id: i64,
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
    let id = tx.ids("journal", 1)?;
    let sql = "INSERT INTO journal (id, tenant_id, action_id, customer_id, commit_number, kind, target, request, \
               prepared_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = [
        id.into(),
        tenant.into(),
        effect.action_id.into(),
        effect.customer_id.into(),
        effect.commit_number.into(),
        effect.kind.into(),
        effect.target.into(),
        effect.request.into(),
        effect.at.into(),
    ];
    tx.execute_one("journal", sql, &params)?;
    Ok(id)
}

/// Bytes may leave from now on.
///
/// # Errors
/// The store's, or the row is not prepared.
pub fn sent(tx: &Tx<'_>, tenant: i64, id: i64, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE journal SET sent_at = $3 WHERE tenant_id = $1 AND id = $2 AND sent_at IS NULL \
               AND settled_at IS NULL";
    tx.execute_one("journal", sql, &[tenant.into(), id.into(), at.into()])
}

/// It ended: `done`, `not_done` or `unknown`.
///
/// # Errors
/// The store's, or the row is settled already.
pub fn settle(
    tx: &Tx<'_>,
    tenant: i64,
    id: i64,
    how: &str,
    answer: &[u8],
    at: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE journal SET settled = $3, answer = $4, settled_at = $5 \
               WHERE tenant_id = $1 AND id = $2 AND settled_at IS NULL";
    tx.execute_one("journal", sql, &[tenant.into(), id.into(), how.into(), answer.into(), at.into()])
}

/// How an effect of an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub kind: String,
    pub target: String,
    pub prepared_at: i64,
    pub sent_at: Option<i64>,
    pub settled_at: Option<i64>,
    pub settled: Option<String>,
}

/// The effects of an action, in order.
///
/// # Errors
/// The store's.
pub fn of_action(conn: &Conn<'_>, tenant: i64, action_id: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT id, kind, target, prepared_at, sent_at, settled_at, settled FROM journal \
               WHERE tenant_id = $1 AND action_id = $2 ORDER BY id";
    conn.all(sql, &[tenant.into(), action_id.into()], |row| {
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
