//! run: score
//! expect: ok
//!
//! Floods the log.

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
        for n in 0..20_000_u32 {
            recaudo_sdk::log(recaudo_sdk::Level::Info, &"flood ".repeat(10), &[("n".into(), n.to_string())]);
        }
        Ok(Scores {
            ppm: vec![0; batch.ids.len()],
            reasons_per_row: 0,
            reason_code: vec![],
            reason_ppm: vec![],
        })
    }
}

recaudo_sdk::export!(Hostile: Scorer);
