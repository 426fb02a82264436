//! Movements at a gateway: one row each, by whatever road they come.

use std::sync::LazyLock;

use recaudo_core::gateway::{Kind, Known, NameError, Said};
use recaudo_core::money::Currency;

use super::{said, status};
use crate::batch::{by_keys, places};
use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// A movement as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// 0 for one that is not kept yet.
    pub id: i64,
    pub source_id: i64,
    pub gateway_id: String,
    pub kind: Kind,
    /// Of amount and fee; none while neither was told.
    pub currency: Option<Currency>,
    pub known: Known,
    pub payout: Option<String>,
    pub code: String,
    pub operation: Option<i64>,
    pub payment_id: Option<i64>,
    /// What the ledger holds, minor units: received, returned, fee.
    pub posted: [i64; 3],
    /// Microseconds UTC.
    pub seen_at: i64,
}

const COLUMNS: &str = "id, source_id, gateway_id, kind, currency, status, amount_minor, amount_status, amount_at, \
                       fee_minor, fee_status, fee_at, occurred_at, original, payout, code, gateway_operation_id, \
                       payment_id, posted_received, posted_returned, posted_fee, seen_at";

/// A movement by its identity.
///
/// # Errors
/// The store's.
pub fn find(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    gateway_id: &str,
) -> Result<Option<Transaction>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gateway_transactions WHERE tenant_id = $1 AND source_id = $2 AND gateway_id = $3"
    );
    conn.first(&sql, &[tenant.into(), source_id.into(), gateway_id.into()], read)
}

/// The movements about another one, by id.
///
/// # Errors
/// The store's.
pub fn about(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    original: &str,
) -> Result<Vec<Transaction>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gateway_transactions WHERE tenant_id = $1 AND source_id = $2 AND original = $3 \
         ORDER BY id"
    );
    conn.all(&sql, &[tenant.into(), source_id.into(), original.into()], read)
}

/// The movements that came of an operation, by id.
///
/// # Errors
/// The store's.
pub fn of_operation(conn: &Conn<'_>, tenant: i64, operation: i64) -> Result<Vec<Transaction>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gateway_transactions WHERE tenant_id = $1 AND gateway_operation_id = $2 ORDER BY id"
    );
    conn.all(&sql, &[tenant.into(), operation.into()], read)
}

/// Movements with money that is no payment yet, because a person decides which it is, by id.
///
/// # Errors
/// The store's.
pub fn without_payment(conn: &Conn<'_>, tenant: i64) -> Result<Vec<Transaction>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM gateway_transactions WHERE tenant_id = $1 AND payment_id IS NULL \
         AND posted_received > 0 ORDER BY id"
    );
    conn.all(&sql, &[tenant.into()], read)
}

/// Money a gateway paid out to a bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    pub gateway_id: String,
    pub amount_minor: i64,
    pub currency: Currency,
    /// When it left, microseconds UTC; else when it was heard of.
    pub at: i64,
    /// Of the gateway's installation, such as `gateway:stripe`.
    pub source: String,
    pub plugin: String,
}

/// Hands over the payouts of these amounts.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn payouts(
    conn: &Conn<'_>,
    tenant: i64,
    amounts: &[i64],
    mut each: impl FnMut(Payout) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT t.gateway_id, t.amount_minor, t.currency, coalesce(t.occurred_at, t.seen_at), s.name, s.plugin \
             FROM gateway_transactions t JOIN sources s ON s.id = t.source_id AND s.tenant_id = t.tenant_id \
             WHERE t.tenant_id = $1 AND t.kind = 'payout' AND t.status = 'succeeded' AND t.currency IS NOT NULL \
             AND t.amount_minor IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = amounts.iter().map(|minor| Value::Int(*minor)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| {
        each(Payout {
            gateway_id: row.text(0)?.into(),
            amount_minor: row.int(1)?,
            currency: currency_of(row, 2)?,
            at: row.int(3)?,
            source: row.text(4)?.into(),
            plugin: row.text(5)?.into(),
        })
    })
}

/// Keeps what is known of a movement, new or not; returns its row.
///
/// # Errors
/// The store's.
pub fn put(tx: &Tx<'_>, tenant: i64, transaction: &Transaction) -> Result<i64, StoreError> {
    let t = transaction;
    let id = if t.id == 0 { tx.ids("gateway_transactions", 1)? } else { t.id };
    let [amount, amount_status, amount_at] = said(t.known.amount);
    let [fee, fee_status, fee_at] = said(t.known.fee);
    let sql = "INSERT INTO gateway_transactions (tenant_id, id, source_id, gateway_id, seen_at, kind, currency, status, \
               amount_minor, amount_status, amount_at, fee_minor, fee_status, fee_at, occurred_at, original, payout, \
               code, gateway_operation_id, payment_id, posted_received, posted_returned, posted_fee) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
               $22, $23) ON CONFLICT (tenant_id, source_id, gateway_id) DO UPDATE SET kind = $6, currency = $7, \
               status = $8, amount_minor = $9, amount_status = $10, amount_at = $11, fee_minor = $12, \
               fee_status = $13, fee_at = $14, occurred_at = $15, original = $16, payout = $17, code = $18, \
               gateway_operation_id = $19, payment_id = $20, posted_received = $21, posted_returned = $22, \
               posted_fee = $23";
    let params = [
        tenant.into(),
        id.into(),
        t.source_id.into(),
        (&t.gateway_id).into(),
        t.seen_at.into(),
        t.kind.name().into(),
        t.currency.as_ref().map(Currency::code).into(),
        t.known.status.name().into(),
        amount,
        amount_status,
        amount_at,
        fee,
        fee_status,
        fee_at,
        t.known.occurred_at.into(),
        t.known.original.as_deref().into(),
        t.payout.as_deref().into(),
        (&t.code).into(),
        t.operation.into(),
        t.payment_id.into(),
        t.posted[0].into(),
        t.posted[1].into(),
        t.posted[2].into(),
    ];
    tx.execute_one("gateway_transactions", sql, &params)?;
    Ok(id)
}

fn read(row: &Row<'_>) -> Result<Transaction, StoreError> {
    let kind = row.text(3)?;
    let kind = kind.parse().map_err(|error: NameError| row.inconsistent(3, error.to_string()))?;
    let known = Known {
        status: status(row, 5)?,
        amount: read_said(row, 6)?,
        fee: read_said(row, 9)?,
        occurred_at: row.opt_int(12)?,
        original: row.opt_text(13)?.map(Into::into),
    };
    Ok(Transaction {
        id: row.int(0)?,
        source_id: row.int(1)?,
        gateway_id: row.text(2)?.into(),
        kind,
        currency: if row.opt_text(4)?.is_some() { Some(currency_of(row, 4)?) } else { None },
        known,
        payout: row.opt_text(14)?.map(Into::into),
        code: row.text(15)?.into(),
        operation: row.opt_int(16)?,
        payment_id: row.opt_int(17)?,
        posted: [row.int(18)?, row.int(19)?, row.int(20)?],
        seen_at: row.int(21)?,
    })
}

fn read_said(row: &Row<'_>, first: usize) -> Result<Option<Said>, StoreError> {
    let Some(minor) = row.opt_int(first)? else { return Ok(None) };
    Ok(Some(Said { status: status(row, first + 1)?, at: row.int(first + 2)?, minor }))
}
