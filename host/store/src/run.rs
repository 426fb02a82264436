//! Runs, what came of each candidate, and the names they refer to by number.

use recaudo_core::day::Day;
use recaudo_core::money::Currency;

use crate::item::currency_of;
use crate::{Conn, Row, StoreError, Tx};

/// A run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub id: i64,
    pub business_on: Day,
    pub policy_id: i64,
    /// Microseconds UTC.
    pub started_at: i64,
    pub finished_at: Option<i64>,
    /// The last customer that is done.
    pub cursor_customer: i64,
}

const COLUMNS: &str = "id, business_on, policy_id, started_at, finished_at, cursor_customer";

fn read(row: &Row<'_>) -> Result<Run, StoreError> {
    Ok(Run {
        id: row.int(0)?,
        business_on: Day(row.int32(1)?),
        policy_id: row.int(2)?,
        started_at: row.int(3)?,
        finished_at: row.opt_int(4)?,
        cursor_customer: row.int(5)?,
    })
}

/// The run that is not finished, if there is one.
///
/// # Errors
/// The store's.
pub fn unfinished(conn: &Conn<'_>, tenant: i64) -> Result<Option<Run>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM runs WHERE tenant_id = $1 AND finished_at IS NULL ORDER BY id DESC LIMIT 1"
    );
    conn.first(&sql, &[tenant.into()], read)
}

/// The runs of a business day, the first one first.
///
/// # Errors
/// The store's.
pub fn of_day(conn: &Conn<'_>, tenant: i64, on: Day) -> Result<Vec<Run>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE tenant_id = $1 AND business_on = $2 ORDER BY id");
    conn.all(&sql, &[tenant.into(), on.0.into()], read)
}

/// The last run up to a business day.
///
/// # Errors
/// The store's.
pub fn last_until(conn: &Conn<'_>, tenant: i64, on: Day) -> Result<Option<Run>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM runs WHERE tenant_id = $1 AND business_on <= $2 ORDER BY business_on DESC, id DESC LIMIT 1"
    );
    conn.first(&sql, &[tenant.into(), on.0.into()], read)
}

/// Begins a run.
///
/// # Errors
/// The store's.
pub fn begin(tx: &Tx<'_>, tenant: i64, on: Day, policy_id: i64, at: i64) -> Result<Run, StoreError> {
    let id = tx.ids("runs", 1)?;
    let sql = "INSERT INTO runs (id, tenant_id, business_on, policy_id, started_at, cursor_customer) \
               VALUES ($1, $2, $3, $4, $5, 0)";
    tx.execute_one("runs", sql, &[id.into(), tenant.into(), on.0.into(), policy_id.into(), at.into()])?;
    let (business_on, started_at) = (on, at);
    Ok(Run { id, business_on, policy_id, started_at, finished_at: None, cursor_customer: 0 })
}

/// Notes how far a run has come.
///
/// # Errors
/// The store's.
pub fn advance(tx: &Tx<'_>, tenant: i64, run_id: i64, customer_id: i64) -> Result<(), StoreError> {
    let sql = "UPDATE runs SET cursor_customer = $3 WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";
    tx.execute_one("runs", sql, &[tenant.into(), run_id.into(), customer_id.into()])
}

/// Ends a run.
///
/// # Errors
/// The store's.
pub fn finish(tx: &Tx<'_>, tenant: i64, run_id: i64, at: i64) -> Result<(), StoreError> {
    let sql = "UPDATE runs SET finished_at = $3 WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL";
    tx.execute_one("runs", sql, &[tenant.into(), run_id.into(), at.into()])
}

/// Keeps a policy by its digest; returns its number.
///
/// # Errors
/// The store's.
pub fn keep_policy(
    tx: &Tx<'_>,
    tenant: i64,
    sha256: &[u8; 32],
    body: &str,
    at: i64,
) -> Result<i64, StoreError> {
    let find = "SELECT id FROM policies WHERE tenant_id = $1 AND sha256 = $2";
    if let Some(id) = tx.first(find, &[tenant.into(), sha256.into()], |row| row.int(0))? {
        return Ok(id);
    }
    let id = tx.ids("policies", 1)?;
    let sql = "INSERT INTO policies (id, tenant_id, sha256, body, kept_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one("policies", sql, &[id.into(), tenant.into(), sha256.into(), body.into(), at.into()])?;
    Ok(id)
}

/// A policy as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub sha256: Vec<u8>,
    /// JSON.
    pub body: String,
}

/// A policy by its number.
///
/// # Errors
/// The store's.
pub fn policy(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Policy>, StoreError> {
    let sql = "SELECT sha256, body FROM policies WHERE tenant_id = $1 AND id = $2";
    conn.first(sql, &[tenant.into(), id.into()], |row| {
        Ok(Policy { sha256: row.bytes(0)?.to_vec(), body: row.text(1)?.to_owned() })
    })
}

/// A step of a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub id: i64,
    pub strategy: String,
    pub step: String,
    pub day: i32,
}

/// All steps that ever were.
///
/// # Errors
/// The store's.
pub fn steps(conn: &Conn<'_>, tenant: i64) -> Result<Vec<Step>, StoreError> {
    let sql = "SELECT id, strategy, step, day FROM steps WHERE tenant_id = $1 ORDER BY id";
    conn.all(sql, &[tenant.into()], |row| {
        Ok(Step {
            id: row.int(0)?,
            strategy: row.text(1)?.to_owned(),
            step: row.text(2)?.to_owned(),
            day: row.int32(3)?,
        })
    })
}

/// Keeps a step's name and day; returns its number.
///
/// # Errors
/// The store's.
pub fn keep_step(
    tx: &Tx<'_>,
    tenant: i64,
    (strategy, step): (&str, &str),
    day: i32,
) -> Result<i64, StoreError> {
    let find = "SELECT id FROM steps WHERE tenant_id = $1 AND strategy = $2 AND step = $3";
    let names = [tenant.into(), strategy.into(), step.into()];
    if let Some(id) = tx.first(find, &names, |row| row.int(0))? {
        let sql = "UPDATE steps SET day = $3 WHERE tenant_id = $1 AND id = $2 AND day <> $3";
        tx.execute(sql, &[tenant.into(), id.into(), day.into()])?;
        return Ok(id);
    }
    let id = tx.ids("steps", 1)?;
    let sql = "INSERT INTO steps (id, tenant_id, strategy, step, day) VALUES ($1, $2, $3, $4, $5)";
    tx.execute_one("steps", sql, &[id.into(), tenant.into(), strategy.into(), step.into(), day.into()])?;
    Ok(id)
}

/// Why something was refused or left: rule, source of the rule, sentence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phrase {
    pub rule: String,
    pub source: String,
    pub reason: String,
}

/// Keeps a phrase; returns its number.
///
/// # Errors
/// The store's.
pub fn keep_phrase(tx: &Tx<'_>, tenant: i64, phrase: &Phrase) -> Result<i64, StoreError> {
    let find = "SELECT id FROM phrases WHERE tenant_id = $1 AND rule = $2 AND source = $3 AND reason = $4";
    let texts = [tenant.into(), (&phrase.rule).into(), (&phrase.source).into(), (&phrase.reason).into()];
    if let Some(id) = tx.first(find, &texts, |row| row.int(0))? {
        return Ok(id);
    }
    let id = tx.ids("phrases", 1)?;
    let sql = "INSERT INTO phrases (id, tenant_id, rule, source, reason) VALUES ($5, $1, $2, $3, $4)";
    let [tenant, rule, source, reason] = texts;
    tx.execute_one("phrases", sql, &[tenant, rule, source, reason, id.into()])?;
    Ok(id)
}

/// A phrase by its number.
///
/// # Errors
/// The store's.
pub fn phrase(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Option<Phrase>, StoreError> {
    let sql = "SELECT rule, source, reason FROM phrases WHERE tenant_id = $1 AND id = $2";
    conn.first(sql, &[tenant.into(), id.into()], |row| {
        Ok(Phrase { rule: row.text(0)?.into(), source: row.text(1)?.into(), reason: row.text(2)?.into() })
    })
}

/// What came of an account in a run. `outcome` and `reason` are the engine's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub customer_id: i64,
    pub creditor_id: i64,
    pub currency: Currency,
    pub segment: i64,
    pub score_ppm: Option<i32>,
    pub outcome: i64,
    pub reason: i64,
    pub detail: Option<i64>,
    pub step_id: Option<i64>,
    pub phrase_id: Option<i64>,
    pub not_before_at: Option<i64>,
    pub action_id: Option<i64>,
}

/// Keeps candidates.
///
/// # Errors
/// The store's.
pub fn insert_candidates(
    tx: &Tx<'_>,
    tenant: i64,
    run_id: i64,
    candidates: &[Candidate],
) -> Result<(), StoreError> {
    let mut id = tx.ids("candidates", i64::try_from(candidates.len()).unwrap_or(i64::MAX))?;
    let sql = "INSERT INTO candidates (id, tenant_id, run_id, customer_id, creditor_id, currency, segment, score_ppm, \
               outcome, reason, detail, step_id, phrase_id, not_before_at, action_id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    tx.bulk(sql, |bulk| {
        for c in candidates {
            bulk.row(&[
                id.into(),
                tenant.into(),
                run_id.into(),
                c.customer_id.into(),
                c.creditor_id.into(),
                c.currency.code().into(),
                c.segment.into(),
                c.score_ppm.into(),
                c.outcome.into(),
                c.reason.into(),
                c.detail.into(),
                c.step_id.into(),
                c.phrase_id.into(),
                c.not_before_at.into(),
                c.action_id.into(),
            ])?;
            id += 1;
        }
        Ok(())
    })
}

/// What came of a customer's accounts in a run, in the order it was decided.
///
/// # Errors
/// The store's.
pub fn candidates_of(
    conn: &Conn<'_>,
    tenant: i64,
    run_id: i64,
    customer_id: i64,
) -> Result<Vec<Candidate>, StoreError> {
    let sql = "SELECT customer_id, creditor_id, currency, segment, score_ppm, outcome, reason, detail, step_id, \
               phrase_id, not_before_at, action_id FROM candidates \
               WHERE tenant_id = $1 AND run_id = $2 AND customer_id = $3 ORDER BY id";
    conn.all(sql, &[tenant.into(), run_id.into(), customer_id.into()], |row| {
        Ok(Candidate {
            customer_id: row.int(0)?,
            creditor_id: row.int(1)?,
            currency: currency_of(row, 2)?,
            segment: row.int(3)?,
            score_ppm: row.opt_int32(4)?,
            outcome: row.int(5)?,
            reason: row.int(6)?,
            detail: row.opt_int(7)?,
            step_id: row.opt_int(8)?,
            phrase_id: row.opt_int(9)?,
            not_before_at: row.opt_int(10)?,
            action_id: row.opt_int(11)?,
        })
    })
}

/// How often something came of candidates of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub outcome: i64,
    pub reason: i64,
    pub phrase_id: Option<i64>,
    pub count: i64,
}

/// Counts a run's candidates by what came of them.
///
/// # Errors
/// The store's.
pub fn counts(conn: &Conn<'_>, tenant: i64, run_id: i64) -> Result<Vec<Count>, StoreError> {
    let sql = "SELECT outcome, reason, phrase_id, count(*) FROM candidates WHERE tenant_id = $1 AND run_id = $2 \
               GROUP BY outcome, reason, phrase_id ORDER BY outcome, reason, phrase_id NULLS FIRST";
    conn.all(sql, &[tenant.into(), run_id.into()], |row| {
        Ok(Count {
            outcome: row.int(0)?,
            reason: row.int(1)?,
            phrase_id: row.opt_int(2)?,
            count: row.int(3)?,
        })
    })
}
