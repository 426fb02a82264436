//! Open items: one due date, one item.

use std::sync::LazyLock;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_core::receivable::Position;

use crate::batch::{by_keys, places};
use crate::customer::{affected, digest_of};
use crate::{Conn, Row, StoreError, Tx, Value};

/// An item as stored. `attributes` is a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: i64,
    pub creditor_id: i64,
    pub customer_id: i64,
    pub position: Position,
    pub total_minor: i64,
    pub issued_on: Day,
    pub due_on: Day,
    pub disputed: bool,
    pub currency: Currency,
    pub kind: String,
    pub number: String,
    pub instalment: u16,
    pub status: String,
    pub source_id: i64,
    pub external_id: String,
    pub version: i64,
    pub digest: [u8; 16],
    /// coefficient and scale of the document's own exchange rate.
    pub rate: Option<(i64, u8)>,
    /// The last snapshot import that held it.
    pub seen_in: Option<i64>,
    pub attributes: String,
}

const COLUMNS: &str = "id, creditor_id, customer_id, open_minor, total_minor, issued_on, due_on, moved_on, disputed, \
                       currency, kind, number, instalment, status, source_id, external_id, version, digest, \
                       rate_coefficient, rate_scale, seen_in, attributes";

/// Finds items of a source by its ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn by_external(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    external_ids: &[&str],
    mut each: impl FnMut(Item) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(3);
        format!(
            "SELECT {COLUMNS} FROM open_items WHERE tenant_id = $1 AND source_id = $2 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into(), source_id.into()], &keys, |row| each(read(row)?))
}

/// Finds items by the store's ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn by_id(
    conn: &Conn<'_>,
    tenant: i64,
    ids: &[i64],
    mut each: impl FnMut(Item) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!("SELECT {COLUMNS} FROM open_items WHERE tenant_id = $1 AND id IN ({places})")
    });
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(read(row)?))
}

/// What makes an item the same item, whoever tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity<'a> {
    pub customer_id: i64,
    pub creditor_id: i64,
    pub number: &'a str,
    pub instalment: u16,
}

/// Finds an item by its identity.
///
/// # Errors
/// The store's.
pub fn by_identity(
    conn: &Conn<'_>,
    tenant: i64,
    identity: &Identity<'_>,
) -> Result<Option<Item>, StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT {COLUMNS} FROM open_items \
             WHERE tenant_id = $1 AND customer_id = $2 AND creditor_id = $3 AND number = $4 AND instalment = $5"
        )
    });
    let params = [
        tenant.into(),
        identity.customer_id.into(),
        identity.creditor_id.into(),
        identity.number.into(),
        identity.instalment.into(),
    ];
    conn.first(&SQL, &params, read)
}

fn read(row: &Row<'_>) -> Result<Item, StoreError> {
    let rate = match (row.opt_int(18)?, row.opt_int(19)?) {
        (Some(coefficient), Some(scale)) => {
            let scale = u8::try_from(scale).map_err(|_| row.inconsistent(19, "no scale".into()))?;
            Some((coefficient, scale))
        }
        _ => None,
    };
    Ok(Item {
        id: row.int(0)?,
        creditor_id: row.int(1)?,
        customer_id: row.int(2)?,
        position: Position { open_minor: row.int(3)?, moved_on: Day(row.int32(7)?) },
        total_minor: row.int(4)?,
        issued_on: Day(row.int32(5)?),
        due_on: Day(row.int32(6)?),
        disputed: row.flag(8)?,
        currency: currency_of(row, 9)?,
        kind: row.text(10)?.into(),
        number: row.text(11)?.into(),
        instalment: u16::try_from(row.int(12)?).map_err(|_| row.inconsistent(12, "no instalment".into()))?,
        status: row.text(13)?.into(),
        source_id: row.int(14)?,
        external_id: row.text(15)?.into(),
        version: row.int(16)?,
        digest: digest_of(row, 17)?,
        rate,
        seen_in: row.opt_int(20)?,
        attributes: row.text(21)?.into(),
    })
}

pub(crate) fn currency_of(row: &Row<'_>, column: usize) -> Result<Currency, StoreError> {
    let code = row.text(column)?;
    let bytes = code.as_bytes().try_into();
    bytes.map(Currency).map_err(|_| row.inconsistent(column, format!("{code:?} is no currency code")))
}

/// Adds items, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn insert<'i>(
    tx: &Tx<'_>,
    tenant: i64,
    items: impl IntoIterator<Item = &'i Item>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO open_items (open_minor, total_minor, issued_on, due_on, moved_on, settled_on, disputed, \
               currency, kind, number, instalment, status, source_id, external_id, version, digest, \
               rate_coefficient, rate_scale, seen_in, attributes, creditor_id, customer_id, tenant_id, id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
               $21, $22, $23, $24)";
    write_all(tx, sql, tenant, items)
}

/// Replaces items' content by id.
///
/// # Errors
/// The store's, or a row that is not there.
pub fn update<'i>(
    tx: &Tx<'_>,
    tenant: i64,
    items: impl IntoIterator<Item = &'i Item>,
) -> Result<(), StoreError> {
    let sql = "UPDATE open_items SET open_minor = $1, total_minor = $2, issued_on = $3, due_on = $4, moved_on = $5, \
               settled_on = $6, disputed = $7, currency = $8, kind = $9, number = $10, instalment = $11, \
               status = $12, source_id = $13, external_id = $14, version = $15, digest = $16, \
               rate_coefficient = $17, rate_scale = $18, seen_in = $19, attributes = $20, creditor_id = $21, \
               customer_id = $22 WHERE tenant_id = $23 AND id = $24";
    write_all(tx, sql, tenant, items)
}

fn write_all<'i>(
    tx: &Tx<'_>,
    sql: &str,
    tenant: i64,
    items: impl IntoIterator<Item = &'i Item>,
) -> Result<(), StoreError> {
    tx.bulk(sql, |bulk| {
        for i in items {
            let changed = bulk.row(&[
                i.position.open_minor.into(),
                i.total_minor.into(),
                i.issued_on.0.into(),
                i.due_on.0.into(),
                i.position.moved_on.0.into(),
                i.position.settled_on().map(|day| day.0).into(),
                i.disputed.into(),
                i.currency.code().into(),
                (&i.kind).into(),
                (&i.number).into(),
                i.instalment.into(),
                (&i.status).into(),
                i.source_id.into(),
                (&i.external_id).into(),
                i.version.into(),
                (&i.digest).into(),
                i.rate.map(|(coefficient, _)| coefficient).into(),
                i.rate.map(|(_, scale)| i64::from(scale)).into(),
                i.seen_in.into(),
                (&i.attributes).into(),
                i.creditor_id.into(),
                i.customer_id.into(),
                tenant.into(),
                i.id.into(),
            ])?;
            affected("open_items", changed)?;
        }
        Ok(())
    })
}

/// Items of a source that a complete snapshot did not hold and that still have a balance, at most `limit`, by id.
///
/// # Errors
/// The store's.
pub fn absent_from(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    import_id: i64,
    limit: i64,
) -> Result<Vec<Item>, StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT {COLUMNS} FROM open_items WHERE tenant_id = $1 AND settled_on IS NULL AND source_id = $2 \
             AND (seen_in IS NULL OR seen_in <> $3) ORDER BY id LIMIT $4"
        )
    });
    conn.all(&SQL, &[tenant.into(), source_id.into(), import_id.into(), limit.into()], read)
}

/// What aging reads of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aged {
    pub id: i64,
    pub creditor_id: i64,
    pub open_minor: i64,
    pub issued_on: Day,
    pub due_on: Day,
    pub currency: Currency,
}

/// Hands over the items that have a balance today, in whatever order they lie.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan_open(
    conn: &Conn<'_>,
    tenant: i64,
    customer_id: Option<i64>,
    each: impl FnMut(Aged) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match customer_id {
        // The table in its own order beats any index when most of it is asked for: the plus keeps the planner from them.
        None => scan(conn, "+tenant_id = $1 AND open_minor <> 0", &[tenant.into()], each),
        Some(customer) => scan(
            conn,
            "tenant_id = $1 AND customer_id = $2 AND settled_on IS NULL",
            &[tenant.into(), customer.into()],
            each,
        ),
    }
}

/// Hands over every item, settled ones too, in whatever order they lie.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan_all(
    conn: &Conn<'_>,
    tenant: i64,
    customer_id: Option<i64>,
    each: impl FnMut(Aged) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    match customer_id {
        None => scan(conn, "+tenant_id = $1", &[tenant.into()], each),
        Some(customer) => {
            scan(conn, "tenant_id = $1 AND customer_id = $2", &[tenant.into(), customer.into()], each)
        }
    }
}

fn scan(
    conn: &Conn<'_>,
    filter: &str,
    params: &[Value<'_>],
    mut each: impl FnMut(Aged) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT id, creditor_id, open_minor, issued_on, due_on, currency FROM open_items WHERE {filter}"
    );
    conn.query(&sql, params, |row| {
        each(Aged {
            id: row.int(0)?,
            creditor_id: row.int(1)?,
            open_minor: row.int(2)?,
            issued_on: Day(row.int32(3)?),
            due_on: Day(row.int32(4)?),
            currency: currency_of(row, 5)?,
        })
    })
}

/// A change of an item besides money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub item_id: i64,
    /// Microseconds UTC.
    pub known_at: i64,
    pub field: &'static str,
    pub old: String,
    pub new: String,
    pub source_id: Option<i64>,
    pub page_id: Option<i64>,
}

/// Appends changes.
///
/// # Errors
/// The store's.
pub fn append_changes(tx: &Tx<'_>, tenant: i64, changes: &[Change]) -> Result<(), StoreError> {
    let mut id = tx.ids("item_changes", i64::try_from(changes.len()).unwrap_or(i64::MAX))?;
    let sql = "INSERT INTO item_changes (id, tenant_id, item_id, known_at, field, old_value, new_value, source_id, \
               page_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    tx.bulk(sql, |bulk| {
        for c in changes {
            bulk.row(&[
                id.into(),
                tenant.into(),
                c.item_id.into(),
                c.known_at.into(),
                c.field.into(),
                (&c.old).into(),
                (&c.new).into(),
                c.source_id.into(),
                c.page_id.into(),
            ])?;
            id += 1;
        }
        Ok(())
    })
}

/// Hands over (item, field, old value) of what changed after a moment, the latest first: undoing them in this order
/// gives the items as they were known.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn changes_after(
    conn: &Conn<'_>,
    tenant: i64,
    known_at: i64,
    mut each: impl FnMut(i64, &str, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT item_id, field, old_value FROM item_changes WHERE tenant_id = $1 AND known_at > $2 \
               ORDER BY id DESC";
    conn.query(sql, &[tenant.into(), known_at.into()], |row| each(row.int(0)?, row.text(1)?, row.text(2)?))
}
