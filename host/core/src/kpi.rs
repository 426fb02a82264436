//! The figures of receivables, each as one executable definition over integers.
//!
//! Amounts are minor units of one currency; a figure never mixes two. Days and percentages come back as hundredths
//! (`16633` is 166.33), rounded half away from zero, so that nobody meets a float. A figure that its inputs do not
//! define is `None`, never zero: an empty month is not a fast one.

/// A number with two decimals, as an integer: `16633` is 166.33.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hundredths(pub i64);

impl std::fmt::Display for Hundredths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", value / 100, value % 100)
    }
}

/// Credit sales of one period and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sales {
    /// Sold on credit in the period, minor units.
    pub minor: i64,
    /// Calendar days of the period.
    pub days: u32,
}

/// Days sales outstanding: ending receivables over the period's credit sales, times its days.
///
/// The receivables are the ending ones, not the average: both are in use, this one is declared.
pub fn dso(ending_receivables: i64, sales: Sales) -> Option<Hundredths> {
    ratio(ending_receivables, i64::from(sales.days), sales.minor)
}

/// Days sales outstanding by exhaustion: walks back over `months`, the latest first, until they explain the receivables.
///
/// Undefined when a month it needs sold nothing, or when the months given end before the receivables do.
pub fn dso_count_back(receivables: i64, months: &[Sales]) -> Option<Hundredths> {
    let mut rest = receivables;
    let mut days = 0i64;
    if rest <= 0 {
        return (rest == 0).then_some(Hundredths(0));
    }
    for month in months {
        if month.minor <= 0 {
            return None;
        }
        if rest < month.minor {
            let part = ratio(rest, i64::from(month.days), month.minor)?;
            return Some(Hundredths(days.checked_mul(100)?.checked_add(part.0)?));
        }
        rest = rest.checked_sub(month.minor)?;
        days = days.checked_add(i64::from(month.days))?;
        if rest == 0 {
            return Some(Hundredths(days.checked_mul(100)?));
        }
    }
    None
}

/// Best possible DSO: what it would be if nobody were late.
pub fn dso_best_possible(not_yet_due: i64, sales: Sales) -> Option<Hundredths> {
    dso(not_yet_due, sales)
}

/// Average days delinquent: past-due receivables over credit sales, times days. DSO less best possible DSO.
pub fn average_days_delinquent(past_due: i64, sales: Sales) -> Option<Hundredths> {
    dso(past_due, sales)
}

/// What the collection effectiveness index is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effectiveness {
    /// Receivables when the period began.
    pub beginning: i64,
    /// Sold on credit in it (of N months: sales over N).
    pub sales: i64,
    /// All receivables when it ended.
    pub ending_total: i64,
    /// Of those, not yet due.
    pub ending_current: i64,
}

/// Collection effectiveness index: of what could have been collected in the period, the percentage that was.
pub fn collection_effectiveness(e: Effectiveness) -> Option<Hundredths> {
    let available = e.beginning.checked_add(e.sales)?;
    let collected = available.checked_sub(e.ending_total)?;
    let collectable = available.checked_sub(e.ending_current)?;
    ratio(collected, 100, collectable)
}

/// Delinquency rate: the share of the balance that is past due, in per cent.
pub fn delinquency_rate(past_due: i64, total: i64) -> Option<Hundredths> {
    ratio(past_due, 100, total)
}

/// Amount-weighted average days late of closed items; each is its amount and its days late, early ones count as 0.
pub fn weighted_days_late(closed: &[(i64, i32)]) -> Option<Hundredths> {
    let mut weight = 0i128;
    let mut sum = 0i128;
    for (minor, days_late) in closed {
        weight = weight.checked_add(i128::from(*minor))?;
        sum = sum.checked_add(i128::from(*minor).checked_mul(i128::from((*days_late).max(0)))?)?;
    }
    hundredths(sum, weight)
}

/// value × factor ÷ divisor in hundredths; nothing without a positive divisor.
fn ratio(value: i64, factor: i64, divisor: i64) -> Option<Hundredths> {
    hundredths(i128::from(value).checked_mul(i128::from(factor))?, i128::from(divisor))
}

fn hundredths(value: i128, divisor: i128) -> Option<Hundredths> {
    if divisor <= 0 {
        return None;
    }
    let scaled = value.checked_mul(100)?;
    let half = if scaled < 0 { -(divisor / 2) } else { divisor / 2 };
    i64::try_from(scaled.checked_add(half)? / divisor).ok().map(Hundredths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(rows: &[(i64, u32)]) -> Vec<Sales> {
        rows.iter().map(|&(minor, days)| Sales { minor, days }).collect()
    }

    #[test]
    fn count_back_exhausts_the_receivables_month_by_month() {
        let sales = months(&[(2500, 30), (1750, 31), (2250, 31), (2500, 30), (2000, 31), (2250, 30)]);
        // The first five months take 11,000 and 153 days; 1,000 of 2,250 is 13.33 days of the sixth.
        assert_eq!(dso_count_back(12_000, &sales), Some(Hundredths(16_633)));
        assert_eq!(dso_count_back(2_500, &sales), Some(Hundredths(3_000)), "exactly one month");
        assert_eq!(dso_count_back(0, &sales), Some(Hundredths(0)));
    }

    #[test]
    fn count_back_stops_where_a_month_sold_nothing() {
        assert_eq!(dso_count_back(3_000, &months(&[(2500, 30), (0, 31), (2250, 30)])), None);
        assert_eq!(dso_count_back(9_000, &months(&[(2500, 30)])), None, "the months given do not explain it");
        assert_eq!(dso_count_back(-1, &months(&[(2500, 30)])), None, "a credit balance has no days");
    }

    #[test]
    fn effectiveness_is_what_was_collected_of_what_could_be() {
        let cei = |ending_total, ending_current| {
            collection_effectiveness(Effectiveness {
                beginning: 500,
                sales: 300,
                ending_total,
                ending_current,
            })
        };
        assert_eq!(cei(450, 320).map(|h| h.to_string()).as_deref(), Some("72.92"));
        assert_eq!(cei(320, 320), Some(Hundredths(10_000)), "nothing past due is left");
        assert_eq!(cei(800, 800), None, "nothing could be collected");
    }

    #[test]
    fn delinquent_days_are_what_separates_dso_from_its_best() {
        let sales = Sales { minor: 90_000, days: 90 };
        let (total, current) = (45_000, 30_000);
        assert_eq!(dso(total, sales), Some(Hundredths(4_500)));
        assert_eq!(dso_best_possible(current, sales), Some(Hundredths(3_000)));
        assert_eq!(average_days_delinquent(total - current, sales), Some(Hundredths(1_500)));
        assert_eq!(dso(total, Sales { minor: 0, days: 90 }), None);
        assert_eq!(delinquency_rate(total - current, total), Some(Hundredths(3_333)));
    }

    #[test]
    fn early_payers_do_not_buy_late_ones_back() {
        assert_eq!(weighted_days_late(&[(100, -20), (300, 10)]), Some(Hundredths(750)));
        assert_eq!(weighted_days_late(&[]), None);
    }

    #[test]
    fn a_figure_prints_with_two_decimals() {
        assert_eq!(Hundredths(16_633).to_string(), "166.33");
        assert_eq!(Hundredths(-5).to_string(), "-0.05");
    }
}
