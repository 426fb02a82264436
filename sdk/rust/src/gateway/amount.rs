//! Amounts as vendors write them: integers of a smallest unit, or decimal numbers, sometimes with an exponent, as
//! programs do that keep them as floating point. Read and written as text; nothing is rounded.

use serde_json::value::RawValue;

use crate::values::Money;
use crate::{Fail, Failure};

/// The currency's code, in capitals.
pub fn currency(money: Money) -> String {
    let (a, b, c) = money.currency;
    String::from_utf8(vec![a, b, c]).unwrap_or_default()
}

/// The amount in units of 10^-`decimals`, however its own exponent.
///
/// # Errors
/// `amount-precision`: it has more decimals than the vendor takes, or is past 64 bits.
pub fn minor(money: Money, decimals: u8, vendor: &str) -> Result<i64, Failure> {
    let mut minor = money.minor;
    for _ in money.exponent..decimals {
        minor = minor.checked_mul(10).ok_or_else(|| imprecise(money, vendor))?;
    }
    for _ in decimals..money.exponent {
        minor = (minor % 10 == 0).then_some(minor / 10).ok_or_else(|| imprecise(money, vendor))?;
    }
    Ok(minor)
}

/// The amount as decimal text with at most `decimals` decimals, such as `1234.50`.
///
/// # Errors
/// `amount-precision`, as [`minor`].
pub fn decimal(money: Money, decimals: u8, vendor: &str) -> Result<String, Failure> {
    let exponent = money.exponent.min(decimals);
    let minor = minor(money, exponent, vendor)?;
    let text = crate::Money { minor, exponent, currency: *b"XXX" }.to_string();
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// Decimal text as a JSON number that keeps its digits.
///
/// # Errors
/// `bad-amount`: it is none.
pub fn number(text: String) -> Result<Box<RawValue>, Failure> {
    RawValue::from_string(text).map_err(|error| Fail::invalid_input("bad-amount", error.to_string()))
}

/// A vendor's amount, a JSON number or the text of one; `None` when it is no number, or has more decimals than
/// `decimals`, or `currency` is no code.
pub fn read(text: &str, decimals: u8, currency: &str) -> Option<Money> {
    let code = *currency.as_bytes().first_chunk::<3>().filter(|_| currency.len() == 3)?;
    let plain = without_exponent(text.trim_matches('"'))?;
    crate::Money::parse(&plain, decimals, code).ok().map(Into::into)
}

/// Equal amounts of one currency, whatever the decimals they are written with.
pub fn equal(a: Money, b: Money) -> bool {
    let scale = |money: Money, to: u8| {
        let more = 10_i128.checked_pow(u32::from(to.saturating_sub(money.exponent)))?;
        i128::from(money.minor).checked_mul(more)
    };
    let to = a.exponent.max(b.exponent);
    a.currency == b.currency && scale(a, to).is_some() && scale(a, to) == scale(b, to)
}

/// The failure for an amount with more decimals than a vendor takes.
pub fn imprecise(money: Money, vendor: &str) -> Failure {
    let code = currency(money);
    let message =
        format!("{vendor} takes fewer decimals of {code} than the amount has; ask for a rounder one");
    Fail::invalid_input("amount-precision", message)
}

/// `1.25E7` as `12500000`.
fn without_exponent(text: &str) -> Option<String> {
    let Some((mantissa, power)) = text.split_once(['e', 'E']) else { return Some(text.to_owned()) };
    let power: i32 = power.parse().ok().filter(|power| (-18..=18).contains(power))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()? + power;
    if point <= 0 {
        let zeros = "0".repeat(usize::try_from(-point).ok()?);
        return Some(format!("{sign}0.{zeros}{digits}"));
    }
    let point = usize::try_from(point).ok()?;
    let padded = format!("{digits:0<point$}");
    let (whole, fraction) = padded.split_at_checked(point)?;
    Some(format!("{sign}{whole}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::{decimal, equal, minor, read};
    use crate::Money;

    #[test]
    fn an_amount_is_written_without_more_decimals_than_the_vendor_takes() {
        let cases = [
            ("15000.00", 2, 0, Ok("15000"), Some(15_000)),
            ("15000.50", 2, 0, Err("amount-precision"), None),
            ("12.5000", 4, 4, Ok("12.5000"), Some(125_000)),
            ("10.50", 2, 2, Ok("10.50"), Some(1_050)),
            ("7", 0, 2, Ok("7"), Some(700)),
            ("1.234", 3, 2, Err("amount-precision"), None),
        ];
        for (text, exponent, decimals, written, units) in cases {
            let money = Money::parse(text, exponent, *b"MXN").expect("an amount").into();
            let told = decimal(money, decimals, "acme").map_err(|failure| failure.code);
            assert_eq!(told, written.map(str::to_owned).map_err(str::to_owned), "{text}");
            assert_eq!(minor(money, decimals, "acme").ok(), units, "{text}");
        }
        let largest = Money { minor: i64::MAX, exponent: 0, currency: *b"USD" };
        assert_eq!(minor(largest.into(), 2, "acme").expect_err("too large").code, "amount-precision");
    }

    #[test]
    fn an_amount_is_read_however_it_is_written() {
        let cases = [
            ("1000", 0, Some("1000 CLP")),
            ("1000.0", 0, Some("1000 CLP")),
            ("\"1000.0000\"", 0, Some("1000 CLP")),
            ("1.25E7", 0, Some("12500000 CLP")),
            ("1.05e1", 2, Some("10.50 CLP")),
            ("5E-2", 2, Some("0.05 CLP")),
            ("-1.5e0", 2, Some("-1.50 CLP")),
            ("1.5", 0, None),
            ("1E99", 0, None),
            ("-", 0, None),
            ("NaN", 0, None),
        ];
        for (text, decimals, expected) in cases {
            let money = read(text, decimals, "CLP").map(|money| Money::from(money).to_string());
            assert_eq!(money.as_deref(), expected, "{text}");
        }
        assert_eq!(read("1", 0, "CLPX"), None);
    }

    #[test]
    fn equal_amounts_are_equal_with_any_decimals() {
        let money = |text, exponent| Money::parse(text, exponent, *b"CLF").expect("an amount").into();
        assert!(equal(money("1.50", 2), money("1.5000", 4)));
        assert!(!equal(money("1.50", 2), money("1.5001", 4)));
    }
}
