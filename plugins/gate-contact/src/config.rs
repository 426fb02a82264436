//! The configuration: which reading, the house's courtesy hours, rules of one's own.

use std::collections::BTreeMap;

use recaudo_sdk::{Failure, Kind, Retry};
use serde::Deserialize;

/// As `config.schema.json` says; absent keys mean the careful choice.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// `strict` or `published`: how ambiguous texts are read unless `readings` says otherwise.
    pub(crate) reading: String,
    /// Readings chosen one by one.
    pub(crate) readings: BTreeMap<String, String>,
    pub(crate) courtesy: Courtesy,
    /// The house's own rules other than the courtesy hours: deceased, opt-out and so on.
    pub(crate) house_rules: bool,
    /// What a country without rules means: `courtesy` or `refuse`.
    pub(crate) unknown_country: UnknownCountry,
    /// Country code -> rules in the data files' own form, asked after the built-in ones.
    pub(crate) extra_rules: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UnknownCountry {
    Courtesy,
    Refuse,
}

/// The house's courtesy hours; keys that are set replace those of `data/house.rules`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Courtesy {
    pub(crate) enabled: bool,
    mon_fri: Option<String>,
    sat: Option<String>,
    sun: Option<String>,
    holiday: Option<String>,
    channels: Option<String>,
}

impl Courtesy {
    /// What the configuration says, as entries of a data file.
    pub(crate) fn hours(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("mon_fri", &self.mon_fri),
            ("sat", &self.sat),
            ("sun", &self.sun),
            ("holiday", &self.holiday),
            ("channels", &self.channels),
        ]
        .into_iter()
        .filter_map(|(key, value)| value.as_deref().map(|value| (key, value)))
    }
}

impl Default for Courtesy {
    fn default() -> Self {
        Self { enabled: true, mon_fri: None, sat: None, sun: None, holiday: None, channels: None }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            reading: "strict".into(),
            readings: BTreeMap::new(),
            courtesy: Courtesy::default(),
            house_rules: true,
            unknown_country: UnknownCountry::Courtesy,
            extra_rules: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the call's configuration; nothing at all means the defaults.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        serde_json::from_slice(bytes)
            .map_err(|error| wrong(format!("the configuration cannot be read: {error}")))
    }
}

/// The call cannot be answered until somebody mends the configuration.
pub(crate) fn wrong(message: String) -> Failure {
    Failure {
        kind: Kind::InvalidConfig,
        code: "gate-contact/config".into(),
        message,
        retry: Retry::Never,
        details: Vec::new(),
    }
}
