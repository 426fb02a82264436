//! The record of every judgement: who, over what, with what answer.

use crate::{Conn, StoreError, Tx};

/// A plugin that judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component<'a> {
    pub plugin: &'a str,
    pub version: &'a str,
    pub contract: &'a str,
    pub component_sha256: &'a [u8; 32],
    pub manifest_sha256: &'a [u8; 32],
}

/// Keeps a component by its digests; returns its number.
///
/// # Errors
/// The store's.
pub fn keep_component(tx: &Tx<'_>, tenant: i64, component: &Component<'_>) -> Result<i64, StoreError> {
    let find =
        "SELECT id FROM components WHERE tenant_id = $1 AND component_sha256 = $2 AND manifest_sha256 = $3";
    let digests = [tenant.into(), component.component_sha256.into(), component.manifest_sha256.into()];
    if let Some(id) = tx.first(find, &digests, |row| row.int(0))? {
        return Ok(id);
    }
    let id = tx.ids("components", 1)?;
    let sql = "INSERT INTO components (id, tenant_id, plugin, version, contract, component_sha256, manifest_sha256) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let [tenant, component_sha256, manifest_sha256] = digests;
    let params = [
        id.into(),
        tenant,
        component.plugin.into(),
        component.version.into(),
        component.contract.into(),
        component_sha256,
        manifest_sha256,
    ];
    tx.execute_one("components", sql, &params)?;
    Ok(id)
}

/// Keeps bytes by the digest of what they hold; returns their number.
///
/// # Errors
/// The store's.
pub fn keep_blob(tx: &Tx<'_>, tenant: i64, sha256: &[u8; 32], bytes: &[u8]) -> Result<i64, StoreError> {
    let find = "SELECT id FROM blobs WHERE tenant_id = $1 AND sha256 = $2";
    if let Some(id) = tx.first(find, &[tenant.into(), sha256.into()], |row| row.int(0))? {
        return Ok(id);
    }
    let id = tx.ids("blobs", 1)?;
    let sql = "INSERT INTO blobs (id, tenant_id, sha256, bytes) VALUES ($1, $2, $3, $4)";
    tx.execute_one("blobs", sql, &[id.into(), tenant.into(), sha256.into(), bytes.into()])?;
    Ok(id)
}

/// Kept bytes, and the digest of what they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub sha256: [u8; 32],
    pub bytes: Vec<u8>,
}

/// Bytes by their number.
///
/// # Errors
/// The store's.
pub fn blob(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Blob>, StoreError> {
    let sql = "SELECT sha256, bytes FROM blobs WHERE tenant_id = $1 AND id = $2";
    conn.first(sql, &[tenant.into(), id.into()], |row| {
        let sha256 = row.bytes(0)?.try_into().map_err(|_| row.inconsistent(0, "no 32 bytes".into()))?;
        Ok(Blob { sha256, bytes: row.bytes(1)?.to_vec() })
    })
}

/// A judgement about to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub run_id: i64,
    pub component_id: i64,
    pub config_blob_id: i64,
    pub input_blob_id: i64,
    pub output_blob_id: Option<i64>,
    pub first_customer_id: i64,
    pub last_customer_id: i64,
    pub row_count: i64,
    /// Microseconds UTC.
    pub decided_at: i64,
    /// Such as `scoring/scorer`.
    pub interface: &'static str,
    pub installation: String,
    /// The failure's code; empty when it answered.
    pub failure: String,
}

/// Keeps a judgement; returns its number.
///
/// # Errors
/// The store's.
pub fn insert(tx: &Tx<'_>, tenant: i64, d: &Decision) -> Result<i64, StoreError> {
    let id = tx.ids("decisions", 1)?;
    let sql = "INSERT INTO decisions (id, tenant_id, run_id, component_id, config_blob_id, input_blob_id, \
               output_blob_id, first_customer_id, last_customer_id, row_count, decided_at, interface, installation, \
               failure) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let params = [
        id.into(),
        tenant.into(),
        d.run_id.into(),
        d.component_id.into(),
        d.config_blob_id.into(),
        d.input_blob_id.into(),
        d.output_blob_id.into(),
        d.first_customer_id.into(),
        d.last_customer_id.into(),
        d.row_count.into(),
        d.decided_at.into(),
        d.interface.into(),
        (&d.installation).into(),
        (&d.failure).into(),
    ];
    tx.execute_one("decisions", sql, &params)?;
    Ok(id)
}

/// A judgement as kept, with who judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: i64,
    pub interface: String,
    pub installation: String,
    pub plugin: String,
    pub version: String,
    pub component_sha256: Vec<u8>,
    pub config_blob_id: i64,
    pub input_blob_id: i64,
    pub output_blob_id: Option<i64>,
    pub row_count: i64,
    pub failure: String,
}

/// The judgements of a run that a customer was among, in order.
///
/// # Errors
/// The store's.
pub fn of_customer(
    conn: &Conn<'_>,
    tenant: i64,
    run_id: i64,
    customer_id: i64,
) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT d.id, d.interface, d.installation, c.plugin, c.version, c.component_sha256, d.config_blob_id, \
               d.input_blob_id, d.output_blob_id, d.row_count, d.failure \
               FROM decisions d JOIN components c ON c.tenant_id = d.tenant_id AND c.id = d.component_id \
               WHERE d.tenant_id = $1 AND d.run_id = $2 AND d.first_customer_id <= $3 AND d.last_customer_id >= $3 \
               ORDER BY d.id";
    conn.all(sql, &[tenant.into(), run_id.into(), customer_id.into()], |row| {
        Ok(Kept {
            id: row.int(0)?,
            interface: row.text(1)?.into(),
            installation: row.text(2)?.into(),
            plugin: row.text(3)?.into(),
            version: row.text(4)?.into(),
            component_sha256: row.bytes(5)?.to_vec(),
            config_blob_id: row.int(6)?,
            input_blob_id: row.int(7)?,
            output_blob_id: row.opt_int(8)?,
            row_count: row.int(9)?,
            failure: row.text(10)?.into(),
        })
    })
}
