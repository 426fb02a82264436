//! Placeholder scorer: zero for everyone. Being written.
use recaudo_sdk::{Context, Failure, scoring};
struct ScorerStandard;
impl recaudo_sdk::Scorer for ScorerStandard {
    fn reasons() -> Vec<scoring::Reason> { vec![] }
    fn columns(_ctx: Context) -> Result<Vec<String>, Failure> { Ok(vec!["amount".into()]) }
    fn score(_ctx: Context, batch: scoring::Batch) -> Result<scoring::Scores, Failure> {
        Ok(scoring::Scores { ppm: vec![0; batch.rows as usize], reasons_per_row: 0, reason_code: vec![], reason_ppm: vec![] })
    }
}
recaudo_sdk::export!(ScorerStandard: Scorer);
