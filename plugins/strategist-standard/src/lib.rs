//! Decides which of the actions that strategies call for today are worth taking, and says why for each.
//!
//! A candidate is worth what a contact may bring in less what it costs: open amount × probability of paying late ×
//! share of that a contact by its channel averts × a weight for the age of the debt. Holds, promises, caps and minimum
//! amounts come first. Everything is computed in integers, in billionths of a currency unit.

pub mod config;
pub mod decide;
mod rows;
pub mod value;

use recaudo_sdk::policy::strategist::Decision;
use recaudo_sdk::{Context, Failure, scoring};

/// The plugin.
pub struct StrategistStandard;

impl recaudo_sdk::Strategist for StrategistStandard {
    fn columns(_ctx: Context) -> Result<Vec<String>, Failure> {
        Ok(rows::COLUMNS.iter().map(|&name| name.into()).collect())
    }

    fn decide(ctx: Context, batch: scoring::Batch) -> Result<Vec<Decision>, Failure> {
        decide::decide(&config::Config::read(&ctx.config)?, ctx.business_day, &batch)
    }
}

#[cfg(test)]
mod stories;
#[cfg(test)]
mod tests;

recaudo_sdk::export!(StrategistStandard: Strategist);
