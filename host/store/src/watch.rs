//! Figures for whoever watches over a running program: how much waits, since when, and what went wrong.

use crate::gateway::JOB;
use crate::{Conn, StoreError};

/// Jobs of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    pub kind: String,
    pub all: i64,
    /// Of those, the ones whose time has come.
    pub due: i64,
}

/// How much waits, by kind, at `now` in microseconds UTC.
///
/// # Errors
/// The store's.
pub fn jobs(conn: &Conn<'_>, tenant: i64, now: i64) -> Result<Vec<Jobs>, StoreError> {
    let sql = "SELECT kind, count(*), CAST(sum(CASE WHEN run_after_at <= $2 THEN 1 ELSE 0 END) AS BIGINT) FROM jobs \
               WHERE tenant_id = $1 GROUP BY kind ORDER BY kind";
    conn.all(sql, &[tenant.into(), now.into()], |row| {
        Ok(Jobs { kind: row.text(0)?.into(), all: row.int(1)?, due: row.int(2)? })
    })
}

/// Does anything of a kind wait whose time has come?
///
/// # Errors
/// The store's.
pub fn is_due(conn: &Conn<'_>, tenant: i64, kind: &str, now: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM jobs WHERE tenant_id = $1 AND kind = $2 AND run_after_at <= $3 LIMIT 1";
    let found = conn.first(sql, &[tenant.into(), kind.into(), now.into()], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Operations at gateways that are still looked at, by state and status.
///
/// # Errors
/// The store's.
pub fn operations(conn: &Conn<'_>, tenant: i64) -> Result<Vec<(String, String, i64)>, StoreError> {
    let sql = "SELECT o.state, o.status, count(*) FROM jobs j \
               JOIN gateway_operations o ON o.tenant_id = j.tenant_id AND o.id = j.subject_id \
               WHERE j.tenant_id = $1 AND j.kind = $2 GROUP BY o.state, o.status ORDER BY o.state, o.status";
    conn.all(sql, &[tenant.into(), JOB.into()], |row| {
        Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.int(2)?))
    })
}

/// Operations at gateways that wait for a person.
///
/// # Errors
/// The store's.
pub fn persons(conn: &Conn<'_>, tenant: i64) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM gateway_operations WHERE tenant_id = $1 AND state = 'person'";
    Ok(conn.first(sql, &[tenant.into()], |row| row.int(0))?.unwrap_or(0))
}

/// When a run ended last, microseconds UTC.
///
/// # Errors
/// The store's.
pub fn last_run(conn: &Conn<'_>, tenant: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT max(finished_at) FROM runs WHERE tenant_id = $1";
    Ok(conn.first(sql, &[tenant.into()], |row| row.opt_int(0))?.flatten())
}

/// When an import of each source ended last, microseconds UTC.
///
/// # Errors
/// The store's.
pub fn last_imports(conn: &Conn<'_>, tenant: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT s.name, max(i.finished_at) FROM imports i \
               JOIN sources s ON s.tenant_id = i.tenant_id AND s.id = i.source_id \
               WHERE i.tenant_id = $1 AND i.finished_at IS NOT NULL GROUP BY s.name ORDER BY s.name";
    conn.all(sql, &[tenant.into()], |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))
}
