//! The rule book: the data files built in and what the configuration adds, each read when first asked for.

use crate::config::Config;
use crate::groups::{Groups, Set};
use crate::rule::{Rule, scope};
use crate::text::{DataError, Section, same, sections};

const COMMON: &str = include_str!("../data/common.rules");
const HOUSE: &str = include_str!("../data/house.rules");
/// ISO 3166 codes and the file.
pub(crate) const COUNTRIES: [(&str, &str, &str); 12] = [
    ("AR", "ARG", include_str!("../data/ar.rules")),
    ("BR", "BRA", include_str!("../data/br.rules")),
    ("CL", "CHL", include_str!("../data/cl.rules")),
    ("CO", "COL", include_str!("../data/co.rules")),
    ("EC", "ECU", include_str!("../data/ec.rules")),
    ("ES", "ESP", include_str!("../data/es.rules")),
    ("GB", "GBR", include_str!("../data/gb.rules")),
    ("GT", "GTM", include_str!("../data/gt.rules")),
    ("MX", "MEX", include_str!("../data/mx.rules")),
    ("PE", "PER", include_str!("../data/pe.rules")),
    ("PY", "PRY", include_str!("../data/py.rules")),
    ("US", "USA", include_str!("../data/us.rules")),
];

/// One country's rules, in the order they are asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Country {
    /// Every zone a debtor may be in whose zone nobody knows.
    pub(crate) zones: Vec<String>,
    pub(crate) rules: Vec<Rule>,
}

/// What words mean to all rules.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) debtor: Set,
    pub(crate) void: Set,
    pub(crate) talk: Set,
    pub(crate) pending: Set,
}

/// Which way an ambiguous text is read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) key: String,
    strict: String,
    published: String,
    pub(crate) chosen: String,
}

impl Reading {
    /// `strict` or, for any other word, as published.
    pub(crate) fn under(&self, base: &str) -> &str {
        if same(base, "strict") { &self.strict } else { &self.published }
    }
}

/// The rules of one call.
#[derive(Debug)]
pub(crate) struct Book {
    groups: Groups,
    pub(crate) words: Words,
    pub(crate) readings: Vec<Reading>,
    pub(crate) house: Vec<Rule>,
    extra: Vec<(String, String)>,
    read: Vec<(String, Option<Country>)>,
}

impl Book {
    /// Reads what every country needs.
    pub(crate) fn open(config: &Config) -> Result<Self, DataError> {
        let common = sections(COMMON)?;
        let section = |id: &str| {
            common.iter().find(|s| s.id == id).ok_or_else(|| DataError::new(id, "this section is missing"))
        };
        let groups = Groups::read(section("groups")?)?;
        let readings = readings(section("readings")?, config)?;
        let words = Words {
            debtor: groups.named("debtor")?,
            void: groups.named("void")?,
            talk: groups.named("talk")?,
            pending: groups.named("pending")?,
        };
        let house = house(&groups, config)?;
        let extra = config.extra_rules.iter().map(|(code, text)| (code.clone(), text.clone())).collect();
        Ok(Self { groups, words, readings, house, extra, read: Vec::new() })
    }

    /// Where the country's rules stand in [`Book::country`]; reads them on the first call.
    pub(crate) fn find(&mut self, code: &str) -> Result<usize, DataError> {
        if let Some(at) = self.read.iter().position(|(known, _)| known == code) {
            return Ok(at);
        }
        let built_in = COUNTRIES
            .iter()
            .find(|(two, three, _)| same(two, code) || same(three, code))
            .map(|(two, _, text)| (*two, *text));
        let two = built_in.map_or(code, |(two, _)| two);
        let extra = self.extra.iter().find(|(known, _)| same(known, two)).map(|(_, text)| text.as_str());
        let country = match (built_in.map(|(_, text)| text), extra) {
            (None, None) => None,
            (text, extra) => {
                let mut country = Country::default();
                for text in text.into_iter().chain(extra) {
                    country.add(text, &self.groups)?;
                }
                Some(country)
            }
        };
        self.read.push((code.into(), country));
        Ok(self.read.len() - 1)
    }

    /// `None` for a country without rules.
    pub(crate) fn country(&self, at: usize) -> Option<&Country> {
        self.read.get(at).and_then(|(_, country)| country.as_ref())
    }
}

impl Country {
    fn add(&mut self, text: &str, groups: &Groups) -> Result<(), DataError> {
        let mut exempt = Vec::new();
        for section in sections(text)? {
            match section.id {
                "" => self.zones.extend(list(section.get("zones").unwrap_or(""))),
                "scope" => exempt = scope(&section, groups)?,
                _ => self.rules.push(Rule::read(&section, groups, &exempt)?),
            }
        }
        Ok(())
    }
}

fn house(groups: &Groups, config: &Config) -> Result<Vec<Rule>, DataError> {
    let mut rules = Vec::new();
    for mut section in sections(HOUSE)? {
        let courtesy = section.id == "HOUSE-COURTESY";
        if section.id.is_empty() || !(if courtesy { config.courtesy.enabled } else { config.house_rules }) {
            continue;
        }
        if courtesy {
            for (key, value) in config.courtesy.hours() {
                section.set(key, value);
            }
        }
        rules.push(Rule::read(&section, groups, &[])?);
    }
    Ok(rules)
}

fn readings(section: &Section<'_>, config: &Config) -> Result<Vec<Reading>, DataError> {
    let mut all = Vec::new();
    for (key, values) in section.entries() {
        let (strict, published) = values.split_once(", ").ok_or_else(|| {
            DataError::new("readings", format!("{key} needs a strict and a published value"))
        })?;
        let mut reading = Reading {
            key: key.into(),
            strict: strict.into(),
            published: published.into(),
            chosen: String::new(),
        };
        let own = config.readings.iter().find(|(k, _)| same(k, key)).map(|(_, v)| v.as_str());
        reading.chosen = own.unwrap_or_else(|| reading.under(&config.reading)).to_owned();
        all.push(reading);
    }
    if let Some(key) = config.readings.keys().find(|key| !all.iter().any(|r| same(&r.key, key))) {
        return Err(DataError::new("readings", format!("{key} is no reading")));
    }
    Ok(all)
}

/// Comma-separated words.
pub(crate) fn list(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}
