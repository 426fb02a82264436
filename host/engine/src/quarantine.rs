//! Quarantine: rows that did not come in, each with where it stands, what it says and what to do.

mod advice;
mod reason;

use std::collections::HashMap;

use recaudo_store::quarantine::{self as rows, Quarantined};
use serde::Serialize;

use crate::Engine;
use crate::error::EngineError;
use crate::vault::Subject;

pub use advice::advice;
pub use reason::reason;

/// A row that did not come in, or not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantineView {
    /// The source's name.
    pub source: String,
    /// The file or endpoint.
    pub file: String,
    /// The row in it, from 1; 0 where the source has no rows.
    pub row: i64,
    /// What kind of record: `customer`, `document`, `row` ...
    pub entity: String,
    /// Which field.
    pub field: String,
    /// What it says. Personal data: shown to whoever may see the quarantine, stored sealed.
    pub value: String,
    /// Stable, kebab-case.
    pub code: String,
    /// What is wrong, in the language asked for.
    pub reason: String,
    /// What is wrong, as the plugin put it.
    pub detail: String,
    /// In the language asked for.
    pub what_to_do: String,
    /// UTC.
    pub since: String,
}

/// The open quarantine, by source, file and row; `language` is `es`, `pt` or `en`.
///
/// # Errors
/// The store's, or a text that was changed in the store.
pub fn list(engine: &mut Engine, language: &str) -> Result<Vec<QuarantineView>, EngineError> {
    let (tenant, vault) = (engine.tenant, engine.vault.clone());
    engine.store.read(|conn| {
        let mut found = Vec::new();
        rows::scan_open(conn, tenant, |row| {
            found.push(row);
            Ok(())
        })?;
        let mut sealers = HashMap::new();
        let mut views = Vec::with_capacity(found.len());
        for row in &found {
            let sealer = match sealers.entry(row.source_id) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(vault.find(conn, tenant, Subject::Source(row.source_id))?)
                }
            };
            let open = |sealed: &[u8]| match &*sealer {
                Some(sealer) => sealer.open(sealed).map(|text| String::from_utf8_lossy(&text).into_owned()),
                None => Ok(String::new()),
            };
            views.push(view(row, open(&row.value)?, open(&row.message)?, language));
        }
        Ok(views)
    })
}

fn view(row: &Quarantined, value: String, detail: String, language: &str) -> QuarantineView {
    let since = chrono::DateTime::from_timestamp_micros(row.first_seen_at).unwrap_or_default();
    QuarantineView {
        source: row.source.clone(),
        file: row.origin.clone(),
        row: row.row,
        entity: row.entity.clone(),
        field: row.field.clone(),
        value,
        code: row.code.clone(),
        reason: reason(&row.code, language).map_or_else(|| detail.clone(), str::to_owned),
        detail,
        what_to_do: advice(&row.code, language).into(),
        since: since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    }
}
