//! Amounts as people write them in files: in quotes, in major units.

use recaudo_core::money::Currency;

/// The amount in minor units; none when it is no amount or does not fit the currency without loss.
pub(crate) fn parse_minor(text: &str, currency: Currency) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent = usize::from(currency.exponent());
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if fraction.bytes().skip(exponent).any(|digit| digit != b'0') {
        return None;
    }
    let mut minor: i64 = whole.parse().ok()?;
    for place in 0..exponent {
        let digit = fraction.as_bytes().get(place).map_or(0, |digit| i64::from(digit - b'0'));
        minor = minor.checked_mul(10)?.checked_add(digit)?;
    }
    Some(if negative { -minor } else { minor })
}

/// A table of amounts, a currency each: `{ COP = "20000", USD = "5" }`.
pub(crate) fn by_currency(
    key: &str,
    table: &std::collections::BTreeMap<String, toml::Value>,
) -> Result<Vec<(Currency, i64)>, String> {
    table
        .iter()
        .map(|(code, value)| {
            let currency: Currency = code.parse().map_err(|error| format!("{key}: {error}"))?;
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                other => {
                    return Err(format!(
                        "{key}.{code}: expected an amount in quotes such as \"1500.50\", found {other}"
                    ));
                }
            };
            let minor = parse_minor(&text, currency).ok_or_else(|| {
                let digits = currency.exponent();
                format!("{key}.{code}: expected an amount with at most {digits} decimals, found {text:?}")
            })?;
            Ok((currency, minor))
        })
        .collect()
}
