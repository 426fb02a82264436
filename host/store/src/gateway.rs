//! Money taken through gateways: operations with their job and journal, transactions, deliveries, events.

pub mod heard;
pub mod token;
pub mod transaction;

use recaudo_core::gateway::Status;
use recaudo_core::money::Currency;

use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// Kind of the jobs that look at an operation.
pub const JOB: &str = "gateway";

/// One wish as stored. `intent` comes sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: i64,
    pub source_id: i64,
    pub action: String,
    pub amount_minor: i64,
    pub currency: Currency,
    pub customer_id: i64,
    pub intent: Vec<u8>,
    pub operation_id: String,
    pub idempotency_key: String,
    /// `queued`, `executing`, `asking`, `person`, `settled`.
    pub state: String,
    pub status: Status,
    pub code: String,
    pub gateway_id: Option<String>,
    pub next_url: Option<String>,
    /// Times it was executed.
    pub attempts: i64,
    /// Times its outcome was asked for since it last changed.
    pub asked: i64,
    /// Microseconds UTC, as all instants here.
    pub made_at: i64,
    pub changed_at: i64,
}

const COLUMNS: &str = "id, source_id, action, amount_minor, currency, customer_id, intent, operation_id, \
                       idempotency_key, state, status, code, gateway_id, next_url, attempts, asked, made_at, \
                       changed_at";

/// The source of a gateway that was heard before.
///
/// # Errors
/// The store's.
pub fn find_source(conn: &Conn<'_>, tenant: i64, name: &str) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT id FROM sources WHERE tenant_id = $1 AND name = $2";
    conn.first(sql, &[tenant.into(), name.into()], |row| row.int(0))
}

/// Keeps a new operation with the items it is to pay, and its job. `id` is ignored and given.
///
/// # Errors
/// The store's; an operation id or key used before is [`StoreError::Constraint`].
pub fn insert(
    tx: &Tx<'_>,
    tenant: i64,
    operation: &Operation,
    items: &[i64],
    run_after_at: i64,
) -> Result<i64, StoreError> {
    let id = tx.ids("gateway_operations", 1)?;
    let sql = "INSERT INTO gateway_operations (id, tenant_id, source_id, action, amount_minor, currency, customer_id, \
               intent, operation_id, idempotency_key, state, status, code, gateway_id, next_url, attempts, asked, \
               made_at, changed_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let o = operation;
    let params = [
        id.into(),
        tenant.into(),
        o.source_id.into(),
        (&o.action).into(),
        o.amount_minor.into(),
        o.currency.code().into(),
        o.customer_id.into(),
        (&o.intent).into(),
        (&o.operation_id).into(),
        (&o.idempotency_key).into(),
        (&o.state).into(),
        o.status.name().into(),
        (&o.code).into(),
        o.gateway_id.as_deref().into(),
        o.next_url.as_deref().into(),
        o.attempts.into(),
        o.asked.into(),
        o.made_at.into(),
        o.changed_at.into(),
    ];
    tx.execute_one("gateway_operations", sql, &params)?;
    let sql = "INSERT INTO gateway_operation_items (id, tenant_id, gateway_operation_id, item_id) \
               VALUES ($1, $2, $3, $4)";
    for item in items {
        let row = tx.ids("gateway_operation_items", 1)?;
        tx.execute_one(
            "gateway_operation_items",
            sql,
            &[row.into(), tenant.into(), id.into(), (*item).into()],
        )?;
    }
    let job = tx.ids("jobs", 1)?;
    let sql = "INSERT INTO jobs (id, tenant_id, kind, subject_id, run_after_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one("jobs", sql, &[job.into(), tenant.into(), JOB.into(), id.into(), run_after_at.into()])?;
    Ok(id)
}

/// Saves what changes of an operation, and when its job is to look at it again: never, when it is none.
///
/// # Errors
/// The store's, or the operation is not there.
pub fn save(
    tx: &Tx<'_>,
    tenant: i64,
    operation: &Operation,
    run_after_at: Option<i64>,
) -> Result<(), StoreError> {
    let o = operation;
    let sql = "UPDATE gateway_operations SET state = $3, status = $4, code = $5, gateway_id = $6, next_url = $7, \
               attempts = $8, asked = $9, changed_at = $10 WHERE tenant_id = $1 AND id = $2";
    let params = [
        tenant.into(),
        o.id.into(),
        (&o.state).into(),
        o.status.name().into(),
        (&o.code).into(),
        o.gateway_id.as_deref().into(),
        o.next_url.as_deref().into(),
        o.attempts.into(),
        o.asked.into(),
        o.changed_at.into(),
    ];
    tx.execute_one("gateway_operations", sql, &params)?;
    let Some(at) = run_after_at else {
        let sql = "DELETE FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3";
        return tx.execute(sql, &[tenant.into(), JOB.into(), o.id.into()]).map(drop);
    };
    let job = tx.ids("jobs", 1)?;
    let sql = "INSERT INTO jobs (id, tenant_id, kind, subject_id, run_after_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET run_after_at = $5";
    tx.execute_one("jobs", sql, &[job.into(), tenant.into(), JOB.into(), o.id.into(), at.into()])
}

/// Operations whose job is due, the longest waiting first.
///
/// # Errors
/// The store's.
pub fn due(conn: &Conn<'_>, tenant: i64, now: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT subject_id FROM jobs WHERE tenant_id = $1 AND kind = $2 AND run_after_at <= $3 \
               ORDER BY run_after_at, id LIMIT $4";
    conn.all(sql, &[tenant.into(), JOB.into(), now.into(), limit.into()], |row| row.int(0))
}

/// When the first job of gateways' money is due.
///
/// # Errors
/// The store's.
pub fn next_due(conn: &Conn<'_>, tenant: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT run_after_at FROM jobs WHERE tenant_id = $1 AND kind IN ($2, $3) ORDER BY run_after_at LIMIT 1";
    conn.first(sql, &[tenant.into(), JOB.into(), ALLOT.into()], |row| row.int(0))
}

/// Kind of the job that has an allocator asked about what gateways brought and no link was for.
const ALLOT: &str = "allot";

/// Money is left of which an allocator is to be asked.
///
/// # Errors
/// The store's.
pub fn ask_allocator(tx: &Tx<'_>, tenant: i64, at: i64) -> Result<(), StoreError> {
    let id = tx.ids("jobs", 1)?;
    let sql = "INSERT INTO jobs (id, tenant_id, kind, subject_id, run_after_at) VALUES ($1, $2, $3, 0, $4) \
               ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET run_after_at = $4";
    tx.execute_one("jobs", sql, &[id.into(), tenant.into(), ALLOT.into(), at.into()])
}

/// Since when an allocator is to be asked, if it is.
///
/// # Errors
/// The store's.
pub fn allocator_asked(conn: &Conn<'_>, tenant: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT run_after_at FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject_id = 0";
    conn.first(sql, &[tenant.into(), ALLOT.into()], |row| row.int(0))
}

/// It was asked about all there was then; what came since asks again.
///
/// # Errors
/// The store's.
pub fn allocator_answered(tx: &Tx<'_>, tenant: i64, at: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject_id = 0 AND run_after_at = $3";
    tx.execute(sql, &[tenant.into(), ALLOT.into(), at.into()]).map(drop)
}

/// When an operation is looked at next.
///
/// # Errors
/// The store's.
pub fn next_at(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT run_after_at FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3";
    conn.first(sql, &[tenant.into(), JOB.into(), id.into()], |row| row.int(0))
}

/// One operation.
///
/// # Errors
/// The store's.
pub fn by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Operation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM gateway_operations WHERE tenant_id = $1 AND id = $2");
    conn.first(&sql, &[tenant.into(), id.into()], read)
}

/// The operation a gateway tells of, by our id of it.
///
/// # Errors
/// The store's.
pub fn by_operation_id(
    conn: &Conn<'_>,
    tenant: i64,
    operation_id: &str,
) -> Result<Option<Operation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM gateway_operations WHERE tenant_id = $1 AND operation_id = $2");
    conn.first(&sql, &[tenant.into(), operation_id.into()], read)
}

/// The first operation of a gateway that goes by a gateway's id.
///
/// # Errors
/// The store's.
pub fn by_gateway_id(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    gateway_id: &str,
) -> Result<Option<Operation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gateway_operations WHERE tenant_id = $1 AND source_id = $2 AND gateway_id = $3 \
         ORDER BY id LIMIT 1"
    );
    conn.first(&sql, &[tenant.into(), source_id.into(), gateway_id.into()], read)
}

/// Operations in a state, by id.
///
/// # Errors
/// The store's.
pub fn in_state(conn: &Conn<'_>, tenant: i64, state: &str) -> Result<Vec<Operation>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM gateway_operations WHERE tenant_id = $1 AND state = $2 ORDER BY id");
    conn.all(&sql, &[tenant.into(), state.into()], read)
}

/// A customer's operations, the latest first.
///
/// # Errors
/// The store's.
pub fn of_customer(conn: &Conn<'_>, tenant: i64, customer_id: i64) -> Result<Vec<Operation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gateway_operations WHERE tenant_id = $1 AND customer_id = $2 ORDER BY id DESC"
    );
    conn.all(&sql, &[tenant.into(), customer_id.into()], read)
}

/// The items an operation is to pay, in order.
///
/// # Errors
/// The store's.
pub fn items(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT item_id FROM gateway_operation_items WHERE tenant_id = $1 AND gateway_operation_id = $2 \
               ORDER BY id";
    conn.all(sql, &[tenant.into(), id.into()], |row| row.int(0))
}

fn read(row: &Row<'_>) -> Result<Operation, StoreError> {
    Ok(Operation {
        id: row.int(0)?,
        source_id: row.int(1)?,
        action: row.text(2)?.into(),
        amount_minor: row.int(3)?,
        currency: currency_of(row, 4)?,
        customer_id: row.int(5)?,
        intent: row.bytes(6)?.into(),
        operation_id: row.text(7)?.into(),
        idempotency_key: row.text(8)?.into(),
        state: row.text(9)?.into(),
        status: status(row, 10)?,
        code: row.text(11)?.into(),
        gateway_id: row.opt_text(12)?.map(Into::into),
        next_url: row.opt_text(13)?.map(Into::into),
        attempts: row.int(14)?,
        asked: row.int(15)?,
        made_at: row.int(16)?,
        changed_at: row.int(17)?,
    })
}

pub(crate) fn status(row: &Row<'_>, column: usize) -> Result<Status, StoreError> {
    let text = row.text(column)?;
    text.parse()
        .map_err(|error: recaudo_core::gateway::NameError| row.inconsistent(column, error.to_string()))
}

/// The values of an amount and the word it stands in.
pub(crate) fn said(said: Option<recaudo_core::gateway::Said>) -> [Value<'static>; 3] {
    said.map_or([Value::Null; 3], |s| [s.minor.into(), s.status.name().into(), s.at.into()])
}
