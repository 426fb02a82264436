//! Reads the ledger once, item by item, and folds it into the report.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use recaudo_core::aging::{Aging, Partition};
use recaudo_core::day::Day;
use recaudo_core::kpi::Sales;
use recaudo_core::money::Currency;
use recaudo_store::report::Movement;
use recaudo_store::{Conn, StoreError};

use super::figures::{Inputs, kpis};
use super::{
    Bucket, COUNT_BACK_MONTHS, CurrencyReport, DEBTORS_MAX, Debtor, PERIOD_MONTHS, TREND_MONTHS, TrendPoint,
};

/// The receivables of every currency as of a day, the currency with the most open items first.
pub(super) fn currencies(
    conn: &Conn<'_>,
    tenant: i64,
    as_of: Day,
) -> Result<Vec<CurrencyReport>, StoreError> {
    let calendar = Calendar::to(as_of);
    let mut folds: BTreeMap<Currency, Fold> = BTreeMap::new();
    let mut item: Vec<Movement> = Vec::new();
    recaudo_store::report::movements(conn, tenant, as_of, |movement| {
        if item.first().is_some_and(|first| first.item_id != movement.item_id) {
            take(&mut folds, &calendar, &item);
            item.clear();
        }
        item.push(*movement);
        Ok(())
    })?;
    take(&mut folds, &calendar, &item);
    let names = names(conn, tenant, &folds)?;
    let mut reports: Vec<CurrencyReport> =
        folds.into_iter().map(|(currency, fold)| fold.finish(currency, &calendar, &names)).collect();
    reports.retain(|report| report.items > 0);
    reports.sort_by_key(|report| (std::cmp::Reverse(report.items), report.currency));
    Ok(reports)
}

/// The days and months a report looks at.
struct Calendar {
    /// Month ends and the day itself, the oldest first.
    trend: Vec<Day>,
    /// Where the period of the figures begins: the evening before its first day.
    beginning: Day,
    /// First and last day of each month, the latest first, cut at the day.
    months: Vec<(Day, Day)>,
}

impl Calendar {
    fn to(as_of: Day) -> Self {
        let first = first_of_month(as_of.date());
        let back = |months: usize| {
            let months = u32::try_from(months).unwrap_or(u32::MAX);
            Day::from_date(first.checked_sub_months(Months::new(months)).unwrap_or(first))
        };
        let months = (0..COUNT_BACK_MONTHS)
            .map(|n| (back(n), if n == 0 { as_of } else { back(n - 1).plus(-1) }))
            .collect();
        let mut trend: Vec<Day> = (0..TREND_MONTHS - 1).rev().map(|n| back(n).plus(-1)).collect();
        trend.push(as_of);
        Self { trend, beginning: back(PERIOD_MONTHS - 1).plus(-1), months }
    }
}

fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// What one customer owes in one currency.
#[derive(Default)]
struct Owed {
    outstanding: i64,
    past_due: i64,
    oldest_due: Option<Day>,
    items: u64,
}

/// One currency, item after item.
struct Fold {
    aging: Aging,
    trend: Vec<(i64, i64)>,
    beginning: i64,
    sales: Vec<i64>,
    owed: BTreeMap<i64, Owed>,
}

impl Default for Fold {
    fn default() -> Self {
        Self {
            aging: Aging::new(Partition::default()),
            trend: vec![(0, 0); TREND_MONTHS],
            beginning: 0,
            sales: vec![0; COUNT_BACK_MONTHS],
            owed: BTreeMap::new(),
        }
    }
}

/// The balance of an item on the evening of a day.
fn balance(item: &[Movement], day: Day) -> i64 {
    item.iter().filter(|m| m.effective_on <= day).map(|m| m.amount_minor).fold(0, i64::saturating_add)
}

fn take(folds: &mut BTreeMap<Currency, Fold>, calendar: &Calendar, item: &[Movement]) {
    let Some(first) = item.first() else { return };
    let fold = folds.entry(first.currency).or_default();
    if first.total_minor > 0
        && let Some(month) =
            calendar.months.iter().position(|(from, to)| (*from..=*to).contains(&first.issued_on))
    {
        fold.sales[month] = fold.sales[month].saturating_add(first.total_minor);
    }
    // Gross: a credit note is no negative debt, it waits to be applied.
    fold.beginning = fold.beginning.saturating_add(balance(item, calendar.beginning).max(0));
    for (day, (outstanding, past_due)) in calendar.trend.iter().zip(&mut fold.trend) {
        let open = balance(item, *day).max(0);
        *outstanding = outstanding.saturating_add(open);
        if first.due_on < *day {
            *past_due = past_due.saturating_add(open);
        }
    }
    let as_of = calendar.trend[TREND_MONTHS - 1];
    let open = balance(item, as_of);
    let days = as_of.since(first.due_on);
    // A sum past 64 bits of minor units saturates here and is refused by verify, which has the last word on sums.
    let _ = fold.aging.add_item(first.currency, open, days, days);
    if open > 0 {
        let owed = fold.owed.entry(first.customer_id).or_default();
        owed.outstanding = owed.outstanding.saturating_add(open);
        owed.items += 1;
        owed.oldest_due = Some(owed.oldest_due.map_or(first.due_on, |due| due.min(first.due_on)));
        if days > 0 {
            owed.past_due = owed.past_due.saturating_add(open);
        }
    }
}

impl Fold {
    /// Who owes most, the most first.
    fn most(&self) -> Vec<(i64, &Owed)> {
        let mut owed: Vec<(i64, &Owed)> = self.owed.iter().map(|(id, owed)| (*id, owed)).collect();
        owed.sort_by_key(|(id, owed)| (std::cmp::Reverse(owed.outstanding), *id));
        owed.truncate(DEBTORS_MAX);
        owed
    }

    fn finish(self, currency: Currency, calendar: &Calendar, names: &Names) -> CurrencyReport {
        let as_of = calendar.trend[TREND_MONTHS - 1];
        let debtors = self.most().into_iter().map(|(id, owed)| {
            let (customer, name) = names.get(&id).cloned().unwrap_or_default();
            Debtor {
                customer,
                name,
                outstanding_minor: owed.outstanding,
                past_due_minor: owed.past_due,
                oldest_days: owed.oldest_due.map_or(0, |due| as_of.since(due)),
                items: owed.items,
            }
        });
        let debtors = debtors.collect();
        let trend = calendar.trend.iter().zip(&self.trend).map(|(on, (outstanding, past_due))| TrendPoint {
            on: *on,
            outstanding_minor: *outstanding,
            past_due_minor: *past_due,
        });
        let months = calendar.months.iter().zip(&self.sales).map(|((from, to), minor)| Sales {
            minor: *minor,
            days: u32::try_from(to.since(*from) + 1).unwrap_or(0),
        });
        let (days, mut aged) = self.aging.finish();
        let aged = aged.remove(&currency);
        let (outstanding, past_due) =
            aged.as_ref().map_or((0, 0), |a| (a.outstanding_minor, a.past_due_minor));
        let held = aged.iter().flat_map(|a| a.buckets.iter());
        let buckets = days.iter().zip(held).map(|(days, held)| Bucket {
            from: days.from,
            to: days.to,
            minor: held.amount_minor,
            items: held.items,
        });
        let inputs = Inputs {
            receivables: outstanding,
            past_due,
            beginning: self.beginning,
            months: months.collect(),
        };
        CurrencyReport {
            currency,
            outstanding_minor: outstanding,
            past_due_minor: past_due,
            items: aged.as_ref().map_or(0, |a| a.items),
            customers: u64::try_from(self.owed.len()).unwrap_or(0),
            buckets: buckets.collect(),
            trend: trend.collect(),
            debtors,
            kpis: kpis(&inputs),
        }
    }
}

type Names = BTreeMap<i64, (String, String)>;

fn names(conn: &Conn<'_>, tenant: i64, folds: &BTreeMap<Currency, Fold>) -> Result<Names, StoreError> {
    let mut ids: Vec<i64> =
        folds.values().flat_map(|fold| fold.most().into_iter().map(|(id, _)| id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = Names::new();
    recaudo_store::report::names(conn, tenant, &ids, |id, code, name| {
        // An erased person has no name left; the code still tells rows apart.
        let name = if name.is_empty() { code } else { name };
        names.insert(id, (code.into(), name.into()));
        Ok(())
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn movement(item_id: i64, (issued, due): (&str, &str), on: &str, amount_minor: i64) -> Movement {
        Movement {
            item_id,
            customer_id: 1,
            currency: Currency(*b"USD"),
            issued_on: day(issued),
            due_on: day(due),
            total_minor: 1_000,
            effective_on: day(on),
            amount_minor,
        }
    }

    #[test]
    fn the_calendar_ends_on_the_day_and_looks_back_by_months() {
        let calendar = Calendar::to(day("2026-03-15"));
        let trend: Vec<String> = calendar.trend.iter().map(ToString::to_string).collect();
        assert_eq!(
            trend,
            ["2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-15"]
        );
        assert_eq!(calendar.beginning, day("2025-12-31"));
        assert_eq!(calendar.months[0], (day("2026-03-01"), day("2026-03-15")));
        assert_eq!(calendar.months[1], (day("2026-02-01"), day("2026-02-28")));
    }

    #[test]
    fn a_later_payment_does_not_change_an_earlier_month_end() {
        let calendar = Calendar::to(day("2026-03-15"));
        let terms = ("2026-01-10", "2026-02-09");
        let mut folds = BTreeMap::new();
        take(
            &mut folds,
            &calendar,
            &[movement(1, terms, "2026-01-10", 1_000), movement(1, terms, "2026-03-02", -400)],
        );
        let report =
            folds.remove(&Currency(*b"USD")).unwrap().finish(Currency(*b"USD"), &calendar, &Names::new());
        let owed: Vec<i64> = report.trend.iter().map(|t| t.outstanding_minor).collect();
        assert_eq!(owed, [0, 0, 0, 1_000, 1_000, 600]);
        let late: Vec<i64> = report.trend.iter().map(|t| t.past_due_minor).collect();
        assert_eq!(late, [0, 0, 0, 0, 1_000, 600]);
        assert_eq!((report.outstanding_minor, report.past_due_minor, report.items), (600, 600, 1));
        assert_eq!(report.buckets.iter().map(|b| b.minor).sum::<i64>(), report.outstanding_minor);
        assert_eq!(report.debtors[0].oldest_days, 34);
        // January's sales of 1,000 are the period's; 600 of them over 74 days.
        assert_eq!(report.kpis.dso.value.map(|v| v.to_string()).as_deref(), Some("44.40"));
    }

    #[test]
    fn a_credit_note_is_no_negative_debt() {
        let calendar = Calendar::to(day("2026-03-15"));
        let mut folds = BTreeMap::new();
        let note =
            Movement { total_minor: -500, ..movement(2, ("2026-03-01", "2026-03-01"), "2026-03-01", -500) };
        take(&mut folds, &calendar, &[note]);
        let report =
            folds.remove(&Currency(*b"USD")).unwrap().finish(Currency(*b"USD"), &calendar, &Names::new());
        assert_eq!((report.outstanding_minor, report.items), (0, 0));
        assert_eq!(report.trend.last().map(|t| t.outstanding_minor), Some(0));
    }
}
