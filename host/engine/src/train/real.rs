//! Exponential and logarithm from additions and multiplications alone: a machine's own differ in the last place from
//! one system to the next, and a model must not.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "fitting is numerical; its results are integers"
)]

/// e^x, for |x| up to 700.
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let halves = (x / std::f64::consts::LN_2).round();
    let rest = x - halves * std::f64::consts::LN_2;
    // Taylor's series: |rest| < 0.35, so the twentieth term is below 2^-90.
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..20 {
        term *= rest / f64::from(k);
        sum += term;
    }
    scale(sum, halves)
}

/// ln x, for x above 0: Newton's method on [`exp`].
pub(super) fn ln(x: f64) -> f64 {
    let mut guess = 0.0;
    for _ in 0..200 {
        let there = exp(guess);
        let step = 2.0 * (x - there) / (x + there);
        guess += step;
        if step.abs() < 1e-15 {
            break;
        }
    }
    guess
}

/// The logistic curve.
pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// ln(p / (1 - p)).
pub(super) fn logit(p: f64) -> f64 {
    ln(p) - ln(1.0 - p)
}

/// x × 2^n by whole steps, which are exact.
fn scale(mut x: f64, n: f64) -> f64 {
    let mut left = n.abs();
    while left >= 1.0 {
        x *= if n < 0.0 { 0.5 } else { 2.0 };
        left -= 1.0;
    }
    x
}

/// The nearest integer, clamped to ±`most`.
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
pub(super) fn whole(x: f64, most: i32) -> i32 {
    x.round().clamp(-f64::from(most), f64::from(most)) as i32
}

/// The nearest integer, clamped to ±2^50.
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
pub(super) fn whole_i64(x: f64) -> i64 {
    const MOST: f64 = 1_125_899_906_842_624.0;
    x.round().clamp(-MOST, MOST) as i64
}

/// An integer as a float; past 2^53 it loses its last places, which no feature needs.
#[expect(clippy::cast_precision_loss, reason = "features do not need the last places")]
pub(super) fn real(x: i64) -> f64 {
    x as f64
}

#[cfg(test)]
mod tests {
    use super::{exp, ln, logit, sigmoid};

    #[test]
    fn they_agree_with_the_machines_own() {
        for tenth in -300..300 {
            let x = f64::from(tenth) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "{x}");
            assert!((ln(exp(x)) - x).abs() < 1e-12, "{x}");
        }
        assert!((logit(sigmoid(1.25)) - 1.25).abs() < 1e-12);
        assert!((ln(1e12) - 1e12_f64.ln()).abs() < 1e-12);
    }
}
