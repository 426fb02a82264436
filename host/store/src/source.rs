//! Sources: installations of importers.

use crate::{Conn, Row, StoreError, Tx};

/// A source as stored. `grants` is JSON, `config` is what the plugin's schema accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: i64,
    pub name: String,
    pub plugin: String,
    pub component_sha256: [u8; 32],
    pub config: Vec<u8>,
    pub grants: String,
    /// Microseconds UTC.
    pub added_at: i64,
}

/// Adds a source; `id` is ignored and given.
///
/// # Errors
/// The store's; a name already taken is a constraint.
pub fn insert(tx: &Tx<'_>, tenant: i64, source: &Source) -> Result<i64, StoreError> {
    let id = tx.ids("sources", 1)?;
    tx.execute_one(
        "sources",
        "INSERT INTO sources (id, tenant_id, name, plugin, component_sha256, config, grants, added_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            id.into(),
            tenant.into(),
            (&source.name).into(),
            (&source.plugin).into(),
            (&source.component_sha256).into(),
            (&source.config).into(),
            (&source.grants).into(),
            source.added_at.into(),
        ],
    )?;
    Ok(id)
}

/// The live sources, by name.
///
/// # Errors
/// The store's.
pub fn list(conn: &Conn<'_>, tenant: i64) -> Result<Vec<Source>, StoreError> {
    let sql = "SELECT id, name, plugin, component_sha256, config, grants, added_at FROM sources \
               WHERE tenant_id = $1 AND kind = 'importer' AND removed_at IS NULL ORDER BY name";
    conn.all(sql, &[tenant.into()], read)
}

/// One live source.
///
/// # Errors
/// The store's.
pub fn by_name(conn: &Conn<'_>, tenant: i64, name: &str) -> Result<Option<Source>, StoreError> {
    let sql = "SELECT id, name, plugin, component_sha256, config, grants, added_at FROM sources \
               WHERE tenant_id = $1 AND kind = 'importer' AND name = $2 AND removed_at IS NULL";
    conn.first(sql, &[tenant.into(), name.into()], read)
}

/// Replaces a source's grants, and binds them to the digest they were given for.
///
/// # Errors
/// The store's, or there is no such source.
pub fn grant(
    tx: &Tx<'_>,
    tenant: i64,
    (id, component_sha256): (i64, &[u8; 32]),
    grants: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE sources SET grants = $3, component_sha256 = $4 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("sources", sql, &[tenant.into(), id.into(), grants.into(), component_sha256.into()])
}

fn read(row: &Row<'_>) -> Result<Source, StoreError> {
    let digest = row.bytes(3)?;
    Ok(Source {
        id: row.int(0)?,
        name: row.text(1)?.into(),
        plugin: row.text(2)?.into(),
        component_sha256: digest.try_into().map_err(|_| row.inconsistent(3, "no 32 bytes".into()))?,
        config: row.bytes(4)?.into(),
        grants: row.text(5)?.into(),
        added_at: row.int(6)?,
    })
}
