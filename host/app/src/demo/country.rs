//! The five countries of the portfolio: currency, zone, language, and amounts a trader there would invoice.

use super::chance::Chance;

/// A country and what follows from it.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 alpha-2.
    pub code: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// Language and country of the messages.
    pub locale: &'static str,
    /// Where its customers live.
    pub time_zone: &'static str,
    /// Legal forms a company's name ends in.
    pub forms: &'static [&'static str],
    /// Of a hundred customers.
    share: usize,
    /// Smallest amount, minor units.
    least: i64,
    /// Amounts are multiples of this, minor units.
    grain: i64,
    dial: &'static str,
    tax_digits: usize,
}

/// All of them.
pub(super) const COUNTRIES: [Country; 5] = [
    Country {
        code: "CO",
        currency: "COP",
        locale: "es-CO",
        time_zone: "America/Bogota",
        forms: &["S.A.S.", "Ltda."],
        share: 30,
        least: 18_000_000,
        grain: 5_000,
        dial: "+57 3",
        tax_digits: 9,
    },
    Country {
        code: "MX",
        currency: "MXN",
        locale: "es-MX",
        time_zone: "America/Mexico_City",
        forms: &["S.A. de C.V.", "S. de R.L. de C.V."],
        share: 25,
        least: 90_000,
        grain: 1,
        dial: "+52 55",
        tax_digits: 10,
    },
    Country {
        code: "CL",
        currency: "CLP",
        locale: "es-CL",
        time_zone: "America/Santiago",
        forms: &["SpA", "Ltda."],
        share: 17,
        least: 45_000,
        grain: 10,
        dial: "+56 9",
        tax_digits: 8,
    },
    Country {
        code: "PE",
        currency: "PEN",
        locale: "es-PE",
        time_zone: "America/Lima",
        forms: &["S.A.C.", "E.I.R.L."],
        share: 15,
        least: 20_000,
        grain: 1,
        dial: "+51 9",
        tax_digits: 11,
    },
    Country {
        code: "US",
        currency: "USD",
        locale: "en-US",
        time_zone: "America/New_York",
        forms: &["LLC", "Inc."],
        share: 13,
        least: 8_500,
        grain: 1,
        dial: "+1 305",
        tax_digits: 9,
    },
];

pub(super) fn pick(chance: &mut Chance) -> &'static Country {
    let mut ticket = chance.below(100);
    for country in &COUNTRIES {
        if ticket < country.share {
            return country;
        }
        ticket -= country.share;
    }
    &COUNTRIES[0]
}

impl Country {
    /// Many small amounts, few large ones: up to 128 times the least.
    pub(super) fn amount(&self, chance: &mut Chance) -> i64 {
        let doublings = u32::try_from(chance.below(7).min(chance.below(8))).unwrap_or(0);
        let base = self.least.saturating_mul(1 << doublings);
        let more = i64::from(chance.between(0, 999)).saturating_mul(base) / 1000;
        let minor = base.saturating_add(more);
        minor - minor.rem_euclid(self.grain)
    }

    /// A number nobody was given, with the check digit its country would give it: an import looks.
    pub(super) fn tax_id(&self, chance: &mut Chance) -> String {
        match self.code {
            "CL" => {
                let body = chance.digits(8);
                // Servicio de Impuestos Internos: modulus 11, weights 2 to 7 from the right.
                let check = match 11 - weighted(body.bytes().rev(), (2..=7).cycle()) % 11 {
                    11 => "0".to_owned(),
                    10 => "K".to_owned(),
                    digit => digit.to_string(),
                };
                format!("{body}-{check}")
            }
            "PE" => {
                let body = format!("20{}", chance.digits(8));
                // SUNAT: modulus 11, weights 5 4 3 2 7 6 5 4 3 2 from the left.
                let sum = weighted(body.bytes(), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2].into_iter());
                format!("{body}{}", (11 - sum % 11) % 10)
            }
            _ => chance.digits(self.tax_digits),
        }
    }

    pub(super) fn phone(&self, chance: &mut Chance) -> String {
        format!("{}{}", self.dial, chance.digits(8))
    }
}

fn weighted(digits: impl Iterator<Item = u8>, weights: impl Iterator<Item = u32>) -> u32 {
    digits.zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::weighted;

    #[test]
    fn check_digits_are_the_published_ones() {
        // SII's example 12.345.678-5; SUNAT's own number 20131312955.
        assert_eq!(11 - weighted("12345678".bytes().rev(), (2..=7).cycle()) % 11, 5);
        let sunat = weighted("2013131295".bytes(), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2].into_iter());
        assert_eq!((11 - sunat % 11) % 10, 5);
    }
}
