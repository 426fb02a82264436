//! A logistic scorecard over columns, in integers: how likely an open item is to be paid late.
//!
//! The model is the plugin's configuration, made by `recaudo score train`; without one it uses an expert's
//! scorecard and says so in the model's `trained_on`. What a row's score rests on comes back as reasons.
//!
//! Points are millionths of a logit. A score is `sigmoid(intercept + the points of every feature)` in parts per
//! million. Nothing here is a float: the same source gives the same bytes natively and in the sandbox.

pub mod card;
mod curve;
pub mod model;
pub mod reason;
pub mod sigmoid;
mod view;

use recaudo_sdk::{Context, Failure, scoring};

/// The plugin.
pub struct ScorerStandard;

impl recaudo_sdk::Scorer for ScorerStandard {
    fn reasons() -> Vec<scoring::Reason> {
        reason::all()
    }

    fn columns(ctx: Context) -> Result<Vec<String>, Failure> {
        Ok(model::Model::read(&ctx.config)?.columns())
    }

    fn score(ctx: Context, batch: scoring::Batch) -> Result<scoring::Scores, Failure> {
        card::score(&model::Model::read(&ctx.config)?, &batch)
    }
}

#[cfg(test)]
mod tests;

recaudo_sdk::export!(ScorerStandard: Scorer);
