//! run: score
//! expect: 1 scores for 3 rows; expected 3
//!
//! Returns fewer scores than rows.

use recaudo_sdk::scoring::{Batch, Reason, Scores};
use recaudo_sdk::{Context, Failure};

struct Hostile;

impl recaudo_sdk::Scorer for Hostile {
    fn reasons() -> Vec<Reason> {
        vec![]
    }
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Ok(vec![])
    }
    fn score(_: Context, batch: Batch) -> Result<Scores, Failure> {
        let ppm = batch.ids.iter().take(1).map(|_| 7).collect();
        Ok(Scores { ppm, reasons_per_row: 0, reason_code: vec![], reason_ppm: vec![] })
    }
}

recaudo_sdk::export!(Hostile: Scorer);
