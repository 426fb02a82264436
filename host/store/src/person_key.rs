//! Wrapped keys, one a person. Deleting one erases whatever it sealed.

use crate::{Conn, StoreError, Tx};

/// The wrapped key of a subject.
///
/// # Errors
/// The store's.
pub fn find(conn: &Conn<'_>, tenant: i64, kind: &str, subject: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let sql =
        "SELECT wrapped FROM person_keys WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3";
    conn.first(sql, &[tenant.into(), kind.into(), subject.into()], |row| Ok(row.bytes(0)?.into()))
}

/// Keeps a subject's new key.
///
/// # Errors
/// The store's; a subject that has one is a constraint.
pub fn insert(tx: &Tx<'_>, tenant: i64, kind: &str, subject: i64, wrapped: &[u8]) -> Result<(), StoreError> {
    let id = tx.ids("person_keys", 1)?;
    let sql = "INSERT INTO person_keys (id, tenant_id, subject_kind, subject_id, wrapped) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one(
        "person_keys",
        sql,
        &[id.into(), tenant.into(), kind.into(), subject.into(), wrapped.into()],
    )
}

/// Destroys a subject's key; says whether there was one.
///
/// # Errors
/// The store's.
pub fn delete(tx: &Tx<'_>, tenant: i64, kind: &str, subject: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM person_keys WHERE tenant_id = $1 AND subject_kind = $2 AND subject_id = $3";
    Ok(tx.execute(sql, &[tenant.into(), kind.into(), subject.into()])? == 1)
}
