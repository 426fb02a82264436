//! How well scores tell late from punctual, in integers.

use serde::Serialize;

/// A tenth of the judged documents, by rising score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decile {
    /// Mean score.
    pub predicted_ppm: i32,
    /// Share that was late.
    pub observed_ppm: i32,
    /// Documents.
    pub n: usize,
}

/// How a card did on documents issued after its split. Everything in parts per million but the counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrainReport {
    /// Area under the ROC curve: how often a late document scored above a punctual one.
    pub auc_ppm: i32,
    /// The same of the customer's own late rate as known, the base rate where there is no history.
    pub baseline_auc_ppm: i32,
    /// Late share of the documents learned from.
    pub base_rate_ppm: i32,
    /// Late share of the documents judged.
    pub observed_ppm: i32,
    /// Mean score of the documents judged.
    pub predicted_ppm: i32,
    /// Mean squared error of the scores; lower is better.
    pub brier_ppm: i32,
    /// The same, had everyone scored the base rate.
    pub base_brier_ppm: i32,
    /// Documents learned from.
    pub n_train: usize,
    /// Documents judged.
    pub n_test: usize,
    /// Predicted beside observed.
    pub deciles: Vec<Decile>,
}

/// Compares `scores` and the customers' `own` late rates with what happened; `base` is the base rate and of how many.
pub(super) fn report(scores: &[i32], own: &[i32], late: &[bool], base: (i32, usize)) -> TrainReport {
    TrainReport {
        auc_ppm: auc_ppm(scores, late),
        baseline_auc_ppm: auc_ppm(own, late),
        base_rate_ppm: base.0,
        observed_ppm: rate_ppm(late.iter().filter(|&&late| late).count(), late.len()),
        predicted_ppm: mean(scores.iter().map(|&score| i64::from(score)), scores.len()),
        brier_ppm: brier_ppm(scores.iter().copied(), late),
        base_brier_ppm: brier_ppm(late.iter().map(|_| base.0), late),
        n_train: base.1,
        n_test: late.len(),
        deciles: deciles(scores, late),
    }
}

/// Parts per million, cut; 0 of nothing.
pub(super) fn rate_ppm(part: usize, of: usize) -> i32 {
    let ppm = (part as u128 * 1_000_000).checked_div(of as u128).unwrap_or(0);
    i32::try_from(ppm).unwrap_or(i32::MAX)
}

/// Of all pairs of a late and a punctual document, the share whose late one scored higher; equal scores are half.
pub(super) fn auc_ppm(scores: &[i32], late: &[bool]) -> i32 {
    let mut by_score: Vec<(i32, bool)> = scores.iter().copied().zip(late.iter().copied()).collect();
    by_score.sort_unstable();
    let (mut punctual_below, mut pairs_twice, mut n_late) = (0_u128, 0_u128, 0_u128);
    for equal in by_score.chunk_by(|a, b| a.0 == b.0) {
        let late_here = equal.iter().filter(|one| one.1).count() as u128;
        let punctual_here = equal.len() as u128 - late_here;
        pairs_twice += late_here * (2 * punctual_below + punctual_here);
        punctual_below += punctual_here;
        n_late += late_here;
    }
    let of = 2 * n_late * punctual_below;
    i32::try_from((pairs_twice * 1_000_000).checked_div(of).unwrap_or(500_000)).unwrap_or(i32::MAX)
}

fn brier_ppm(scores: impl Iterator<Item = i32>, late: &[bool]) -> i32 {
    let squares = scores.zip(late).map(|(score, &late)| {
        let miss = i64::from(score) - if late { 1_000_000 } else { 0 };
        miss * miss / 1_000_000
    });
    mean(squares, late.len())
}

fn deciles(scores: &[i32], late: &[bool]) -> Vec<Decile> {
    let mut by_score: Vec<(i32, bool)> = scores.iter().copied().zip(late.iter().copied()).collect();
    by_score.sort_unstable();
    let n = by_score.len();
    let tenth = |k: usize| &by_score[n * k / 10..n * (k + 1) / 10];
    let decile = |rows: &[(i32, bool)]| Decile {
        predicted_ppm: mean(rows.iter().map(|row| i64::from(row.0)), rows.len()),
        observed_ppm: rate_ppm(rows.iter().filter(|row| row.1).count(), rows.len()),
        n: rows.len(),
    };
    (0..10).map(tenth).filter(|rows| !rows.is_empty()).map(decile).collect()
}

fn mean(values: impl Iterator<Item = i64>, n: usize) -> i32 {
    let sum: i128 = values.map(i128::from).sum();
    i32::try_from(sum.checked_div(n as i128).unwrap_or(0)).unwrap_or(i32::MAX)
}
