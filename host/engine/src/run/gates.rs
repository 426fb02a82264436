//! The gates: every one must permit. One that fails refuses; none at all permits nothing.
//!
//! Proposals carry no names, addresses or numbers of persons.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use recaudo_core::calendar::{self, Calendar};
use recaudo_core::day::Day;
use recaudo_ports::plugin::{Attempt, Attribute, Gate, Instant, PluginError, Proposal, Verdict};
use recaudo_store::portfolio::Contacted;
use recaudo_store::run::Phrase;

use super::block::{Block, Customer};
use super::plan::{Contact, Fate};
use super::{Running, entropy, judge};
use crate::Engine;
use crate::decision::{self, Calls, Judge, Records, Span};
use crate::instant::{day_in, micros, micros_of};
use crate::messages::{Outcome, Reason};

/// Proposals a gate is handed at once.
const ROWS: usize = 1_000;

/// How far ahead a gate is told the debtor's holidays, so that its `not-before` steps over them.
const HOLIDAYS_AHEAD_DAYS: i32 = 45;

/// The installed gates, ready to be asked.
pub struct Gates {
    list: Vec<Result<Door, PluginError>>,
}

/// A gate and who it is.
type Door = (Judge, Arc<dyn Gate>);

/// What the gates say together about a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// All permit, until a moment when one of them bounds it; microseconds UTC.
    Permit(Option<i64>),
    /// The first one that does not, why, and when it may be asked again.
    Refuse { reason: Reason, phrase: Phrase, not_before: Option<Instant> },
}

/// What an ERP may know of a debtor that bears on contacting it: attributes of a customer a gate is told, in the words of
/// `wit/CODES.md`.
const DEBTOR_FACTS: [&str; 24] = [
    "attorney_consents",
    "attorney_unresponsive",
    "authorized_channels",
    "bankruptcy",
    "breathing_space",
    "cease_written",
    "claim_open",
    "consent_on",
    "consent_revoked",
    "deceased",
    "dispute_open",
    "do_not_contact",
    "express_authorization",
    "hours_waiver_post_contract",
    "inconvenient",
    "insolvency_started",
    "insolvent",
    "opted_out",
    "product",
    "represented",
    "served_in_lawsuit",
    "time_barred",
    "vulnerable",
    "wrong_channels",
];

/// What a day is in a country, for proposals: worked out once a day and country, not once a proposal.
#[derive(Default)]
pub struct Days(RefCell<BTreeMap<(String, Day), Arc<DayFacts>>>);

struct DayFacts {
    holiday: Option<String>,
    /// What every proposal tells besides: the holidays to come, and that each message says how to opt out (compose does).
    attributes: Vec<Attribute>,
}

impl Days {
    fn of(&self, country: &str, day: Day) -> Arc<DayFacts> {
        let mut known = self.0.borrow_mut();
        let facts = known.entry((country.to_owned(), day)).or_insert_with(|| Arc::new(facts(country, day)));
        Arc::clone(facts)
    }
}

fn facts(country: &str, day: Day) -> DayFacts {
    let ahead = Calendar::built_in().holidays(country, day.plus(1), day.plus(HOLIDAYS_AHEAD_DAYS));
    let days: Vec<String> = ahead.iter().map(|(day, _)| day.to_string()).collect();
    let mut attributes = vec![("opt_out_notice".to_owned(), "true".to_owned())];
    if !days.is_empty() {
        attributes.push(("holidays_ahead".to_owned(), days.join(",")));
    }
    DayFacts { holiday: calendar::holiday(country, day).map(str::to_owned), attributes }
}

/// What a customer is, for proposals.
#[derive(Clone, Copy)]
pub struct Proposing<'a> {
    /// The engine, for the creditor's side.
    pub engine: &'a Engine,
    /// What was worked out already about days.
    pub days: &'a Days,
    /// ISO 3166, or empty.
    pub country: &'a str,
    /// The customer's zone, or empty.
    pub time_zone: &'a str,
    /// `person`, `business`, ...
    pub kind: &'a str,
    /// What the source says of it besides.
    pub attributes: &'a [Attribute],
}

impl Proposing<'_> {
    /// The proposal of a contact.
    pub fn proposal(
        &self,
        id: String,
        (channel, purpose): (&str, &str),
        at: Instant,
        days_past_due: i32,
        attempts: Vec<Attempt>,
    ) -> Proposal {
        let creditor = &self.engine.settings.creditor;
        let country = if self.country.is_empty() { &creditor.country } else { self.country };
        let zone = self.time_zone.parse().unwrap_or(creditor.time_zone);
        let moment = DateTime::from_timestamp(at.seconds, at.nanoseconds).unwrap_or_default();
        let day = day_in(zone, moment);
        let facts = self.days.of(country, day);
        let time_zones = if self.time_zone.is_empty() { Vec::new() } else { vec![self.time_zone.to_owned()] };
        Proposal {
            id,
            channel: channel.to_owned(),
            purpose: purpose.to_owned(),
            at,
            recipient: "debtor".into(),
            time_zones,
            country: country.to_owned(),
            region: self.attribute("region").to_owned(),
            debtor_kind: self.kind.to_owned(),
            creditor_kind: creditor.kind.clone(),
            holiday: facts.holiday.clone(),
            consent: String::new(),
            document: String::new(),
            days_past_due,
            attempts,
            attributes: facts.attributes.iter().chain(self.debtor_facts()).cloned().collect(),
        }
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn debtor_facts(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|(key, _)| DEBTOR_FACTS.contains(&key.as_str()))
    }
}

/// A contact that was made, as a gate reads it.
pub fn attempt(contact: &Contacted) -> Attempt {
    let inbound = contact.state == "inbound";
    let outcome = match contact.state.as_str() {
        "queued" | "sending" => "permitted",
        "inbound" => "replied",
        // Whether it left is not known: it counts.
        "unknown" | "outbound" => "sent",
        other => other,
    };
    Attempt {
        at: from_micros(contact.at),
        channel: contact.channel.clone(),
        outcome: outcome.into(),
        two_way: inbound,
        debt: String::new(),
        recipient: "debtor".into(),
        consented: false,
    }
}

/// A contract's instant.
pub fn from_micros(at: i64) -> Instant {
    let nanoseconds = u32::try_from(at.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Instant { seconds: at.div_euclid(1_000_000), nanoseconds }
}

impl Gates {
    /// Gets the installed gates ready; one that cannot be used refuses when it is asked.
    pub fn new(engine: &Engine) -> Self {
        let gate = |installation| Ok((judge(engine, installation)?, engine.plugins.gate(installation)?));
        Self { list: engine.settings.installed.gates.iter().map(gate).collect() }
    }

    /// One answer a proposal.
    pub fn ask(
        &self,
        engine: &Engine,
        (calls, records): (&Calls, &mut Records),
        proposals: Vec<Proposal>,
        (first_customer, last_customer): (i64, i64),
    ) -> Vec<Asked> {
        if self.list.is_empty() {
            let none = || refusal(Reason::NoGate, "no_gate");
            return proposals.iter().map(|_| none()).collect();
        }
        let mut asked = vec![Asked::Permit(None); proposals.len()];
        // Places of the proposals every gate so far permits.
        let mut places: Vec<usize> = (0..proposals.len()).collect();
        let mut open = proposals;
        for (number, gate) in self.list.iter().enumerate() {
            let span = Span { first_customer, last_customer, rows: open.len() };
            let answer = gate.as_ref().map_err(PluginError::clone).and_then(|(judge, gate)| {
                let call = calls.call(&judge.installation, &format!("gate-{number}"), entropy(engine));
                let ask = || gate.review(&call, &open);
                let verdicts = records.judge(judge, decision::GATE, &call, (open.as_slice(), span), ask)?;
                if verdicts.len() == open.len() { Ok(verdicts) } else { Err(wrong(judge)) }
            });
            let Ok(verdicts) = answer else {
                let code = answer.err().map_or_else(String::new, |error| error.code);
                for place in &places {
                    asked[*place] = refusal(Reason::GateFailed, &code);
                }
                return asked;
            };
            let mut still_open = Vec::new();
            let mut still_places = Vec::new();
            for ((proposal, verdict), place) in open.into_iter().zip(verdicts).zip(places) {
                match verdict {
                    Verdict::Permit(until) => {
                        asked[place] = Asked::Permit(earliest(&asked[place], until.map(micros_of)));
                        still_open.push(proposal);
                        still_places.push(place);
                    }
                    Verdict::Refuse(refused) => {
                        let phrase =
                            Phrase { rule: refused.rule, source: refused.source, reason: refused.reason };
                        asked[place] = Asked::Refuse {
                            reason: Reason::GateRefused,
                            phrase,
                            not_before: refused.not_before,
                        };
                    }
                }
            }
            (open, places) = (still_open, still_places);
        }
        asked
    }
}

fn earliest(so_far: &Asked, until: Option<i64>) -> Option<i64> {
    match so_far {
        Asked::Permit(Some(known)) => Some(until.map_or(*known, |until| until.min(*known))),
        Asked::Permit(None) | Asked::Refuse { .. } => until,
    }
}

fn refusal(reason: Reason, rule: &str) -> Asked {
    let phrase = Phrase { rule: rule.into(), source: String::new(), reason: String::new() };
    Asked::Refuse { reason, phrase, not_before: None }
}

fn wrong(judge: &Judge) -> PluginError {
    PluginError {
        plugin: format!("{} {}", judge.identity.id, judge.identity.version),
        kind: recaudo_ports::plugin::PluginErrorKind::Internal,
        code: "wrong-answer".into(),
        message: "another number of verdicts than of proposals".into(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

impl Running<'_> {
    /// Asks the gates about every contact that is still open. A refusal that ends later today is asked again for then.
    pub(super) fn ask_gates(&mut self, block: &Block, contacts: &mut [Contact]) {
        let moment = micros(self.today.moment);
        let mut open: Vec<(usize, i64)> = contacts
            .iter()
            .enumerate()
            .filter(|(_, contact)| contact.fate == Fate::Open)
            .map(|(place, _)| (place, moment))
            .collect();
        open.sort_by_key(|(place, _)| {
            let contact = &contacts[*place];
            (block.accounts[contact.account].customer, -i64::from(contact.priority), *place)
        });
        self.ask_about(block, contacts, &open);
        let ends = micros(self.today.ends);
        let later: Vec<(usize, i64)> = open
            .iter()
            .filter_map(|(place, _)| match contacts[*place].fate {
                Fate::Left { not_before: Some(at), reason: Reason::GateRefused, .. }
                    if at > moment && at < ends =>
                {
                    Some((*place, at))
                }
                _ => None,
            })
            .collect();
        self.ask_about(block, contacts, &later);
    }

    fn ask_about(&mut self, block: &Block, contacts: &mut [Contact], open: &[(usize, i64)]) {
        let mut rest = open;
        while !rest.is_empty() {
            // Proposals of one customer stay together, so that each sees the ones before it.
            let mut end = rest.len().min(ROWS);
            let customer = |at: &(usize, i64)| block.accounts[contacts[at.0].account].customer;
            while end < rest.len() && customer(&rest[end]) == customer(&rest[end - 1]) {
                end += 1;
            }
            let (chunk, after) = rest.split_at(end);
            let proposals = self.proposals(block, contacts, chunk);
            let span = (block.first_customer, block.last_customer);
            let answers = self.gates.ask(self.engine, (&self.calls, &mut self.records), proposals, span);
            for ((place, at), answer) in chunk.iter().zip(answers) {
                contacts[*place].fate = self.fate(*at, answer);
            }
            rest = after;
        }
    }

    fn proposals(&self, block: &Block, contacts: &[Contact], chunk: &[(usize, i64)]) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = Vec::with_capacity(chunk.len());
        let mut before: Option<usize> = None;
        let mut earlier: Vec<Attempt> = Vec::new();
        for (place, at) in chunk {
            let contact = &contacts[*place];
            let account = &block.accounts[contact.account];
            let customer = &block.customers[account.customer];
            if before != Some(account.customer) {
                earlier = block.contacts(customer).iter().map(attempt).collect();
                // What this block has permitted already counts too.
                earlier.extend(self.permitted(block, contacts, account.customer));
                before = Some(account.customer);
            }
            let step = &self.engine.settings.strategies[contact.strategy].steps[contact.due.step];
            let channel = contact.due.channel.code();
            let words = (channel, step.purpose.as_str());
            let mut proposal = self.proposing(block, customer).proposal(
                format!("{}-{place}", self.calls.run),
                words,
                from_micros(*at),
                contact.due.days_past_due,
                earlier.clone(),
            );
            proposal.consent = if customer.opted_out.has(contact.due.channel) {
                "revoked".into()
            } else if customer.granted.has(contact.due.channel) {
                "granted".into()
            } else {
                "unknown".into()
            };
            earlier.push(pending(channel, *at));
            proposals.push(proposal);
        }
        proposals
    }

    /// Contacts stand by account, accounts by customer: a customer's are neighbours.
    fn permitted(&self, block: &Block, contacts: &[Contact], customer: usize) -> Vec<Attempt> {
        let of = |contact: &Contact| block.accounts[contact.account].customer;
        let first = contacts.partition_point(|contact| of(contact) < customer);
        let of_customer = contacts[first..].iter().take_while(|contact| of(contact) == customer);
        of_customer
            .filter_map(|contact| match contact.fate {
                Fate::Permitted { at, .. } => Some(pending(contact.due.channel.code(), at)),
                Fate::Open | Fate::Left { .. } => None,
            })
            .collect()
    }

    fn proposing<'b>(&'b self, block: &'b Block, customer: &'b Customer) -> Proposing<'b> {
        let row = &customer.row;
        Proposing {
            engine: self.engine,
            days: &self.days,
            country: block.words.countries.get(row.country),
            time_zone: block.words.time_zones.get(row.time_zone),
            kind: block.words.kinds.get(row.kind),
            attributes: &customer.attributes,
        }
    }

    fn fate(&mut self, at: i64, answer: Asked) -> Fate {
        match answer {
            Asked::Permit(until) => {
                let hours = i64::from(self.engine.settings.contacting.permit_hours);
                let longest = at + hours * 3_600 * 1_000_000;
                Fate::Permitted { at, not_after: until.map_or(longest, |until| until.min(longest)) }
            }
            Asked::Refuse { reason, phrase, not_before } => {
                if reason == Reason::GateFailed {
                    self.view.note(format!("gate: {}", phrase.rule));
                }
                let not_before = not_before.map(micros_of);
                Fate::Left { outcome: Outcome::Refused, reason, phrase: Some(phrase), not_before }
            }
        }
    }
}

fn pending(channel: &str, at: i64) -> Attempt {
    Attempt {
        at: from_micros(at),
        channel: channel.into(),
        outcome: "permitted".into(),
        two_way: false,
        debt: String::new(),
        recipient: "debtor".into(),
        consented: false,
    }
}
