//! Customers, their contacts and consents: the live personal data.

use std::sync::LazyLock;

use crate::batch::{by_keys, places};
use crate::{Conn, StoreError, Tx, Value};

/// A customer as stored. `attributes` is a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: i64,
    pub source_id: i64,
    pub external_id: String,
    pub version: i64,
    pub digest: [u8; 16],
    pub name: String,
    pub kind: String,
    pub parent: Option<String>,
    pub tax_id: Option<String>,
    pub country: String,
    pub locale: String,
    pub time_zone: String,
    pub attributes: String,
}

/// What an import needs of a customer it has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub id: i64,
    pub version: i64,
    pub digest: [u8; 16],
}

/// Finds customers by the source's ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn known(
    conn: &Conn<'_>,
    tenant: i64,
    external_ids: &[&str],
    mut each: impl FnMut(&str, Known) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(2);
        format!(
            "SELECT external_id, id, version, digest FROM customers \
             WHERE tenant_id = $1 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into()], &keys, |row| {
        let digest = digest_of(row, 3)?;
        each(row.text(0)?, Known { id: row.int(1)?, version: row.int(2)?, digest })
    })
}

pub(crate) fn digest_of(row: &crate::Row<'_>, column: usize) -> Result<[u8; 16], StoreError> {
    let bytes = row.bytes(column)?;
    bytes.try_into().map_err(|_| row.inconsistent(column, "no 16 bytes".into()))
}

/// Adds customers, ids given by the caller.
///
/// # Errors
/// The store's.
pub fn insert<'c>(
    tx: &Tx<'_>,
    tenant: i64,
    customers: impl IntoIterator<Item = &'c Customer>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO customers (name, kind, parent, tax_id, country, locale, time_zone, attributes, version, \
               digest, source_id, external_id, tenant_id, id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    write_all(tx, sql, tenant, customers)
}

/// Replaces customers' content by id.
///
/// # Errors
/// The store's, or a row that is not there.
pub fn update<'c>(
    tx: &Tx<'_>,
    tenant: i64,
    customers: impl IntoIterator<Item = &'c Customer>,
) -> Result<(), StoreError> {
    let sql = "UPDATE customers SET name = $1, kind = $2, parent = $3, tax_id = $4, country = $5, locale = $6, \
               time_zone = $7, attributes = $8, version = $9, digest = $10, source_id = $11, external_id = $12 \
               WHERE tenant_id = $13 AND id = $14";
    write_all(tx, sql, tenant, customers)
}

fn write_all<'c>(
    tx: &Tx<'_>,
    sql: &str,
    tenant: i64,
    customers: impl IntoIterator<Item = &'c Customer>,
) -> Result<(), StoreError> {
    tx.bulk(sql, |bulk| {
        for c in customers {
            let changed = bulk.row(&[
                (&c.name).into(),
                (&c.kind).into(),
                c.parent.as_deref().into(),
                c.tax_id.as_deref().into(),
                (&c.country).into(),
                (&c.locale).into(),
                (&c.time_zone).into(),
                (&c.attributes).into(),
                c.version.into(),
                (&c.digest).into(),
                c.source_id.into(),
                (&c.external_id).into(),
                tenant.into(),
                c.id.into(),
            ])?;
            affected("customers", changed)?;
        }
        Ok(())
    })
}

pub(crate) fn affected(table: &str, changed: usize) -> Result<(), StoreError> {
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Affected { table: table.into(), expected: 1, changed })
}

/// One customer by the source's id.
///
/// # Errors
/// The store's.
pub fn by_external(conn: &Conn<'_>, tenant: i64, external_id: &str) -> Result<Option<Customer>, StoreError> {
    let sql = "SELECT id, source_id, external_id, version, digest, name, kind, parent, tax_id, country, locale, \
               time_zone, attributes FROM customers WHERE tenant_id = $1 AND external_id = $2";
    conn.first(sql, &[tenant.into(), external_id.into()], |row| {
        Ok(Customer {
            id: row.int(0)?,
            source_id: row.int(1)?,
            external_id: row.text(2)?.into(),
            version: row.int(3)?,
            digest: digest_of(row, 4)?,
            name: row.text(5)?.into(),
            kind: row.text(6)?.into(),
            parent: row.opt_text(7)?.map(Into::into),
            tax_id: row.opt_text(8)?.map(Into::into),
            country: row.text(9)?.into(),
            locale: row.text(10)?.into(),
            time_zone: row.text(11)?.into(),
            attributes: row.text(12)?.into(),
        })
    })
}

/// A contact as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: i64,
    pub customer_id: i64,
    pub source_id: i64,
    pub external_id: String,
    pub version: i64,
    pub digest: [u8; 16],
    pub name: String,
    pub email: String,
    pub phone: String,
    pub role: String,
    pub attributes: String,
}

/// Finds contacts of a source by its ids.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn known_contacts(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    external_ids: &[&str],
    mut each: impl FnMut(&str, Known) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let places = places(3);
        format!(
            "SELECT external_id, id, version, digest FROM contacts \
             WHERE tenant_id = $1 AND source_id = $2 AND external_id IN ({places})"
        )
    });
    let keys: Vec<Value<'_>> = external_ids.iter().map(|id| Value::Text(id)).collect();
    by_keys(conn, &SQL, &[tenant.into(), source_id.into()], &keys, |row| {
        each(row.text(0)?, Known { id: row.int(1)?, version: row.int(2)?, digest: digest_of(row, 3)? })
    })
}

/// Adds a contact, or replaces the one with the same source id. The id is the caller's for a new one.
///
/// # Errors
/// The store's.
pub fn put_contact(tx: &Tx<'_>, tenant: i64, contact: &Contact) -> Result<(), StoreError> {
    let sql = "INSERT INTO contacts (id, tenant_id, customer_id, source_id, external_id, version, digest, name, \
               email, phone, role, attributes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
               ON CONFLICT (tenant_id, source_id, external_id) DO UPDATE SET customer_id = $3, version = $6, \
               digest = $7, name = $8, email = $9, phone = $10, role = $11, attributes = $12, removed_at = NULL";
    tx.execute_one(
        "contacts",
        sql,
        &[
            contact.id.into(),
            tenant.into(),
            contact.customer_id.into(),
            contact.source_id.into(),
            (&contact.external_id).into(),
            contact.version.into(),
            (&contact.digest).into(),
            (&contact.name).into(),
            (&contact.email).into(),
            (&contact.phone).into(),
            (&contact.role).into(),
            (&contact.attributes).into(),
        ],
    )
}

/// Takes a contact out of use; says whether there was one in use.
///
/// # Errors
/// The store's.
pub fn remove_contact(
    tx: &Tx<'_>,
    tenant: i64,
    source_id: i64,
    external_id: &str,
    at: i64,
) -> Result<bool, StoreError> {
    let sql = "UPDATE contacts SET removed_at = $4, version = -1 \
               WHERE tenant_id = $1 AND source_id = $2 AND external_id = $3 AND removed_at IS NULL";
    let changed = tx.execute(sql, &[tenant.into(), source_id.into(), external_id.into(), at.into()])?;
    Ok(changed == 1)
}

/// What a person said about a channel. `evidence` is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent<'a> {
    pub customer_id: i64,
    pub contact: &'a str,
    pub channel: &'a str,
    pub granted: bool,
    /// Microseconds UTC.
    pub said_at: i64,
    pub source_id: Option<i64>,
    pub evidence: &'a [u8],
}

/// Keeps a consent; says whether it is news.
///
/// # Errors
/// The store's.
pub fn put_consent(tx: &Tx<'_>, tenant: i64, consent: &Consent<'_>) -> Result<bool, StoreError> {
    let id = tx.ids("consents", 1)?;
    let sql = "INSERT INTO consents (id, tenant_id, customer_id, contact, channel, granted, said_at, source_id, \
               evidence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let changed = tx.execute(
        sql,
        &[
            id.into(),
            tenant.into(),
            consent.customer_id.into(),
            consent.contact.into(),
            consent.channel.into(),
            consent.granted.into(),
            consent.said_at.into(),
            consent.source_id.into(),
            consent.evidence.into(),
        ],
    )?;
    Ok(changed == 1)
}
