//! One decision a row: first what forbids, then what it is worth, then who goes first.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::policy::strategist::Decision;
use recaudo_sdk::scoring::Batch;
use recaudo_sdk::{Fail, Failure, values};

use crate::config::Config;
use crate::rows::{self, Candidate};
use crate::value::{Nano, Worth};

/// Take the action.
pub const DO: &str = "do";
/// A person should act.
pub const TASK: &str = "task";
/// Not now; perhaps later.
pub const WAIT: &str = "wait";
/// Not this one.
pub const SKIP: &str = "skip";

/// Noon UTC of a day is that day in every zone from eleven hours west to eleven hours east.
const NOON_SECONDS: i64 = 12 * 3600;

/// A candidate that nothing forbids.
struct Live<'a> {
    candidate: Candidate<'a>,
    worth: Worth,
    /// What it is worth in the currency of comparison: the rates' base, or its own.
    value: Nano,
    /// Its own currency, empty for the rates' base.
    unit: &'a str,
}

/// A decision for every row of `batch`, in the order of its rows.
///
/// A customer's rows must be in one batch: [`Config::per_customer`] is counted within it.
///
/// # Errors
/// The batch is not what `columns` asked for, or an amount has more than nine decimals.
pub fn decide(config: &Config, business_day: i32, batch: &Batch) -> Result<Vec<Decision>, Failure> {
    let candidates = rows::read(batch)?;
    let reachable = reachable_customers(&candidates);
    let mut decisions = Vec::with_capacity(candidates.len());
    let mut by_customer: BTreeMap<i64, Vec<Live<'_>>> = BTreeMap::new();
    let mut tasked = BTreeSet::new();
    for candidate in candidates {
        if let Some(decision) = forbidden(config, business_day, &candidate) {
            decisions.push(decision);
        } else if !candidate.reachable {
            let nobody_asked_yet = !reachable.contains(&candidate.customer);
            let task = nobody_asked_yet && tasked.insert(candidate.customer);
            decisions.push(refuse(&candidate, if task { TASK } else { SKIP }, "unreachable", None));
        } else {
            let live = Live::new(config, business_day, candidate)?;
            if live.worth.expected() > Nano(0) {
                by_customer.entry(live.candidate.customer).or_default().push(live);
            } else {
                decisions.push(live.decision(SKIP, "not_worth_cost", None));
            }
        }
    }
    let mut winners = Vec::new();
    for (_, mut rivals) in by_customer {
        rank(&mut rivals);
        let most = (config.per_customer as usize).min(rivals.len());
        for live in rivals.split_off(most) {
            decisions.push(live.decision(SKIP, "other_step_first", None));
        }
        winners.extend(rivals);
    }
    decisions.extend(within_capacity(config, business_day, winners));
    decisions.sort_by_key(|decision| decision.row);
    Ok(decisions)
}

/// What keeps a contact from going out whatever it is worth, in the order in which it is told.
fn forbidden(config: &Config, business_day: i32, candidate: &Candidate<'_>) -> Option<Decision> {
    let on = |days: i64| Some(i64::from(business_day) + days);
    if !candidate.hold.is_empty() {
        let mut decision = refuse(candidate, SKIP, "hold", None);
        decision.arguments.push(("hold".into(), candidate.hold.into()));
        return Some(decision);
    }
    if let Some(until) = candidate.promise_until {
        let again = i64::from(until) + i64::from(config.promise_grace_days) + 1;
        if again > i64::from(business_day) {
            return Some(refuse(candidate, WAIT, "promise_open", Some(again)));
        }
    }
    if candidate.amount <= 0 {
        return Some(refuse(candidate, SKIP, "nothing_open", None));
    }
    let minimum = config.minimum.get(candidate.currency);
    if minimum.is_some_and(|&minimum| {
        Nano::from_scaled(candidate.amount, candidate.scale).is_some_and(|n| n < minimum)
    }) {
        return Some(refuse(candidate, SKIP, "too_small", None));
    }
    if candidate.contacts_today >= i64::from(config.cap_day) {
        return Some(refuse(candidate, WAIT, "cap_day", on(1)));
    }
    if candidate.contacts_7d >= i64::from(config.cap_week) {
        // Which of the contacts leaves the seven days first is not known here.
        return Some(refuse(candidate, WAIT, "cap_week", None));
    }
    let left = candidate.days_since_contact.map_or(0, |since| i64::from(config.days_between) - since);
    (left > 0).then(|| refuse(candidate, WAIT, "too_soon", on(left)))
}

impl<'a> Live<'a> {
    fn new(config: &Config, business_day: i32, candidate: Candidate<'a>) -> Result<Self, Failure> {
        let nano = |value, scale| {
            let message = format!("row {}: an amount with {scale} decimals; nine at most", candidate.row);
            Nano::from_scaled(value, scale).ok_or_else(|| Fail::invalid_input("amount_scale", message))
        };
        let cost = match candidate.cost {
            Some((value, scale)) => Some(nano(value, scale)?),
            None => {
                config.cost.get(candidate.channel).and_then(|costs| costs.get(candidate.currency)).copied()
            }
        };
        let scored = candidate.late_ppm.map(|ppm| ppm.clamp(0, 1_000_000));
        let late_ppm = scored.and_then(|ppm| u32::try_from(ppm).ok()).unwrap_or(config.unscored_ppm);
        let age_ppm = config.age_weight(candidate.days_past_due);
        let amount = nano(candidate.amount, candidate.scale)?;
        let worth = Worth::new(amount, late_ppm, config.effect_of(candidate.channel), age_ppm, cost);
        let rate = config.rates_on(business_day).and_then(|rates| rates.of(candidate.currency));
        let (value, unit) = match rate {
            Some(rate) => (worth.expected().at(rate), ""),
            None => (worth.expected(), candidate.currency),
        };
        Ok(Self { candidate, worth, value, unit })
    }

    fn decision(&self, action: &str, rule: &str, not_before: Option<i64>) -> Decision {
        let mut decision = refuse(&self.candidate, action, rule, not_before);
        let Worth { gain, cost, cost_unknown, late_ppm, effect_ppm, age_ppm } = self.worth;
        let mut say = |name: &str, value: String| decision.arguments.push((name.into(), value));
        let places = self.candidate.scale;
        say("expected", self.worth.expected().text(places));
        say("gain", gain.text(places));
        say("cost", cost.text(places));
        say("currency", self.candidate.currency.into());
        say("late_ppm", late_ppm.to_string());
        say("effect_ppm", effect_ppm.to_string());
        say("age_ppm", age_ppm.to_string());
        for (name, _) in [("cost_unknown", cost_unknown), ("score_degraded", self.candidate.score_degraded)]
            .iter()
            .filter(|one| one.1)
        {
            say(name, "true".into());
        }
        if action != SKIP {
            decision.priority = self.value.priority();
        }
        decision
    }
}

/// The most valuable first; where values cannot be compared (two currencies, no rates), the oldest debt first.
fn rank(rivals: &mut [Live<'_>]) {
    let comparable = rivals.windows(2).all(|two| two[0].unit == two[1].unit);
    rivals.sort_by(|a, b| {
        let value = if comparable { b.value.cmp(&a.value) } else { core::cmp::Ordering::Equal };
        let age = b.candidate.days_past_due.cmp(&a.candidate.days_past_due);
        let step = b.candidate.step_order.cmp(&a.candidate.step_order);
        value.then(age).then(step).then(a.candidate.row.cmp(&b.candidate.row))
    });
}

/// Lets the most valuable winners of each channel through, up to its capacity; the others wait for tomorrow.
fn within_capacity(config: &Config, business_day: i32, mut winners: Vec<Live<'_>>) -> Vec<Decision> {
    winners.sort_by(|a, b| {
        b.value.priority().cmp(&a.value.priority()).then(a.candidate.row.cmp(&b.candidate.row))
    });
    let mut used: BTreeMap<&str, u32> = BTreeMap::new();
    let mut decisions = Vec::with_capacity(winners.len());
    for live in &winners {
        let channel = live.candidate.channel;
        let used = used.entry(channel).or_default();
        if config.capacity.get(channel).is_some_and(|most| *used >= *most) {
            decisions.push(live.decision(WAIT, "capacity", Some(i64::from(business_day) + 1)));
            continue;
        }
        *used += 1;
        let by_person = config.person_channels.iter().any(|name| name == channel);
        decisions.push(live.decision(if by_person { TASK } else { DO }, "expected_value", None));
    }
    decisions
}

fn reachable_customers(candidates: &[Candidate<'_>]) -> BTreeSet<i64> {
    candidates.iter().filter(|candidate| candidate.reachable).map(|candidate| candidate.customer).collect()
}

fn refuse(candidate: &Candidate<'_>, action: &str, rule: &str, not_before: Option<i64>) -> Decision {
    let noon = |day: i64| values::Instant { seconds: day * 86_400 + NOON_SECONDS, nanoseconds: 0 };
    Decision {
        row: candidate.row,
        action: action.into(),
        not_before: not_before.map(noon),
        priority: 0,
        rule: rule.into(),
        arguments: vec![],
    }
}
