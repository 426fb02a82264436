//! What a run reads of the ledger, block by block of customers.

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::item::currency_of;
use crate::{Conn, StoreError, Value};

/// An item with a balance. `kind` is a place in [`Kinds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenItem {
    pub id: i64,
    pub customer_id: i64,
    pub creditor_id: i64,
    pub open_minor: i64,
    pub issued_on: Day,
    pub due_on: Day,
    pub currency: Currency,
    pub disputed: bool,
    pub kind: u16,
}

/// Texts that repeat, each kept once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    list: Vec<String>,
}

impl Words {
    /// The place of a word, added when it is new. Meant for few words: it looks at each.
    ///
    /// # Errors
    /// More than 65,536 different words.
    pub fn place(&mut self, word: &str) -> Result<u16, StoreError> {
        let place = match self.list.iter().position(|known| known == word) {
            Some(place) => place,
            None => {
                self.list.push(word.to_owned());
                self.list.len() - 1
            }
        };
        u16::try_from(place).map_err(|_| StoreError::Statement { detail: "too many different words".into() })
    }

    /// The word at a place.
    pub fn get(&self, place: u16) -> &str {
        self.list.get(usize::from(place)).map_or("", String::as_str)
    }

    /// All of them, in their places.
    pub fn all(&self) -> &[String] {
        &self.list
    }
}

/// What was read of a page of items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemPage {
    pub rows: i64,
    pub first_customer: Option<i64>,
    pub last_customer: Option<i64>,
}

/// SQLite hands over what is equal in an index by row id, and would sort every row if it were asked for that order.
const OPEN_BY_INDEX: &str = "SELECT id, customer_id, creditor_id, open_minor, issued_on, due_on, currency, disputed, kind \
     FROM open_items WHERE tenant_id = $1 AND settled_on IS NULL AND customer_id > $2 \
     ORDER BY tenant_id, customer_id, creditor_id, currency, due_on, open_minor, issued_on, disputed, kind LIMIT $3";
/// PostgreSQL has to be asked for it.
const OPEN_BY_ID_TOO: &str = "SELECT id, customer_id, creditor_id, open_minor, issued_on, due_on, currency, disputed, kind \
     FROM open_items WHERE tenant_id = $1 AND settled_on IS NULL AND customer_id > $2 \
     ORDER BY tenant_id, customer_id, creditor_id, currency, due_on, open_minor, issued_on, disputed, kind, id LIMIT $3";

/// Items with a balance of customers after `after`, by customer, at most `limit` rows read; documents dated after `on`
/// are read and left out.
///
/// # Errors
/// The store's.
pub fn open_items(
    conn: &Conn<'_>,
    tenant: i64,
    (after, limit): (i64, i64),
    on: Day,
    kinds: &mut Words,
    items: &mut Vec<OpenItem>,
) -> Result<ItemPage, StoreError> {
    let sql = conn.either(OPEN_BY_INDEX, OPEN_BY_ID_TOO);
    let mut page = ItemPage::default();
    conn.query(sql, &[tenant.into(), after.into(), limit.into()], |row| {
        let customer_id = row.int(1)?;
        page.rows += 1;
        page.first_customer.get_or_insert(customer_id);
        page.last_customer = Some(customer_id);
        let issued_on = Day(row.int32(4)?);
        if issued_on > on {
            return Ok(());
        }
        items.push(OpenItem {
            id: row.int(0)?,
            customer_id,
            creditor_id: row.int(2)?,
            open_minor: row.int(3)?,
            issued_on,
            due_on: Day(row.int32(5)?),
            currency: currency_of(row, 6)?,
            disputed: row.flag(7)?,
            kind: kinds.place(row.text(8)?)?,
        });
        Ok(())
    })?;
    Ok(page)
}

/// A customer as a run reads it: no name, no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: i64,
    pub kind: u16,
    pub country: u16,
    pub locale: u16,
    pub time_zone: u16,
    pub external_id: String,
    /// A JSON object.
    pub attributes: String,
}

/// The words customers are described by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerWords {
    pub kinds: Words,
    pub countries: Words,
    pub locales: Words,
    pub time_zones: Words,
}

/// Customers in a span of ids, by id.
///
/// # Errors
/// The store's.
pub fn customers(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    words: &mut CustomerWords,
    customers: &mut Vec<Customer>,
) -> Result<(), StoreError> {
    // The plus keeps the planner from the index of external ids, which it would walk whole for every block.
    let sql = "SELECT id, kind, country, locale, time_zone, external_id, attributes FROM customers \
               WHERE +tenant_id = $1 AND id BETWEEN $2 AND $3 ORDER BY id";
    conn.query(sql, &[tenant.into(), first.into(), last.into()], |row| {
        customers.push(Customer {
            id: row.int(0)?,
            kind: words.kinds.place(row.text(1)?)?,
            country: words.countries.place(row.text(2)?)?,
            locale: words.locales.place(row.text(3)?)?,
            time_zone: words.time_zones.place(row.text(4)?)?,
            external_id: row.text(5)?.to_owned(),
            attributes: row.text(6)?.to_owned(),
        });
        Ok(())
    })
}

/// A settled item, as history reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledItem {
    pub customer_id: i64,
    pub issued_on: Day,
    pub due_on: Day,
    pub settled_on: Day,
    pub total_minor: i64,
    pub currency: Currency,
    pub disputed: bool,
}

/// Settled items of customers in a span of ids.
///
/// # Errors
/// The store's.
pub fn settled_items(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    items: &mut Vec<SettledItem>,
) -> Result<(), StoreError> {
    let sql = "SELECT customer_id, issued_on, due_on, settled_on, total_minor, currency, disputed FROM open_items \
               WHERE tenant_id = $1 AND customer_id BETWEEN $2 AND $3 AND settled_on IS NOT NULL AND total_minor > 0 \
               ORDER BY customer_id, settled_on, issued_on, due_on, total_minor, currency, disputed";
    conn.query(sql, &[tenant.into(), first.into(), last.into()], |row| {
        items.push(SettledItem {
            customer_id: row.int(0)?,
            issued_on: Day(row.int32(1)?),
            due_on: Day(row.int32(2)?),
            settled_on: Day(row.int32(3)?),
            total_minor: row.int(4)?,
            currency: currency_of(row, 5)?,
            disputed: row.flag(6)?,
        });
        Ok(())
    })
}

/// How a customer can be reached: the contact's number and which addresses it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub customer_id: i64,
    pub contact_id: i64,
    pub version: i64,
    pub role: u16,
    pub email: bool,
    pub phone: bool,
}

/// Contacts of customers in a span of ids, by customer and id.
///
/// # Errors
/// The store's.
pub fn reaches(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    roles: &mut Words,
    reaches: &mut Vec<Reach>,
) -> Result<(), StoreError> {
    let sql = "SELECT customer_id, id, version, role, email <> '', phone <> '' FROM contacts \
               WHERE tenant_id = $1 AND customer_id BETWEEN $2 AND $3 AND removed_at IS NULL ORDER BY customer_id, id";
    conn.query(sql, &[tenant.into(), first.into(), last.into()], |row| {
        reaches.push(Reach {
            customer_id: row.int(0)?,
            contact_id: row.int(1)?,
            version: row.int(2)?,
            role: roles.place(row.text(3)?)?,
            email: row.flag(4)?,
            phone: row.flag(5)?,
        });
        Ok(())
    })
}

/// The last word a customer said about a channel; an empty channel is every channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub customer_id: i64,
    pub channel: String,
    pub granted: bool,
    /// Microseconds UTC.
    pub said_at: i64,
}

/// What customers in a span of ids said about being contacted, up to a moment, by customer, in the order it was said.
///
/// # Errors
/// The store's.
pub fn consents(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    until: i64,
    consents: &mut Vec<Said>,
) -> Result<(), StoreError> {
    let sql = "SELECT customer_id, channel, granted, said_at FROM consents \
               WHERE tenant_id = $1 AND customer_id BETWEEN $2 AND $3 AND said_at <= $4 ORDER BY customer_id, said_at, id";
    conn.query(sql, &[tenant.into(), first.into(), last.into(), until.into()], |row| {
        consents.push(Said {
            customer_id: row.int(0)?,
            channel: row.text(1)?.to_owned(),
            granted: row.flag(2)?,
            said_at: row.int(3)?,
        });
        Ok(())
    })
}

/// A contact that was made, or may be made under a permit that is still out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contacted {
    pub customer_id: i64,
    /// Microseconds UTC.
    pub at: i64,
    pub channel: String,
    /// The action's state, or `inbound` and `outbound` for what a source told of.
    pub state: String,
}

/// Contacts of customers in a span of ids since a moment, by customer and moment.
///
/// # Errors
/// The store's.
pub fn contacted(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    since: i64,
    contacts: &mut Vec<Contacted>,
) -> Result<(), StoreError> {
    let ours = "SELECT customer_id, contact_at, channel, state FROM actions WHERE tenant_id = $1 \
                AND customer_id BETWEEN $2 AND $3 AND contact_at >= $4 AND state <> 'cancelled' \
                ORDER BY customer_id, contact_at, id";
    let told = "SELECT customer_id, happened_at, channel, CASE inbound WHEN 1 THEN 'inbound' ELSE 'outbound' END \
                FROM interactions WHERE tenant_id = $1 AND customer_id BETWEEN $2 AND $3 AND happened_at >= $4 \
                ORDER BY customer_id, happened_at, id";
    let params: [Value<'_>; 4] = [tenant.into(), first.into(), last.into(), since.into()];
    for sql in [ours, told] {
        conn.query(sql, &params, |row| {
            contacts.push(Contacted {
                customer_id: row.int(0)?,
                at: row.int(1)?,
                channel: row.text(2)?.to_owned(),
                state: row.text(3)?.to_owned(),
            });
            Ok(())
        })?;
    }
    contacts.sort_by_key(|contact| (contact.customer_id, contact.at));
    Ok(())
}

/// A step that was done for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub customer_id: i64,
    pub item_id: i64,
    pub due_on: Day,
    pub step_id: i64,
}

/// Steps done for items of customers in a span of ids, by customer and item.
///
/// # Errors
/// The store's.
pub fn done(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    done: &mut Vec<Done>,
) -> Result<(), StoreError> {
    let sql = "SELECT customer_id, item_id, due_on, step_id FROM action_items WHERE tenant_id = $1 \
               AND customer_id BETWEEN $2 AND $3 AND counts = 1 AND step_id IS NOT NULL \
               ORDER BY customer_id, item_id, due_on, step_id";
    conn.query(sql, &[tenant.into(), first.into(), last.into()], |row| {
        done.push(Done {
            customer_id: row.int(0)?,
            item_id: row.int(1)?,
            due_on: Day(row.int32(2)?),
            step_id: row.int(3)?,
        });
        Ok(())
    })
}

/// How many customers have something open.
///
/// # Errors
/// The store's.
pub fn open_customers(conn: &Conn<'_>, tenant: i64) -> Result<i64, StoreError> {
    let sql =
        "SELECT count(DISTINCT customer_id) FROM open_items WHERE tenant_id = $1 AND settled_on IS NULL";
    Ok(conn.first(sql, &[tenant.into()], |row| row.int(0))?.unwrap_or(0))
}

/// A legal creditor's name and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creditor {
    pub id: i64,
    pub external_id: String,
    pub name: String,
}

/// All legal creditors.
///
/// # Errors
/// The store's.
pub fn creditors(conn: &Conn<'_>, tenant: i64) -> Result<Vec<Creditor>, StoreError> {
    let sql = "SELECT id, external_id, name FROM creditors WHERE tenant_id = $1 ORDER BY id";
    conn.all(sql, &[tenant.into()], |row| {
        Ok(Creditor { id: row.int(0)?, external_id: row.text(1)?.to_owned(), name: row.text(2)?.to_owned() })
    })
}

/// Numbers of all items of a customer, open or settled.
///
/// # Errors
/// The store's.
pub fn items_of_customer(conn: &Conn<'_>, tenant: i64, customer_id: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT id FROM open_items WHERE tenant_id = $1 AND customer_id = $2 ORDER BY id";
    conn.all(sql, &[tenant.into(), customer_id.into()], |row| row.int(0))
}
