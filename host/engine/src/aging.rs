//! Aging: what is owed by days past due, today or as of any day, as it is or as it was known.
//!
//! Without a day or a moment it shows what stands now, today being each creditor's own. With one, movements about later
//! days, or known later, are taken back from today's balances; what was changed since (a due date) is undone likewise.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use recaudo_core::aging::{Aged, Aging, Bucket, Partition};
use recaudo_core::day::Day;
use recaudo_core::ledger::Horizon;
use recaudo_core::money::Currency;
use recaudo_store::{Conn, StoreError, customer, entry, import, item, payment};
use serde::Serialize;

use crate::Engine;
use crate::error::EngineError;
use crate::instant::{day_in, micros};

/// Which day an item's age counts from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Its due date.
    #[default]
    Due,
    /// The date it was issued.
    Document,
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgingQuery {
    /// The last day that counts; none is today.
    pub as_of: Option<Day>,
    /// The last moment that counts; none is now.
    pub known_at: Option<DateTime<Utc>>,
    /// Due or document date.
    pub by: By,
    /// One customer, by the source's id.
    pub customer: Option<String>,
    /// The buckets.
    pub buckets: Partition,
}

/// The aged debt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgingView {
    /// The day, as 2026-03-31.
    pub as_of: String,
    /// The moment, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<String>,
    /// Due or document date.
    pub by: By,
    /// By code. Currencies are never added to each other.
    pub currencies: Vec<CurrencyView>,
}

/// One currency's debt. Amounts are decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrencyView {
    /// ISO 4217.
    pub currency: String,
    /// Everything owed: the sum of the buckets.
    pub outstanding: String,
    /// Of that, past its due date.
    pub past_due: String,
    /// How many items owe something.
    pub items: u64,
    /// Credit notes and over-applied items not used up, as a negative amount. Not in the buckets.
    pub credits: String,
    /// Payments not applied to anything. Not in the buckets.
    pub unapplied: String,
    /// Youngest debt first.
    pub buckets: Vec<BucketView>,
}

/// One bucket. `from` and `to` are days past due, both included; null is an open end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BucketView {
    /// The first day.
    pub from: Option<i32>,
    /// The last day; the bucket that ends at 0 is not yet due.
    pub to: Option<i32>,
    /// A decimal string.
    pub amount: String,
    /// How many items.
    pub items: u64,
}

/// Ages the debt.
///
/// # Errors
/// An unknown customer, or the store's.
pub fn aging(engine: &mut Engine, query: &AgingQuery) -> Result<AgingView, EngineError> {
    let (now, home_zone) = (engine.clock.now(), engine.settings.creditor.time_zone);
    let tenant = engine.tenant;
    let as_of = query.as_of.unwrap_or_else(|| day_in(home_zone, now));
    let (buckets, aged) = engine.store.read(|conn| {
        let customer_id = find_customer(conn, tenant, query.customer.as_deref())?;
        let mut fold =
            Fold { by: query.by, as_of, days: HashMap::new(), aging: Aging::new(query.buckets.clone()) };
        if query.as_of.is_none() && query.known_at.is_none() {
            for (creditor, zone) in import::creditor_zones(conn, tenant)? {
                fold.days.insert(creditor, day_in(zone.parse().unwrap_or(home_zone), now));
            }
            fold.today(conn, tenant, customer_id)?;
        } else {
            let known_at = query.known_at.map_or(i64::MAX, micros);
            fold.past(conn, tenant, customer_id, Horizon { as_of, known_at })?;
        }
        Ok::<_, EngineError>(fold.aging.finish())
    })?;
    Ok(AgingView {
        as_of: as_of.to_string(),
        known_at: query.known_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        by: query.by,
        currencies: aged.iter().map(|(currency, aged)| currency_view(*currency, aged, &buckets)).collect(),
    })
}

fn find_customer(
    conn: &Conn<'_>,
    tenant: i64,
    external_id: Option<&str>,
) -> Result<Option<i64>, EngineError> {
    let Some(external_id) = external_id else { return Ok(None) };
    let mut id = None;
    customer::known(conn, tenant, &[external_id], |_, known| {
        id = Some(known.id);
        Ok(())
    })?;
    match id {
        Some(_) => Ok(id),
        None => Err(EngineError::NotFound { kind: "customer", id: external_id.into() }),
    }
}

struct Fold {
    by: By,
    as_of: Day,
    /// Each creditor's own today, where it differs from `as_of`.
    days: HashMap<i64, Day>,
    aging: Aging,
}

impl Fold {
    fn add(&mut self, item: &item::Aged, balance: i64) -> Result<(), StoreError> {
        let today = self.days.get(&item.creditor_id).copied().unwrap_or(self.as_of);
        let past_due = today.since(item.due_on);
        let days = match self.by {
            By::Due => past_due,
            By::Document => today.since(item.issued_on),
        };
        self.aging.add_item(item.currency, balance, days, past_due).map_err(|error| too_large(&error))
    }

    fn today(&mut self, conn: &Conn<'_>, tenant: i64, customer: Option<i64>) -> Result<(), StoreError> {
        item::scan_open(conn, tenant, customer, |item| self.add(&item, item.open_minor))?;
        payment::scan(conn, tenant, customer, true, |_, currency, left, _| {
            self.aging.add_unapplied(currency, left).map_err(|error| too_large(&error))
        })
    }

    fn past(
        &mut self,
        conn: &Conn<'_>,
        tenant: i64,
        customer: Option<i64>,
        horizon: Horizon,
    ) -> Result<(), StoreError> {
        let (mut items, mut payments) = (HashMap::new(), HashMap::new());
        entry::beyond(conn, tenant, horizon, |item_id, payment_id, minor| {
            for (sums, id) in [(&mut items, item_id), (&mut payments, payment_id)] {
                if let Some(id) = id {
                    let sum: &mut i64 = sums.entry(id).or_default();
                    *sum = sum.saturating_add(minor);
                }
            }
            Ok(())
        })?;
        let dates = dates_as_known(conn, tenant, horizon.known_at)?;
        item::scan_all(conn, tenant, customer, |mut item| {
            if let Some(known) = dates.get(&item.id) {
                item.due_on = known.due_on.unwrap_or(item.due_on);
                item.issued_on = known.issued_on.unwrap_or(item.issued_on);
            }
            let later = items.get(&item.id).copied().unwrap_or(0);
            self.add(&item, item.open_minor.saturating_sub(later))
        })?;
        payment::scan(conn, tenant, customer, false, |id, currency, left, _| {
            let later = payments.get(&id).copied().unwrap_or(0);
            self.aging.add_unapplied(currency, left.saturating_sub(later)).map_err(|error| too_large(&error))
        })
    }
}

#[derive(Default)]
struct Dates {
    due_on: Option<Day>,
    issued_on: Option<Day>,
}

/// The dates of items that were changed after a moment, as they were then.
fn dates_as_known(conn: &Conn<'_>, tenant: i64, known_at: i64) -> Result<HashMap<i64, Dates>, StoreError> {
    let mut dates: HashMap<i64, Dates> = HashMap::new();
    if known_at == i64::MAX {
        return Ok(dates);
    }
    item::changes_after(conn, tenant, known_at, |item_id, field, old| {
        let day = || {
            old.parse().map(Day).map_err(|_| StoreError::Inconsistent {
                table: "item_changes".into(),
                column: "old_value".into(),
                row: item_id,
                detail: format!("{old:?} is no day"),
            })
        };
        match field {
            "due_on" => dates.entry(item_id).or_default().due_on = Some(day()?),
            "issued_on" => dates.entry(item_id).or_default().issued_on = Some(day()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(dates)
}

fn too_large(error: &recaudo_core::money::MoneyError) -> StoreError {
    StoreError::Inconsistent {
        table: "open_items".into(),
        column: "open_minor".into(),
        row: 0,
        detail: format!("the sum: {error}"),
    }
}

fn currency_view(currency: Currency, aged: &Aged, buckets: &[Bucket]) -> CurrencyView {
    let buckets = buckets.iter().zip(&aged.buckets).map(|(bucket, held)| BucketView {
        from: bucket.from,
        to: bucket.to,
        amount: currency.decimal(held.amount_minor),
        items: held.items,
    });
    CurrencyView {
        currency: currency.code().into(),
        outstanding: currency.decimal(aged.outstanding_minor),
        past_due: currency.decimal(aged.past_due_minor),
        items: aged.items,
        credits: currency.decimal(aged.credits_minor),
        unapplied: currency.decimal(aged.unapplied_minor),
        buckets: buckets.collect(),
    }
}
