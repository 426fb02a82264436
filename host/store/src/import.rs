//! Imports: runs over feeds, their checkpoints, pages and control totals.

use recaudo_core::money::Currency;

use crate::item::currency_of;
use crate::{Conn, StoreError, Tx};

/// A run over one feed, with what it has counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Import {
    pub id: i64,
    pub pages: i64,
    pub read: i64,
    pub imported: i64,
    pub unchanged: i64,
    pub quarantined: i64,
}

/// Where a feed goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The run it belongs to, while that is not finished.
    pub import_id: Option<i64>,
    pub version: u32,
    pub bytes: Vec<u8>,
}

/// The run that is under way over a feed, if one is.
///
/// # Errors
/// The store's.
pub fn unfinished(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    feed: &str,
) -> Result<Option<Import>, StoreError> {
    let sql = "SELECT id, pages, read_rows, imported_rows, unchanged_rows, quarantined_rows FROM imports \
               WHERE tenant_id = $1 AND source_id = $2 AND feed = $3 AND finished_at IS NULL \
               ORDER BY id DESC LIMIT 1";
    conn.first(sql, &[tenant.into(), source_id.into(), feed.into()], |row| {
        Ok(Import {
            id: row.int(0)?,
            pages: row.int(1)?,
            read: row.int(2)?,
            imported: row.int(3)?,
            unchanged: row.int(4)?,
            quarantined: row.int(5)?,
        })
    })
}

/// Begins a run over a feed.
///
/// # Errors
/// The store's.
pub fn begin(tx: &Tx<'_>, tenant: i64, source_id: i64, feed: &str, at: i64) -> Result<Import, StoreError> {
    let id = tx.ids("imports", 1)?;
    let sql = "INSERT INTO imports (id, tenant_id, source_id, feed, started_at, pages, read_rows, imported_rows, \
               unchanged_rows, quarantined_rows) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0)";
    tx.execute_one("imports", sql, &[id.into(), tenant.into(), source_id.into(), feed.into(), at.into()])?;
    Ok(Import { id, ..Import::default() })
}

/// Keeps what a run has counted, and when it finished.
///
/// # Errors
/// The store's.
pub fn save(tx: &Tx<'_>, tenant: i64, import: &Import, finished_at: Option<i64>) -> Result<(), StoreError> {
    let sql = "UPDATE imports SET pages = $3, read_rows = $4, imported_rows = $5, unchanged_rows = $6, \
               quarantined_rows = $7, finished_at = $8 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one(
        "imports",
        sql,
        &[
            tenant.into(),
            import.id.into(),
            import.pages.into(),
            import.read.into(),
            import.imported.into(),
            import.unchanged.into(),
            import.quarantined.into(),
            finished_at.into(),
        ],
    )
}

/// Notes a page; returns its id, the cause of its entries.
///
/// # Errors
/// The store's.
pub fn add_page(tx: &Tx<'_>, tenant: i64, import_id: i64, origin: &str, at: i64) -> Result<i64, StoreError> {
    let id = tx.ids("import_pages", 1)?;
    let sql = "INSERT INTO import_pages (id, tenant_id, import_id, origin, committed_at) \
               VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one(
        "import_pages",
        sql,
        &[id.into(), tenant.into(), import_id.into(), origin.into(), at.into()],
    )?;
    Ok(id)
}

/// Where a feed goes on, if it does.
///
/// # Errors
/// The store's.
pub fn checkpoint(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    feed: &str,
) -> Result<Option<Checkpoint>, StoreError> {
    let sql = "SELECT import_id, version, bytes FROM checkpoints \
               WHERE tenant_id = $1 AND source_id = $2 AND feed = $3";
    conn.first(sql, &[tenant.into(), source_id.into(), feed.into()], |row| {
        let version = row.int(1)?;
        Ok(Checkpoint {
            import_id: row.opt_int(0)?,
            version: u32::try_from(version).map_err(|_| row.inconsistent(1, "no version".into()))?,
            bytes: row.bytes(2)?.into(),
        })
    })
}

/// Keeps where a feed goes on.
///
/// # Errors
/// The store's.
pub fn save_checkpoint(
    tx: &Tx<'_>,
    tenant: i64,
    source_id: i64,
    feed: &str,
    (checkpoint, at): (&Checkpoint, i64),
) -> Result<(), StoreError> {
    let id = tx.ids("checkpoints", 1)?;
    let sql = "INSERT INTO checkpoints (id, tenant_id, source_id, feed, import_id, version, bytes, saved_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, source_id, feed) \
               DO UPDATE SET import_id = $5, version = $6, bytes = $7, saved_at = $8";
    tx.execute_one(
        "checkpoints",
        sql,
        &[
            id.into(),
            tenant.into(),
            source_id.into(),
            feed.into(),
            checkpoint.import_id.into(),
            checkpoint.version.into(),
            (&checkpoint.bytes).into(),
            at.into(),
        ],
    )
}

/// Forgets where a feed was: the next run begins anew.
///
/// # Errors
/// The store's.
pub fn drop_checkpoint(tx: &Tx<'_>, tenant: i64, source_id: i64, feed: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM checkpoints WHERE tenant_id = $1 AND source_id = $2 AND feed = $3";
    tx.execute(sql, &[tenant.into(), source_id.into(), feed.into()]).map(drop)
}

/// Adds to a run's control totals of a currency.
///
/// # Errors
/// The store's.
pub fn add_control(
    tx: &Tx<'_>,
    tenant: i64,
    import_id: i64,
    currency: Currency,
    (source_minor, ours_minor): (i64, i64),
) -> Result<(), StoreError> {
    let id = tx.ids("import_controls", 1)?;
    let sql = "INSERT INTO import_controls (id, tenant_id, import_id, currency, source_minor, ours_minor) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, import_id, currency) \
               DO UPDATE SET source_minor = import_controls.source_minor + $5, \
               ours_minor = import_controls.ours_minor + $6";
    tx.execute_one(
        "import_controls",
        sql,
        &[
            id.into(),
            tenant.into(),
            import_id.into(),
            currency.code().into(),
            source_minor.into(),
            ours_minor.into(),
        ],
    )
}

/// A run's control totals: (currency, the source's, ours), by currency.
///
/// # Errors
/// The store's.
pub fn controls(
    conn: &Conn<'_>,
    tenant: i64,
    import_id: i64,
) -> Result<Vec<(Currency, i64, i64)>, StoreError> {
    let sql = "SELECT currency, source_minor, ours_minor FROM import_controls \
               WHERE tenant_id = $1 AND import_id = $2 ORDER BY currency";
    conn.all(sql, &[tenant.into(), import_id.into()], |row| {
        Ok((currency_of(row, 0)?, row.int(1)?, row.int(2)?))
    })
}

/// A legal creditor's id and zone, by the source's id.
///
/// # Errors
/// The store's.
pub fn creditor(
    conn: &Conn<'_>,
    tenant: i64,
    external_id: &str,
) -> Result<Option<(i64, String)>, StoreError> {
    let sql = "SELECT id, time_zone FROM creditors WHERE tenant_id = $1 AND external_id = $2";
    conn.first(sql, &[tenant.into(), external_id.into()], |row| Ok((row.int(0)?, row.text(1)?.into())))
}

/// Adds a legal creditor.
///
/// # Errors
/// The store's.
pub fn add_creditor(
    tx: &Tx<'_>,
    tenant: i64,
    external_id: &str,
    name: &str,
    time_zone: &str,
) -> Result<i64, StoreError> {
    let id = tx.ids("creditors", 1)?;
    let sql =
        "INSERT INTO creditors (id, tenant_id, external_id, name, time_zone) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one(
        "creditors",
        sql,
        &[id.into(), tenant.into(), external_id.into(), name.into(), time_zone.into()],
    )?;
    Ok(id)
}

/// Every creditor's id and zone.
///
/// # Errors
/// The store's.
pub fn creditor_zones(conn: &Conn<'_>, tenant: i64) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT id, time_zone FROM creditors WHERE tenant_id = $1 ORDER BY id";
    conn.all(sql, &[tenant.into()], |row| Ok((row.int(0)?, row.text(1)?.into())))
}

/// Keeps a day's rate of a series; says whether it is news.
///
/// # Errors
/// The store's.
pub fn put_rate(
    tx: &Tx<'_>,
    tenant: i64,
    source_id: i64,
    (series, rate_on): (&str, i32),
    (coefficient, scale): (i64, u8),
) -> Result<bool, StoreError> {
    let id = tx.ids("rates", 1)?;
    let sql = "INSERT INTO rates (id, tenant_id, series, rate_on, coefficient, scale, source_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, series, rate_on) \
               DO UPDATE SET coefficient = $5, scale = $6, source_id = $7 \
               WHERE rates.coefficient <> $5 OR rates.scale <> $6";
    let changed = tx.execute(
        sql,
        &[
            id.into(),
            tenant.into(),
            series.into(),
            rate_on.into(),
            coefficient.into(),
            i64::from(scale).into(),
            source_id.into(),
        ],
    )?;
    Ok(changed == 1)
}

/// Something said to or by a customer elsewhere. `body` is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interaction<'a> {
    pub customer_id: i64,
    pub source_id: i64,
    pub external_id: &'a str,
    /// Microseconds UTC.
    pub happened_at: i64,
    pub channel: &'a str,
    pub inbound: bool,
    pub body: &'a [u8],
}

/// Keeps an interaction; says whether it is news.
///
/// # Errors
/// The store's.
pub fn put_interaction(tx: &Tx<'_>, tenant: i64, said: &Interaction<'_>) -> Result<bool, StoreError> {
    let id = tx.ids("interactions", 1)?;
    let sql = "INSERT INTO interactions (id, tenant_id, customer_id, source_id, external_id, happened_at, channel, \
               inbound, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let changed = tx.execute(
        sql,
        &[
            id.into(),
            tenant.into(),
            said.customer_id.into(),
            said.source_id.into(),
            said.external_id.into(),
            said.happened_at.into(),
            said.channel.into(),
            said.inbound.into(),
            said.body.into(),
        ],
    )?;
    Ok(changed == 1)
}
