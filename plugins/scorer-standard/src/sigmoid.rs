//! The logistic curve in integers: millionths of a logit in, parts per million out.
//!
//! A table of 160 steps a logit up to 16 logits, made at compile time by exact multiplication in 64 binary places,
//! and a straight line between its entries. It is never more than one part per million from the true curve, never
//! falls, is 500,000 at zero, and `ppm(-z) = 1,000,000 - ppm(z)`.

/// Millionths of a logit between two entries of the table: 1/160 logit.
const STEP: u32 = 6_250;
/// Beyond 16 logits the curve is 0 or 1,000,000 to the last part per million.
const STEPS: usize = 16 * 160;
/// `e^(-1/160)` with 64 binary places.
const DECAY: u128 = 18_331_811_461_790_466_576;
/// Entries hold parts per million times 256.
const FRACTION_BITS: u32 = 8;

static TABLE: [u32; STEPS + 2] = table();

/// `sigmoid(k / 160)` for each k, in parts per million times 256, rounded to nearest.
#[expect(clippy::cast_possible_truncation, reason = "at most 256,000,000")]
const fn table() -> [u32; STEPS + 2] {
    const ONE: u128 = 1 << 64;
    let scale: u128 = 1_000_000 << FRACTION_BITS;
    let mut entries = [0; STEPS + 2];
    let mut power = ONE;
    let mut k = 0;
    while k < STEPS + 2 {
        let below = ONE + power;
        entries[k] = ((scale * ONE + below / 2) / below) as u32;
        power = (power * DECAY) >> 64;
        k += 1;
    }
    entries
}

/// The probability in parts per million, 0..=1,000,000, of `z` millionths of a logit.
#[expect(clippy::cast_possible_truncation, reason = "the index is clamped, the result at most 1,000,000")]
#[inline]
pub fn ppm(z: i32) -> i32 {
    let size = z.unsigned_abs().min(STEP * STEPS as u32);
    let index = (size / STEP) as usize;
    let rest = u64::from(size % STEP);
    let (low, high) = (u64::from(TABLE[index]), u64::from(TABLE[index + 1]));
    let fine = low + (high - low) * rest / u64::from(STEP);
    let upper = ((fine + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS) as i32;
    if z < 0 { 1_000_000 - upper } else { upper }
}

#[cfg(test)]
mod tests {
    use super::ppm;
    use proptest::prelude::*;

    /// The true curve, by the floats of the test's machine.
    #[expect(
        clippy::disallowed_types,
        clippy::float_arithmetic,
        clippy::cast_possible_truncation,
        reason = "the reference"
    )]
    fn reference(z: i32) -> i32 {
        (1e6 / (1.0 + (-f64::from(z) / 1e6).exp())).round() as i32
    }

    #[test]
    fn zero_is_even_odds_and_the_ends_are_certain() {
        assert_eq!(ppm(0), 500_000);
        for certain in [16_000_000, 16_000_001, i32::MAX] {
            assert_eq!((ppm(certain), ppm(-certain)), (1_000_000, 0));
        }
        assert_eq!(ppm(i32::MIN), 0);
    }

    #[test]
    fn the_curve_never_falls_across_the_borders_of_its_table() {
        for border in (-16_000_000..=16_000_000).step_by(6_250) {
            let around: Vec<i32> = (border - 3..=border + 3).map(ppm).collect();
            assert!(around.is_sorted(), "{border}: {around:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_logistic_curve_to_one_part_per_million(z in -17_000_000..17_000_000i32) {
            prop_assert!((ppm(z) - reference(z)).abs() <= 1, "{z}: {} against {}", ppm(z), reference(z));
            prop_assert_eq!(ppm(-z), 1_000_000 - ppm(z));
        }

        #[test]
        fn it_never_falls(a in -17_000_000..17_000_000i32, by in 0..1_000_000i32) {
            prop_assert!(ppm(a) <= ppm(a + by));
        }
    }
}
