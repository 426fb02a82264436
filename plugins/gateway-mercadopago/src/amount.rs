//! Amounts as Mercado Pago writes them: a JSON number of decimals in the currency's main unit, sometimes with an
//! exponent, as programs do that keep them as floating point. Read and written as text, so that nothing is
//! rounded.

use recaudo_sdk::values::Money;
use recaudo_sdk::{Fail, Failure};

/// Decimals Mercado Pago takes: none of Chilean and Colombian pesos, two of the others it knows.
fn exponent(currency: &str) -> u8 {
    match currency {
        "CLP" | "COP" | "PYG" => 0,
        _ => 2,
    }
}

/// The currency's code, and the number as JSON.
pub(crate) fn to_text(money: Money) -> Result<(String, String), Failure> {
    let (a, b, c) = money.currency;
    let code = String::from_utf8(vec![a, b, c]).unwrap_or_default();
    let imprecise = || {
        let message =
            format!("mercado pago takes fewer decimals of {code} than the amount has; ask for a rounder one");
        Fail::invalid_input("amount-precision", message)
    };
    let (mut minor, mut scale) = (money.minor, money.exponent);
    while scale > exponent(&code) {
        minor = (minor % 10 == 0).then_some(minor / 10).ok_or_else(imprecise)?;
        scale -= 1;
    }
    let text = recaudo_sdk::Money { minor, exponent: scale, currency: [a, b, c] }.to_string();
    let number = text.split(' ').next().unwrap_or_default().to_owned();
    Ok((code, number))
}

/// An amount of Mercado Pago's; none when it is no number, or has more decimals than there can be.
pub(crate) fn from_text(text: &str, currency: &str) -> Option<Money> {
    let [a, b, c] = *currency.as_bytes() else { return None };
    let plain = without_exponent(text.trim_matches('"'))?;
    recaudo_sdk::Money::parse(&plain, exponent(currency), [a, b, c]).ok().map(Into::into)
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
    use super::{from_text, to_text};
    use recaudo_sdk::Money;

    #[test]
    fn an_amount_is_written_without_more_decimals_than_mercado_pago_takes() {
        let cases = [
            ("15000.00", 2, *b"CLP", Ok("15000")),
            ("15000.50", 2, *b"CLP", Err("amount-precision")),
            ("12500", 0, *b"COP", Ok("12500")),
            ("10.50", 2, *b"PEN", Ok("10.50")),
            ("7", 0, *b"MXN", Ok("7")),
            ("1.234", 3, *b"USD", Err("amount-precision")),
        ];
        for (text, exponent, currency, expected) in cases {
            let money = Money::parse(text, exponent, currency).expect("an amount");
            let written = to_text(money.into()).map(|(_, number)| number).map_err(|failure| failure.code);
            assert_eq!(written, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn an_amount_is_read_however_it_is_written() {
        let cases = [
            ("1000", "CLP", Some("1000 CLP")),
            ("1000.0", "CLP", Some("1000 CLP")),
            ("\"1000.0000\"", "CLP", Some("1000 CLP")),
            ("1.25E7", "CLP", Some("12500000 CLP")),
            ("1.05e1", "PEN", Some("10.50 PEN")),
            ("5E-2", "USD", Some("0.05 USD")),
            ("1.5", "CLP", None),
            ("1E99", "CLP", None),
            ("-", "CLP", None),
            ("NaN", "CLP", None),
        ];
        for (text, currency, expected) in cases {
            let read = from_text(text, currency).map(|money| Money::from(money).to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
