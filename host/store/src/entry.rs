//! Ledger entries: appended, read back, folded; never changed.

use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind, Horizon};

use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// Appends entries, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn append(tx: &Tx<'_>, tenant: i64, entries: &[Entry]) -> Result<(), StoreError> {
    let sql = "INSERT INTO entries (id, tenant_id, item_id, payment_id, effective_on, known_at, amount_minor, kind, \
               currency, source_id, page_id, allocation_id, reason) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    tx.bulk(sql, |bulk| {
        for e in entries {
            bulk.row(&[
                e.id.into(),
                tenant.into(),
                e.item_id.into(),
                e.payment_id.into(),
                e.effective_on.0.into(),
                e.known_at.into(),
                e.amount_minor.into(),
                e.kind.name().into(),
                e.currency.code().into(),
                e.source_id.into(),
                e.page_id.into(),
                e.allocation_id.into(),
                (&e.reason).into(),
            ])?;
        }
        Ok(())
    })
}

const COLUMNS: &str = "id, item_id, payment_id, effective_on, known_at, amount_minor, kind, currency, source_id, \
                       page_id, allocation_id, reason";

fn read(row: &Row<'_>) -> Result<Entry, StoreError> {
    let kind = row.text(6)?;
    Ok(Entry {
        id: row.int(0)?,
        item_id: row.opt_int(1)?,
        payment_id: row.opt_int(2)?,
        effective_on: Day(row.int32(3)?),
        known_at: row.int(4)?,
        amount_minor: row.int(5)?,
        kind: kind.parse::<EntryKind>().map_err(|error| row.inconsistent(6, error.to_string()))?,
        currency: currency_of(row, 7)?,
        source_id: row.opt_int(8)?,
        page_id: row.opt_int(9)?,
        allocation_id: row.opt_int(10)?,
        reason: row.text(11)?.into(),
    })
}

/// Hands over the entries with ids from `first` to `last`, by id.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan(
    conn: &Conn<'_>,
    tenant: i64,
    first: i64,
    last: i64,
    mut each: impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM entries WHERE tenant_id = $1 AND id >= $2 AND id <= $3 ORDER BY id");
    conn.query(&sql, &[tenant.into(), first.into(), last.into()], |row| each(read(row)?))
}

/// The entries about an item, in the order they became known.
///
/// # Errors
/// The store's.
pub fn of_item(conn: &Conn<'_>, tenant: i64, item_id: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entries WHERE tenant_id = $1 AND item_id = $2 ORDER BY id");
    conn.all(&sql, &[tenant.into(), item_id.into()], read)
}

/// The entries about a payment, in the order they became known.
///
/// # Errors
/// The store's.
pub fn of_payment(conn: &Conn<'_>, tenant: i64, payment_id: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entries WHERE tenant_id = $1 AND payment_id = $2 ORDER BY id");
    conn.all(&sql, &[tenant.into(), payment_id.into()], read)
}

/// Hands over (item, payment, amount) of every entry beyond the horizon: taking them from today's balances gives the
/// balances within it.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn beyond(
    conn: &Conn<'_>,
    tenant: i64,
    horizon: Horizon,
    mut each: impl FnMut(Option<i64>, Option<i64>, i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // The plus: most of the table has to be looked at, and in its own order that is a third of the work.
    let sql = "SELECT item_id, payment_id, amount_minor FROM entries \
               WHERE +tenant_id = $1 AND (effective_on > $2 OR known_at > $3)";
    let params: [Value<'_>; 3] = [tenant.into(), horizon.as_of.0.into(), horizon.known_at.into()];
    conn.query(sql, &params, |row| each(row.opt_int(0)?, row.opt_int(1)?, row.int(2)?))
}
