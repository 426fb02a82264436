//! A proposal made ready for rules: its words, its debtor's clocks, its earlier contacts.

use recaudo_sdk::policy::gate::{Attempt, Proposal};

use crate::book::{Reading, Words};
use crate::rule::{Key, Term};
use crate::text::{clock, day, millionths, same, truth};
use crate::zone::{Local, Zone};

/// A point in time, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) second: i64,
    pub(crate) nano: u32,
}

/// A point in time, with what the debtor's clocks show.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) at: Stamp,
    /// One a zone, in the case's order.
    pub(crate) locals: Vec<Local>,
}

/// An earlier contact.
#[derive(Debug)]
pub(crate) struct Earlier<'a> {
    pub(crate) attempt: &'a Attempt,
    pub(crate) talk: bool,
    /// Its permit is still out: nobody knows yet what it becomes.
    pub(crate) pending: bool,
    /// Its day in each zone.
    pub(crate) days: Vec<i32>,
}

/// A span the debtor called inconvenient.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inconvenient {
    /// Bit 0 is Monday.
    days: u8,
    pub(crate) from: i32,
    pub(crate) to: i32,
}

impl Inconvenient {
    pub(crate) fn on(self, day: i32) -> bool {
        self.days & (1 << weekday(day)) != 0
    }
}

/// Everything a rule may look at.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) proposal: &'a Proposal,
    readings: &'a [Reading],
    words: &'a Words,
    pub(crate) zones: Vec<&'a Zone>,
    region: &'a str,
    pub(crate) earlier: Vec<Earlier<'a>>,
    /// Days known to be public holidays besides the proposal's own.
    holidays: Vec<i32>,
    /// The proposal's own day in each zone.
    own_days: Vec<i32>,
    pub(crate) inconvenient: Vec<Inconvenient>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        proposal: &'a Proposal,
        zones: Vec<&'a Zone>,
        readings: &'a [Reading],
        words: &'a Words,
    ) -> Self {
        let days = |second: i64| zones.iter().map(|zone| zone.local(second).day).collect::<Vec<_>>();
        let earlier = proposal
            .attempts
            .iter()
            .filter(|attempt| !words.void.has(&attempt.outcome))
            .map(|attempt| Earlier {
                attempt,
                talk: attempt.two_way || words.talk.has(&attempt.outcome),
                pending: words.pending.has(&attempt.outcome),
                days: days(attempt.at.seconds),
            })
            .collect();
        let own_days = days(proposal.at.seconds);
        let region = proposal.region.rsplit('-').next().unwrap_or("");
        let mut case = Self {
            proposal,
            readings,
            words,
            zones,
            region,
            earlier,
            holidays: Vec::new(),
            own_days,
            inconvenient: Vec::new(),
        };
        case.holidays = case.attribute("holidays_ahead").split(',').filter_map(day).collect();
        case.inconvenient = inconvenient(case.attribute("inconvenient"));
        case
    }

    pub(crate) fn moment(&self, at: Stamp) -> Moment {
        Moment { at, locals: self.zones.iter().map(|zone| zone.local(at.second)).collect() }
    }

    /// An attribute's text; empty when it is not there.
    pub(crate) fn attribute(&self, key: &str) -> &'a str {
        let pairs = &self.proposal.attributes;
        pairs.iter().find(|(name, _)| same(name, key)).map_or("", |(_, value)| value.as_str())
    }

    /// An attribute's text or, without one, the reading of that name.
    pub(crate) fn word(&self, key: &str) -> &str {
        let own = self.attribute(key);
        if !own.is_empty() {
            return own;
        }
        let Some(reading) = self.readings.iter().find(|r| r.key.len() == key.len() && r.key == key) else {
            return "";
        };
        match self.attribute("reading") {
            "" => &reading.chosen,
            base => reading.under(base),
        }
    }

    pub(crate) fn recipient(&self) -> &'a str {
        match self.proposal.recipient.as_str() {
            "" => "debtor",
            role => role,
        }
    }

    /// Two roles are the same person: the debtor under any name, or one and the same role.
    pub(crate) fn same_person(&self, a: &str, b: &str) -> bool {
        same(a, b) || (self.words.debtor.has(a) && self.words.debtor.has(b))
    }

    pub(crate) fn is_holiday(&self, zone: usize, day: i32) -> bool {
        (self.proposal.holiday.is_some() && self.own_days.get(zone) == Some(&day))
            || self.holidays.contains(&day)
    }

    /// Do all terms of one of the lines hold?
    pub(crate) fn any(&self, lines: &[Vec<Term>], moment: &Moment) -> bool {
        lines.iter().any(|line| line.iter().all(|term| self.holds(term, moment)))
    }

    fn holds(&self, term: &Term, moment: &Moment) -> bool {
        match term {
            Term::Is(Key::CreditorKind, set) => {
                let mut words = self.proposal.creditor_kind.split([' ', ',']);
                if set.not { words.all(|word| set.has(word)) } else { words.any(|word| set.has(word)) }
            }
            Term::Is(key, set) => set.has(self.value(key)),
            Term::True(key, expected) => truth(self.word(key)) == *expected,
            Term::Listed(key, expected) => self.listed(key) == Some(*expected),
            Term::AtMost(key, limit) => millionths(self.attribute(key)).is_some_and(|value| value <= *limit),
            Term::Above(key, limit) => millionths(self.attribute(key)).is_some_and(|value| value > *limit),
            Term::ConsentWithin(days) => self.consent_within(*days, moment),
            Term::TalkedToday => self.talks(moment, |day, today| day == today),
        }
    }

    fn value(&self, key: &Key) -> &str {
        match key {
            Key::Channel => &self.proposal.channel,
            Key::Purpose => &self.proposal.purpose,
            Key::Recipient => self.recipient(),
            Key::Region => self.region,
            Key::DebtorKind => &self.proposal.debtor_kind,
            Key::CreditorKind => &self.proposal.creditor_kind,
            Key::Consent if self.proposal.consent.is_empty() => "unknown",
            Key::Consent => &self.proposal.consent,
            Key::Attribute(name) => self.word(name),
        }
    }

    /// Is the channel in the list? `None` when the attribute is not there at all.
    fn listed(&self, key: &str) -> Option<bool> {
        let (_, list) = self.proposal.attributes.iter().find(|(name, _)| same(name, key))?;
        Some(list.split(',').any(|word| same(word.trim(), &self.proposal.channel)))
    }

    /// Consent counts from its own day and ends with the next conversation or its withdrawal.
    fn consent_within(&self, days: i32, moment: &Moment) -> bool {
        let Some(given) = day(self.attribute("consent_on")) else { return false };
        let live = moment.locals.iter().all(|local| (0..days).contains(&(local.day - given)));
        live && !truth(self.attribute("consent_revoked")) && !self.talks(moment, |day, _| day > given)
    }

    /// Was there a conversation with this person, up to now, on a day that passes the test (its day, today)?
    fn talks(&self, moment: &Moment, test: impl Fn(i32, i32) -> bool) -> bool {
        self.earlier.iter().any(|earlier| {
            let mut days = earlier.days.iter().zip(&moment.locals);
            earlier.talk
                && earlier.attempt.at.seconds <= moment.at.second
                && self.concerns(earlier)
                && days.any(|(day, local)| test(*day, local.day))
        })
    }

    /// Was the earlier contact made to the person of this proposal? One that names nobody counts for everybody.
    pub(crate) fn concerns(&self, earlier: &Earlier<'_>) -> bool {
        earlier.attempt.recipient.is_empty() || self.same_person(&earlier.attempt.recipient, self.recipient())
    }
}

/// Monday is 0.
pub(crate) fn weekday(day: i32) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// `01234 15:00-17:00; 56 00:00-24:00`, days as digits, Monday 0. What cannot be read is left out.
fn inconvenient(text: &str) -> Vec<Inconvenient> {
    let span = |part: &str| {
        let (digits, span) = part.trim().split_once(' ')?;
        let (from, to) = span.split_once('-')?;
        let days =
            digits.chars().filter_map(|digit| digit.to_digit(7)).fold(0_u8, |days, day| days | 1 << day);
        Some(Inconvenient { days, from: clock(from)?, to: clock(to)? })
    };
    text.split(';').filter_map(span).collect()
}
