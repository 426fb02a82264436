//! run: score
//! expect: `score` used up its
//!
//! Never ends.

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
        let mut n = batch.ids.len() as u64;
        loop {
            n = core::hint::black_box(n.wrapping_mul(6_364_136_223_846_793_005));
        }
    }
}

recaudo_sdk::export!(Hostile: Scorer);
