//! What the executive report reads: every movement of every item once, and the names of who owes most.

use std::sync::LazyLock;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::batch::{by_keys, places};
use crate::item::currency_of;
use crate::{Conn, StoreError, Value};

/// One movement of an item, with what the report needs to know of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub item_id: i64,
    pub customer_id: i64,
    pub currency: Currency,
    pub issued_on: Day,
    pub due_on: Day,
    pub total_minor: i64,
    pub effective_on: Day,
    pub amount_minor: i64,
}

/// Hands over the movements that were effective by `as_of`, item by item.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn movements(
    conn: &Conn<'_>,
    tenant: i64,
    as_of: Day,
    mut each: impl FnMut(&Movement) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT i.id, i.customer_id, i.currency, i.issued_on, i.due_on, i.total_minor, e.effective_on, \
               e.amount_minor FROM open_items i JOIN entries e ON e.tenant_id = i.tenant_id AND e.item_id = i.id \
               WHERE i.tenant_id = $1 AND e.effective_on <= $2 ORDER BY i.id, e.id";
    conn.query(sql, &[tenant.into(), as_of.0.into()], |row| {
        each(&Movement {
            item_id: row.int(0)?,
            customer_id: row.int(1)?,
            currency: currency_of(row, 2)?,
            issued_on: Day(row.int32(3)?),
            due_on: Day(row.int32(4)?),
            total_minor: row.int(5)?,
            effective_on: Day(row.int32(6)?),
            amount_minor: row.int(7)?,
        })
    })
}

/// The source's ids and names of customers, by the store's ids.
///
/// # Errors
/// The store's.
pub fn names(
    conn: &Conn<'_>,
    tenant: i64,
    ids: &[i64],
    mut each: impl FnMut(i64, &str, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!("SELECT id, external_id, name FROM customers WHERE tenant_id = $1 AND id IN ({places})")
    });
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(row.int(0)?, row.text(1)?, row.text(2)?))
}

/// How many contacts of the days `from..=to` stand in each state, by channel: (state, channel, contacts), the most first.
///
/// # Errors
/// The store's.
pub fn contacts(
    conn: &Conn<'_>,
    tenant: i64,
    from: Day,
    to: Day,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    let sql = "SELECT state, channel, COUNT(*) FROM actions WHERE tenant_id = $1 AND business_on >= $2 \
               AND business_on <= $3 GROUP BY state, channel ORDER BY COUNT(*) DESC, state, channel";
    conn.all(sql, &[tenant.into(), from.0.into(), to.0.into()], |row| {
        Ok((row.text(0)?.into(), row.text(1)?.into(), row.int(2)?))
    })
}
