//! Powers with a broken exponent, in decimals of 28 digits: effective rates and compound growth.
//!
//! `x^t` is `exp(t · ln x)`, both by their series. Same digits on every machine.

use rust_decimal::Decimal;

use crate::exact::{Exact, TooLarge};

/// Terms after which a series no longer changes 28 digits, for the arguments it is given here.
const TERMS: u32 = 70;

/// Half up to the last of 28 digits.
pub(crate) fn decimal(value: Exact) -> Result<Decimal, TooLarge> {
    let part = |n: i128| Decimal::try_from_i128_with_scale(n, 0).map_err(|_| TooLarge);
    part(value.num())?.checked_div(part(value.den())?).ok_or(TooLarge)
}

/// The decimal as a fraction, cut to `digits`: cut, so that a cap is never passed.
pub(crate) fn cut(value: Decimal, digits: u32) -> Result<Exact, TooLarge> {
    let value = value.trunc_with_scale(digits);
    Exact::decimal(value.mantissa(), value.scale())
}

/// `base^(num/den)` for a positive base.
pub(crate) fn pow(base: Decimal, exponent: Exact) -> Result<Decimal, TooLarge> {
    exp(ln(base)?.checked_mul(decimal(exponent)?).ok_or(TooLarge)?)
}

fn ln(value: Decimal) -> Result<Decimal, TooLarge> {
    if value <= Decimal::ZERO {
        return Err(TooLarge);
    }
    let step = Decimal::new(15, 1);
    let (mut rest, mut steps) = (value, 0_i64);
    while rest > step {
        rest = rest.checked_div(step).ok_or(TooLarge)?;
        steps += 1;
    }
    while rest < Decimal::ONE / step {
        rest = rest.checked_mul(step).ok_or(TooLarge)?;
        steps -= 1;
    }
    let whole = near_ln(step)?.checked_mul(steps.into()).ok_or(TooLarge)?;
    near_ln(rest)?.checked_add(whole).ok_or(TooLarge)
}

/// `2 · artanh((x-1)/(x+1))`, for `x` between 2/3 and 3/2.
fn near_ln(value: Decimal) -> Result<Decimal, TooLarge> {
    let z = (value - Decimal::ONE).checked_div(value + Decimal::ONE).ok_or(TooLarge)?;
    let (square, mut power, mut sum) = (z * z, z, Decimal::ZERO);
    for term in 0..TERMS {
        sum += power / Decimal::from(2 * term + 1);
        power *= square;
    }
    Ok(sum * Decimal::TWO)
}

fn exp(value: Decimal) -> Result<Decimal, TooLarge> {
    let (mut small, mut halvings) = (value, 0);
    while small.abs() > Decimal::new(5, 1) {
        if halvings == 64 {
            return Err(TooLarge);
        }
        small /= Decimal::TWO;
        halvings += 1;
    }
    let (mut sum, mut term) = (Decimal::ONE, Decimal::ONE);
    for n in 1..TERMS {
        term = term * small / Decimal::from(n);
        sum += term;
    }
    for _ in 0..halvings {
        sum = sum.checked_mul(sum).ok_or(TooLarge)?;
    }
    Ok(sum)
}
