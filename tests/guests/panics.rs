//! run: score
//! expect: trapped: panicked at
//!
//! Panics; the message must survive the trap.

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
        let rows: u32 = batch.rows;
        panic!("row {rows} has no weight")
    }
}

recaudo_sdk::export!(Hostile: Scorer);
