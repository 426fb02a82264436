//! One row of the file: a proposed contact and what is expected of it.

use chrono::{DateTime, NaiveDateTime, TimeZone};
use recaudo_ports::plugin::{Attempt, Instant};
use serde_json::{Map, Value};

use super::csv::{OpenQuote, records};

/// A row, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    /// Column `vector_id`, else `row N`.
    pub id: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// When the contact would happen.
    pub at: Instant,
    /// Such as `call`.
    pub channel: String,
    /// `allowed`, `blocked` or empty.
    pub expected: String,
    /// The rule expected to block.
    pub blocking_rule: String,
    /// Where the expectation comes from; `conflict` when sources disagree.
    pub basis: String,
    /// Facts about the debtor, the debt and the contact.
    pub context: Map<String, Value>,
    /// Contacts before this one.
    pub prior: Vec<Attempt>,
}

/// The file cannot be used: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BenchError {
    /// The file holds nothing.
    #[error("the file is empty; its first line must name the columns country, local_datetime, channel")]
    Empty,
    /// A column is missing.
    #[error("column {0} is missing; the first line must name it")]
    Column(&'static str),
    /// A quote is never closed.
    #[error("row {0}: a quote is opened and never closed")]
    Quote(usize),
    /// A field cannot be read.
    #[error("row {row}, field {field}: {value:?} {what}")]
    Field {
        /// The first row after the header is 2, as in a spreadsheet.
        row: usize,
        /// The column.
        field: String,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        what: String,
    },
}

/// Reads a file of vectors. Columns may stand in any order.
///
/// # Errors
/// The first row and field that cannot be read.
pub fn parse_vectors(csv_text: &str) -> Result<Vec<Vector>, BenchError> {
    let mut records = records(csv_text).map_err(|OpenQuote(row)| BenchError::Quote(row))?.into_iter();
    let header: Vec<String> = records
        .next()
        .ok_or(BenchError::Empty)?
        .iter()
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for column in ["country", "local_datetime", "channel"] {
        if !header.iter().any(|name| name == column) {
            return Err(BenchError::Column(column));
        }
    }
    records
        .enumerate()
        .map(|(index, fields)| Line { row: index + 2, header: &header, fields }.read())
        .collect()
}

struct Line<'a> {
    row: usize,
    header: &'a [String],
    fields: Vec<String>,
}

impl Line<'_> {
    fn read(&self) -> Result<Vector, BenchError> {
        if self.fields.len() != self.header.len() {
            let what =
                format!("is {} fields where the header names {}", self.fields.len(), self.header.len());
            return Err(self.wrong("(all)", &self.fields.join(","), what));
        }
        let context = self.context()?;
        let expected = self.get("expected").to_ascii_lowercase();
        if !matches!(expected.as_str(), "" | "allowed" | "blocked") {
            return Err(self.wrong("expected", &expected, "is neither allowed nor blocked"));
        }
        let id = self.get("vector_id");
        Ok(Vector {
            id: if id.is_empty() { format!("row {}", self.row) } else { id.into() },
            country: self.need("country")?.to_ascii_uppercase(),
            at: self.instant("local_datetime", self.need("local_datetime")?, &context)?,
            channel: self.need("channel")?.into(),
            expected,
            blocking_rule: self.get("blocking_rule").into(),
            basis: self.get("basis").to_ascii_lowercase(),
            prior: self.prior(&context)?,
            context,
        })
    }

    fn context(&self) -> Result<Map<String, Value>, BenchError> {
        match self.get("context") {
            "" => Ok(Map::new()),
            text => serde_json::from_str(text)
                .map_err(|error| self.wrong("context", text, format!("is no JSON object: {error}"))),
        }
    }

    fn prior(&self, context: &Map<String, Value>) -> Result<Vec<Attempt>, BenchError> {
        let text = match self.get("prior_contacts") {
            "" => return Ok(Vec::new()),
            text => text,
        };
        let wrong = |error: String| self.wrong("prior_contacts", text, error);
        let all: Vec<Map<String, Value>> = serde_json::from_str(text)
            .map_err(|error| wrong(format!("is no JSON list of contacts: {error}")))?;
        all.iter()
            .map(|contact| {
                let word = |key: &str| contact.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
                let truth = |key: &str| contact.get(key).and_then(Value::as_bool).unwrap_or(false);
                let outcome = word("outcome");
                Ok(Attempt {
                    at: self.instant("prior_contacts", &word("at"), context)?,
                    channel: word("channel"),
                    two_way: truth("two_way") || outcome == "answered",
                    outcome,
                    debt: word("debt"),
                    recipient: word("recipient"),
                    consented: truth("consented"),
                })
            })
            .collect()
    }

    /// RFC 3339; without seconds too; without an offset, in the context's zone.
    fn instant(&self, field: &str, text: &str, context: &Map<String, Value>) -> Result<Instant, BenchError> {
        let text = text.trim().replacen(' ', "T", 1);
        let with_offset = DateTime::parse_from_rfc3339(&text)
            .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M%:z"))
            .map(|at| (at.timestamp(), at.timestamp_subsec_nanos()))
            .ok();
        let found = with_offset.or_else(|| in_zone(&text, context.get("tz")?.as_str()?));
        let (seconds, nanoseconds) =
            found.ok_or_else(|| self.wrong(field, &text, "is no time; write 2026-03-31T09:00:00-05:00"))?;
        Ok(Instant { seconds, nanoseconds })
    }

    fn get(&self, column: &str) -> &str {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.fields.get(at)).map_or("", |field| field.trim())
    }

    fn need(&self, column: &str) -> Result<&str, BenchError> {
        match self.get(column) {
            "" => Err(self.wrong(column, "", "is empty; fill it in")),
            field => Ok(field),
        }
    }

    fn wrong(&self, field: &str, value: &str, what: impl Into<String>) -> BenchError {
        BenchError::Field { row: self.row, field: field.into(), value: value.into(), what: what.into() }
    }
}

fn in_zone(text: &str, zone: &str) -> Option<(i64, u32)> {
    let naive = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    let at = zone.parse::<chrono_tz::Tz>().ok()?.from_local_datetime(&naive).earliest()?;
    Some((at.timestamp(), at.timestamp_subsec_nanos()))
}
