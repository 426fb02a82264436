//! What is written back to an ERP: each wish once, with its job.

use crate::{Conn, Row, StoreError, Tx};

/// Kind of the jobs that look at a wish.
const JOB: &str = "writeback";

/// One wish as stored. `entry` comes sealed; empty until it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writeback {
    /// 0 for one that is not kept yet.
    pub id: i64,
    /// Where to.
    pub source_id: i64,
    /// `receipt`, `reversal`, `note`, `promise`.
    pub kind: String,
    /// The row it is about, of the kind's table.
    pub subject_id: i64,
    /// From 0: the same row may have more to be told.
    pub part: i64,
    pub customer_id: i64,
    pub entry: Vec<u8>,
    pub operation_id: String,
    pub idempotency_key: String,
    /// `queued`, `executing`, `asking`, `person`, `settled`.
    pub state: String,
    /// Empty while nothing is known; `applied`, `already-applied`, `not-attempted`, `unknown`, `not-needed`, `unsupported`.
    pub status: String,
    pub code: String,
    /// The target's id of what was written.
    pub target_id: String,
    /// Times it was pushed.
    pub attempts: i64,
    /// Times its outcome was asked for since it was pushed.
    pub asked: i64,
    /// Microseconds UTC, as all instants here.
    pub made_at: i64,
    pub changed_at: i64,
}

const COLUMNS: &str = "id, source_id, kind, subject_id, part, customer_id, entry, operation_id, idempotency_key, state, \
                       status, code, target_id, attempts, asked, made_at, changed_at";

/// Keeps a wish and its job; says no when it was wished for before. `id` is ignored and given.
///
/// # Errors
/// The store's; an operation id or key used before is [`StoreError::Constraint`].
pub fn wish(tx: &Tx<'_>, tenant: i64, new: &Writeback, run_after_at: i64) -> Result<bool, StoreError> {
    let id = tx.ids("writebacks", 1)?;
    let sql = "INSERT INTO writebacks (id, tenant_id, source_id, kind, subject_id, part, customer_id, entry, \
               operation_id, idempotency_key, state, status, code, target_id, attempts, asked, made_at, changed_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
               ON CONFLICT (tenant_id, source_id, kind, subject_id, part) DO NOTHING";
    let params = [
        id.into(),
        tenant.into(),
        new.source_id.into(),
        (&new.kind).into(),
        new.subject_id.into(),
        new.part.into(),
        new.customer_id.into(),
        (&new.entry).into(),
        (&new.operation_id).into(),
        (&new.idempotency_key).into(),
        (&new.state).into(),
        (&new.status).into(),
        (&new.code).into(),
        (&new.target_id).into(),
        new.attempts.into(),
        new.asked.into(),
        new.made_at.into(),
        new.changed_at.into(),
    ];
    if tx.execute(sql, &params)? == 0 {
        return Ok(false);
    }
    let job = tx.ids("jobs", 1)?;
    let sql = "INSERT INTO jobs (id, tenant_id, kind, subject_id, run_after_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one("jobs", sql, &[job.into(), tenant.into(), JOB.into(), id.into(), run_after_at.into()])?;
    Ok(true)
}

/// Saves what changes of a wish, and when its job is to look at it again: never, when it is none.
///
/// # Errors
/// The store's, or the wish is not there.
pub fn save(tx: &Tx<'_>, tenant: i64, w: &Writeback, run_after_at: Option<i64>) -> Result<(), StoreError> {
    let sql = "UPDATE writebacks SET entry = $3, state = $4, status = $5, code = $6, target_id = $7, attempts = $8, \
               asked = $9, changed_at = $10 WHERE tenant_id = $1 AND id = $2";
    let params = [
        tenant.into(),
        w.id.into(),
        (&w.entry).into(),
        (&w.state).into(),
        (&w.status).into(),
        (&w.code).into(),
        (&w.target_id).into(),
        w.attempts.into(),
        w.asked.into(),
        w.changed_at.into(),
    ];
    tx.execute_one("writebacks", sql, &params)?;
    let Some(at) = run_after_at else {
        let sql = "DELETE FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3";
        return tx.execute(sql, &[tenant.into(), JOB.into(), w.id.into()]).map(drop);
    };
    let job = tx.ids("jobs", 1)?;
    let sql = "INSERT INTO jobs (id, tenant_id, kind, subject_id, run_after_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET run_after_at = $5";
    tx.execute_one("jobs", sql, &[job.into(), tenant.into(), JOB.into(), w.id.into(), at.into()])
}

/// Wishes whose job is due, the longest waiting first.
///
/// # Errors
/// The store's.
pub fn due(conn: &Conn<'_>, tenant: i64, now: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT subject_id FROM jobs WHERE tenant_id = $1 AND kind = $2 AND run_after_at <= $3 \
               ORDER BY run_after_at, id LIMIT $4";
    conn.all(sql, &[tenant.into(), JOB.into(), now.into(), limit.into()], |row| row.int(0))
}

/// When the first job is due.
///
/// # Errors
/// The store's.
pub fn next_due(conn: &Conn<'_>, tenant: i64) -> Result<Option<i64>, StoreError> {
    let sql =
        "SELECT run_after_at FROM jobs WHERE tenant_id = $1 AND kind = $2 ORDER BY run_after_at LIMIT 1";
    conn.first(sql, &[tenant.into(), JOB.into()], |row| row.int(0))
}

/// One wish.
///
/// # Errors
/// The store's.
pub fn by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Writeback>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM writebacks WHERE tenant_id = $1 AND id = $2");
    conn.first(&sql, &[tenant.into(), id.into()], read)
}

/// Wishes in a state, by id.
///
/// # Errors
/// The store's.
pub fn in_state(conn: &Conn<'_>, tenant: i64, state: &str) -> Result<Vec<Writeback>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM writebacks WHERE tenant_id = $1 AND state = $2 ORDER BY id");
    conn.all(&sql, &[tenant.into(), state.into()], read)
}

/// What was wished for about a row, by part.
///
/// # Errors
/// The store's.
pub fn about(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    (kind, subject_id): (&str, i64),
) -> Result<Vec<Writeback>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM writebacks WHERE tenant_id = $1 AND source_id = $2 AND kind = $3 AND subject_id = $4 \
         ORDER BY part"
    );
    conn.all(&sql, &[tenant.into(), source_id.into(), kind.into(), subject_id.into()], read)
}

fn read(row: &Row<'_>) -> Result<Writeback, StoreError> {
    Ok(Writeback {
        id: row.int(0)?,
        source_id: row.int(1)?,
        kind: row.text(2)?.into(),
        subject_id: row.int(3)?,
        part: row.int(4)?,
        customer_id: row.int(5)?,
        entry: row.bytes(6)?.into(),
        operation_id: row.text(7)?.into(),
        idempotency_key: row.text(8)?.into(),
        state: row.text(9)?.into(),
        status: row.text(10)?.into(),
        code: row.text(11)?.into(),
        target_id: row.text(12)?.into(),
        attempts: row.int(13)?,
        asked: row.int(14)?,
        made_at: row.int(15)?,
        changed_at: row.int(16)?,
    })
}
