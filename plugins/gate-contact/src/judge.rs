//! Asks a proposal's rules in order, words the refusal, and looks for the next instant without one.

use recaudo_sdk::Date;
use recaudo_sdk::policy::gate::{Refusal, Verdict};
use recaudo_sdk::values::Instant;

use crate::facts::{Case, Moment, Stamp};
use crate::rule::{Kind, Rule};
use crate::tally::Broken;

/// Steps of the search for the next permitted instant: each jumps to where a rule yields.
const STEPS: usize = 64;

/// English, Spanish or Portuguese, as the call's locale asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language(usize);

impl Language {
    pub(crate) fn of(locale: &str) -> Self {
        Self(match locale.get(..2) {
            Some("es") => 1,
            Some("pt") => 2,
            _ => 0,
        })
    }
}

/// The verdict of all rules on one proposal.
pub(crate) fn verdict(case: &Case<'_>, rules: &[&Rule], language: Language) -> Verdict {
    let at = Stamp { second: case.proposal.at.seconds, nano: case.proposal.at.nanoseconds };
    let moment = case.moment(at);
    let mut first = None;
    let mut all: Option<Broken> = None;
    let mut end: Option<Stamp> = None;
    for rule in rules.iter().filter(|rule| applies(rule, case, &moment)) {
        if let Some(broken) = broken(rule, case, &moment) {
            first = first.or(Some(*rule));
            all = Some(broken.and(all));
        } else if first.is_none() {
            end = end.into_iter().chain(until(rule, case, &moment)).min();
        }
    }
    match (first, all) {
        (Some(rule), Some(broken)) => Verdict::Refuse(Refusal {
            rule: rule.id.clone(),
            source: rule.source.clone(),
            reason: reason(rule, case, &moment, language),
            not_before: broken.next.and_then(|next| permitted_from(case, rules, next)).map(instant),
        }),
        _ => Verdict::Permit(end.map(instant)),
    }
}

fn applies(rule: &Rule, case: &Case<'_>, moment: &Moment) -> bool {
    rule.channels.has(&case.proposal.channel)
        && (rule.since == i32::MIN || moment.locals.iter().all(|local| local.day >= rule.since))
        && (rule.when.is_empty() || case.any(&rule.when, moment))
        && !case.any(&rule.unless, moment)
}

fn broken(rule: &Rule, case: &Case<'_>, moment: &Moment) -> Option<Broken> {
    match &rule.kind {
        Kind::Refuse => Some(Broken { next: None }),
        Kind::Count(count) => count.broken(case, moment),
        Kind::Gap(gap) => gap.broken(case, moment),
        Kind::Notice(notice) => notice.broken(case, moment),
        Kind::Hours(hours) => {
            (!hours.is_open(case, moment)).then(|| Broken { next: hours.next_opening(case, moment) })
        }
    }
}

/// Jumps from instant to instant until no rule is broken. `None`: time alone does not mend it.
fn permitted_from(case: &Case<'_>, rules: &[&Rule], mut at: Stamp) -> Option<Stamp> {
    for _ in 0..STEPS {
        let moment = case.moment(at);
        let asked = rules.iter().filter(|rule| applies(rule, case, &moment));
        let all = asked.filter_map(|rule| broken(rule, case, &moment)).reduce(|a, b| a.and(Some(b)));
        let Some(broken) = all else { return Some(at) };
        at = broken.next.filter(|next| *next > at)?;
    }
    None
}

/// Until when the rule goes on permitting; `None` when nothing ends.
fn until(rule: &Rule, case: &Case<'_>, moment: &Moment) -> Option<Stamp> {
    match &rule.kind {
        Kind::Hours(hours) => hours.closing(case, moment),
        Kind::Gap(gap) => gap.closing(case, moment),
        Kind::Refuse | Kind::Count(_) | Kind::Notice(_) => None,
    }
}

/// The rule's sentence and what it was measured against.
fn reason(rule: &Rule, case: &Case<'_>, moment: &Moment, language: Language) -> String {
    let sentence = match rule.reasons[language.0].as_str() {
        "" => &rule.reasons[0],
        sentence => sentence,
    };
    match &rule.kind {
        Kind::Refuse | Kind::Notice(_) => sentence.to_owned(),
        Kind::Hours(_) => {
            let clocks: Vec<String> = (0..case.zones.len()).map(|zone| clock(case, moment, zone)).collect();
            let holiday = case.proposal.holiday.as_deref().map_or(String::new(), |name| format!(", {name}"));
            format!("{sentence} ({}{holiday})", clocks.join(", "))
        }
        Kind::Count(_) | Kind::Gap(_) => {
            let last = case.earlier.iter().filter(|e| case.concerns(e)).max_by_key(|e| e.attempt.at.seconds);
            let Some(last) = last else { return sentence.to_owned() };
            let local = case.zones[0].local(last.attempt.at.seconds);
            format!("{sentence} ({} {})", shown(local.day, local.second), last.attempt.channel)
        }
    }
}

fn clock(case: &Case<'_>, moment: &Moment, zone: usize) -> String {
    let local = moment.locals[zone];
    format!("{} {}", shown(local.day, local.second), case.zones[zone].name)
}

/// `2026-03-31 19:00`.
fn shown(day: i32, second: i32) -> String {
    format!("{} {:02}:{:02}", Date::from_epoch_day(day), second / 3600, second / 60 % 60)
}

fn instant(stamp: Stamp) -> Instant {
    Instant { seconds: stamp.second, nanoseconds: stamp.nano }
}
