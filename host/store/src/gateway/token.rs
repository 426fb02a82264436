//! Tokens of customers' own pages: found by digest, given again from what is sealed.

use crate::{Conn, Row, StoreError, Tx};

/// A token as stored. `sealed` comes sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// 0 for one that is not kept yet.
    pub id: i64,
    pub customer_id: i64,
    pub sealed: Vec<u8>,
    /// Microseconds UTC, as all instants here.
    pub made_at: i64,
    /// It opens nothing from then on.
    pub not_after_at: i64,
}

/// Keeps a token; `id` is ignored and given.
///
/// # Errors
/// The store's; a digest used before is [`StoreError::Constraint`].
pub fn insert(tx: &Tx<'_>, tenant: i64, token: &Token, sha256: &[u8; 32]) -> Result<i64, StoreError> {
    let id = tx.ids("pay_tokens", 1)?;
    let sql = "INSERT INTO pay_tokens (id, tenant_id, customer_id, sha256, sealed, made_at, not_after_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = [
        id.into(),
        tenant.into(),
        token.customer_id.into(),
        sha256.into(),
        (&token.sealed).into(),
        token.made_at.into(),
        token.not_after_at.into(),
    ];
    tx.execute_one("pay_tokens", sql, &params)?;
    Ok(id)
}

/// The customer's token that is good longest, if it is good after a moment.
///
/// # Errors
/// The store's.
pub fn of_customer(
    conn: &Conn<'_>,
    tenant: i64,
    customer_id: i64,
    after: i64,
) -> Result<Option<Token>, StoreError> {
    let sql = "SELECT id, customer_id, sealed, made_at, not_after_at FROM pay_tokens WHERE tenant_id = $1 \
               AND customer_id = $2 AND revoked_at IS NULL AND not_after_at > $3 ORDER BY not_after_at DESC, id LIMIT 1";
    conn.first(sql, &[tenant.into(), customer_id.into(), after.into()], read)
}

/// The token of a digest, while it is good.
///
/// # Errors
/// The store's.
pub fn by_sha256(
    conn: &Conn<'_>,
    tenant: i64,
    sha256: &[u8; 32],
    now: i64,
) -> Result<Option<Token>, StoreError> {
    let sql = "SELECT id, customer_id, sealed, made_at, not_after_at FROM pay_tokens WHERE tenant_id = $1 \
               AND sha256 = $2 AND revoked_at IS NULL AND not_after_at > $3";
    conn.first(sql, &[tenant.into(), sha256.into(), now.into()], read)
}

/// Ends all tokens of a customer; says how many were good.
///
/// # Errors
/// The store's.
pub fn revoke(tx: &Tx<'_>, tenant: i64, customer_id: i64, at: i64) -> Result<usize, StoreError> {
    let sql = "UPDATE pay_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND customer_id = $2 \
               AND revoked_at IS NULL AND not_after_at > $3";
    tx.execute(sql, &[tenant.into(), customer_id.into(), at.into()])
}

fn read(row: &Row<'_>) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.int(0)?,
        customer_id: row.int(1)?,
        sealed: row.bytes(2)?.into(),
        made_at: row.int(3)?,
        not_after_at: row.int(4)?,
    })
}
