//! Why a customer was contacted on a day, or the first reason why not: the ordered trace, from stored rows alone.
//!
//! Debt, score with its reasons, segment and the rule that matched, step, strategist, gates, permit, outcome. It says what
//! was decided then, under the rules in force then, not what would be decided now.

mod scored;
#[cfg(test)]
mod tests;
mod text;

use recaudo_core::day::Day;
use recaudo_store::action::{self, Kept};
use recaudo_store::run::{self as runs, Candidate, Run};
use recaudo_store::{Conn, customer, decision, journal, portfolio};
use serde::Serialize;

pub use text::text;

use crate::aging::{AgingQuery, AgingView, aging};
use crate::instant::day_in;
use crate::messages::{Outcome, Reason};
use crate::{Engine, EngineError};

/// What came of a customer on a day, in the order it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The customer's id in the ERP.
    pub customer: String,
    /// The business day that was asked for.
    pub on: String,
    /// The runs of the day; of the last day with one, when it had none.
    pub runs: Vec<RunTrace>,
    /// What the customer owed at the end of the day, as it is known now.
    pub debt: AgingView,
}

/// What a run decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunTrace {
    /// Its number.
    pub run: i64,
    /// Its business day.
    pub on: String,
    /// When it began.
    pub started_at: String,
    /// Of the segments, strategies and templates in force.
    pub policy: String,
    /// Accounts of the customer; none when nothing was open.
    pub accounts: Vec<AccountTrace>,
}

/// An account: the customer's debt to one creditor in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountTrace {
    /// The creditor's code.
    pub creditor: String,
    /// ISO 4217.
    pub currency: String,
    /// Mean of the items' scores, weighted by what is open; parts per million.
    pub score_ppm: Option<i32>,
    /// The items' scores, the largest debt first.
    pub scores: Vec<ItemScore>,
    /// Name of the segment.
    pub segment: String,
    /// Its rule; none for the default segment.
    pub segment_rule: Option<String>,
    /// Name of the strategy that serves the segment.
    pub strategy: Option<String>,
    /// Name of the step.
    pub step: Option<String>,
    /// Code of what came of it.
    pub outcome: String,
    /// Code of why.
    pub reason: String,
    /// Of the reason: the next step's or the hold's last day.
    pub until: Option<String>,
    /// The rule of the gate or strategist that spoke, or the hold.
    pub rule: Option<RuleTrace>,
    /// Who judged, in order.
    pub judges: Vec<JudgeTrace>,
    /// The contact, when it was permitted.
    pub contact: Option<ContactTrace>,
}

/// An item's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemScore {
    /// The item's number, as on the paper.
    pub number: String,
    /// Probability of paying late, parts per million.
    pub ppm: i32,
    /// What moved it most: the scorer's keys, and by how much.
    pub reasons: Vec<(String, i32)>,
}

/// A rule that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleTrace {
    /// Its id.
    pub rule: String,
    /// The text it rests on.
    pub source: String,
    /// Its sentence.
    pub reason: String,
    /// When it may be asked again.
    pub not_before: Option<String>,
}

/// A judge that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgeTrace {
    /// The record's number.
    pub decision: i64,
    /// Such as `policy/gate`.
    pub interface: String,
    /// The plugin and its version.
    pub plugin: String,
    /// Its component's digest.
    pub component_sha256: String,
    /// The failure's code; empty when it answered.
    pub failure: String,
}

/// A permitted contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactTrace {
    /// The action's number.
    pub action: i64,
    /// Code of the channel.
    pub channel: String,
    /// Name of the message.
    pub template: String,
    /// Its language.
    pub language: String,
    /// Decimal string.
    pub amount: String,
    /// When it was proposed to reach the person.
    pub at: String,
    /// Until when the permit held.
    pub permit_until: String,
    /// Whether the permit was used.
    pub permit_used: bool,
    /// `queued`, `sending`, `sent`, `failed`, `unknown`, `cancelled`.
    pub state: String,
    /// Why, when it was not sent: a code.
    pub reason: String,
    /// What the channel calls the message.
    pub provider_id: String,
    /// What the journal says of its effects.
    pub effects: Vec<EffectTrace>,
}

/// An effect that committed something outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectTrace {
    /// `mail`, `http`.
    pub kind: String,
    /// Where to.
    pub target: String,
    /// `prepared`, `sent`, `done`, `not_done`, `unknown`.
    pub stand: String,
}

/// Traces a customer on a day; none is today.
///
/// # Errors
/// No such customer, or the store's.
pub fn why(engine: &mut Engine, customer: &str, on: Option<Day>) -> Result<Trace, EngineError> {
    let today = day_in(engine.settings.creditor.time_zone, engine.clock.now());
    let on = on.unwrap_or(today);
    let query = AgingQuery { as_of: Some(on), customer: Some(customer.to_owned()), ..AgingQuery::default() };
    let debt = aging(engine, &query)?;
    let tenant = engine.tenant;
    let engine = &*engine;
    let runs = engine.store.read(|conn| {
        let found = customer::by_external(conn, tenant, customer)?
            .ok_or_else(|| EngineError::NotFound { kind: "customer", id: customer.to_owned() })?;
        let mut list = runs::of_day(conn, tenant, on)?;
        if list.is_empty() {
            list.extend(runs::last_until(conn, tenant, on)?);
        }
        let tracing = Tracing { engine, conn, customer_id: found.id };
        list.into_iter().map(|run| tracing.run(&run)).collect::<Result<Vec<_>, EngineError>>()
    })?;
    Ok(Trace { customer: customer.to_owned(), on: on.to_string(), runs, debt })
}

struct Tracing<'a> {
    engine: &'a Engine,
    conn: &'a Conn<'a>,
    customer_id: i64,
}

impl Tracing<'_> {
    fn run(&self, run: &Run) -> Result<RunTrace, EngineError> {
        let tenant = self.engine.tenant;
        let policy = Policy::read(self.conn, tenant, run.policy_id)?;
        let kept = decision::of_customer(self.conn, tenant, run.id, self.customer_id)?;
        let scores = scored::scores(self.engine, self.conn, &kept, self.customer_id)?;
        let creditors = portfolio::creditors(self.conn, tenant)?;
        let steps = runs::steps(self.conn, tenant)?;
        let mut accounts = Vec::new();
        for candidate in runs::candidates_of(self.conn, tenant, run.id, self.customer_id)? {
            let creditor = creditors.iter().find(|creditor| creditor.id == candidate.creditor_id);
            let mut account = self.account(&candidate, &policy)?;
            account.creditor = creditor.map(|creditor| creditor.external_id.clone()).unwrap_or_default();
            let step = candidate.step_id.and_then(|id| steps.iter().find(|step| step.id == id));
            account.step = step.map(|step| step.step.clone());
            account.strategy = step.map(|step| step.strategy.clone()).or(account.strategy);
            account.scores = scores
                .iter()
                .filter(|score| {
                    score.creditor_id == candidate.creditor_id && score.currency == candidate.currency
                })
                .map(|score| score.view.clone())
                .collect();
            account.judges = kept.iter().filter(|kept| asked(kept, &candidate)).map(judge).collect();
            accounts.push(account);
        }
        Ok(RunTrace {
            run: run.id,
            on: run.business_on.to_string(),
            started_at: stamp(run.started_at),
            policy: policy.sha256,
            accounts,
        })
    }

    fn account(&self, candidate: &Candidate, policy: &Policy) -> Result<AccountTrace, EngineError> {
        let segment = usize::try_from(candidate.segment).unwrap_or(usize::MAX);
        let (segment, segment_rule, strategy) = policy.segment(segment);
        let outcome = Outcome::from_number(candidate.outcome);
        let reason = Reason::from_number(candidate.reason);
        let (Some(outcome), Some(reason)) = (outcome, reason) else {
            return Err(EngineError::fault("a candidate has an outcome nobody knows"));
        };
        let contact = match candidate.action_id {
            Some(id) => action::by_id(self.conn, self.engine.tenant, id)?,
            None => None,
        };
        let day = candidate.detail.and_then(|day| i32::try_from(day).ok()).map(|day| Day(day).to_string());
        Ok(AccountTrace {
            creditor: String::new(),
            currency: candidate.currency.code().to_owned(),
            score_ppm: candidate.score_ppm,
            scores: Vec::new(),
            segment,
            segment_rule,
            strategy,
            step: None,
            outcome: outcome.code().to_owned(),
            reason: reason.code().to_owned(),
            until: day,
            rule: self.rule(candidate)?,
            judges: Vec::new(),
            contact: contact.map(|kept| self.contact(&kept)).transpose()?,
        })
    }

    fn rule(&self, candidate: &Candidate) -> Result<Option<RuleTrace>, EngineError> {
        let Some(id) = candidate.phrase_id else { return Ok(None) };
        let phrase = runs::phrase(self.conn, self.engine.tenant, id)?;
        Ok(phrase.map(|phrase| RuleTrace {
            rule: phrase.rule,
            source: phrase.source,
            reason: phrase.reason,
            not_before: candidate.not_before_at.map(stamp),
        }))
    }

    fn contact(&self, kept: &Kept) -> Result<ContactTrace, EngineError> {
        let effects = journal::of_action(self.conn, self.engine.tenant, kept.action.id)?;
        let effects = effects.into_iter().map(|effect| EffectTrace {
            stand: match (effect.settled, effect.sent_at) {
                (Some(settled), _) => settled,
                (None, Some(_)) => "sent".into(),
                (None, None) => "prepared".into(),
            },
            kind: effect.kind,
            target: effect.target,
        });
        let action = &kept.action;
        Ok(ContactTrace {
            action: action.id,
            channel: action.channel.clone(),
            template: action.template.clone(),
            language: action.language.clone(),
            amount: action.currency.decimal(action.amount_minor),
            at: stamp(action.contact_at),
            permit_until: stamp(kept.permit.not_after_at),
            permit_used: kept.permit_used_at.is_some(),
            state: kept.state.clone(),
            reason: kept.reason.clone(),
            provider_id: kept.provider_id.clone(),
            effects: effects.collect(),
        })
    }
}

/// Whether a judgement of the customer's block can have been about the candidate: what nothing was due for was scored
/// and never shown to strategist or gates.
fn asked(kept: &decision::Kept, candidate: &Candidate) -> bool {
    kept.interface == crate::decision::SCORER || candidate.step_id.is_some()
}

fn judge(kept: &decision::Kept) -> JudgeTrace {
    JudgeTrace {
        decision: kept.id,
        interface: kept.interface.clone(),
        plugin: format!("{} {}", kept.plugin, kept.version),
        component_sha256: hex::encode(&kept.component_sha256),
        failure: kept.failure.clone(),
    }
}

/// An instant, as 2026-03-31T15:00:00Z.
fn stamp(at: i64) -> String {
    let at = chrono::DateTime::from_timestamp_micros(at);
    at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default()
}

/// The rules of a run, as they were.
struct Policy {
    sha256: String,
    body: serde_json::Value,
}

impl Policy {
    fn read(conn: &Conn<'_>, tenant: i64, id: i64) -> Result<Self, EngineError> {
        let kept = runs::policy(conn, tenant, id)?
            .ok_or_else(|| EngineError::fault(format!("policy {id} of a run is missing")))?;
        let body = serde_json::from_str(&kept.body)
            .map_err(|error| EngineError::fault(format!("policy {id} cannot be read: {error}")))?;
        Ok(Self { sha256: hex::encode(kept.sha256), body })
    }

    /// Name and rule of a segment, and the strategy that served it.
    fn segment(&self, place: usize) -> (String, Option<String>, Option<String>) {
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let segment = &self.body["segments"][place];
        let strategy = self.body["strategy_of"][place].as_u64().and_then(|place| usize::try_from(place).ok());
        let strategy = strategy.and_then(|place| text(&self.body["strategies"][place]["name"]));
        (text(&segment["name"]).unwrap_or_default(), text(&segment["when"]), strategy)
    }
}
