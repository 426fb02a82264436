//! The portfolio is the one the demo promises.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_same_seed_is_the_same_portfolio() {
    let portfolio = Portfolio::generate(SEED, last_day());
    assert_eq!(portfolio, Portfolio::generate(SEED, last_day()));
    assert_ne!(portfolio, Portfolio::generate(SEED + 1, last_day()));
}

#[test]
fn it_has_the_promised_size_and_currencies() {
    let portfolio = Portfolio::generate(SEED, last_day());
    assert_eq!((portfolio.customers.len(), portfolio.invoices.len()), (300, 3_000));
    let currencies: BTreeSet<&str> = portfolio.customers.iter().map(|c| c.country.currency).collect();
    assert_eq!(currencies.into_iter().collect::<Vec<_>>(), ["CLP", "COP", "MXN", "PEN", "USD"]);
    assert!(portfolio.customers.iter().all(|c| c.email.is_empty() || c.email.ends_with(".example")));
    let names: BTreeSet<&str> = portfolio.customers.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names.len(), 300);
}

#[test]
fn nobody_pays_more_than_was_invoiced_or_before_it() {
    let portfolio = Portfolio::generate(SEED, last_day());
    let mut paid = vec![0i64; portfolio.invoices.len()];
    for payment in &portfolio.payments {
        let invoice = &portfolio.invoices[payment.invoice];
        assert!(payment.on > invoice.issued && payment.minor > 0 && !invoice.disputed);
        paid[payment.invoice] += payment.minor;
    }
    assert!(portfolio.invoices.iter().zip(&paid).all(|(invoice, paid)| *paid == 0 || *paid == invoice.minor));
}

#[test]
fn the_simulated_days_are_sixty_weekdays() {
    let days = business_days(last_day(), 60);
    assert_eq!(days.len(), 60);
    assert_eq!(days.last().map(ToString::to_string).as_deref(), Some("2026-06-30"));
    assert_eq!(days[0].to_string(), "2026-04-08");
    assert!(days.windows(2).all(|d| d[0] < d[1]));
}

#[test]
fn an_export_only_knows_its_day_and_only_grows() {
    let portfolio = Portfolio::generate(SEED, last_day());
    let days = business_days(last_day(), 60);
    let (early, late) = (Exports::of(&portfolio, days[0]), Exports::of(&portfolio, last_day()));
    assert!(late.invoices.starts_with(&early.invoices) && late.invoices.len() > early.invoices.len());
    assert!(late.payments.starts_with(&early.payments) && late.payments.len() > early.payments.len());
    assert_eq!(late.customers, early.customers);
    let rows = late.invoices.iter().filter(|b| **b == b'\n').count() - 1;
    assert_eq!(rows, INVOICES + export::DIRTY_INVOICES);
}
