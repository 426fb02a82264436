//! What a record's fields must look like before they may come in.

use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_ports::plugin::{EpochDay, Money};

use super::tally::Refusal;

/// 1900-01-01 and 2200-01-01: days outside are typing mistakes.
const DAY_MIN: EpochDay = -25_567;
const DAY_MAX: EpochDay = 84_006;
/// Longest id, number or reference that is taken.
const ID_MAX: usize = 200;

/// Exact minor units of a known currency.
pub(crate) fn money(field: &'static str, money: &Money) -> Result<(i64, Currency), Refusal> {
    let currency = Currency(money.currency);
    let code = String::from_utf8_lossy(&money.currency).into_owned();
    if !currency.is_known() {
        let message = format!("{code:?} is no currency of ISO 4217");
        return Err(Refusal::new("currency", code, "unknown-currency", message));
    }
    let shown = || format!("{}e-{} {code}", money.minor, money.exponent);
    let exponent = currency.exponent();
    let power = 10_i64.checked_pow(u32::from(exponent.abs_diff(money.exponent)));
    let power = power.ok_or_else(|| {
        Refusal::new(field, shown(), "amount-too-large", "the amount does not fit 64 bits of minor units")
    })?;
    if exponent >= money.exponent {
        let minor = money.minor.checked_mul(power).ok_or_else(|| {
            Refusal::new(field, shown(), "amount-too-large", "the amount does not fit 64 bits of minor units")
        })?;
        return Ok((minor, currency));
    }
    if money.minor % power != 0 {
        let message = format!("{code} has {exponent} decimals; the amount has more and is not rounded");
        return Err(Refusal::new(field, shown(), "amount-precision", message));
    }
    Ok((money.minor / power, currency))
}

/// A day a ledger can be about.
pub(crate) fn day(field: &'static str, day: EpochDay) -> Result<Day, Refusal> {
    if (DAY_MIN..DAY_MAX).contains(&day) {
        return Ok(Day(day));
    }
    let message = "the date lies outside 1900 to 2199";
    Err(Refusal::new(field, day.to_string(), "implausible-date", message))
}

/// An id or number: there, and not endless.
pub(crate) fn id(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(field, "", "missing-field", format!("the {field} is missing")));
    }
    if text.len() > ID_MAX {
        let message = format!("the {field} is longer than {ID_MAX} bytes");
        return Err(Refusal::new(field, text.chars().take(40).collect::<String>(), "too-long", message));
    }
    Ok(())
}

/// An address mail can be sent to, by shape. Empty is no address and fine.
pub(super) fn email(text: &str) -> Result<(), Refusal> {
    let shaped = text.split_once('@').is_some_and(|(local, domain)| {
        let host = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !part.starts_with('-')
        };
        !local.is_empty()
            && local.len() <= 64
            && !local.contains(|c: char| c.is_whitespace() || c.is_control() || "<>(),;:\"[]\\@".contains(c))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && domain.contains('.')
            && domain.split('.').all(host)
    });
    if text.is_empty() || (shaped && text.len() <= 254) {
        return Ok(());
    }
    Err(Refusal::new("email", text, "bad-email", "this is no e-mail address; it looks like name@company.com"))
}

/// A number one can dial, by shape: 6 to 15 digits (ITU-T E.164) and the usual punctuation. Empty is fine.
pub(super) fn phone(text: &str) -> Result<(), Refusal> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let clean = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if text.is_empty() || (clean && (6..=15).contains(&digits)) {
        return Ok(());
    }
    let message = "this is no telephone number; it has 6 to 15 digits, such as +57 601 555 0100";
    Err(Refusal::new("phone", text, "bad-phone", message))
}

/// A tax id, by shape and, where the country has one and it is told, by check digit.
pub(super) fn tax_id(country: &str, text: &str) -> Result<(), Refusal> {
    let compact: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let shaped = (4..=20).contains(&compact.len())
        && text.chars().all(|c| c.is_alphanumeric() || " -./&".contains(c))
        && compact.chars().any(|c| c.is_ascii_digit());
    let fits = match country {
        "CL" => rut(&compact),
        "CO" => !text.contains('-') || nit(&compact),
        "PE" => compact.len() != 11 || ruc(&compact),
        _ => true,
    };
    if shaped && fits {
        return Ok(());
    }
    let message = match (shaped, country) {
        (false, _) => "this is no tax id: 4 to 20 letters and digits".into(),
        (true, country) => format!("the check digit of this tax id is wrong for {country}"),
    };
    Err(Refusal::new("tax_id", text, "bad-tax-id", message))
}

fn weighted(digits: &[u8], weights: impl Iterator<Item = u32>) -> Option<u32> {
    let digits = digits.iter().rev().map(|c| c.is_ascii_digit().then(|| u32::from(c - b'0')));
    digits.zip(weights).map(|(digit, weight)| digit.map(|d| d * weight)).sum()
}

/// Chile: modulo 11 with weights 2 to 7 (Servicio de Impuestos Internos).
fn rut(compact: &str) -> bool {
    let Some((check, body)) = compact.as_bytes().split_last() else { return false };
    let expected = weighted(body, (2..=7).cycle()).map(|sum| match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    });
    expected == Some(check.to_ascii_uppercase())
}

/// Colombia: modulo 11 with the primes from 3 (DIAN, Orden Administrativa 4 of 1989).
fn nit(compact: &str) -> bool {
    const PRIMES: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let Some((check, body)) = compact.as_bytes().split_last() else { return false };
    let expected = weighted(body, PRIMES.into_iter()).map(|sum| match sum % 11 {
        rest @ 0..=1 => rest,
        rest => 11 - rest,
    });
    expected == Some(u32::from(check.wrapping_sub(b'0')))
}

/// Peru: modulo 11 with weights 2 to 7 (SUNAT).
fn ruc(compact: &str) -> bool {
    let Some((check, body)) = compact.as_bytes().split_last() else { return false };
    let expected = weighted(body, (2..=7).cycle()).map(|sum| (11 - sum % 11) % 10);
    expected == Some(u32::from(check.wrapping_sub(b'0')))
}

/// Statuses by which sources say that a document no longer stands.
pub(super) fn is_void(status: &str) -> bool {
    ["void", "voided", "cancelled", "canceled", "reversed", "deleted"]
        .iter()
        .any(|word| status.eq_ignore_ascii_case(word))
}
