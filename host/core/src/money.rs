//! Exact money: integer minor units of one currency. Currencies are never added to each other.
#![deny(clippy::arithmetic_side_effects)]

use std::fmt;
use std::str::FromStr;

/// An ISO 4217 alpha code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(pub [u8; 3]);

impl Currency {
    /// The code as text.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Decimal digits of the minor unit: 0 for CLP and JPY, 3 for KWD, 2 for most. Source: ISO 4217 table A.1.
    pub fn exponent(self) -> u8 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// Is it a currency of ISO 4217 that is in use?
    pub fn is_known(self) -> bool {
        KNOWN.split(' ').any(|code| code.as_bytes() == self.0)
    }

    /// Minor units as a decimal string, such as `-1234.50`.
    pub fn decimal(self, minor: i64) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let digits = minor.unsigned_abs().to_string();
        let exponent = usize::from(self.exponent());
        if exponent == 0 {
            return format!("{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = exponent.saturating_add(1));
        let (whole, fraction) = padded.split_at(padded.len().saturating_sub(exponent));
        format!("{sign}{whole}.{fraction}")
    }
}

/// The currencies of ISO 4217 table A.1 that have a minor unit.
const KNOWN: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
    CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP \
    GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
    MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD \
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
    USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What money cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be added without a dated rate")]
    TwoCurrencies(Currency, Currency),
    /// Past 64 bits of minor units.
    #[error("the amount does not fit 64 bits of minor units")]
    TooLarge,
    /// No three upper-case letters.
    #[error("{0:?} is no currency code; write three letters such as COP")]
    NoCurrency(String),
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|b| b.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(MoneyError::NoCurrency(text.into())),
        }
    }
}

/// An amount of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units, by the currency's exponent.
    pub minor: i64,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// The sum.
    ///
    /// # Errors
    /// Two currencies, or past 64 bits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::TwoCurrencies(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// Splits into `parts` that differ by at most one minor unit and sum to the whole; the first get the rest.
    ///
    /// # Panics
    /// With no parts.
    pub fn split(self, parts: u32) -> Vec<Self> {
        assert!(parts > 0, "money is split into at least one part");
        let n = i64::from(parts);
        let (each, rest) = (self.minor.div_euclid(n), self.minor.rem_euclid(n));
        (0..n).map(|i| Self { minor: each.saturating_add(i64::from(i < rest)), ..self }).collect()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.decimal(self.minor), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, MoneyError};

    fn usd(minor: i64) -> Money {
        Money { minor, currency: Currency(*b"USD") }
    }

    #[test]
    fn currencies_are_never_added() {
        let clp = Money { minor: 5, currency: Currency(*b"CLP") };
        assert_eq!(
            usd(1).checked_add(clp),
            Err(MoneyError::TwoCurrencies(Currency(*b"USD"), Currency(*b"CLP")))
        );
        assert_eq!(usd(i64::MAX).checked_add(usd(1)), Err(MoneyError::TooLarge));
    }

    #[test]
    fn a_split_loses_no_cent() {
        for minor in [-1001, -1, 0, 1, 100, 1001] {
            for parts in 1..8 {
                let total: i64 = usd(minor).split(parts).iter().map(|m| m.minor).sum();
                assert_eq!(total, minor);
            }
        }
    }

    #[test]
    fn only_currencies_in_use_are_known() {
        for code in [b"COP", b"CLF", b"ZWG", b"AED"] {
            assert!(Currency(*code).is_known(), "{code:?}");
        }
        for code in [b"XXX", b"DEM", b"XAU", b"cop", b"A B"] {
            assert!(!Currency(*code).is_known(), "{code:?}");
        }
    }

    #[test]
    fn amounts_read_like_amounts() {
        assert_eq!(usd(-5).to_string(), "-0.05 USD");
        assert_eq!(Money { minor: 1500, currency: Currency(*b"CLP") }.to_string(), "1500 CLP");
        assert_eq!(Money { minor: 1, currency: Currency(*b"KWD") }.to_string(), "0.001 KWD");
    }
}
