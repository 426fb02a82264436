//! May this contact go out? Hours, holidays, caps, consent, recipients and states, country by country.
//!
//! The engine knows five kinds of rule; every parameter, its legal source and its sentence stand in
//! `data/*.rules`. A country more is a file more. Read `rule`, then `facts`, `tally`, `judge`.

mod book;
mod config;
mod facts;
mod groups;
mod hours;
mod judge;
mod rule;
mod tally;
mod text;
mod zone;

#[cfg(test)]
mod tests;

use recaudo_sdk::policy::gate::{Proposal, Refusal, Verdict};
use recaudo_sdk::{Context, Failure};

use book::Book;
use config::{Config, UnknownCountry, wrong};
use facts::Case;
use judge::Language;
use zone::Zone;

/// The plugin.
#[derive(Debug)]
pub struct GateContact;

impl recaudo_sdk::Gate for GateContact {
    fn review(ctx: Context, proposals: Vec<Proposal>) -> Result<Vec<Verdict>, Failure> {
        let config = Config::read(&ctx.config)?;
        let broken = |error: text::DataError| wrong(format!("rules of [{}]: {}", error.section, error.what));
        let mut desk = Desk {
            book: Book::open(&config).map_err(broken)?,
            zones: Vec::new(),
            own_zone: ctx.time_zone,
            refuses_unknown: config.unknown_country == UnknownCountry::Refuse,
            language: Language::of(&ctx.locale),
        };
        proposals.iter().map(|proposal| desk.review(proposal).map_err(broken)).collect()
    }
}
recaudo_sdk::export!(GateContact: Gate);

/// From 1900 to 9999: farther times are mistakes.
const SECONDS: std::ops::Range<i64> = -2_208_988_800..253_402_300_800;

/// What one call keeps between its proposals.
struct Desk {
    book: Book,
    zones: Vec<Zone>,
    own_zone: String,
    refuses_unknown: bool,
    language: Language,
}

impl Desk {
    fn review(&mut self, proposal: &Proposal) -> Result<Verdict, text::DataError> {
        let mut times =
            proposal.attempts.iter().map(|attempt| attempt.at.seconds).chain([proposal.at.seconds]);
        if times.any(|second| !SECONDS.contains(&second)) {
            return Ok(refuse("HOUSE-TIME", "a time lies outside the years 1900 to 9999".into()));
        }
        let at = self.book.find(&proposal.country)?;
        let none = book::Country::default();
        let own = std::slice::from_ref(&self.own_zone);
        let country = self.book.country(at);
        if country.is_none() && self.refuses_unknown {
            return Ok(refuse("NO-RULES", format!("no rules are known for country {:?}", proposal.country)));
        }
        let country = country.unwrap_or(&none);
        let names = [&proposal.time_zones[..], &country.zones[..], own].into_iter().find(|n| !n.is_empty());
        let mut zones = Vec::new();
        for name in names.unwrap_or_default() {
            let Some(at) = known(&mut self.zones, name) else {
                return Ok(refuse("HOUSE-ZONE", format!("the debtor's time zone {name:?} is unknown")));
            };
            zones.push(at);
        }
        let zones = zones.into_iter().map(|at| &self.zones[at]).collect();
        let case = Case::new(proposal, zones, &self.book.readings, &self.book.words);
        let rules: Vec<&rule::Rule> = country.rules.iter().chain(&self.book.house).collect();
        Ok(judge::verdict(&case, &rules, self.language))
    }
}

/// Where the zone stands among those already looked up.
fn known(zones: &mut Vec<Zone>, name: &str) -> Option<usize> {
    if let Some(at) = zones.iter().position(|zone| zone.name == name) {
        return Some(at);
    }
    zones.push(Zone::find(name)?);
    Some(zones.len() - 1)
}

fn refuse(rule: &str, reason: String) -> Verdict {
    Verdict::Refuse(Refusal { rule: rule.into(), source: "house policy".into(), reason, not_before: None })
}
