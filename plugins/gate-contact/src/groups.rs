//! Lists of words, and names for them.

use crate::text::{DataError, Section, same};

/// A list of words, or everything but them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Set {
    pub(crate) not: bool,
    pub(crate) words: Vec<String>,
}

impl Set {
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|w| same(w, word)) != self.not
    }
}

/// Named lists of words.
#[derive(Debug, Default)]
pub(crate) struct Groups(Vec<(String, Set)>);

impl Groups {
    pub(crate) fn read(section: &Section<'_>) -> Result<Self, DataError> {
        let mut groups = Self::default();
        for (name, words) in section.entries() {
            let set = groups.set(section.id, words)?;
            groups.0.push((name.into(), set));
        }
        Ok(groups)
    }

    /// A group every file relies on.
    pub(crate) fn named(&self, name: &str) -> Result<Set, DataError> {
        self.set("groups", &format!("@{name}"))
    }

    /// `call, @message`, `not bureau_report, @visit`.
    pub(crate) fn set(&self, section: &str, text: &str) -> Result<Set, DataError> {
        let (not, text) = text.strip_prefix("not ").map_or((false, text), |rest| (true, rest));
        let mut set = Set { not, words: Vec::new() };
        let parts: Vec<&str> = text.split([',', '|']).map(str::trim).collect();
        for part in &parts {
            let Some(name) = part.strip_prefix('@') else {
                set.words.push((*part).into());
                continue;
            };
            let (_, group) = self
                .0
                .iter()
                .find(|(known, _)| known == name)
                .ok_or_else(|| DataError::new(section, format!("{part} is no group")))?;
            if group.not && parts.len() > 1 {
                return Err(DataError::new(
                    section,
                    format!("{part} is an \"everything but\" and must stand alone"),
                ));
            }
            set.not = not != group.not;
            set.words.extend(group.words.iter().cloned());
        }
        Ok(set)
    }
}
