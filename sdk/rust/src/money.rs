//! Exact money: minor units, an explicit exponent, three currency bytes.

use core::fmt;

use crate::bindings::types::recaudo::types::values;

/// An amount of one currency. Never a float, never rounded in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount times 10^exponent.
    pub minor: i64,
    /// Decimal digits of `minor`.
    pub exponent: u8,
    /// ISO 4217 alpha code.
    pub currency: [u8; 3],
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// Empty, or with a character that is no digit, sign or the decimal mark.
    NotANumber,
    /// More decimals than the currency has; nothing is rounded in silence.
    TooPrecise,
    /// Past 64 bits of minor units.
    TooLarge,
}

impl Money {
    /// Reads plain decimal text such as `-1234.5` with `exponent` digits after the point.
    ///
    /// # Errors
    /// See [`MoneyError`].
    pub fn parse(text: &str, exponent: u8, currency: [u8; 3]) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(MoneyError::NotANumber);
        }
        let (kept, beyond) = fraction.split_at_checked(usize::from(exponent)).unwrap_or((fraction, ""));
        let mut minor: i64 = 0;
        for byte in whole.bytes().chain(kept.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(MoneyError::NotANumber);
            }
            let digit = i64::from(byte - b'0');
            minor = minor.checked_mul(10).and_then(|m| m.checked_add(digit)).ok_or(MoneyError::TooLarge)?;
        }
        if beyond.bytes().any(|b| !b.is_ascii_digit()) {
            return Err(MoneyError::NotANumber);
        }
        if beyond.bytes().any(|b| b != b'0') {
            return Err(MoneyError::TooPrecise);
        }
        for _ in kept.len()..usize::from(exponent) {
            minor = minor.checked_mul(10).ok_or(MoneyError::TooLarge)?;
        }
        Ok(Self { minor: if negative { -minor } else { minor }, exponent, currency })
    }

    /// The currency as text.
    pub fn code(&self) -> &str {
        core::str::from_utf8(&self.currency).unwrap_or("???")
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.minor.unsigned_abs().to_string();
        let exponent = usize::from(self.exponent);
        if exponent == 0 {
            return write!(f, "{sign}{digits} {}", self.code());
        }
        let padded = format!("{digits:0>width$}", width = exponent + 1);
        let (whole, fraction) = padded.split_at(padded.len() - exponent);
        write!(f, "{sign}{whole}.{fraction} {}", self.code())
    }
}

impl From<Money> for values::Money {
    fn from(money: Money) -> Self {
        let [a, b, c] = money.currency;
        Self { minor: money.minor, exponent: money.exponent, currency: (a, b, c) }
    }
}

impl From<values::Money> for Money {
    fn from(money: values::Money) -> Self {
        let (a, b, c) = money.currency;
        Self { minor: money.minor, exponent: money.exponent, currency: [a, b, c] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Money, MoneyError};

    #[test]
    fn text_becomes_minor_units_without_a_loss() {
        let cases = [
            ("1234.56", 2, Ok(123_456)),
            ("-0.5", 2, Ok(-50)),
            ("1000", 0, Ok(1000)),
            ("1.000", 0, Ok(1)),
            ("7", 3, Ok(7000)),
        ];
        for (text, exponent, expected) in cases {
            assert_eq!(Money::parse(text, exponent, *b"USD").map(|m| m.minor), expected, "{text}");
        }
        assert_eq!(Money::parse("1.005", 2, *b"USD"), Err(MoneyError::TooPrecise));
        assert_eq!(Money::parse("1,5", 2, *b"USD"), Err(MoneyError::NotANumber));
        assert_eq!(Money::parse("", 2, *b"USD"), Err(MoneyError::NotANumber));
        assert_eq!(Money::parse("99999999999999999999", 2, *b"USD"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn minor_units_read_back() {
        assert_eq!(Money { minor: -5, exponent: 2, currency: *b"MXN" }.to_string(), "-0.05 MXN");
        assert_eq!(Money { minor: 1500, exponent: 0, currency: *b"CLP" }.to_string(), "1500 CLP");
    }
}
