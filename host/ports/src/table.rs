//! Rows as columns: what scorers and strategists read. Mirrors `recaudo:scoring/table`.

use serde::{Deserialize, Serialize};

/// The data of one column. `present` has one bit a row, least significant first; empty means every row is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Data {
    /// value × 10^-scale.
    Ints { values: Vec<i64>, scale: u8, present: Vec<u8> },
    /// Days since 1970-01-01.
    Days { values: Vec<i32>, present: Vec<u8> },
    /// Index into the dictionary.
    Codes { values: Vec<u32>, dictionary: Vec<String>, present: Vec<u8> },
    /// One byte a row, 0 or 1.
    Bits { values: Vec<u8>, present: Vec<u8> },
}

/// A named column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// As in the column registry (`wit/COLUMNS.md`).
    pub name: String,
    /// Its values.
    pub data: Data,
}

/// Rows sorted by id; ids are the host's internal numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Batch {
    /// One a row.
    pub ids: Vec<u64>,
    /// The columns the plugin named.
    pub columns: Vec<Column>,
}
