//! A curve of points, prepared so that a value costs a search of four steps and one multiplication.

use crate::model::KNOTS_MAX;

/// Straight lines between knots, flat beyond the ends.
#[derive(Debug)]
pub(crate) struct Curve {
    /// The knots' values, padded with the largest integer.
    knots: [i64; KNOTS_MAX + 1],
    /// `lines[i]` holds from the i-th knot on (from minus infinity for the first).
    lines: [Line; KNOTS_MAX + 1],
}

/// `points + (x - from) × slope / 2^shift`
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    from: i64,
    slope: i64,
    points: i32,
    shift: u32,
}

impl Curve {
    /// From checked knots (rising, at least one, at most [`KNOTS_MAX`]), their values times `factor`.
    pub(crate) fn new(knots: &[(i64, i32)], factor: i64) -> Self {
        let mut curve = Self { knots: [i64::MAX; KNOTS_MAX + 1], lines: [Line::default(); KNOTS_MAX + 1] };
        let at = |i: usize| knots[i].0.saturating_mul(factor);
        curve.lines[0].points = knots[0].1;
        for (i, &(_, points)) in knots.iter().enumerate() {
            let next = if i + 1 < knots.len() { Some((at(i + 1), knots[i + 1].1)) } else { None };
            curve.knots[i] = at(i);
            // The rest too: the largest integer is at the padding.
            curve.lines[i + 1..].fill(Line::between((at(i), points), next));
        }
        curve
    }

    /// The points of `x`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "points lie between two knots' points, which are i32"
    )]
    #[inline]
    pub(crate) fn points(&self, x: i64) -> i32 {
        // How many knots are at or below x: a binary search without branches. The last of the 16 is padding.
        let mut i = 0;
        for step in [8, 4, 2, 1] {
            i += if self.knots[(i + step - 1) & KNOTS_MAX] <= x { step } else { 0 };
        }
        let line = &self.lines[i & KNOTS_MAX];
        // Cannot overflow where the slope is not 0: there x lies between two knots, see `Line::between`.
        let rise = x.wrapping_sub(line.from).wrapping_mul(line.slope) >> (line.shift & 63);
        line.points.wrapping_add(rise as i32)
    }
}

impl Line {
    /// The slope is cut towards zero, so a line never passes its end and a rising curve never falls.
    fn between(from: (i64, i32), to: Option<(i64, i32)>) -> Self {
        let flat = Self { from: from.0, slope: 0, points: from.1, shift: 0 };
        let Some(to) = to else { return flat };
        let run = to.0.saturating_sub(from.0);
        let rise = i64::from(to.1) - i64::from(from.1);
        if run <= 0 {
            return flat;
        }
        // rise < 2^26, so the product within the line, at most rise × 2^shift, stays below 2^62.
        let shift = 36;
        Self { slope: (rise << shift) / run, shift, ..flat }
    }
}

#[cfg(test)]
mod tests {
    use super::Curve;
    use proptest::prelude::*;

    #[test]
    fn knots_are_hit_exactly_and_the_ends_are_flat() {
        let curve = Curve::new(&[(-10, -500), (0, 0), (1000, 9000)], 1);
        let asked = [i64::MIN, -11, -10, -5, 0, 500, 1000, 1001, i64::MAX];
        assert_eq!(asked.map(|x| curve.points(x)), [-500, -500, -500, -250, 0, 4500, 9000, 9000, 9000]);
    }

    #[test]
    fn a_curve_for_whole_units_reads_a_column_in_cents() {
        let curve = Curve::new(&[(0, 0), (100, 1_000_000)], 100);
        assert_eq!((curve.points(5_000), curve.points(10_000)), (500_000, 1_000_000));
    }

    proptest! {
        #[test]
        fn a_rising_curve_never_falls_and_follows_the_line_to_one_point(
            steps in prop::collection::vec((1..1_i64 << 45, 0..4_000_000i32), 1..15),
            at in 0..1_000_000u32, by in 0..1_i64 << 40,
        ) {
            let mut knots = vec![(-(1_i64 << 44), -30_000_000)];
            for (run, rise) in steps {
                let &(x, points) = knots.last().unwrap();
                knots.push((x + run, (points + rise).min(30_000_000)));
            }
            let curve = Curve::new(&knots, 1);
            let (first, last) = (knots[0].0, knots[knots.len() - 1].0);
            let x = i64::try_from(i128::from(first) + i128::from(last - first) * i128::from(at) / 1_000_000).unwrap();
            prop_assert!(curve.points(x) <= curve.points(x + by));
            let i = knots.iter().rposition(|knot| knot.0 <= x).unwrap();
            if let Some(next) = knots.get(i + 1) {
                let rise = i128::from(next.1 - knots[i].1) * i128::from(x - knots[i].0) / i128::from(next.0 - knots[i].0);
                // The slope is cut at 36 binary places: at most run / 2^36 points short, and one for the division.
                let slack = i128::from((next.0 - knots[i].0) >> 36) + 2;
                prop_assert!((i128::from(curve.points(x) - knots[i].1) - rise).abs() <= slack);
            }
            for &(x, points) in &knots {
                prop_assert_eq!(curve.points(x), points);
            }
        }
    }
}
