//! `[writeback]`: which source is told what happened here.

use serde::Deserialize;

/// What is told, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writeback {
    /// The name of the source, one whose plugin writes back.
    pub source: String,
    /// A payment waits so long before it is told: the source may be told of it by its own bank.
    pub after_minutes: i64,
    /// Payments that a bank or a gateway told of first, and what went back of them.
    pub payments: bool,
    /// Pauses in chasing, as notes.
    pub holds: bool,
}

/// As written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    source: String,
    after_minutes: Option<i64>,
    what: Option<Vec<String>>,
}

const WHAT: [&str; 2] = ["payments", "holds"];

pub(super) fn writeback(raw: Option<Raw>) -> Result<Option<Writeback>, String> {
    let Some(raw) = raw else { return Ok(None) };
    if raw.source.is_empty() {
        return Err("writeback.source: expected the name of a source, see: recaudo source list".into());
    }
    let after_minutes = raw.after_minutes.unwrap_or(10);
    if !(0..=10_080).contains(&after_minutes) {
        return Err(format!("writeback.after_minutes: expected 0 to 10080, found {after_minutes}"));
    }
    let what = raw.what.unwrap_or_else(|| WHAT.map(str::to_owned).to_vec());
    if let Some(unknown) = what.iter().find(|word| !WHAT.contains(&word.as_str())) {
        return Err(format!("writeback.what: expected some of {}, found {unknown:?}", WHAT.join(", ")));
    }
    let has = |word: &str| what.iter().any(|known| known == word);
    Ok(Some(Writeback { source: raw.source, after_minutes, payments: has("payments"), holds: has("holds") }))
}
