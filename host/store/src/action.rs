//! Contacts the gates permitted: the action, what it is about, its permit and the job to send it.

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx};

/// A permitted contact, about to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub id: i64,
    pub run_id: i64,
    pub customer_id: i64,
    pub creditor_id: i64,
    pub contact_id: i64,
    pub step_id: i64,
    pub business_on: Day,
    /// When it is proposed to reach the person; microseconds UTC.
    pub contact_at: i64,
    pub amount_minor: i64,
    pub days_past_due: i32,
    pub priority: i32,
    pub items_first: i64,
    pub items_count: i64,
    pub currency: Currency,
    pub channel: String,
    pub template: String,
    pub purpose: String,
    pub language: String,
}

/// An item of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionItem {
    pub action_id: i64,
    pub customer_id: i64,
    pub item_id: i64,
    pub due_on: Day,
    pub open_minor: i64,
    /// None: only listed.
    pub step_id: Option<i64>,
}

/// A permit: one use, bound to its action, to what the message says and to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    pub action_id: i64,
    pub content_sha256: [u8; 32],
    /// Microseconds UTC, as the two below.
    pub issued_at: i64,
    pub not_before_at: i64,
    pub not_after_at: i64,
}

/// The states of the index of open actions, said again where a statement is to use it.
const OPEN: &str = "('sending', 'unknown', 'failed')";

/// Kind of the jobs that send an action.
pub const SEND: &str = "send";

/// Keeps actions with their items and permits, and queues a job for each.
///
/// # Errors
/// The store's; a step done twice for an item is [`StoreError::Constraint`].
pub fn insert(
    tx: &Tx<'_>,
    tenant: i64,
    actions: &[Action],
    items: &[ActionItem],
    permits: &[Permit],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO actions (id, tenant_id, run_id, customer_id, creditor_id, contact_id, step_id, business_on, \
               contact_at, amount_minor, days_past_due, priority, items_first, items_count, attempts, state, currency, \
               channel, template, purpose, language, reason, provider_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 'queued', $15, $16, $17, $18, \
               $19, '', '')";
    tx.bulk(sql, |bulk| {
        for a in actions {
            bulk.row(&[
                a.id.into(),
                tenant.into(),
                a.run_id.into(),
                a.customer_id.into(),
                a.creditor_id.into(),
                a.contact_id.into(),
                a.step_id.into(),
                a.business_on.0.into(),
                a.contact_at.into(),
                a.amount_minor.into(),
                a.days_past_due.into(),
                a.priority.into(),
                a.items_first.into(),
                a.items_count.into(),
                a.currency.code().into(),
                (&a.channel).into(),
                (&a.template).into(),
                (&a.purpose).into(),
                (&a.language).into(),
            ])?;
        }
        Ok(())
    })?;
    insert_items(tx, tenant, actions, items)?;
    insert_permits(tx, tenant, permits)?;
    insert_jobs(tx, tenant, actions)
}

fn insert_items(
    tx: &Tx<'_>,
    tenant: i64,
    actions: &[Action],
    items: &[ActionItem],
) -> Result<(), StoreError> {
    let Some(first) = actions.first() else { return Ok(()) };
    let mut id = first.items_first;
    let sql = "INSERT INTO action_items (id, tenant_id, action_id, customer_id, item_id, due_on, open_minor, step_id, \
               counts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    tx.bulk(sql, |bulk| {
        for i in items {
            bulk.row(&[
                id.into(),
                tenant.into(),
                i.action_id.into(),
                i.customer_id.into(),
                i.item_id.into(),
                i.due_on.0.into(),
                i.open_minor.into(),
                i.step_id.into(),
            ])?;
            id += 1;
        }
        Ok(())
    })
}

fn insert_permits(tx: &Tx<'_>, tenant: i64, permits: &[Permit]) -> Result<(), StoreError> {
    let sql = "INSERT INTO permits (id, tenant_id, content_sha256, issued_at, not_before_at, not_after_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    tx.bulk(sql, |bulk| {
        for p in permits {
            bulk.row(&[
                p.action_id.into(),
                tenant.into(),
                (&p.content_sha256).into(),
                p.issued_at.into(),
                p.not_before_at.into(),
                p.not_after_at.into(),
            ])?;
        }
        Ok(())
    })
}

fn insert_jobs(tx: &Tx<'_>, tenant: i64, actions: &[Action]) -> Result<(), StoreError> {
    let mut id = tx.ids("jobs", i64::try_from(actions.len()).unwrap_or(i64::MAX))?;
    let sql = "INSERT INTO jobs (id, tenant_id, kind, subject_id, run_after_at) VALUES ($1, $2, $3, $4, $5)";
    tx.bulk(sql, |bulk| {
        for a in actions {
            bulk.row(&[id.into(), tenant.into(), SEND.into(), a.id.into(), a.contact_at.into()])?;
            id += 1;
        }
        Ok(())
    })
}

/// A permitted contact as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub action: Action,
    /// `queued`, `sending`, `sent`, `failed`, `unknown`, `cancelled`.
    pub state: String,
    /// Why it was cancelled, failed or is unknown: a code.
    pub reason: String,
    pub provider_id: String,
    pub attempts: i64,
    pub closed_at: Option<i64>,
    pub permit_id: i64,
    pub permit: Permit,
    pub permit_used_at: Option<i64>,
}

const KEPT: &str = "SELECT a.id, a.run_id, a.customer_id, a.creditor_id, a.contact_id, a.step_id, a.business_on, \
                    a.contact_at, a.amount_minor, a.days_past_due, a.priority, a.items_first, a.items_count, \
                    a.currency, a.channel, a.template, a.purpose, a.language, a.state, a.reason, a.provider_id, \
                    a.attempts, a.closed_at, p.id, p.content_sha256, p.issued_at, p.not_before_at, p.not_after_at, \
                    p.used_at FROM actions a JOIN permits p ON p.tenant_id = a.tenant_id AND p.id = a.id";

fn kept(row: &Row<'_>) -> Result<Kept, StoreError> {
    let action = Action {
        id: row.int(0)?,
        run_id: row.int(1)?,
        customer_id: row.int(2)?,
        creditor_id: row.int(3)?,
        contact_id: row.int(4)?,
        step_id: row.int(5)?,
        business_on: Day(row.int32(6)?),
        contact_at: row.int(7)?,
        amount_minor: row.int(8)?,
        days_past_due: row.int32(9)?,
        priority: row.int32(10)?,
        items_first: row.int(11)?,
        items_count: row.int(12)?,
        currency: currency_of(row, 13)?,
        channel: row.text(14)?.into(),
        template: row.text(15)?.into(),
        purpose: row.text(16)?.into(),
        language: row.text(17)?.into(),
    };
    let content_sha256 = row.bytes(24)?.try_into().map_err(|_| row.inconsistent(24, "no 32 bytes".into()))?;
    Ok(Kept {
        permit: Permit {
            action_id: action.id,
            content_sha256,
            issued_at: row.int(25)?,
            not_before_at: row.int(26)?,
            not_after_at: row.int(27)?,
        },
        action,
        state: row.text(18)?.into(),
        reason: row.text(19)?.into(),
        provider_id: row.text(20)?.into(),
        attempts: row.int(21)?,
        closed_at: row.opt_int(22)?,
        permit_id: row.int(23)?,
        permit_used_at: row.opt_int(28)?,
    })
}

/// An action by its number.
///
/// # Errors
/// The store's.
pub fn by_id(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Kept>, StoreError> {
    let sql = format!("{KEPT} WHERE a.tenant_id = $1 AND a.id = $2");
    conn.first(&sql, &[tenant.into(), id.into()], kept)
}

/// Actions that are `sending`, `unknown` or `failed`, by number, at most `limit`.
///
/// # Errors
/// The store's.
pub fn in_state(conn: &Conn<'_>, tenant: i64, state: &str, limit: i64) -> Result<Vec<Kept>, StoreError> {
    let sql = format!(
        "{KEPT} WHERE a.tenant_id = $1 AND a.state = $2 AND a.state IN {OPEN} ORDER BY a.id LIMIT $3"
    );
    conn.all(&sql, &[tenant.into(), state.into(), limit.into()], kept)
}

/// Actions of a customer on a business day, by number.
///
/// # Errors
/// The store's.
pub fn of_customer(conn: &Conn<'_>, tenant: i64, customer_id: i64, on: Day) -> Result<Vec<Kept>, StoreError> {
    let sql =
        format!("{KEPT} WHERE a.tenant_id = $1 AND a.customer_id = $2 AND a.business_on = $3 ORDER BY a.id");
    conn.all(&sql, &[tenant.into(), customer_id.into(), on.0.into()], kept)
}

/// What an action is about, as the ledger has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutItem {
    pub item_id: i64,
    /// When the contact was planned.
    pub planned_due_on: Day,
    pub planned_open_minor: i64,
    pub open_minor: i64,
    pub due_on: Day,
    pub issued_on: Day,
    pub disputed: bool,
    pub kind: String,
    pub number: String,
}

/// The items of an action, in the order they were listed.
///
/// # Errors
/// The store's.
pub fn about(conn: &Conn<'_>, tenant: i64, action: &Action) -> Result<Vec<AboutItem>, StoreError> {
    let sql = "SELECT l.item_id, l.due_on, l.open_minor, i.open_minor, i.due_on, i.issued_on, i.disputed, i.kind, \
               i.number FROM action_items l JOIN open_items i ON i.tenant_id = l.tenant_id AND i.id = l.item_id \
               WHERE l.tenant_id = $1 AND l.id BETWEEN $2 AND $3 ORDER BY l.id";
    let last = action.items_first + action.items_count - 1;
    conn.all(sql, &[tenant.into(), action.items_first.into(), last.into()], |row| {
        Ok(AboutItem {
            item_id: row.int(0)?,
            planned_due_on: Day(row.int32(1)?),
            planned_open_minor: row.int(2)?,
            open_minor: row.int(3)?,
            due_on: Day(row.int32(4)?),
            issued_on: Day(row.int32(5)?),
            disputed: row.flag(6)?,
            kind: row.text(7)?.into(),
            number: row.text(8)?.into(),
        })
    })
}

/// What a message needs of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub customer_name: String,
    pub locale: String,
    pub kind: String,
    pub country: String,
    pub time_zone: String,
    pub email: String,
    pub phone: String,
    pub contact_version: i64,
    /// A JSON object.
    pub attributes: String,
}

/// The person an action writes to; none when the contact was taken out of use or the customer erased.
///
/// # Errors
/// The store's.
pub fn person(
    conn: &Conn<'_>,
    tenant: i64,
    customer_id: i64,
    contact_id: i64,
) -> Result<Option<Person>, StoreError> {
    let sql = "SELECT c.name, c.locale, c.kind, c.country, c.time_zone, p.email, p.phone, p.version, \
               c.attributes FROM customers c \
               JOIN contacts p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id \
               WHERE c.tenant_id = $1 AND c.id = $2 AND p.id = $3 AND p.removed_at IS NULL AND c.erased_at IS NULL";
    conn.first(sql, &[tenant.into(), customer_id.into(), contact_id.into()], |row| {
        Ok(Person {
            customer_name: row.text(0)?.into(),
            locale: row.text(1)?.into(),
            kind: row.text(2)?.into(),
            country: row.text(3)?.into(),
            time_zone: row.text(4)?.into(),
            email: row.text(5)?.into(),
            phone: row.text(6)?.into(),
            contact_version: row.int(7)?,
            attributes: row.text(8)?.into(),
        })
    })
}

/// Marks the permit used and the action as being sent: after this, and only after it, the channel is called.
///
/// # Errors
/// The store's, or the permit was used or the action is no longer queued: nothing changes then.
pub fn begin_sending(
    tx: &Tx<'_>,
    tenant: i64,
    action_id: i64,
    message_sha256: &[u8; 32],
    at: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE permits SET used_at = $3 WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL";
    tx.execute_one("permits", sql, &[tenant.into(), action_id.into(), at.into()])?;
    let sql = "UPDATE actions SET state = 'sending', attempts = attempts + 1, message_sha256 = $3 \
               WHERE tenant_id = $1 AND id = $2 AND state = 'queued'";
    tx.execute_one("actions", sql, &[tenant.into(), action_id.into(), message_sha256.into()])
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End<'a> {
    /// `sent`, `failed`, `unknown` or `cancelled`.
    pub state: &'a str,
    /// A code; empty when it was sent.
    pub reason: &'a str,
    pub provider_id: &'a str,
    /// Microseconds UTC.
    pub at: i64,
}

/// Ends an action and takes its job away; a contact that was not made no longer counts for its items.
///
/// # Errors
/// The store's, or the action was ended already.
pub fn end(tx: &Tx<'_>, tenant: i64, action: &Action, end: &End<'_>) -> Result<(), StoreError> {
    let sql = "UPDATE actions SET state = $3, reason = $4, provider_id = $5, closed_at = $6 \
               WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'sending', 'unknown')";
    let params = [
        tenant.into(),
        action.id.into(),
        end.state.into(),
        end.reason.into(),
        end.provider_id.into(),
        end.at.into(),
    ];
    tx.execute_one("actions", sql, &params)?;
    if matches!(end.state, "failed" | "cancelled") {
        let sql = "UPDATE action_items SET counts = 0 WHERE tenant_id = $1 AND id BETWEEN $2 AND $3";
        let last = action.items_first + action.items_count - 1;
        tx.execute(sql, &[tenant.into(), action.items_first.into(), last.into()])?;
    }
    let sql = "DELETE FROM jobs WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3";
    tx.execute(sql, &[tenant.into(), SEND.into(), action.id.into()])?;
    Ok(())
}

/// Lets an action be sent after all: nothing had left. Its permit may be used again.
///
/// # Errors
/// The store's, or the action was not being sent.
pub fn requeue(tx: &Tx<'_>, tenant: i64, action_id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE actions SET state = 'queued' WHERE tenant_id = $1 AND id = $2 AND state = 'sending'";
    tx.execute_one("actions", sql, &[tenant.into(), action_id.into()])?;
    let sql = "UPDATE permits SET used_at = NULL WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("permits", sql, &[tenant.into(), action_id.into()])
}

/// Puts a new permit in the place of one that was not used.
///
/// # Errors
/// The store's, or the permit was used.
pub fn renew_permit(tx: &Tx<'_>, tenant: i64, permit: &Permit) -> Result<(), StoreError> {
    let sql = "UPDATE permits SET content_sha256 = $3, issued_at = $4, not_before_at = $5, not_after_at = $6 \
               WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL";
    let params = [
        tenant.into(),
        permit.action_id.into(),
        (&permit.content_sha256).into(),
        permit.issued_at.into(),
        permit.not_before_at.into(),
        permit.not_after_at.into(),
    ];
    tx.execute_one("permits", sql, &params)
}

/// Numbers of the actions whose job may be done at `now`, the first to be done first, after `after`.
///
/// # Errors
/// The store's.
pub fn due_jobs(
    conn: &Conn<'_>,
    tenant: i64,
    now: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    // The plus keeps the planner on the ids: jobs are done in their order.
    let sql = "SELECT id, subject_id FROM jobs WHERE +tenant_id = $1 AND kind = $2 AND run_after_at <= $3 AND id > $4 \
               ORDER BY id LIMIT $5";
    conn.all(sql, &[tenant.into(), SEND.into(), now.into(), after.into(), limit.into()], |row| {
        Ok((row.int(0)?, row.int(1)?))
    })
}

/// SQLite lets one writer in: whoever runs this has the table to itself.
const CLAIM_ALONE: &str = "UPDATE jobs SET run_after_at = $4 WHERE tenant_id = $1 AND id IN \
    (SELECT id FROM jobs WHERE +tenant_id = $1 AND kind = $2 AND run_after_at <= $3 ORDER BY id LIMIT $5) \
    RETURNING id, subject_id";
/// PostgreSQL passes over what another worker is claiming.
const CLAIM_BESIDE_OTHERS: &str = "UPDATE jobs SET run_after_at = $4 WHERE tenant_id = $1 AND id IN \
    (SELECT id FROM jobs WHERE +tenant_id = $1 AND kind = $2 AND run_after_at <= $3 ORDER BY id LIMIT $5 \
    FOR UPDATE SKIP LOCKED) RETURNING id, subject_id";

/// Takes jobs that may be done at `now` for the worker that asks, the first to be done first: nobody else gets them
/// before `until`, when a worker that died leaves them to the next.
///
/// # Errors
/// The store's.
pub fn claim_jobs(
    tx: &Tx<'_>,
    tenant: i64,
    now: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let sql = tx.either(CLAIM_ALONE, CLAIM_BESIDE_OTHERS);
    let params = [tenant.into(), SEND.into(), now.into(), until.into(), limit.into()];
    let mut jobs = tx.all(sql, &params, |row| Ok((row.int(0)?, row.int(1)?)))?;
    jobs.sort_unstable();
    Ok(jobs)
}

/// Puts a job off.
///
/// # Errors
/// The store's, or there is no such job.
pub fn put_off(tx: &Tx<'_>, tenant: i64, action_id: i64, until: i64) -> Result<(), StoreError> {
    let sql = "UPDATE jobs SET run_after_at = $4 WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3";
    tx.execute_one("jobs", sql, &[tenant.into(), SEND.into(), action_id.into(), until.into()])
}

/// Customers of a span of ids with a channel that failed since a moment: (customer, channel).
///
/// # Errors
/// The store's.
pub fn failed_channels(
    conn: &Conn<'_>,
    tenant: i64,
    (first, last): (i64, i64),
    since: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT customer_id, channel FROM actions WHERE tenant_id = $1 AND state = 'failed' \
               AND state IN ('sending', 'unknown', 'failed') AND customer_id BETWEEN $2 AND $3 AND contact_at >= $4 \
               ORDER BY customer_id, id";
    conn.all(sql, &[tenant.into(), first.into(), last.into(), since.into()], |row| {
        Ok((row.int(0)?, row.text(1)?.to_owned()))
    })
}

/// How many contacts wait to be sent.
///
/// # Errors
/// The store's.
pub fn count_queued(conn: &Conn<'_>, tenant: i64) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM jobs WHERE tenant_id = $1 AND kind = $2";
    Ok(conn.first(sql, &[tenant.into(), SEND.into()], |row| row.int(0))?.unwrap_or(0).unsigned_abs())
}

/// How many actions are `sending`, `unknown` or `failed`.
///
/// # Errors
/// The store's.
pub fn count_in_state(conn: &Conn<'_>, tenant: i64, state: &str) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM actions WHERE tenant_id = $1 AND state = $2 AND state IN {OPEN}");
    Ok(conn.first(&sql, &[tenant.into(), state.into()], |row| row.int(0))?.unwrap_or(0).unsigned_abs())
}
