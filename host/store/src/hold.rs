//! Holds and promises: what keeps a customer or an item from being chased.

use recaudo_core::day::Day;
use recaudo_core::hold::{Hold, Reason, Resume};
use recaudo_core::money::Currency;

use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx};

/// A hold as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub id: i64,
    pub customer_id: i64,
    /// None: the whole customer.
    pub item_id: Option<i64>,
    pub hold: Hold,
}

fn kept(row: &Row<'_>) -> Result<Kept, StoreError> {
    let (reason, resume) = (row.text(5)?, row.text(6)?);
    let hold = Hold {
        from: Day(row.int32(3)?),
        until: row.opt_int32(4)?.map(Day),
        reason: Reason::from_code(reason).ok_or_else(|| row.inconsistent(5, "no reason".into()))?,
        resume: Resume::from_code(resume).ok_or_else(|| row.inconsistent(6, "no way to resume".into()))?,
    };
    Ok(Kept { id: row.int(0)?, customer_id: row.int(1)?, item_id: row.opt_int(2)?, hold })
}

/// Holds of customers in a span of ids, by customer and first day.
///
/// # Errors
/// The store's.
pub fn within(conn: &Conn<'_>, tenant: i64, (first, last): (i64, i64)) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT id, customer_id, item_id, from_on, until_on, reason, resume FROM holds \
               WHERE tenant_id = $1 AND customer_id BETWEEN $2 AND $3 ORDER BY customer_id, from_on, id";
    conn.all(sql, &[tenant.into(), first.into(), last.into()], kept)
}

/// One hold.
///
/// # Errors
/// The store's.
pub fn by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Kept>, StoreError> {
    let sql = "SELECT id, customer_id, item_id, from_on, until_on, reason, resume FROM holds \
               WHERE tenant_id = $1 AND id = $2";
    conn.first(sql, &[tenant.into(), id.into()], kept)
}

/// A hold about to be kept. `note` is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct New<'a> {
    pub customer_id: i64,
    pub item_id: Option<i64>,
    pub hold: Hold,
    pub made_by: &'a str,
    pub note: &'a [u8],
    /// Microseconds UTC.
    pub at: i64,
}

/// Keeps a hold; returns its number.
///
/// # Errors
/// The store's.
pub fn insert(tx: &Tx<'_>, tenant: i64, new: &New<'_>) -> Result<i64, StoreError> {
    let id = tx.ids("holds", 1)?;
    let sql = "INSERT INTO holds (id, tenant_id, customer_id, item_id, from_on, until_on, made_at, reason, resume, \
               made_by, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let params = [
        id.into(),
        tenant.into(),
        new.customer_id.into(),
        new.item_id.into(),
        new.hold.from.0.into(),
        new.hold.until.map(|day| day.0).into(),
        new.at.into(),
        new.hold.reason.code().into(),
        new.hold.resume.code().into(),
        new.made_by.into(),
        new.note.into(),
    ];
    tx.execute_one("holds", sql, &params)?;
    Ok(id)
}

/// Says from which day on a hold no longer holds.
///
/// # Errors
/// The store's, or there is no such hold.
pub fn release(tx: &Tx<'_>, tenant: i64, id: i64, until: Day) -> Result<(), StoreError> {
    let sql = "UPDATE holds SET until_on = CASE WHEN from_on > $3 THEN from_on ELSE $3 END \
               WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("holds", sql, &[tenant.into(), id.into(), until.0.into()])
}

/// An open promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    pub customer_id: i64,
    pub currency: Currency,
    pub pay_on: Day,
}

/// Open promises of customers in a span of ids, by customer.
///
/// # Errors
/// The store's.
pub fn promises(conn: &Conn<'_>, tenant: i64, (first, last): (i64, i64)) -> Result<Vec<Promise>, StoreError> {
    let sql = "SELECT customer_id, currency, pay_on FROM promises WHERE tenant_id = $1 AND state = 'open' \
               AND customer_id BETWEEN $2 AND $3 ORDER BY customer_id, pay_on, id";
    conn.all(sql, &[tenant.into(), first.into(), last.into()], |row| {
        Ok(Promise { customer_id: row.int(0)?, currency: currency_of(row, 1)?, pay_on: Day(row.int32(2)?) })
    })
}

/// Keeps a promise; returns its number.
///
/// # Errors
/// The store's.
pub fn promise(
    tx: &Tx<'_>,
    tenant: i64,
    promise: &Promise,
    amount_minor: i64,
    at: i64,
) -> Result<i64, StoreError> {
    let id = tx.ids("promises", 1)?;
    let sql = "INSERT INTO promises (id, tenant_id, customer_id, amount_minor, made_at, pay_on, currency, state) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 'open')";
    let params = [
        id.into(),
        tenant.into(),
        promise.customer_id.into(),
        amount_minor.into(),
        at.into(),
        promise.pay_on.0.into(),
        promise.currency.code().into(),
    ];
    tx.execute_one("promises", sql, &params)?;
    Ok(id)
}
