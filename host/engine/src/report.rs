//! The executive report: what is owed, by whom, how old, how it moved, and what contacting brought.
//!
//! This module says what the report holds and computes its figures ([`figures`]). How
//! it looks is the page's affair. Currencies are never added to each other: each has a section of its own.

mod figures;
mod load;

use recaudo_core::day::Day;
use recaudo_core::kpi::Hundredths;
use recaudo_core::money::Currency;
use serde::{Serialize, Serializer};

use crate::instant::day_in;
use crate::{Engine, EngineError};

/// Month ends the trend looks back on, the report's own day included.
pub const TREND_MONTHS: usize = 6;
/// Months the count-back may walk.
pub const COUNT_BACK_MONTHS: usize = 24;
/// Months of the DSO, the average days delinquent and the effectiveness index.
pub const PERIOD_MONTHS: usize = 3;
/// Debtors the page lists for each currency.
pub const DEBTORS_MAX: usize = 10;
/// Days of contacts the report counts.
pub const CONTACT_DAYS: i32 = 90;

/// Everything on the page.
#[derive(Debug, Clone, Serialize)]
pub struct ReportData {
    /// The day the figures stand at, in the creditor's zone.
    #[serde(serialize_with = "text")]
    pub as_of: Day,
    /// Whose receivables.
    pub creditor: String,
    /// The creditor's zone.
    pub time_zone: String,
    /// One section a currency, the most open items first.
    pub currencies: Vec<CurrencyReport>,
    /// First day of the contacts counted.
    #[serde(serialize_with = "text")]
    pub contacts_from: Day,
    /// Contacts by outcome and channel, the most frequent first.
    pub contacts: Vec<ContactCount>,
}

/// One currency's receivables. Amounts are minor units here and decimal strings in JSON.
#[derive(Debug, Clone)]
pub struct CurrencyReport {
    /// The currency of every amount here.
    pub currency: Currency,
    /// Open at the day.
    pub outstanding_minor: i64,
    /// Of that, past due.
    pub past_due_minor: i64,
    /// Open items.
    pub items: u64,
    /// Customers who owe.
    pub customers: u64,
    /// Aging by due date; buckets sum to the outstanding.
    pub buckets: Vec<Bucket>,
    /// Month ends, the oldest first, the report's day last.
    pub trend: Vec<TrendPoint>,
    /// Who owes most.
    pub debtors: Vec<Debtor>,
    /// The figures.
    pub kpis: Kpis,
}

/// Days past due from..=to, open ends as `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// First day past due of the bucket.
    pub from: Option<i32>,
    /// Last one.
    pub to: Option<i32>,
    /// Open in it.
    pub minor: i64,
    /// Items in it.
    pub items: u64,
}

/// Where the receivables stood at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendPoint {
    /// The day.
    pub on: Day,
    /// Open then.
    pub outstanding_minor: i64,
    /// Of that, past due then.
    pub past_due_minor: i64,
}

/// One who owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// The source's id of the customer.
    pub customer: String,
    /// Its name.
    pub name: String,
    /// Open.
    pub outstanding_minor: i64,
    /// Of that, past due.
    pub past_due_minor: i64,
    /// Days past due of its oldest item; zero or less when nothing is past due.
    pub oldest_days: i32,
    /// Its open items.
    pub items: u64,
}

/// The figures of one currency, each with what it was computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kpis {
    /// Days sales outstanding over the period.
    pub dso: Figure,
    /// The same by exhaustion.
    pub dso_count_back: Figure,
    /// Average days delinquent.
    pub average_days_delinquent: Figure,
    /// Collection effectiveness index, per cent.
    pub effectiveness: Figure,
}

/// A figure and the numbers behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// `None` where the inputs do not define it.
    pub value: Option<Hundredths>,
    /// Name and value: minor units, or days under `days`.
    pub inputs: Vec<(&'static str, i64)>,
}

/// How many contacts ended so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactCount {
    /// `sent`, `unknown`, `failed`, `refused`, ...
    pub outcome: String,
    /// `email`, `sms`, ...
    pub channel: String,
    /// Contacts.
    pub count: u64,
}

/// The report as of a day; without one, as of today in the creditor's zone.
///
/// # Errors
/// The store's.
pub fn report(engine: &mut Engine, as_of: Option<Day>) -> Result<ReportData, EngineError> {
    let creditor = &engine.settings.creditor;
    let as_of = as_of.unwrap_or_else(|| day_in(creditor.time_zone, engine.clock.now()));
    let contacts_from = as_of.plus(1 - CONTACT_DAYS);
    let tenant = engine.tenant;
    let (currencies, contacts) = engine.store.read(|conn| {
        let contacts = recaudo_store::report::contacts(conn, tenant, contacts_from, as_of)?;
        load::currencies(conn, tenant, as_of).map(|currencies| (currencies, contacts))
    })?;
    let contact = |(outcome, channel, count): (String, String, i64)| ContactCount {
        outcome,
        channel,
        count: u64::try_from(count).unwrap_or(0),
    };
    Ok(ReportData {
        as_of,
        creditor: creditor.name.clone(),
        time_zone: creditor.time_zone.name().into(),
        currencies,
        contacts_from,
        contacts: contacts.into_iter().map(contact).collect(),
    })
}

fn text<S: Serializer>(value: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

impl Serialize for CurrencyReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View::of(self).serialize(serializer)
    }
}

/// The JSON shape: the aging view's words, amounts as decimal strings.
#[derive(Serialize)]
struct View<'a> {
    currency: &'a str,
    outstanding: String,
    past_due: String,
    items: u64,
    customers: u64,
    buckets: Vec<BucketView>,
    trend: Vec<TrendView>,
    debtors: Vec<DebtorView<'a>>,
    kpis: KpisView,
}

#[derive(Serialize)]
struct BucketView {
    from: Option<i32>,
    to: Option<i32>,
    amount: String,
    items: u64,
}

#[derive(Serialize)]
struct TrendView {
    on: String,
    outstanding: String,
    past_due: String,
}

#[derive(Serialize)]
struct DebtorView<'a> {
    customer: &'a str,
    name: &'a str,
    outstanding: String,
    past_due: String,
    oldest_days: i32,
    items: u64,
}

#[derive(Serialize)]
struct KpisView {
    dso: Option<String>,
    dso_count_back: Option<String>,
    average_days_delinquent: Option<String>,
    effectiveness: Option<String>,
}

impl<'a> View<'a> {
    fn of(report: &'a CurrencyReport) -> Self {
        let money = |minor| report.currency.decimal(minor);
        let figure = |f: &Figure| f.value.map(|v| v.to_string());
        let bucket =
            |b: &Bucket| BucketView { from: b.from, to: b.to, amount: money(b.minor), items: b.items };
        let trend = |t: &TrendPoint| TrendView {
            on: t.on.to_string(),
            outstanding: money(t.outstanding_minor),
            past_due: money(t.past_due_minor),
        };
        let debtor = |d: &'a Debtor| DebtorView {
            customer: &d.customer,
            name: &d.name,
            outstanding: money(d.outstanding_minor),
            past_due: money(d.past_due_minor),
            oldest_days: d.oldest_days,
            items: d.items,
        };
        Self {
            currency: report.currency.code(),
            outstanding: money(report.outstanding_minor),
            past_due: money(report.past_due_minor),
            items: report.items,
            customers: report.customers,
            buckets: report.buckets.iter().map(bucket).collect(),
            trend: report.trend.iter().map(trend).collect(),
            debtors: report.debtors.iter().map(debtor).collect(),
            kpis: KpisView {
                dso: figure(&report.kpis.dso),
                dso_count_back: figure(&report.kpis.dso_count_back),
                average_days_delinquent: figure(&report.kpis.average_days_delinquent),
                effectiveness: figure(&report.kpis.effectiveness),
            },
        }
    }
}
