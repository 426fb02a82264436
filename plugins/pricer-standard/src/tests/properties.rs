//! What must hold whatever the figures are.

use proptest::prelude::*;

use super::*;
use crate::exact::Exact;

const COUNTS: [&str; 4] = ["30/360", "act/360", "act/365", "act/act"];

fn config(rate: u32, count: &str, extra: &str) -> String {
    let rate = format!("{}.{:02}", rate / 100, rate % 100);
    format!(r#"{{"rules":[{{"id":"i","kind":"interest","rate":"{rate}","day_count":"{count}"{extra}}}]}}"#)
}

fn on(days: i32) -> String {
    Date::from_epoch_day(day("2026-03-01") + days).to_string()
}

fn total(charges: &[Charge]) -> i64 {
    charges.iter().map(|charge| charge.amount.minor).sum()
}

proptest! {
    #[test]
    fn the_parts_of_a_span_sum_to_the_span(
        open in 1_i64..10_000_000_000, rate in 1_u32..20_000, count in 0_usize..4,
        compound in any::<bool>(), mut cuts in prop::collection::vec(1_i32..900, 1..6),
    ) {
        let extra = if compound { r#","method":"compound","compounding":12"# } else { "" };
        let config = config(rate, COUNTS[count], extra);
        let mut item = in_money(invoice(), open, 2, b"USD");
        cuts.sort_unstable();
        let last = on(cuts[cuts.len() - 1]);
        let at_once = total(&price(&config, &last, &[], &item).unwrap());
        let mut sum = 0;
        for cut in cuts {
            let charges = price(&config, &on(cut), &[], &item).unwrap();
            sum += total(&charges);
            item.charged.extend(charges.iter().map(charged));
            prop_assert_eq!(price(&config, &on(cut), &[], &item).unwrap(), vec![]);
        }
        prop_assert_eq!(sum, at_once);
    }

    #[test]
    fn interest_never_passes_the_cap(
        open in 1_i64..10_000_000_000, rate in 1_u32..200_000, ibc in 100_i64..6_000, days in 1_i32..800,
        compound in any::<bool>(), effective in any::<bool>(),
    ) {
        let method = if compound { "compound" } else { "simple" };
        let extra = format!(r#","method":"{method}","effective":{effective}"#);
        let mut item = in_money(invoice(), open, 2, b"COP");
        item.country = "CO".into();
        let first = day("2026-03-01");
        let figure = values::Decimal { coefficient: ibc, scale: 2 };
        let monthly = (0..30).map(|month| (first + month * 28, figure));
        let ibc_series = Series { name: "co-ibc-ea".into(), rates: monthly.collect() };
        let charges = price(&config(rate, "act/365", &extra), &on(days), &[ibc_series], &item).unwrap();
        // What the capped rate yields at most, half a minor unit more for the rounding.
        let cap = Exact::decimal(i128::from(ibc), 2).unwrap().times(Exact::parse("1.5").unwrap()).unwrap();
        let growth = crate::power::decimal(cap.percent().unwrap().plus(Exact::ONE).unwrap()).unwrap();
        let years = Exact::ratio(days.into(), 365).unwrap();
        let most = (crate::power::pow(growth, years).unwrap() - rust_decimal::Decimal::ONE)
            * rust_decimal::Decimal::from(open);
        prop_assert!(rust_decimal::Decimal::from(total(&charges)) <= most + rust_decimal::Decimal::new(5, 1));
    }

    #[test]
    fn a_part_payment_never_raises_interest(
        open in 2_i64..10_000_000_000, rate in 1_u32..20_000, paid_on in 1_i32..300, days in 1_i32..400,
        share in 0_i64..=100, compound in any::<bool>(), count in 0_usize..4, grace in 0_i32..20,
    ) {
        let method = if compound { "compound" } else { "simple" };
        let config = config(rate, COUNTS[count], &format!(r#","method":"{method}","grace_days":{grace}"#));
        let item = in_money(invoice(), open, 2, b"USD");
        let part = paid(item.clone(), &on(paid_on), open / 100 * share);
        let interest = |item: &Item| total(&price(&config, &on(days), &[], item).unwrap());
        prop_assert!(interest(&part) <= interest(&item));
    }

    #[test]
    fn chiles_fee_never_passes_its_bands(
        open in 1_i64..100_000_000, percent in 0_u32..100, uf in 30_000_i64..50_000, days in 0_i32..90,
        noticed in any::<bool>(),
    ) {
        let config = format!(
            r#"{{"rules":[{{"id":"a","kind":"fee","percent":"{percent}"}},
                {{"id":"b","kind":"fee","fixed":{{"CLP":"5000"}},"after_days":30}}]}}"#
        );
        let mut item = with(in_money(invoice(), open, 0, b"CLP"), "free-notice-in-15d", &noticed.to_string());
        item.country = "CL".into();
        item.debtor_kind = "person".into();
        let figure = values::Decimal { coefficient: uf, scale: 0 };
        let rates = (0..8).map(|n| (day("2026-03-01") + n * 20, figure));
        let rates = [Series { name: "cl-uf".into(), rates: rates.collect() }];
        let charges = price(&config, &on(days), &rates, &item).unwrap();
        item.charged.extend(charges.iter().map(charged));
        prop_assert_eq!(price(&config, &on(days), &rates, &item).unwrap(), vec![]);
        // In hundredths of pesos, band by band.
        let band = |percent: i64, from: i64, to: i64| percent * (open.min(to * uf) - from * uf).max(0);
        let bands = band(9, 0, 10) + band(6, 10, 50) + band(3, 50, i64::MAX / 100_000);
        let most = if days > 20 { (bands - if noticed { 0 } else { 20 * uf }).max(0) } else { 0 };
        prop_assert!(total(&charges) * 100 <= most, "{} > {most}", total(&charges) * 100);
    }
}
