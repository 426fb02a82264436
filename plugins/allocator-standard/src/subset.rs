//! Which of a few amounts add up to one: meet in the middle, at most [`ITEMS_MAX`] amounts.

/// Two halves of twelve are 4,096 sums each.
pub(crate) const ITEMS_MAX: usize = 24;
/// Solutions looked at; more are as ambiguous as this many.
const SOLUTIONS_MAX: usize = 64;

/// Of the ways in which two or more of `amounts` add up to `target`, the one of fewest amounts, earliest first; and
/// whether it is the only one. Bit `n` stands for the n-th amount.
pub(crate) fn solve(amounts: &[i64], target: i64) -> Option<(u32, bool)> {
    let amounts = amounts.get(..amounts.len().min(ITEMS_MAX))?;
    let (low, high) = amounts.split_at(amounts.len() / 2);
    let right = sums(high);
    let (mut best, mut count): (Option<u32>, usize) = (None, 0);
    for (sum, mask) in sums(low) {
        let wanted = i128::from(target) - sum;
        let from = right.partition_point(|(sum, _)| *sum < wanted);
        for (_, other) in right[from..].iter().take_while(|(sum, _)| *sum == wanted) {
            let whole = mask | (other << low.len());
            if whole.count_ones() < 2 {
                continue;
            }
            count += 1;
            let order = |mask: u32| (mask.count_ones(), mask.reverse_bits() ^ u32::MAX);
            if best.is_none_or(|best| order(whole) < order(best)) {
                best = Some(whole);
            }
            if count >= SOLUTIONS_MAX {
                return best.map(|best| (best, false));
            }
        }
    }
    best.map(|best| (best, count == 1))
}

/// Every subset's sum, in order.
fn sums(amounts: &[i64]) -> Vec<(i128, u32)> {
    let mut found: Vec<(i128, u32)> = vec![(0, 0)];
    for (amount, bit) in amounts.iter().zip(0..) {
        let with = |(sum, mask): &(i128, u32)| (sum + i128::from(*amount), mask | (1 << bit));
        let more: Vec<(i128, u32)> = found.iter().map(with).collect();
        found.extend(more);
    }
    found.sort_unstable();
    found
}

/// Could the sum be an accident? With n amounts there are 2^n sums; among that many, one of a small target is soon
/// met by chance.
pub(crate) fn may_be_chance(count: usize, target: i64) -> bool {
    let sums = 1_i64 << count.min(ITEMS_MAX);
    target < sums.saturating_mul(20)
}

#[cfg(test)]
mod tests {
    use super::{may_be_chance, solve};

    #[test]
    fn fewest_first_and_whether_it_is_the_only_way() {
        assert_eq!(solve(&[100, 200, 300], 500), Some((0b110, true)));
        assert_eq!(solve(&[100, 100, 300], 400), Some((0b101, false)), "either hundred");
        assert_eq!(solve(&[100, 200, 300, 600], 900), Some((0b1100, false)), "also 100+200+600");
        assert_eq!(solve(&[100, -40, 300], 60), Some((0b011, true)), "a credit note goes along");
        assert_eq!(solve(&[100], 100), None, "one amount is no sum");
        assert_eq!(solve(&[], 0), None);
        assert_eq!(solve(&[i64::MAX, i64::MAX], 2), None, "no overflow");
    }

    #[test]
    fn many_equal_amounts_end() {
        assert_eq!(solve(&[5; 24], 60).map(|(mask, only)| (mask.count_ones(), only)), Some((12, false)));
    }

    #[test]
    fn small_targets_among_many_are_met_by_chance() {
        assert!(may_be_chance(20, 1_000_000));
        assert!(!may_be_chance(4, 100_000));
    }
}
