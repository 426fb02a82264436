//! Payments that several roads told of, and how they are found again.

use std::sync::LazyLock;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::batch::{by_keys, places};
use crate::customer::digest_of;
use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// Another road tells of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub payment_id: i64,
    pub source_id: i64,
    /// `import`, `statement`, `notice`, `gateway`.
    pub road: String,
    pub external_id: String,
    /// `write-back`, `reference`, `evidence`, `person`.
    pub matched: String,
    pub amount_minor: i64,
    pub version: i64,
    pub digest: [u8; 16],
    /// Microseconds UTC.
    pub seen_at: i64,
}

const COLUMNS: &str =
    "payment_id, source_id, road, external_id, matched, amount_minor, version, digest, seen_at";

fn read(row: &Row<'_>) -> Result<Sighting, StoreError> {
    Ok(Sighting {
        payment_id: row.int(0)?,
        source_id: row.int(1)?,
        road: row.text(2)?.into(),
        external_id: row.text(3)?.into(),
        matched: row.text(4)?.into(),
        amount_minor: row.int(5)?,
        version: row.int(6)?,
        digest: digest_of(row, 7)?,
        seen_at: row.int(8)?,
    })
}

/// Adds sightings.
///
/// # Errors
/// The store's; a record that was laid to a payment before is a constraint.
pub fn insert(tx: &Tx<'_>, tenant: i64, sightings: &[Sighting]) -> Result<(), StoreError> {
    let mut id = tx.ids("payment_sightings", i64::try_from(sightings.len()).unwrap_or(i64::MAX))?;
    let sql = "INSERT INTO payment_sightings (id, tenant_id, payment_id, source_id, road, external_id, matched, \
               amount_minor, version, digest, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.bulk(sql, |bulk| {
        for s in sightings {
            bulk.row(&[
                id.into(),
                tenant.into(),
                s.payment_id.into(),
                s.source_id.into(),
                (&s.road).into(),
                (&s.external_id).into(),
                (&s.matched).into(),
                s.amount_minor.into(),
                s.version.into(),
                (&s.digest).into(),
                s.seen_at.into(),
            ])?;
            id += 1;
        }
        Ok(())
    })
}

/// A record has a newer version.
///
/// # Errors
/// The store's, or there is none.
pub fn update(tx: &Tx<'_>, tenant: i64, s: &Sighting) -> Result<(), StoreError> {
    let sql = "UPDATE payment_sightings SET version = $5, digest = $6 \
               WHERE tenant_id = $1 AND source_id = $2 AND road = $3 AND external_id = $4";
    let params = [
        tenant.into(),
        s.source_id.into(),
        (&s.road).into(),
        (&s.external_id).into(),
        s.version.into(),
        (&s.digest).into(),
    ];
    tx.execute_one("payment_sightings", sql, &params)
}

/// A record no longer tells of its payment.
///
/// # Errors
/// The store's.
pub fn remove(
    tx: &Tx<'_>,
    tenant: i64,
    (source_id, road): (i64, &str),
    external_id: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM payment_sightings \
               WHERE tenant_id = $1 AND source_id = $2 AND road = $3 AND external_id = $4";
    tx.execute(sql, &[tenant.into(), source_id.into(), road.into(), external_id.into()]).map(drop)
}

/// Finds sightings by the source's ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn by_external(
    conn: &Conn<'_>,
    tenant: i64,
    (source_id, road): (i64, &str),
    external_ids: &[&str],
    mut each: impl FnMut(Sighting) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(4);
        format!(
            "SELECT {COLUMNS} FROM payment_sightings \
             WHERE tenant_id = $1 AND source_id = $2 AND road = $3 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into(), source_id.into(), road.into()], &keys, |row| each(read(row)?))
}

/// Finds the sightings of payments.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn of_payments(
    conn: &Conn<'_>,
    tenant: i64,
    payments: &[i64],
    mut each: impl FnMut(Sighting) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT {COLUMNS} FROM payment_sightings WHERE tenant_id = $1 AND payment_id IN ({places}) ORDER BY id"
        )
    });
    let keys: Vec<Value<'_>> = payments.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(read(row)?))
}

/// Hands over (payment, the sum a source says of it by a road, the payment's amount, whether it is told in parts of ours), for
/// checking.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(i64, i64, i64, bool) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT s.payment_id, CAST(sum(s.amount_minor) AS BIGINT), p.amount_minor, \
               CAST(min(CASE WHEN s.matched = 'write-back' THEN 1 ELSE 0 END) AS BIGINT) FROM payment_sightings s \
               JOIN payments p ON p.id = s.payment_id AND p.tenant_id = s.tenant_id \
               WHERE s.tenant_id = $1 GROUP BY s.payment_id, s.source_id, s.road, p.amount_minor \
               ORDER BY s.payment_id, s.source_id, s.road";
    conn.query(sql, &[tenant.into()], |row| each(row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)? == 1))
}

/// A payment that may be one somebody else tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: i64,
    pub customer_id: Option<i64>,
    pub amount_minor: i64,
    pub unapplied_minor: i64,
    pub received_on: Day,
    pub currency: Currency,
    pub reference: String,
    pub source_id: i64,
    /// `importer`, `bank`, `gateway`.
    pub source_kind: String,
    pub external_id: String,
    pub status: String,
}

/// Hands over the payments of these amounts received between two days.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn candidates(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (Day, Day),
    amounts: &[i64],
    mut each: impl FnMut(Candidate) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(4);
        format!(
            "SELECT p.id, p.customer_id, p.amount_minor, p.unapplied_minor, p.received_on, p.currency, p.reference, \
             p.source_id, s.kind, p.external_id, p.status FROM payments p \
             JOIN sources s ON s.id = p.source_id AND s.tenant_id = p.tenant_id \
             WHERE p.tenant_id = $1 AND p.received_on BETWEEN $2 AND $3 AND p.amount_minor IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = amounts.iter().map(|minor| Value::Int(*minor)).collect();
    by_keys(conn, &SQL, &[tenant.into(), first.0.into(), last.0.into()], &keys, |row| {
        each(Candidate {
            id: row.int(0)?,
            customer_id: row.opt_int(1)?,
            amount_minor: row.int(2)?,
            unapplied_minor: row.int(3)?,
            received_on: Day(row.int32(4)?),
            currency: currency_of(row, 5)?,
            reference: row.text(6)?.into(),
            source_id: row.int(7)?,
            source_kind: row.text(8)?.into(),
            external_id: row.text(9)?.into(),
            status: row.text(10)?.into(),
        })
    })
}

/// Hands over (payment, document number) of what payments settle.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn settled_numbers(
    conn: &Conn<'_>,
    tenant: i64,
    payments: &[i64],
    mut each: impl FnMut(i64, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT DISTINCT e.payment_id, i.number FROM entries e \
             JOIN open_items i ON i.id = e.item_id AND i.tenant_id = e.tenant_id \
             WHERE e.tenant_id = $1 AND e.kind = 'apply' AND e.payment_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = payments.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(row.int(0)?, row.text(1)?))
}

/// Names of customers, by id.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn names(
    conn: &Conn<'_>,
    tenant: i64,
    customers: &[i64],
    mut each: impl FnMut(i64, &str, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!("SELECT id, name, external_id FROM customers WHERE tenant_id = $1 AND id IN ({places})")
    });
    let keys: Vec<Value<'_>> = customers.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(row.int(0)?, row.text(1)?, row.text(2)?))
}

/// What moved on items without this source's word: (item, sum).
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn foreign_sums(
    conn: &Conn<'_>,
    tenant: i64,
    items: &[i64],
    mut each: impl FnMut(i64, i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT item_id, CAST(sum(amount_minor) AS BIGINT) FROM entries \
             WHERE tenant_id = $1 AND item_id IN ({places}) AND source_id IS NULL GROUP BY item_id"
        )
    });
    let keys: Vec<Value<'_>> = items.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(row.int(0)?, row.int(1)?))
}
