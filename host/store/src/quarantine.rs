//! Quarantine: rows that did not come in. Messages and values are sealed by the caller.

use crate::{Conn, StoreError, Tx, Value};

/// A quarantined row as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub id: i64,
    pub source_id: i64,
    pub source: String,
    pub feed: String,
    pub origin: String,
    pub row: i64,
    pub entity: String,
    pub field: String,
    pub code: String,
    pub message: Vec<u8>,
    pub value: Vec<u8>,
    /// Microseconds UTC.
    pub first_seen_at: i64,
}

/// What makes a complaint the same one when a file is read again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    pub row: i64,
    pub entity: String,
    pub field: String,
    pub code: String,
}

/// The open complaints about a page's rows, with their ids.
///
/// # Errors
/// The store's.
pub fn open_between(
    conn: &Conn<'_>,
    tenant: i64,
    (source_id, origin): (i64, &str),
    first_row: i64,
    last_row: i64,
) -> Result<Vec<(Complaint, i64)>, StoreError> {
    let sql = "SELECT row_number, entity, field, code, id FROM quarantine WHERE tenant_id = $1 AND source_id = $2 \
               AND origin = $3 AND row_number >= $4 AND row_number <= $5 AND resolved_at IS NULL ORDER BY id";
    let params = [tenant.into(), source_id.into(), origin.into(), first_row.into(), last_row.into()];
    conn.all(sql, &params, |row| {
        let complaint = Complaint {
            row: row.int(0)?,
            entity: row.text(1)?.into(),
            field: row.text(2)?.into(),
            code: row.text(3)?.into(),
        };
        Ok((complaint, row.int(4)?))
    })
}

/// Where a new complaint comes from.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    pub source_id: i64,
    pub import_id: i64,
    pub feed: &'a str,
    pub origin: &'a str,
    /// Microseconds UTC.
    pub at: i64,
}

/// Adds a complaint; message and value are sealed.
///
/// # Errors
/// The store's.
pub fn insert(
    tx: &Tx<'_>,
    tenant: i64,
    cause: &Cause<'_>,
    complaint: &Complaint,
    (message, value): (&[u8], &[u8]),
) -> Result<(), StoreError> {
    let id = tx.ids("quarantine", 1)?;
    let sql = "INSERT INTO quarantine (id, tenant_id, source_id, feed, origin, row_number, entity, field, code, \
               message, value, import_id, first_seen_at, resolution) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')";
    tx.execute_one(
        "quarantine",
        sql,
        &[
            id.into(),
            tenant.into(),
            cause.source_id.into(),
            cause.feed.into(),
            cause.origin.into(),
            complaint.row.into(),
            (&complaint.entity).into(),
            (&complaint.field).into(),
            (&complaint.code).into(),
            message.into(),
            value.into(),
            cause.import_id.into(),
            cause.at.into(),
        ],
    )
}

/// An open complaint was met again; what it says may have changed.
///
/// # Errors
/// The store's.
pub fn touch(
    tx: &Tx<'_>,
    tenant: i64,
    id: i64,
    import_id: i64,
    (message, value): (&[u8], &[u8]),
) -> Result<(), StoreError> {
    let sql =
        "UPDATE quarantine SET import_id = $3, message = $4, value = $5 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one(
        "quarantine",
        sql,
        &[tenant.into(), id.into(), import_id.into(), message.into(), value.into()],
    )
}

/// A complaint's row is fine now: its value is forgotten.
///
/// # Errors
/// The store's.
pub fn resolve(tx: &Tx<'_>, tenant: i64, id: i64, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE quarantine SET resolved_at = $3, resolution = 'fixed', value = $4, message = $4 \
               WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("quarantine", sql, &[tenant.into(), id.into(), at.into(), Value::Bytes(&[])])
}

/// A feed was read whole: open complaints it did not raise again are about rows that are gone.
///
/// # Errors
/// The store's.
pub fn resolve_gone(
    tx: &Tx<'_>,
    tenant: i64,
    (source_id, feed): (i64, &str),
    import_id: i64,
    at: i64,
) -> Result<usize, StoreError> {
    let sql = "UPDATE quarantine SET resolved_at = $5, resolution = 'gone', value = $6, message = $6 \
               WHERE tenant_id = $1 AND source_id = $2 AND feed = $3 AND import_id <> $4 AND resolved_at IS NULL";
    tx.execute(
        sql,
        &[tenant.into(), source_id.into(), feed.into(), import_id.into(), at.into(), Value::Bytes(&[])],
    )
}

/// Hands over the open complaints: by source, file and row.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan_open(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(Quarantined) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT quarantine.id, quarantine.source_id, sources.name, feed, origin, row_number, entity, field, \
               code, message, value, first_seen_at FROM quarantine \
               JOIN sources ON sources.tenant_id = quarantine.tenant_id AND sources.id = quarantine.source_id \
               WHERE quarantine.tenant_id = $1 AND resolved_at IS NULL \
               ORDER BY sources.name, feed, origin, row_number, quarantine.id";
    conn.query(sql, &[tenant.into()], |row| {
        each(Quarantined {
            id: row.int(0)?,
            source_id: row.int(1)?,
            source: row.text(2)?.into(),
            feed: row.text(3)?.into(),
            origin: row.text(4)?.into(),
            row: row.int(5)?,
            entity: row.text(6)?.into(),
            field: row.text(7)?.into(),
            code: row.text(8)?.into(),
            message: row.bytes(9)?.into(),
            value: row.bytes(10)?.into(),
            first_seen_at: row.int(11)?,
        })
    })
}
