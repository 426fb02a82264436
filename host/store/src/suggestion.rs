//! What money may settle: suggestions, what became of them, and what an allocator is asked about.

use std::sync::LazyLock;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::batch::{by_keys, places};
use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// Something a person may confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub id: i64,
    /// `apply`, `same`, `return`.
    pub kind: String,
    pub payment_id: i64,
    pub item_id: Option<i64>,
    pub entry_id: Option<i64>,
    pub amount_minor: i64,
    pub written_off_minor: i64,
    pub confidence_ppm: i64,
    pub rule: String,
    /// Code of what does not come out even; empty when it does.
    pub difference: String,
    pub difference_minor: i64,
    /// `open`, `confirmed`, `rejected`, `undone`, `replaced`.
    pub state: String,
    /// Microseconds UTC.
    pub made_at: i64,
    pub decided_at: Option<i64>,
    pub decided_by: String,
}

const COLUMNS: &str = "id, kind, payment_id, item_id, entry_id, amount_minor, written_off_minor, confidence_ppm, \
                       rule, difference, difference_minor, state, made_at, decided_at, decided_by";

fn read(row: &Row<'_>) -> Result<Suggestion, StoreError> {
    Ok(Suggestion {
        id: row.int(0)?,
        kind: row.text(1)?.into(),
        payment_id: row.int(2)?,
        item_id: row.opt_int(3)?,
        entry_id: row.opt_int(4)?,
        amount_minor: row.int(5)?,
        written_off_minor: row.int(6)?,
        confidence_ppm: row.int(7)?,
        rule: row.text(8)?.into(),
        difference: row.text(9)?.into(),
        difference_minor: row.int(10)?,
        state: row.text(11)?.into(),
        made_at: row.int(12)?,
        decided_at: row.opt_int(13)?,
        decided_by: row.text(14)?.into(),
    })
}

/// Adds suggestions, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn insert(tx: &Tx<'_>, tenant: i64, suggestions: &[Suggestion]) -> Result<(), StoreError> {
    let sql = "INSERT INTO suggestions (id, tenant_id, kind, payment_id, item_id, entry_id, amount_minor, \
               written_off_minor, confidence_ppm, rule, difference, difference_minor, state, made_at, decided_at, \
               decided_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    tx.bulk(sql, |bulk| {
        for s in suggestions {
            bulk.row(&[
                s.id.into(),
                tenant.into(),
                (&s.kind).into(),
                s.payment_id.into(),
                s.item_id.into(),
                s.entry_id.into(),
                s.amount_minor.into(),
                s.written_off_minor.into(),
                s.confidence_ppm.into(),
                (&s.rule).into(),
                (&s.difference).into(),
                s.difference_minor.into(),
                (&s.state).into(),
                s.made_at.into(),
                s.decided_at.into(),
                (&s.decided_by).into(),
            ])?;
        }
        Ok(())
    })
}

/// What was decided about a suggestion.
///
/// # Errors
/// The store's, or there is none.
pub fn decide(
    tx: &Tx<'_>,
    tenant: i64,
    (id, state): (i64, &str),
    (by, at): (&str, i64),
) -> Result<(), StoreError> {
    let sql = "UPDATE suggestions SET state = $3, decided_by = $4, decided_at = $5 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("suggestions", sql, &[tenant.into(), id.into(), state.into(), by.into(), at.into()])
}

/// How much of a confirmed suggestion was posted and written off.
///
/// # Errors
/// The store's, or there is none.
pub fn posted(tx: &Tx<'_>, tenant: i64, id: i64, (amount, off): (i64, i64)) -> Result<(), StoreError> {
    let sql =
        "UPDATE suggestions SET amount_minor = $3, written_off_minor = $4 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("suggestions", sql, &[tenant.into(), id.into(), amount.into(), off.into()])
}

/// Removes suggestions nobody has decided: better ones take their place.
///
/// # Errors
/// The store's.
pub fn remove(tx: &Tx<'_>, tenant: i64, ids: &[i64]) -> Result<(), StoreError> {
    let sql = "DELETE FROM suggestions WHERE tenant_id = $1 AND id = $2 AND state = 'open'";
    for id in ids {
        tx.execute(sql, &[tenant.into(), (*id).into()])?;
    }
    Ok(())
}

/// One suggestion.
///
/// # Errors
/// The store's.
pub fn by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Suggestion>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM suggestions WHERE tenant_id = $1 AND id = $2");
    conn.first(&sql, &[tenant.into(), id.into()], read)
}

/// The open ones, by id.
///
/// # Errors
/// The store's.
pub fn open(conn: &Conn<'_>, tenant: i64) -> Result<Vec<Suggestion>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM suggestions WHERE tenant_id = $1 AND state = 'open' ORDER BY id");
    conn.all(&sql, &[tenant.into()], read)
}

/// Hands over everything ever suggested for these payments, by id.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn of_payments(
    conn: &Conn<'_>,
    tenant: i64,
    payments: &[i64],
    mut each: impl FnMut(Suggestion) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT {COLUMNS} FROM suggestions WHERE tenant_id = $1 AND payment_id IN ({places}) ORDER BY id"
        )
    });
    let keys: Vec<Value<'_>> = payments.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(read(row)?))
}

/// The open suggestions about an entry, by id.
///
/// # Errors
/// The store's.
pub fn of_entry(conn: &Conn<'_>, tenant: i64, entry_id: i64) -> Result<Vec<Suggestion>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM suggestions WHERE tenant_id = $1 AND state = 'open' AND kind <> 'apply' \
         AND entry_id = $2 ORDER BY id"
    );
    conn.all(&sql, &[tenant.into(), entry_id.into()], read)
}

/// Hands over (payment, item, sum of what confirmed suggestions applied, sum of our own entries about both), for checking.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan_applied(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(i64, i64, i64, i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT s.payment_id, s.item_id, CAST(sum(s.amount_minor) AS BIGINT), \
               (SELECT CAST(coalesce(-sum(e.amount_minor), 0) AS BIGINT) FROM entries e \
                WHERE e.tenant_id = $1 AND e.payment_id = s.payment_id AND e.item_id = s.item_id \
                AND e.source_id IS NULL AND e.allocation_id IS NULL) \
               FROM suggestions s WHERE s.tenant_id = $1 AND s.kind = 'apply' AND s.state = 'confirmed' \
               GROUP BY s.payment_id, s.item_id";
    conn.query(sql, &[tenant.into()], |row| each(row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?))
}

/// What we applied ourselves, of an item or a payment: (payment, item, minor units still applied, latest day).
///
/// # Errors
/// The store's.
pub fn applied_by_us(
    conn: &Conn<'_>,
    tenant: i64,
    about: About,
) -> Result<Vec<(i64, i64, i64, Day)>, StoreError> {
    let (sql, id) = match about {
        About::Item(id) => (
            "SELECT payment_id, item_id, CAST(-sum(amount_minor) AS BIGINT), max(effective_on) FROM entries \
             WHERE tenant_id = $1 AND item_id = $2 AND payment_id IS NOT NULL AND source_id IS NULL \
             AND allocation_id IS NULL \
             GROUP BY payment_id, item_id ORDER BY payment_id",
            id,
        ),
        About::Payment(id) => (
            "SELECT payment_id, item_id, CAST(-sum(amount_minor) AS BIGINT), max(effective_on) FROM entries \
             WHERE tenant_id = $1 AND payment_id = $2 AND item_id IS NOT NULL AND source_id IS NULL \
             AND allocation_id IS NULL \
             GROUP BY payment_id, item_id ORDER BY item_id",
            id,
        ),
    };
    conn.all(sql, &[tenant.into(), id.into()], |row| {
        Ok((row.int(0)?, row.int(1)?, row.int(2)?, Day(row.int32(3)?)))
    })
}

/// Whose applications are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Those to an item.
    Item(i64),
    /// Those of a payment.
    Payment(i64),
}

/// Money that may be applied: a bank or a gateway has seen it, and some of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub payment_id: i64,
    pub creditor_id: i64,
    pub customer_id: Option<i64>,
    pub unapplied_minor: i64,
    pub currency: Currency,
    pub received_on: Day,
}

/// Hands over the money that may be applied, by payment.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn unapplied(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(Money) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT p.id, p.creditor_id, p.customer_id, p.unapplied_minor, p.currency, p.received_on \
               FROM payments p WHERE p.tenant_id = $1 AND p.unapplied_minor > 0 AND p.status = 'received' \
               AND EXISTS (SELECT 1 FROM bank_entries b WHERE b.tenant_id = $1 AND b.payment_id = p.id \
               AND b.state IN ('posted', 'same')) ORDER BY p.id";
    conn.query(sql, &[tenant.into()], |row| {
        each(Money {
            payment_id: row.int(0)?,
            creditor_id: row.int(1)?,
            customer_id: row.opt_int(2)?,
            unapplied_minor: row.int(3)?,
            currency: currency_of(row, 4)?,
            received_on: Day(row.int32(5)?),
        })
    })
}

/// An open debt, as an allocator is asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    pub item_id: i64,
    pub creditor_id: i64,
    pub customer_id: i64,
    pub open_minor: i64,
    pub currency: Currency,
    pub issued_on: Day,
    pub due_on: Day,
    pub number: String,
    pub kind: String,
    pub attributes: String,
}

/// Hands over every debt with something open.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn debts(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(Debt) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT id, creditor_id, customer_id, open_minor, currency, issued_on, due_on, number, kind, attributes \
               FROM open_items WHERE tenant_id = $1 AND open_minor > 0 ORDER BY id";
    conn.query(sql, &[tenant.into()], |row| {
        each(Debt {
            item_id: row.int(0)?,
            creditor_id: row.int(1)?,
            customer_id: row.int(2)?,
            open_minor: row.int(3)?,
            currency: currency_of(row, 4)?,
            issued_on: Day(row.int32(5)?),
            due_on: Day(row.int32(6)?),
            number: row.text(7)?.into(),
            kind: row.text(8)?.into(),
            attributes: row.text(9)?.into(),
        })
    })
}
