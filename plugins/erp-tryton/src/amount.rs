//! Decimals, exactly: as long as they have to be, never rounded unless Tryton itself would.

use core::fmt;

use recaudo_sdk::values;
use serde::{Deserialize, Deserializer};

/// `coefficient` x 10^-`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Decimal {
    pub(crate) coefficient: i128,
    pub(crate) scale: u32,
}

/// Why a decimal is no amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAmount {
    TooPrecise,
    TooLarge,
}

/// No number of Tryton's has more digits.
const SCALE_MAX: u32 = 30;

impl Decimal {
    /// As Python writes decimals: `1160.00`, `-0.5`, `1E+3`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut coefficient: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            coefficient = coefficient.checked_mul(10)?.checked_add(digit)?;
        }
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if negative {
            coefficient = -coefficient;
        }
        if scale < 0 {
            coefficient = coefficient.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
            return Some(Self { coefficient, scale: 0 });
        }
        let scale = scale.unsigned_abs();
        (scale <= SCALE_MAX).then_some(Self { coefficient, scale })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.coefficient.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let coefficient = self.at_scale(scale)?.checked_sub(other.at_scale(scale)?)?;
        Some(Self { coefficient, scale })
    }

    /// Whole units of 10^-`digits`, without a loss.
    pub(crate) fn minor(self, digits: u8) -> Result<i64, NoAmount> {
        let digits = u32::from(digits);
        let minor = if self.scale <= digits {
            self.at_scale(digits).ok_or(NoAmount::TooLarge)?
        } else {
            let power = 10_i128.checked_pow(self.scale - digits).ok_or(NoAmount::TooLarge)?;
            if self.coefficient % power != 0 {
                return Err(NoAmount::TooPrecise);
            }
            self.coefficient / power
        };
        i64::try_from(minor).map_err(|_| NoAmount::TooLarge)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Typed {
            decimal: String,
        }
        let Some(typed) = Option::<Typed>::deserialize(from)? else { return Ok(Self::default()) };
        Self::parse(&typed.decimal).ok_or_else(|| serde::de::Error::custom("a decimal that is no number"))
    }
}

/// A currency as Tryton has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Currency {
    pub(crate) id: i64,
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) digits: Option<u8>,
}

impl Currency {
    pub(crate) fn digits(&self) -> u8 {
        self.digits.unwrap_or(2).min(18)
    }

    /// ISO 4217's three letters; `None` for a code of the company's own.
    pub(crate) fn letters(&self) -> Option<(u8, u8, u8)> {
        let [a, b, c] = *self.code.as_bytes() else { return None };
        [a, b, c].iter().all(u8::is_ascii_uppercase).then_some((a, b, c))
    }

    pub(crate) fn money(&self, minor: i64) -> values::Money {
        let currency = self.letters().unwrap_or((b'X', b'X', b'X'));
        values::Money { minor, exponent: self.digits(), currency }
    }
}

/// Minor units as plain decimal text.
pub(crate) struct Plain(pub(crate) i64, pub(crate) u8);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(minor, digits) = *self;
        let sign = if minor < 0 { "-" } else { "" };
        let digits = usize::from(digits);
        let text = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        if digits == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}
