//! One row of the file: a rule, the facts it is asked about, and what is expected.

use serde_json::{Map, Value};

use crate::gate_bench::csv::{OpenQuote, records};

/// A row, read.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceVector {
    /// ISO 3166 alpha-2, or `EU`.
    pub country: String,
    /// Such as `CL-FEE-CAP`.
    pub rule_id: String,
    /// Facts about the debt.
    pub inputs: Map<String, Value>,
    /// A number, a day, a word, or empty.
    pub expected: String,
    /// Such as `UF max`, `% p.a. max`, `remove on`.
    pub unit: String,
    /// How well the expectation is sourced; `conflict` when sources disagree.
    pub verified: String,
}

/// The file cannot be used: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceBenchError {
    /// The file holds nothing.
    #[error("the file is empty; its first line must name the columns country, rule_id, inputs, unit")]
    Empty,
    /// A column is missing.
    #[error("column {0} is missing; the first line must name it")]
    Column(&'static str),
    /// A quote is never closed.
    #[error("row {0}: a quote is opened and never closed")]
    Quote(usize),
    /// A row has another number of fields than the header.
    #[error("row {row}: {found} fields where the header names {wanted}; quote fields that hold commas")]
    Fields {
        /// The first row after the header is 2, as in a spreadsheet.
        row: usize,
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        wanted: usize,
    },
    /// A field cannot be read.
    #[error("row {row}, field {field}: {value:?} {what}")]
    Field {
        /// As above.
        row: usize,
        /// The column.
        field: &'static str,
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
pub fn parse_price_vectors(csv_text: &str) -> Result<Vec<PriceVector>, PriceBenchError> {
    let mut records = records(csv_text).map_err(|OpenQuote(row)| PriceBenchError::Quote(row))?.into_iter();
    let header: Vec<String> = records
        .next()
        .ok_or(PriceBenchError::Empty)?
        .iter()
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    for column in ["country", "rule_id", "inputs", "unit"] {
        if !header.iter().any(|name| name == column) {
            return Err(PriceBenchError::Column(column));
        }
    }
    records.enumerate().map(|(index, fields)| read(index + 2, &header, &fields)).collect()
}

fn read(row: usize, header: &[String], fields: &[String]) -> Result<PriceVector, PriceBenchError> {
    if fields.len() != header.len() {
        return Err(PriceBenchError::Fields { row, found: fields.len(), wanted: header.len() });
    }
    let get = |column: &str| {
        let at = header.iter().position(|name| name == column);
        at.and_then(|at| fields.get(at)).map_or("", |field| field.trim())
    };
    let wrong =
        |field, what: String| Err(PriceBenchError::Field { row, field, value: get(field).to_owned(), what });
    for field in ["country", "rule_id"] {
        if get(field).is_empty() {
            return wrong(field, "is empty; fill it in".into());
        }
    }
    let inputs = match get("inputs") {
        "" => Map::new(),
        text => match serde_json::from_str(text) {
            Ok(inputs) => inputs,
            Err(error) => return wrong("inputs", format!("is no JSON object: {error}")),
        },
    };
    Ok(PriceVector {
        country: get("country").to_ascii_uppercase(),
        rule_id: get("rule_id").into(),
        inputs,
        expected: get("expected").into(),
        unit: get("unit").into(),
        verified: get("verified").to_ascii_lowercase(),
    })
}
