//! Payments, and the allocations a source tells of.

use std::sync::LazyLock;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::batch::{by_keys, places};
use crate::customer::{affected, digest_of};
use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// A payment as stored. `attributes` is a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: i64,
    pub creditor_id: i64,
    pub customer_id: Option<i64>,
    pub unapplied_minor: i64,
    pub amount_minor: i64,
    pub received_on: Day,
    pub currency: Currency,
    pub method: String,
    pub reference: String,
    pub status: String,
    pub source_id: i64,
    pub external_id: String,
    pub version: i64,
    pub digest: [u8; 16],
    pub attributes: String,
}

const COLUMNS: &str = "id, creditor_id, customer_id, unapplied_minor, amount_minor, received_on, currency, method, \
                       reference, status, source_id, external_id, version, digest, attributes";

/// Finds payments of a source by its ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn by_external(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    external_ids: &[&str],
    mut each: impl FnMut(Payment) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(3);
        format!(
            "SELECT {COLUMNS} FROM payments WHERE tenant_id = $1 AND source_id = $2 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into(), source_id.into()], &keys, |row| each(read(row)?))
}

/// Finds payments by the store's ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn by_ids(
    conn: &Conn<'_>,
    tenant: i64,
    ids: &[i64],
    mut each: impl FnMut(Payment) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!("SELECT {COLUMNS} FROM payments WHERE tenant_id = $1 AND id IN ({places})")
    });
    let keys: Vec<Value<'_>> = ids.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(read(row)?))
}

/// A payment by the store's id.
///
/// # Errors
/// The store's.
pub fn by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Payment>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM payments WHERE tenant_id = $1 AND id = $2");
    conn.first(&sql, &[tenant.into(), id.into()], read)
}

fn read(row: &Row<'_>) -> Result<Payment, StoreError> {
    Ok(Payment {
        id: row.int(0)?,
        creditor_id: row.int(1)?,
        customer_id: row.opt_int(2)?,
        unapplied_minor: row.int(3)?,
        amount_minor: row.int(4)?,
        received_on: Day(row.int32(5)?),
        currency: currency_of(row, 6)?,
        method: row.text(7)?.into(),
        reference: row.text(8)?.into(),
        status: row.text(9)?.into(),
        source_id: row.int(10)?,
        external_id: row.text(11)?.into(),
        version: row.int(12)?,
        digest: digest_of(row, 13)?,
        attributes: row.text(14)?.into(),
    })
}

/// Adds payments, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn insert<'p>(
    tx: &Tx<'_>,
    tenant: i64,
    payments: impl IntoIterator<Item = &'p Payment>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO payments (unapplied_minor, amount_minor, received_on, currency, method, reference, \
               status, source_id, external_id, version, digest, attributes, creditor_id, customer_id, tenant_id, \
               id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    write_all(tx, sql, tenant, payments)
}

/// Replaces payments' content by id.
///
/// # Errors
/// The store's, or a row that is not there.
pub fn update<'p>(
    tx: &Tx<'_>,
    tenant: i64,
    payments: impl IntoIterator<Item = &'p Payment>,
) -> Result<(), StoreError> {
    let sql = "UPDATE payments SET unapplied_minor = $1, amount_minor = $2, received_on = $3, currency = $4, \
               method = $5, reference = $6, status = $7, source_id = $8, external_id = $9, version = $10, \
               digest = $11, attributes = $12, creditor_id = $13, customer_id = $14 \
               WHERE tenant_id = $15 AND id = $16";
    write_all(tx, sql, tenant, payments)
}

fn write_all<'p>(
    tx: &Tx<'_>,
    sql: &str,
    tenant: i64,
    payments: impl IntoIterator<Item = &'p Payment>,
) -> Result<(), StoreError> {
    tx.bulk(sql, |bulk| {
        for p in payments {
            let changed = bulk.row(&[
                p.unapplied_minor.into(),
                p.amount_minor.into(),
                p.received_on.0.into(),
                p.currency.code().into(),
                (&p.method).into(),
                (&p.reference).into(),
                (&p.status).into(),
                p.source_id.into(),
                (&p.external_id).into(),
                p.version.into(),
                (&p.digest).into(),
                (&p.attributes).into(),
                p.creditor_id.into(),
                p.customer_id.into(),
                tenant.into(),
                p.id.into(),
            ])?;
            affected("payments", changed)?;
        }
        Ok(())
    })
}

/// Hands over (id, currency, unapplied, received on) of payments, by id: those not used up today, or all.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan(
    conn: &Conn<'_>,
    tenant: i64,
    customer_id: Option<i64>,
    only_unapplied: bool,
    mut each: impl FnMut(i64, Currency, i64, Day) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut read = |row: &Row<'_>| each(row.int(0)?, currency_of(row, 1)?, row.int(2)?, Day(row.int32(3)?));
    let params: [Value<'_>; 2] = [tenant.into(), only_unapplied.into()];
    let Some(customer_id) = customer_id else {
        let sql = "SELECT id, currency, unapplied_minor, received_on FROM payments \
                   WHERE +tenant_id = $1 AND ($2 = 0 OR unapplied_minor <> 0) ORDER BY id";
        return conn.query(sql, &params, read);
    };
    let sql = "SELECT id, currency, unapplied_minor, received_on FROM payments \
               WHERE tenant_id = $1 AND ($2 = 0 OR unapplied_minor <> 0) AND customer_id = $3 ORDER BY id";
    conn.query(sql, &[params[0], params[1], customer_id.into()], |row| read(row))
}

/// What the source says settles what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    pub id: i64,
    pub item_id: i64,
    pub payment_id: Option<i64>,
    pub credit_item_id: Option<i64>,
    pub amount_minor: i64,
    pub applied_on: Day,
    pub source_id: i64,
    pub external_id: String,
    pub version: i64,
    pub digest: [u8; 16],
}

/// Finds allocations of a source by its ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn allocations_by_external(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    external_ids: &[&str],
    mut each: impl FnMut(Allocation) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(3);
        format!(
            "SELECT id, item_id, payment_id, credit_item_id, amount_minor, applied_on, source_id, external_id, \
             version, digest FROM allocations \
             WHERE tenant_id = $1 AND source_id = $2 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into(), source_id.into()], &keys, |row| {
        each(Allocation {
            id: row.int(0)?,
            item_id: row.int(1)?,
            payment_id: row.opt_int(2)?,
            credit_item_id: row.opt_int(3)?,
            amount_minor: row.int(4)?,
            applied_on: Day(row.int32(5)?),
            source_id: row.int(6)?,
            external_id: row.text(7)?.into(),
            version: row.int(8)?,
            digest: digest_of(row, 9)?,
        })
    })
}

/// Adds allocations, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn insert_allocations<'a>(
    tx: &Tx<'_>,
    tenant: i64,
    allocations: impl IntoIterator<Item = &'a Allocation>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO allocations (item_id, payment_id, credit_item_id, amount_minor, applied_on, source_id, \
               external_id, version, digest, tenant_id, id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    write_allocations(tx, sql, tenant, allocations)
}

/// Replaces allocations' content by id.
///
/// # Errors
/// The store's, or a row that is not there.
pub fn update_allocations<'a>(
    tx: &Tx<'_>,
    tenant: i64,
    allocations: impl IntoIterator<Item = &'a Allocation>,
) -> Result<(), StoreError> {
    let sql = "UPDATE allocations SET item_id = $1, payment_id = $2, credit_item_id = $3, amount_minor = $4, \
               applied_on = $5, source_id = $6, external_id = $7, version = $8, digest = $9 \
               WHERE tenant_id = $10 AND id = $11";
    write_allocations(tx, sql, tenant, allocations)
}

fn write_allocations<'a>(
    tx: &Tx<'_>,
    sql: &str,
    tenant: i64,
    allocations: impl IntoIterator<Item = &'a Allocation>,
) -> Result<(), StoreError> {
    tx.bulk(sql, |bulk| {
        for a in allocations {
            let changed = bulk.row(&[
                a.item_id.into(),
                a.payment_id.into(),
                a.credit_item_id.into(),
                a.amount_minor.into(),
                a.applied_on.0.into(),
                a.source_id.into(),
                (&a.external_id).into(),
                a.version.into(),
                (&a.digest).into(),
                tenant.into(),
                a.id.into(),
            ])?;
            affected("allocations", changed)?;
        }
        Ok(())
    })
}
