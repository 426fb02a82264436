//! What became of each row of a page, and what is to be said about it.

use std::collections::BTreeMap;

use recaudo_ports::plugin::Key;

/// The worst that happened to a row decides how it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Unchanged,
    Imported,
    Quarantined,
}

/// A row, or a record of a source without rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Row(u64),
    Record(String),
}

/// Something that did not come in, in plain words. Sealed before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) row: u64,
    /// `document`, or `document INV-1` where the source has no rows.
    pub(super) entity: String,
    pub(super) field: String,
    pub(super) value: String,
    pub(super) code: String,
    pub(super) message: String,
}

/// A refusal of one field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) field: &'static str,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(
        field: &'static str,
        value: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { field, value: value.into(), code, message: message.into() }
    }
}

/// The page's rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: BTreeMap<Place, Outcome>,
    problems: Vec<Problem>,
}

/// How many rows of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) read: i64,
    pub(super) imported: i64,
    pub(super) unchanged: i64,
    pub(super) quarantined: i64,
}

impl Tally {
    pub(super) fn note(&mut self, entity: &str, key: &Key, outcome: Outcome) {
        let place = match key.row {
            0 => Place::Record(format!("{entity} {}", key.id)),
            row => Place::Row(row),
        };
        let kept = self.rows.entry(place).or_insert(outcome);
        *kept = outcome.max(*kept);
    }

    /// A record changed something, or not.
    pub(super) fn came_in(&mut self, entity: &str, key: &Key, news: bool) {
        self.note(entity, key, if news { Outcome::Imported } else { Outcome::Unchanged });
    }

    /// A record, or a field of it, was refused by the host.
    pub(super) fn refuse(&mut self, entity: &str, key: &Key, refusal: Refusal) {
        self.note(entity, key, Outcome::Quarantined);
        let entity = if key.row == 0 { format!("{entity} {}", key.id) } else { entity.into() };
        self.problem(Problem {
            row: key.row,
            entity,
            field: refusal.field.into(),
            value: refusal.value,
            code: refusal.code.into(),
            message: refusal.message,
        });
    }

    /// As [`Tally::refuse`], without a line of its own when the same row was refused already: what is missing is missing
    /// because of that, and one clear line is enough.
    pub(super) fn refuse_in_turn(&mut self, entity: &str, key: &Key, refusal: Refusal) {
        if key.row == 0 || self.rows.get(&Place::Row(key.row)) != Some(&Outcome::Quarantined) {
            self.refuse(entity, key, refusal);
        }
    }

    /// A row was refused by the plugin.
    pub(super) fn reject(&mut self, problem: Problem) {
        let place = match problem.row {
            0 => Place::Record(format!("reject {}", self.problems.len())),
            row => Place::Row(row),
        };
        self.rows.insert(place, Outcome::Quarantined);
        self.problem(problem);
    }

    /// Something to be said that is not about a row.
    pub(super) fn remark(&mut self, problem: Problem) {
        self.problem(problem);
    }

    fn problem(&mut self, problem: Problem) {
        let same = |p: &Problem| {
            p.row == problem.row
                && p.entity == problem.entity
                && p.field == problem.field
                && p.code == problem.code
        };
        // Problems of a row follow each other; a page's worth need not be searched.
        if !self.problems.iter().rev().take_while(|p| p.row == problem.row).any(same) {
            self.problems.push(problem);
        }
    }

    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The first and last row met, where the source has rows.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        let mut rows = self.rows.keys().filter_map(|place| match place {
            Place::Row(row) => Some(*row),
            Place::Record(_) => None,
        });
        let first = rows.next()?;
        Some((first, rows.next_back().unwrap_or(first)))
    }

    pub(super) fn met(&self, row: u64) -> bool {
        self.rows.contains_key(&Place::Row(row))
    }

    pub(super) fn counts(&self) -> Counts {
        let of = |outcome| {
            i64::try_from(self.rows.values().filter(|kept| **kept == outcome).count()).unwrap_or(i64::MAX)
        };
        let (imported, unchanged, quarantined) =
            (of(Outcome::Imported), of(Outcome::Unchanged), of(Outcome::Quarantined));
        Counts { read: imported + unchanged + quarantined, imported, unchanged, quarantined }
    }
}
