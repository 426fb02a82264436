//! Late interest, penalties, fees and early-payment discounts, under each country's caps.
//!
//! Contracts stand in the configuration, the law in `data/*.toml`; the engine knows only how to reckon. Exact
//! fractions, one rounding a charge. Read `law`, then `case`, `interest`, `sums`, `item`, `ask`.

mod ask;
mod case;
mod config;
mod days;
mod exact;
mod fail;
mod interest;
mod item;
mod law;
mod ledger;
mod power;
mod series;
mod sums;
mod yields;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use recaudo_sdk::policy::pricer::{Charge, Item, Series};
use recaudo_sdk::{Context, Failure};

use case::Case;
use config::Config;
use law::Law;
use series::Rates;

/// The plugin.
#[derive(Debug)]
pub struct PricerStandard;

impl recaudo_sdk::Pricer for PricerStandard {
    fn price(ctx: Context, on: i32, rates: Vec<Series>, items: Vec<Item>) -> Result<Vec<Charge>, Failure> {
        let config = Config::read(&ctx.config)?;
        let by_name = series::by_name(&rates)?;
        let rates = Rates::new(&by_name, &config.aliases, &config.series);
        let mut laws: BTreeMap<String, Law> = BTreeMap::new();
        for country in items.iter().map(|item| item.country.to_ascii_uppercase()) {
            if let Entry::Vacant(place) = laws.entry(country) {
                let own = config.law.get(place.key()).map(String::as_str);
                let law = Law::of(place.key(), own)?;
                place.insert(law);
            }
        }
        let nothing = Law::default();
        let mut charges = Vec::new();
        for item in &items {
            let law = laws.get(&item.country.to_ascii_uppercase()).unwrap_or(&nothing);
            charges.extend(priced(item, on, law, &rates, &config)?);
        }
        Ok(charges)
    }
}
recaudo_sdk::export!(PricerStandard: Pricer);

/// Days a calendar can be reckoned with: the years 1900 to 2199.
const DAYS: std::ops::Range<i32> = -25_567..84_006;

fn priced(
    item: &Item,
    on: i32,
    law: &Law,
    rates: &Rates<'_>,
    config: &Config,
) -> Result<Vec<Charge>, Failure> {
    let mut days = [on, item.issued, item.due].into_iter().chain(item.balances.iter().map(|b| b.on));
    if days.any(|day| !DAYS.contains(&day)) {
        let message = format!("item {}: a day lies outside the years 1900 to 2199", item.id);
        return Err(fail::input(fail::BAD_ITEM, message));
    }
    let case = Case::new(item, on, law, rates)?;
    match case.given("ask") {
        Some(rule) => Ok(vec![ask::answer(&case, rule)?]),
        None => item::price(&case, config),
    }
}
