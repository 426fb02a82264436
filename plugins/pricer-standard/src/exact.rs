//! Exact fractions, and the one place where they are rounded.

use std::cmp::Ordering;

use serde::Deserialize;

/// A number past 128 bits: no amount of this world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// How a rule rounds to the minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rounding {
    /// A half goes to the even neighbour.
    #[default]
    HalfEven,
    /// A half goes away from zero, as tax offices round.
    HalfUp,
    /// Towards zero: never in the creditor's favour.
    Down,
}

/// `num / den`, reduced, `den` positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    num: i128,
    den: i128,
}

impl Exact {
    pub(crate) const ZERO: Self = Self { num: 0, den: 1 };
    pub(crate) const ONE: Self = Self { num: 1, den: 1 };

    pub(crate) fn int(value: impl Into<i128>) -> Self {
        Self { num: value.into(), den: 1 }
    }

    /// A fraction; `den` is not zero.
    pub(crate) fn ratio(num: i128, den: i128) -> Result<Self, TooLarge> {
        let common = gcd(num, den).max(1);
        let sign = if den < 0 { -1 } else { 1 };
        let part = |n: i128| n.checked_div(common).and_then(|n| n.checked_mul(sign)).ok_or(TooLarge);
        Ok(Self { num: part(num)?, den: part(den)? })
    }

    /// coefficient × 10^-scale.
    pub(crate) fn decimal(coefficient: i128, scale: u32) -> Result<Self, TooLarge> {
        Self::ratio(coefficient, 10_i128.checked_pow(scale).ok_or(TooLarge)?)
    }

    /// Plain decimal text such as `-12.5`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let value: i128 = all.parse().ok()?;
        let value = if text.starts_with('-') { -value } else { value };
        Self::decimal(value, u32::try_from(fraction.len()).ok()?).ok()
    }

    pub(crate) fn num(self) -> i128 {
        self.num
    }

    pub(crate) fn den(self) -> i128 {
        self.den
    }

    pub(crate) fn is_positive(self) -> bool {
        self.num > 0
    }

    pub(crate) fn plus(self, other: Self) -> Result<Self, TooLarge> {
        let common = gcd(self.den, other.den).max(1);
        let (a, b) = (other.den / common, self.den / common);
        let left = self.num.checked_mul(a).ok_or(TooLarge)?;
        let right = other.num.checked_mul(b).ok_or(TooLarge)?;
        let den = self.den.checked_mul(a).ok_or(TooLarge)?;
        Self::ratio(left.checked_add(right).ok_or(TooLarge)?, den)
    }

    pub(crate) fn minus(self, other: Self) -> Result<Self, TooLarge> {
        self.plus(Self { num: other.num.checked_neg().ok_or(TooLarge)?, den: other.den })
    }

    pub(crate) fn times(self, other: Self) -> Result<Self, TooLarge> {
        // Reduced crosswise first, so that what fits in the end fits on the way.
        let (left, right) = (Self::ratio(self.num, other.den)?, Self::ratio(other.num, self.den)?);
        let num = left.num.checked_mul(right.num).ok_or(TooLarge)?;
        Ok(Self { num, den: left.den.checked_mul(right.den).ok_or(TooLarge)? })
    }

    /// Divided by something that is not zero.
    pub(crate) fn over(self, other: Self) -> Result<Self, TooLarge> {
        if other.num == 0 {
            return Err(TooLarge);
        }
        self.times(Self::ratio(other.den, other.num)?)
    }

    /// A part in the hundred.
    pub(crate) fn percent(self) -> Result<Self, TooLarge> {
        self.over(Self::int(100))
    }

    /// The value in units of 10^-digits.
    pub(crate) fn rounded(self, digits: u8, how: Rounding) -> Result<i64, TooLarge> {
        let scaled = self.times(Self::int(10_i128.checked_pow(digits.into()).ok_or(TooLarge)?))?;
        let (whole, rest) = (scaled.num / scaled.den, scaled.num % scaled.den);
        let up = match (how, rest.unsigned_abs().cmp(&(scaled.den.unsigned_abs() - rest.unsigned_abs()))) {
            (Rounding::Down, _) | (_, Ordering::Less) => false,
            (_, Ordering::Greater) | (Rounding::HalfUp, Ordering::Equal) => true,
            (Rounding::HalfEven, Ordering::Equal) => whole % 2 != 0,
        };
        let step = if up { rest.signum() } else { 0 };
        whole.checked_add(step).and_then(|value| i64::try_from(value).ok()).ok_or(TooLarge)
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    /// By whole parts, then by the reciprocals of what is left: no product, no overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b, mut flipped) = (*self, *other, false);
        loop {
            let (x, y) = (a.num.div_euclid(a.den), b.num.div_euclid(b.den));
            let (p, q) = (a.num.rem_euclid(a.den), b.num.rem_euclid(b.den));
            let order = match x.cmp(&y) {
                Ordering::Equal if p == 0 || q == 0 => (p != 0).cmp(&(q != 0)),
                Ordering::Equal => {
                    (a, b, flipped) = (Self { num: a.den, den: p }, Self { num: b.den, den: q }, !flipped);
                    continue;
                }
                order => order,
            };
            return if flipped { order.reverse() } else { order };
        }
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a).unwrap_or(1)
}
