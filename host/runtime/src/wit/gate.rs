//! Proposals on their way into a gate (borrowed: a batch is copied once, into the guest), and verdicts on their way out.

use recaudo_ports::plugin::{Attempt, Attribute, Proposal, Refusal, Verdict};
use wasmtime::component::{ComponentType, Lower};

use super::exports::policy::gate as wit;
use super::types::values::Instant;

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct AttemptRef<'a> {
    at: Instant,
    channel: &'a str,
    outcome: &'a str,
    #[component(name = "two-way")]
    two_way: bool,
    debt: &'a str,
    recipient: &'a str,
    consented: bool,
}

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct ProposalRef<'a> {
    id: &'a str,
    channel: &'a str,
    purpose: &'a str,
    at: Instant,
    recipient: &'a str,
    #[component(name = "time-zones")]
    time_zones: &'a [String],
    country: &'a str,
    region: &'a str,
    #[component(name = "debtor-kind")]
    debtor_kind: &'a str,
    #[component(name = "creditor-kind")]
    creditor_kind: &'a str,
    holiday: Option<&'a str>,
    consent: &'a str,
    document: &'a str,
    #[component(name = "days-past-due")]
    days_past_due: i32,
    attempts: Vec<AttemptRef<'a>>,
    attributes: &'a [Attribute],
}

/// The proposals in the contract's shape.
pub(crate) fn proposals(from: &[Proposal]) -> Vec<ProposalRef<'_>> {
    from.iter().map(proposal).collect()
}

fn proposal(from: &Proposal) -> ProposalRef<'_> {
    ProposalRef {
        id: &from.id,
        channel: &from.channel,
        purpose: &from.purpose,
        at: from.at.into(),
        recipient: &from.recipient,
        time_zones: &from.time_zones,
        country: &from.country,
        region: &from.region,
        debtor_kind: &from.debtor_kind,
        creditor_kind: &from.creditor_kind,
        holiday: from.holiday.as_deref(),
        consent: &from.consent,
        document: &from.document,
        days_past_due: from.days_past_due,
        attempts: from.attempts.iter().map(attempt).collect(),
        attributes: &from.attributes,
    }
}

fn attempt(from: &Attempt) -> AttemptRef<'_> {
    AttemptRef {
        at: from.at.into(),
        channel: &from.channel,
        outcome: &from.outcome,
        two_way: from.two_way,
        debt: &from.debt,
        recipient: &from.recipient,
        consented: from.consented,
    }
}

impl From<wit::Verdict> for Verdict {
    fn from(from: wit::Verdict) -> Self {
        match from {
            wit::Verdict::Permit(until) => Self::Permit(until.map(Into::into)),
            wit::Verdict::Refuse(refusal) => Self::Refuse(Refusal {
                rule: refusal.rule,
                source: refusal.source,
                reason: refusal.reason,
                not_before: refusal.not_before.map(Into::into),
            }),
        }
    }
}
