//! Exact amounts in billionths of a currency unit, and what a contact is worth.

use core::fmt;

use serde::{Deserialize, Deserializer, de};

/// Decimal places of [`Nano`].
const PLACES: u32 = 9;

/// Billionths of a unit of some currency. 128 bits hold any 64-bit amount of minor units without loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Nano(pub i128);

impl Nano {
    /// One unit.
    pub const ONE: Self = Self(10_i128.pow(PLACES));

    /// `value` × 10^-`scale`; `None` for more than nine decimals.
    pub fn from_scaled(value: i64, scale: u8) -> Option<Self> {
        let up = PLACES.checked_sub(u32::from(scale))?;
        Some(Self(i128::from(value) * 10_i128.pow(up)))
    }

    /// Reads `-12.5`; `None` if it is no decimal, has more than nine decimals, or is past 10^18 units.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 18
            || fraction.len() > 9
            || !is_number(whole)
            || !is_number(fraction)
        {
            return None;
        }
        let nano: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
        Some(Self(if negative { -nano } else { nano }))
    }

    /// The part that `ppm` parts per million are, cut.
    #[must_use]
    pub fn share(self, ppm: u32) -> Self {
        Self(self.0.saturating_mul(i128::from(ppm)) / 1_000_000)
    }

    /// In another currency, of which one unit of this one is `rate`; saturating.
    #[must_use]
    pub fn at(self, rate: Self) -> Self {
        Self(self.0.saturating_mul(rate.0) / Self::ONE.0)
    }

    /// Hundredths of a unit, cut, as far as 32 bits go.
    pub fn priority(self) -> i32 {
        let hundredths = self.0 / (Self::ONE.0 / 100);
        let clamped = hundredths.clamp(i128::from(i32::MIN), i128::from(i32::MAX));
        i32::try_from(clamped).unwrap_or(i32::MAX)
    }

    /// Decimal text with `places` decimals, cut.
    pub fn text(self, places: u8) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nano = self.0.unsigned_abs();
        let (whole, fraction) = (nano / Self::ONE.0.unsigned_abs(), nano % Self::ONE.0.unsigned_abs());
        match usize::from(places.min(9)) {
            0 => format!("{sign}{whole}"),
            places => format!("{sign}{whole}.{}", &format!("{fraction:09}")[..places]),
        }
    }
}

impl<'de> Deserialize<'de> for Nano {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Nano;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal in quotes, such as \"0.05\", with at most nine decimals")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Nano, E> {
                Nano::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// What a candidate is worth, and what that was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// What a contact may bring in.
    pub gain: Nano,
    /// What it costs.
    pub cost: Nano,
    /// Is the cost not known, and taken as nothing?
    pub cost_unknown: bool,
    /// Probability of paying late.
    pub late_ppm: u32,
    /// Share of it a contact averts.
    pub effect_ppm: u32,
    /// What is left of that at the debt's age.
    pub age_ppm: u32,
}

impl Worth {
    /// `amount × late × effect × age`, cut after each step, and its cost.
    pub fn new(amount: Nano, late_ppm: u32, effect_ppm: u32, age_ppm: u32, cost: Option<Nano>) -> Self {
        let gain = amount.share(late_ppm).share(effect_ppm).share(age_ppm);
        let cost_unknown = cost.is_none();
        Self { gain, cost: cost.unwrap_or_default(), cost_unknown, late_ppm, effect_ppm, age_ppm }
    }

    /// Gain less cost.
    pub fn expected(&self) -> Nano {
        Nano(self.gain.0.saturating_sub(self.cost.0))
    }
}
