//! run: score
//! expect: ok
//!
//! Judges by the simplest rules there are; the measure for what the sandbox itself costs.

use recaudo_sdk::policy::gate::{Proposal, Refusal, Verdict};
use recaudo_sdk::policy::strategist::Decision;
use recaudo_sdk::scoring::{Batch, Data, Reason, Scores};
use recaudo_sdk::{Context, Failure};

struct Judge;

impl recaudo_sdk::Scorer for Judge {
    fn reasons() -> Vec<Reason> {
        vec![Reason { code: 1, key: "amount".into() }]
    }
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Ok(vec!["amount".into()])
    }
    /// Twelve integer columns with weights and a table look-up: the shape of a scorecard.
    fn score(_: Context, batch: Batch) -> Result<Scores, Failure> {
        let mut ppm = vec![0_i64; batch.ids.len()];
        for (weight, column) in (1_i64..).zip(&batch.columns) {
            if let Data::Ints(ints) = &column.data {
                for (score, value) in ppm.iter_mut().zip(&ints.values) {
                    *score += weight * value.clamp(&0, &10_000);
                }
            }
        }
        let ppm = ppm.into_iter().map(|p| i32::try_from(p.clamp(0, 1_000_000)).unwrap_or(0)).collect();
        Ok(Scores { ppm, reasons_per_row: 0, reason_code: vec![], reason_ppm: vec![] })
    }
}

impl recaudo_sdk::Gate for Judge {
    fn review(_: Context, proposals: Vec<Proposal>) -> Result<Vec<Verdict>, Failure> {
        Ok(proposals.into_iter().map(|p| verdict(&p)).collect())
    }
}

fn verdict(proposal: &Proposal) -> Verdict {
    if proposal.attempts.len() < 3 {
        return Verdict::Permit(None);
    }
    Verdict::Refuse(Refusal {
        rule: "three".into(),
        source: "the test's own".into(),
        reason: "three attempts are enough".into(),
        not_before: None,
    })
}

impl recaudo_sdk::Strategist for Judge {
    fn columns(_: Context) -> Result<Vec<String>, Failure> {
        Ok(vec!["secret_column".into()])
    }
    fn decide(_: Context, batch: Batch) -> Result<Vec<Decision>, Failure> {
        Ok((0..batch.rows).map(decision).collect())
    }
}

fn decision(row: u32) -> Decision {
    Decision {
        row,
        action: "do".into(),
        not_before: None,
        priority: 1,
        rule: "all".into(),
        arguments: vec![],
    }
}

recaudo_sdk::export!(Judge: Scorer, Gate, Strategist);
