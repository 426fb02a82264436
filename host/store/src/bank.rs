//! What banks and gateways say they saw: files being read, statements, entries.

use std::sync::LazyLock;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::batch::{by_keys, places};
use crate::customer::affected;
use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx, Value};

/// The source of a bank account or a gateway, made when first named.
///
/// # Errors
/// The store's.
pub fn source(
    tx: &Tx<'_>,
    tenant: i64,
    (kind, name): (&str, &str),
    (plugin, at): (&str, i64),
) -> Result<i64, StoreError> {
    let find = "SELECT id FROM sources WHERE tenant_id = $1 AND name = $2";
    if let Some(id) = tx.first(find, &[tenant.into(), name.into()], |row| row.int(0))? {
        return Ok(id);
    }
    let id = tx.ids("sources", 1)?;
    let sql = "INSERT INTO sources (id, tenant_id, name, plugin, component_sha256, config, grants, added_at, kind) \
               VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $8)";
    let (none, config): (&[u8], &[u8]) = (&[0; 32], b"{}");
    let params = [
        id.into(),
        tenant.into(),
        name.into(),
        plugin.into(),
        none.into(),
        config.into(),
        at.into(),
        kind.into(),
    ];
    tx.execute_one("sources", sql, &params)?;
    Ok(id)
}

/// Has any bank account or gateway been heard?
///
/// # Errors
/// The store's.
pub fn any(conn: &Conn<'_>, tenant: i64) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM sources WHERE tenant_id = $1 AND kind <> 'importer' LIMIT 1";
    Ok(conn.first(sql, &[tenant.into()], |row| row.int(0))?.is_some())
}

/// The account of a bank's source.
///
/// # Errors
/// The store's.
pub fn account(conn: &Conn<'_>, tenant: i64, source_id: i64) -> Result<String, StoreError> {
    let sql = "SELECT name FROM sources WHERE tenant_id = $1 AND id = $2";
    let name = conn.first(sql, &[tenant.into(), source_id.into()], |row| Ok(row.text(0)?.to_owned()))?;
    let name = name.unwrap_or_default();
    Ok(name.strip_prefix("bank:").map_or(name.clone(), str::to_owned))
}

/// Where reading a file goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub plugin: String,
    pub version: u32,
    pub checkpoint: Vec<u8>,
    /// Sealed.
    pub rejects: Vec<u8>,
}

/// The unfinished reading of a file.
///
/// # Errors
/// The store's.
pub fn reading(conn: &Conn<'_>, tenant: i64, file: &[u8; 32]) -> Result<Option<Reading>, StoreError> {
    let sql = "SELECT plugin, checkpoint_version, checkpoint, rejects FROM bank_readings \
               WHERE tenant_id = $1 AND file_sha256 = $2";
    conn.first(sql, &[tenant.into(), file.into()], |row| {
        Ok(Reading {
            plugin: row.text(0)?.into(),
            version: u32::try_from(row.int(1)?).map_err(|_| row.inconsistent(1, "no version".into()))?,
            checkpoint: row.bytes(2)?.into(),
            rejects: row.bytes(3)?.into(),
        })
    })
}

/// Keeps where reading a file goes on.
///
/// # Errors
/// The store's.
pub fn save_reading(
    tx: &Tx<'_>,
    tenant: i64,
    file: &[u8; 32],
    (reading, at): (&Reading, i64),
) -> Result<(), StoreError> {
    let id = tx.ids("bank_readings", 1)?;
    let sql = "INSERT INTO bank_readings (id, tenant_id, file_sha256, plugin, checkpoint_version, checkpoint, rejects, \
               saved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, file_sha256) \
               DO UPDATE SET plugin = $4, checkpoint_version = $5, checkpoint = $6, rejects = $7, saved_at = $8";
    let params = [
        id.into(),
        tenant.into(),
        file.into(),
        (&reading.plugin).into(),
        reading.version.into(),
        (&reading.checkpoint).into(),
        (&reading.rejects).into(),
        at.into(),
    ];
    tx.execute(sql, &params).map(drop)
}

/// The file is read.
///
/// # Errors
/// The store's.
pub fn finish_reading(tx: &Tx<'_>, tenant: i64, file: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "DELETE FROM bank_readings WHERE tenant_id = $1 AND file_sha256 = $2";
    tx.execute(sql, &[tenant.into(), file.into()]).map(drop)
}

/// A statement as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub id: i64,
    pub source_id: i64,
    pub number: String,
    pub kind: String,
    pub currency: Currency,
    pub first_on: Option<Day>,
    pub last_on: Option<Day>,
    pub opening_minor: Option<i64>,
    pub closing_minor: Option<i64>,
    pub entry_count: i64,
    pub entries_minor: i64,
    pub known_count: i64,
    /// `reading`, `whole`, `posted`, `refused`.
    pub state: String,
}

const STATEMENT: &str = "id, source_id, number, kind, currency, first_on, last_on, opening_minor, closing_minor, \
                         entry_count, entries_minor, known_count, state";

fn statement(row: &Row<'_>) -> Result<Statement, StoreError> {
    Ok(Statement {
        id: row.int(0)?,
        source_id: row.int(1)?,
        number: row.text(2)?.into(),
        kind: row.text(3)?.into(),
        currency: currency_of(row, 4)?,
        first_on: row.opt_int32(5)?.map(Day),
        last_on: row.opt_int32(6)?.map(Day),
        opening_minor: row.opt_int(7)?,
        closing_minor: row.opt_int(8)?,
        entry_count: row.int(9)?,
        entries_minor: row.int(10)?,
        known_count: row.int(11)?,
        state: row.text(12)?.into(),
    })
}

/// The statements of a file that are not done: being read, or whole and not posted to the end.
///
/// # Errors
/// The store's.
pub fn undone_of_file(conn: &Conn<'_>, tenant: i64, file: &[u8; 32]) -> Result<Vec<Statement>, StoreError> {
    let sql = format!(
        "SELECT {STATEMENT} FROM bank_statements \
         WHERE tenant_id = $1 AND file_sha256 = $2 AND state IN ('reading', 'whole') ORDER BY id"
    );
    conn.all(&sql, &[tenant.into(), file.into()], statement)
}

/// The posted statement of this identity, or, where both balances are known, one of the same days, balances and number of
/// entries under another number: the same statement in another format.
///
/// # Errors
/// The store's.
pub fn posted_like(conn: &Conn<'_>, tenant: i64, like: &Statement) -> Result<Option<Statement>, StoreError> {
    let sql = format!(
        "SELECT {STATEMENT} FROM bank_statements WHERE tenant_id = $1 AND source_id = $2 AND kind = $3 \
         AND state = 'posted' AND id <> $4 AND ((number = $5 AND coalesce(last_on, 0) = coalesce($10, 0)) \
         OR (entry_count > 0 AND entry_count = $6 AND entries_minor = $7 AND opening_minor = $8 AND closing_minor = $9 AND last_on = $10 AND currency = $11)) \
         ORDER BY number <> $5, id LIMIT 1"
    );
    let params = [
        tenant.into(),
        like.source_id.into(),
        (&like.kind).into(),
        like.id.into(),
        (&like.number).into(),
        like.entry_count.into(),
        like.entries_minor.into(),
        like.opening_minor.into(),
        like.closing_minor.into(),
        like.last_on.map(|day| day.0).into(),
        like.currency.code().into(),
    ];
    conn.first(&sql, &params, statement)
}

/// Hands over every statement that was found whole, for checking.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan_posted(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(Statement) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {STATEMENT} FROM bank_statements WHERE tenant_id = $1 AND state = 'posted' ORDER BY id"
    );
    conn.query(&sql, &[tenant.into()], |row| each(statement(row)?))
}

/// Adds a statement; returns its id.
///
/// # Errors
/// The store's.
pub fn add_statement(
    tx: &Tx<'_>,
    tenant: i64,
    s: &Statement,
    (file, at): (&[u8; 32], i64),
) -> Result<i64, StoreError> {
    let id = tx.ids("bank_statements", 1)?;
    let sql = "INSERT INTO bank_statements (id, tenant_id, source_id, number, kind, currency, file_sha256, first_on, \
               last_on, opening_minor, closing_minor, entry_count, entries_minor, known_count, state, read_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let params = [
        id.into(),
        tenant.into(),
        s.source_id.into(),
        (&s.number).into(),
        (&s.kind).into(),
        s.currency.code().into(),
        file.into(),
        s.first_on.map(|day| day.0).into(),
        s.last_on.map(|day| day.0).into(),
        s.opening_minor.into(),
        s.closing_minor.into(),
        s.entry_count.into(),
        s.entries_minor.into(),
        s.known_count.into(),
        (&s.state).into(),
        at.into(),
    ];
    tx.execute_one("bank_statements", sql, &params)?;
    Ok(id)
}

/// Replaces what is known of a statement.
///
/// # Errors
/// The store's, or there is none.
pub fn save_statement(tx: &Tx<'_>, tenant: i64, s: &Statement) -> Result<(), StoreError> {
    let sql = "UPDATE bank_statements SET first_on = $3, last_on = $4, opening_minor = $5, closing_minor = $6, \
               entry_count = $7, entries_minor = $8, known_count = $9, state = $10 WHERE tenant_id = $1 AND id = $2";
    let params = [
        tenant.into(),
        s.id.into(),
        s.first_on.map(|day| day.0).into(),
        s.last_on.map(|day| day.0).into(),
        s.opening_minor.into(),
        s.closing_minor.into(),
        s.entry_count.into(),
        s.entries_minor.into(),
        s.known_count.into(),
        (&s.state).into(),
    ];
    tx.execute_one("bank_statements", sql, &params)
}

/// Removes a statement that holds nothing new, with what was staged of it.
///
/// # Errors
/// The store's.
pub fn drop_statement(tx: &Tx<'_>, tenant: i64, id: i64) -> Result<(), StoreError> {
    drop_staged(tx, tenant, id)?;
    let sql = "DELETE FROM bank_statements WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, &[tenant.into(), id.into()]).map(drop)
}

/// Removes what was staged of a statement.
///
/// # Errors
/// The store's.
pub fn drop_staged(tx: &Tx<'_>, tenant: i64, statement_id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM bank_entries WHERE tenant_id = $1 AND state = 'staged' AND statement_id = $2";
    tx.execute(sql, &[tenant.into(), statement_id.into()]).map(drop)
}

/// A movement as stored. `details` is sealed under the customer's key, or the source's where none is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub source_id: i64,
    pub statement_id: Option<i64>,
    pub road: String,
    pub external_id: String,
    pub booked_on: Day,
    pub value_on: Day,
    pub amount_minor: i64,
    pub currency: Currency,
    pub reversal: bool,
    pub customer_id: Option<i64>,
    pub payment_id: Option<i64>,
    pub payer: Vec<u8>,
    pub details: Vec<u8>,
    pub state: String,
}

const ENTRY: &str = "id, source_id, statement_id, road, external_id, booked_on, value_on, amount_minor, currency, \
                     reversal, customer_id, payment_id, payer, details, state";

fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.int(0)?,
        source_id: row.int(1)?,
        statement_id: row.opt_int(2)?,
        road: row.text(3)?.into(),
        external_id: row.text(4)?.into(),
        booked_on: Day(row.int32(5)?),
        value_on: Day(row.int32(6)?),
        amount_minor: row.int(7)?,
        currency: currency_of(row, 8)?,
        reversal: row.flag(9)?,
        customer_id: row.opt_int(10)?,
        payment_id: row.opt_int(11)?,
        payer: row.bytes(12)?.into(),
        details: row.bytes(13)?.into(),
        state: row.text(14)?.into(),
    })
}

/// Adds entries, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn insert_entries(tx: &Tx<'_>, tenant: i64, entries: &[Entry]) -> Result<(), StoreError> {
    let sql = "INSERT INTO bank_entries (id, tenant_id, source_id, statement_id, road, external_id, booked_on, value_on, \
               amount_minor, currency, reversal, customer_id, payment_id, payer, details, state) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    tx.bulk(sql, |bulk| {
        for e in entries {
            let changed = bulk.row(&[
                e.id.into(),
                tenant.into(),
                e.source_id.into(),
                e.statement_id.into(),
                (&e.road).into(),
                (&e.external_id).into(),
                e.booked_on.0.into(),
                e.value_on.0.into(),
                e.amount_minor.into(),
                e.currency.code().into(),
                e.reversal.into(),
                e.customer_id.into(),
                e.payment_id.into(),
                (&e.payer).into(),
                (&e.details).into(),
                (&e.state).into(),
            ])?;
            affected("bank_entries", changed)?;
        }
        Ok(())
    })
}

/// Writes what became of entries: customer, payment, details, state.
///
/// # Errors
/// The store's, or a row that is not there.
pub fn save_entries<'e>(
    tx: &Tx<'_>,
    tenant: i64,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<(), StoreError> {
    let sql = "UPDATE bank_entries SET customer_id = $3, payment_id = $4, details = $5, state = $6 \
               WHERE tenant_id = $1 AND id = $2";
    tx.bulk(sql, |bulk| {
        for e in entries {
            let changed = bulk.row(&[
                tenant.into(),
                e.id.into(),
                e.customer_id.into(),
                e.payment_id.into(),
                (&e.details).into(),
                (&e.state).into(),
            ])?;
            affected("bank_entries", changed)?;
        }
        Ok(())
    })
}

/// A gateway corrects the amount of what it told.
///
/// # Errors
/// The store's, or the entry is not there.
pub fn amend(tx: &Tx<'_>, tenant: i64, id: i64, amount_minor: i64) -> Result<(), StoreError> {
    let sql = "UPDATE bank_entries SET amount_minor = $3 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("bank_entries", sql, &[tenant.into(), id.into(), amount_minor.into()])
}

/// Which of these ids a road has told before, with the statement and payment.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn known_entries(
    conn: &Conn<'_>,
    tenant: i64,
    (source_id, road): (i64, &str),
    external_ids: &[&str],
    mut each: impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(4);
        format!(
            "SELECT {ENTRY} FROM bank_entries \
             WHERE tenant_id = $1 AND source_id = $2 AND road = $3 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into(), source_id.into(), road.into()], &keys, |row| each(entry(row)?))
}

/// Staged entries of a statement after an id, at most `limit`, by id.
///
/// # Errors
/// The store's.
pub fn staged(conn: &Conn<'_>, tenant: i64, statement_id: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "SELECT {ENTRY} FROM bank_entries WHERE tenant_id = $1 AND state = 'staged' AND statement_id = $2 \
         ORDER BY id LIMIT $3"
    );
    conn.all(&sql, &[tenant.into(), statement_id.into(), limit.into()], entry)
}

/// How many entries of a statement are still staged.
///
/// # Errors
/// The store's.
pub fn staged_count(conn: &Conn<'_>, tenant: i64, statement_id: i64) -> Result<i64, StoreError> {
    let sql =
        "SELECT count(*) FROM bank_entries WHERE tenant_id = $1 AND state = 'staged' AND statement_id = $2";
    Ok(conn.first(sql, &[tenant.into(), statement_id.into()], |row| row.int(0))?.unwrap_or(0))
}

/// Entries that wait for a person, by id.
///
/// # Errors
/// The store's.
pub fn waiting(conn: &Conn<'_>, tenant: i64) -> Result<Vec<Entry>, StoreError> {
    let sql =
        format!("SELECT {ENTRY} FROM bank_entries WHERE tenant_id = $1 AND state = 'waiting' ORDER BY id");
    conn.all(&sql, &[tenant.into()], entry)
}

/// One entry.
///
/// # Errors
/// The store's.
pub fn entry_by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Entry>, StoreError> {
    let sql = format!("SELECT {ENTRY} FROM bank_entries WHERE tenant_id = $1 AND id = $2");
    conn.first(&sql, &[tenant.into(), id.into()], entry)
}

/// Hands over the entries that tell of these payments.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn of_payments(
    conn: &Conn<'_>,
    tenant: i64,
    payments: &[i64],
    mut each: impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT {ENTRY} FROM bank_entries WHERE tenant_id = $1 AND payment_id IN ({places}) \
             AND state IN ('posted', 'same')"
        )
    });
    let keys: Vec<Value<'_>> = payments.iter().map(|id| Value::Int(*id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(entry(row)?))
}

/// Hands over (state, amount, payment's amount, payment's status, entry's id) of entries that tell of a payment.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan_told(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(&str, i64, Option<i64>, i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT e.state, e.amount_minor, p.amount_minor, e.id FROM bank_entries e \
               LEFT JOIN payments p ON p.id = e.payment_id AND p.tenant_id = e.tenant_id \
               WHERE e.tenant_id = $1 AND e.state IN ('posted', 'same', 'returned') ORDER BY e.id";
    conn.query(sql, &[tenant.into()], |row| each(row.text(0)?, row.int(1)?, row.opt_int(2)?, row.int(3)?))
}

/// Whose debts these accounts have paid before: (mark, customer).
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn payers(
    conn: &Conn<'_>,
    tenant: i64,
    marks: &[&[u8]],
    mut each: impl FnMut(&[u8], i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT mark, customer_id FROM payers WHERE tenant_id = $1 AND mark IN ({places}) ORDER BY customer_id"
        )
    });
    let keys: Vec<Value<'_>> = marks.iter().map(|mark| Value::Bytes(mark)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| each(row.bytes(0)?, row.int(1)?))
}

/// Remembers that accounts have paid for customers.
///
/// # Errors
/// The store's.
pub fn remember_payers(tx: &Tx<'_>, tenant: i64, payers: &[(Vec<u8>, i64)]) -> Result<(), StoreError> {
    let first = tx.ids("payers", i64::try_from(payers.len()).unwrap_or(i64::MAX))?;
    let sql = "INSERT INTO payers (id, tenant_id, mark, customer_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    for (id, (mark, customer)) in (first..).zip(payers) {
        tx.execute(sql, &[id.into(), tenant.into(), mark.into(), (*customer).into()])?;
    }
    Ok(())
}

/// The last ledger entry there is, and the one the allocator knew.
///
/// # Errors
/// The store's.
pub fn marks(conn: &Conn<'_>, tenant: i64) -> Result<(i64, i64), StoreError> {
    let last = "SELECT coalesce(max(id), 0) FROM entries WHERE tenant_id = $1";
    let mark = "SELECT last_entry FROM cash_marks WHERE tenant_id = $1";
    let last = conn.first(last, &[tenant.into()], |row| row.int(0))?.unwrap_or(0);
    Ok((last, conn.first(mark, &[tenant.into()], |row| row.int(0))?.unwrap_or(0)))
}

/// The allocator knows the ledger up to here.
///
/// # Errors
/// The store's.
pub fn mark(tx: &Tx<'_>, tenant: i64, last_entry: i64) -> Result<(), StoreError> {
    let id = tx.ids("cash_marks", 1)?;
    let sql = "INSERT INTO cash_marks (id, tenant_id, last_entry) VALUES ($1, $2, $3) \
               ON CONFLICT (tenant_id) DO UPDATE SET last_entry = $3";
    tx.execute(sql, &[id.into(), tenant.into(), last_entry.into()]).map(drop)
}
