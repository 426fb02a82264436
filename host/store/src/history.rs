//! Every invoice of every customer, with when it was settled: what a scorer learns from.

use recaudo_core::day::Day;
use recaudo_core::features::ItemFacts;

use crate::item::currency_of;
use crate::{Conn, StoreError};

/// An invoice or debit note, with what a model may know of its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The customer's number; rows of one customer follow each other.
    pub customer_id: i64,
    /// ISO 3166 alpha-2, empty when unknown.
    pub country: String,
    /// As the source says.
    pub customer_kind: String,
    /// The item's number.
    pub item_id: i64,
    /// `invoice`, `debit-note`, ...
    pub kind: String,
    /// Dates, amount, settlement.
    pub facts: ItemFacts,
}

/// Hands over what was billed, customer by customer. Credit notes are no debts, and what was cancelled never was one.
///
/// # Errors
/// The store's, or whatever `each` returns.
pub fn scan(
    conn: &Conn<'_>,
    tenant: i64,
    mut each: impl FnMut(Past) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const SQL: &str = "SELECT i.customer_id, c.country, c.kind, i.id, i.kind, i.issued_on, i.due_on, i.settled_on, \
         i.total_minor, i.currency, i.disputed \
         FROM open_items i JOIN customers c ON c.id = i.customer_id AND c.tenant_id = i.tenant_id \
         WHERE i.tenant_id = $1 AND i.total_minor > 0 AND i.status NOT IN ('void', 'cancelled') \
         ORDER BY i.customer_id, i.id";
    conn.query(SQL, &[tenant.into()], |row| {
        each(Past {
            customer_id: row.int(0)?,
            country: row.text(1)?.into(),
            customer_kind: row.text(2)?.into(),
            item_id: row.int(3)?,
            kind: row.text(4)?.into(),
            facts: ItemFacts {
                issued_on: Day(row.int32(5)?),
                due_on: Day(row.int32(6)?),
                settled_on: row.opt_int32(7)?.map(Day),
                amount_minor: row.int(8)?,
                currency: currency_of(row, 9)?,
                disputed: row.int(10)? != 0,
            },
        })
    })
}
