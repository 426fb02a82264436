//! What people read, in their language: catalogues of texts by key, and which language a person wants.
//!
//! A catalogue is a TOML file whose tables become dotted keys (`report.title`). All languages hold the same keys; a
//! test of each catalogue says so.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The languages the product speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Language {
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// English, also where nothing is known.
    #[default]
    En,
}

impl Language {
    /// All of them, Spanish first.
    pub const ALL: [Self; 3] = [Self::Es, Self::Pt, Self::En];

    /// `es`, `pt` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::Pt => "pt",
            Self::En => "en",
        }
    }

    /// From a locale such as `es_CO.UTF-8`, `pt-BR` or `C`; `None` when it names no language of ours.
    pub fn of_locale(locale: &str) -> Option<Self> {
        locale.get(..2).and_then(|code| code.to_ascii_lowercase().parse().ok())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = NoLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|l| l.code() == text).ok_or_else(|| NoLanguage(text.into()))
    }
}

/// Not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no language of recaudo; write es, pt or en")]
pub struct NoLanguage(String);

/// Stands where a text is missing.
pub const GAP: &str = "[no text]";

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Words {
    /// Whose texts these are.
    pub language: Language,
    texts: BTreeMap<String, String>,
}

impl Words {
    /// Reads a catalogue compiled into the program.
    ///
    /// # Panics
    /// When the catalogue is no TOML of tables and strings: a programming error that a test finds.
    pub fn read(language: Language, catalogue: &str) -> Self {
        let table: toml::Table = catalogue.parse().expect("a catalogue is TOML");
        let mut texts = BTreeMap::new();
        flatten("", &table, &mut texts);
        Self { language, texts }
    }

    /// The text of a key; where there is none, [`GAP`], which is seen and breaks nothing.
    pub fn get(&self, key: &str) -> &str {
        self.texts.get(key).map_or(GAP, String::as_str)
    }

    /// The text of a key, if there is one.
    pub fn find(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The text of a key with `{name}` replaced by values.
    pub fn fill(&self, key: &str, values: &[(&str, &dyn fmt::Display)]) -> String {
        let mut text = self.get(key).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
        }
        text
    }

    /// All keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// The texts below a table, by the rest of their key.
    pub fn below(&self, prefix: &str) -> BTreeMap<String, String> {
        let prefix = format!("{prefix}.");
        let texts = self.texts.iter();
        texts.filter_map(|(key, text)| Some((key.strip_prefix(&prefix)?.to_owned(), text.clone()))).collect()
    }
}

fn flatten(prefix: &str, table: &toml::Table, texts: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::String(text) => {
                texts.insert(key, text.clone());
            }
            toml::Value::Table(inner) => flatten(&key, inner, texts),
            other => panic!("{key} is a {}, not a text", other.type_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_its_language() {
        assert_eq!(Language::of_locale("es_CO.UTF-8"), Some(Language::Es));
        assert_eq!(Language::of_locale("pt-BR"), Some(Language::Pt));
        assert_eq!(Language::of_locale("EN"), Some(Language::En));
        assert_eq!(Language::of_locale("C"), None);
        assert_eq!(Language::of_locale("quechua"), None);
    }

    #[test]
    fn a_text_is_filled_and_a_gap_is_seen() {
        let words = Words::read(Language::En, "[run]\nsent = \"{n} sent on {day}\"\n");
        assert_eq!(words.fill("run.sent", &[("n", &3), ("day", &"2026-01-02")]), "3 sent on 2026-01-02");
        assert_eq!(words.get("run.other"), GAP);
    }
}
