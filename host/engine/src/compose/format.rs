//! Amounts and days as people of a place write them.

use chrono::Datelike;
use recaudo_core::day::Day;
use recaudo_core::money::Currency;

/// Countries that write a point before the decimals, as in 1,234.56. Elsewhere in Spanish and Portuguese it is a comma.
/// Source: CLDR 46, numbers of es-MX, es-PE, es-US, es-GT, es-HN, es-NI, es-PA, es-DO, es-SV, es-PR.
const POINT_COUNTRIES: [&str; 10] = ["MX", "PE", "US", "GT", "HN", "NI", "PA", "DO", "SV", "PR"];

/// An amount with its currency's code, such as `1.234.567,50 COP`.
pub fn amount(minor: i64, currency: Currency, locale: &str) -> String {
    written(&currency.decimal(minor), currency.code(), locale)
}

/// As [`amount`], of a decimal such as `1234567.50`.
pub fn written(plain: &str, currency: &str, locale: &str) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = locale.starts_with("en") || locale.get(3..).is_some_and(|c| POINT_COUNTRIES.contains(&c));
    let (group, decimal) = if point { (',', '.') } else { ('.', ',') };
    let mut text = String::with_capacity(plain.len() + 8);
    text.push_str(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(decimal);
        text.push_str(fraction);
    }
    text.push(' ');
    text.push_str(currency);
    text
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A day: `31/03/2026` in Spanish and Portuguese, `31 Mar 2026` in English, where figures alone would be ambiguous.
pub fn day(day: Day, language: &str) -> String {
    let date = day.date();
    if matches!(language, "es" | "pt") {
        return format!("{:02}/{:02}/{}", date.day(), date.month(), date.year());
    }
    let month = MONTHS[date.month0() as usize];
    format!("{} {month} {}", date.day(), date.year())
}

#[cfg(test)]
mod tests {
    use recaudo_core::money::Currency;

    use super::{amount, day};

    #[test]
    fn amounts_read_as_people_of_the_place_write_them() {
        for (minor, currency, locale, expected) in [
            (123_456_750, b"COP", "es-CO", "1.234.567,50 COP"),
            (123_456_750, b"MXN", "es-MX", "1,234,567.50 MXN"),
            (1_234_567, b"CLP", "es-CL", "1.234.567 CLP"),
            (-99_905, b"USD", "en-US", "-999.05 USD"),
            (100_000, b"BRL", "pt-BR", "1.000,00 BRL"),
            (5, b"USD", "es", "0,05 USD"),
        ] {
            assert_eq!(amount(minor, Currency(*currency), locale), expected);
        }
    }

    #[test]
    fn days_cannot_be_misread() {
        let march = "2026-03-04".parse().unwrap();
        assert_eq!(day(march, "es"), "04/03/2026");
        assert_eq!(day(march, "en"), "4 Mar 2026");
    }
}
