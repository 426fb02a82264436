//! Why a payment is a little less than what it was for.

use crate::book::{Book, Currency};
use crate::config::Config;

/// The code of what is missing from `owed`, or none when nothing we know explains it.
///
/// `lines` are the items it was for, all of them in full.
pub(crate) fn explain(
    config: &Config,
    book: &Book<'_>,
    currency: Currency,
    lines: &[usize],
    missing: i64,
) -> Option<&'static str> {
    let tolerance = config.rounding(currency.code, currency.exponent);
    if (1..=tolerance).contains(&missing) {
        return Some("rounding");
    }
    let sum = |of: &dyn Fn(usize) -> Option<i64>| -> Option<i128> {
        lines.iter().map(|line| of(*line).map(i128::from)).sum()
    };
    let owed = sum(&|line| Some(book.lines[line].left)).unwrap_or(0);
    let near = |expected: i128| (expected - i128::from(missing)).abs() <= i128::from(tolerance);
    let told = sum(&|line| book.lines[line].withholding);
    let net = sum(&|line| book.lines[line].net);
    let at_rate = |base: i128| config.withholding_ppm.iter().any(|ppm| near(share(base, *ppm)));
    if told.is_some_and(near) || at_rate(owed) || net.is_some_and(at_rate) {
        return Some("withholding");
    }
    let owed = i64::try_from(owed).unwrap_or(0);
    (missing <= config.bank_fee(currency.code, currency.exponent, owed)).then_some("bank-fee")
}

/// A part in ppm, to the nearest unit.
fn share(base: i128, ppm: i64) -> i128 {
    (base * i128::from(ppm) + 500_000).div_euclid(1_000_000)
}
