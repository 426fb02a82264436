//! From what the ledger says of a currency to its figures, with the numbers each rests on.

use recaudo_core::kpi::{self, Effectiveness, Sales};

use super::{Figure, Kpis, PERIOD_MONTHS};

/// What the figures of one currency are computed from.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// Open at the day.
    pub(super) receivables: i64,
    /// Of that, past due.
    pub(super) past_due: i64,
    /// Open when the period began.
    pub(super) beginning: i64,
    /// Credit sales by month, the latest (cut at the day) first.
    pub(super) months: Vec<Sales>,
}

/// The figures; the period is the last [`PERIOD_MONTHS`] months.
pub(super) fn kpis(inputs: &Inputs) -> Kpis {
    let period = &inputs.months[..PERIOD_MONTHS.min(inputs.months.len())];
    let sales = Sales {
        minor: period.iter().map(|m| m.minor).fold(0, i64::saturating_add),
        days: period.iter().map(|m| m.days).sum(),
    };
    let not_due = inputs.receivables.saturating_sub(inputs.past_due);
    let effectiveness = Effectiveness {
        beginning: inputs.beginning,
        sales: sales.minor / i64::try_from(PERIOD_MONTHS).unwrap_or(1),
        ending_total: inputs.receivables,
        ending_current: not_due,
    };
    let over_period =
        |name, value| vec![(name, value), ("sales", sales.minor), ("days", i64::from(sales.days))];
    Kpis {
        dso: Figure {
            value: kpi::dso(inputs.receivables, sales),
            inputs: over_period("receivables", inputs.receivables),
        },
        dso_count_back: Figure {
            value: kpi::dso_count_back(inputs.receivables, &inputs.months),
            inputs: vec![("receivables", inputs.receivables)],
        },
        average_days_delinquent: Figure {
            value: kpi::average_days_delinquent(inputs.past_due, sales),
            inputs: over_period("past_due", inputs.past_due),
        },
        effectiveness: Figure {
            value: kpi::collection_effectiveness(effectiveness),
            inputs: vec![
                ("beginning", inputs.beginning),
                ("sales", sales.minor),
                ("receivables", inputs.receivables),
                ("ending_current", not_due),
            ],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_case_comes_out_of_a_report_too() {
        let months = [(2500, 30), (1750, 31), (2250, 31), (2500, 30), (2000, 31), (2250, 30)];
        let months = months.map(|(minor, days)| Sales { minor, days }).to_vec();
        let kpis = kpis(&Inputs { receivables: 12_000, past_due: 3_000, beginning: 11_000, months });
        assert_eq!(kpis.dso_count_back.value.map(|v| v.to_string()).as_deref(), Some("166.33"));
        // 12,000 over 6,500 of 92 days.
        assert_eq!(kpis.dso.value.map(|v| v.to_string()).as_deref(), Some("169.85"));
        assert_eq!(kpis.average_days_delinquent.value.map(|v| v.to_string()).as_deref(), Some("42.46"));
        // (11,000 + 2,166 - 12,000) over (11,000 + 2,166 - 9,000).
        assert_eq!(kpis.effectiveness.value.map(|v| v.to_string()).as_deref(), Some("27.99"));
    }

    #[test]
    fn a_portfolio_without_sales_has_no_days() {
        let kpis = kpis(&Inputs { receivables: 10, past_due: 10, beginning: 10, months: vec![] });
        assert_eq!(kpis.dso.value, None);
        assert_eq!(kpis.dso_count_back.value, None);
    }
}
