//! What goes into a statement and what comes out of a row.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::StoreError;

/// A parameter. Booleans are 0 and 1, instants microseconds, days epoch days, money minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL's NULL.
    Null,
    /// Any integer.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<u16> for Value<'_> {
    fn from(value: u16) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}
impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// A row under the reader's hands. Columns count from 0, in the statement's order.
pub struct Row<'r> {
    pub(crate) source: Source<'r>,
    pub(crate) sql: &'r str,
    pub(crate) place: i64,
}

/// One engine's row.
pub(crate) enum Source<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    #[cfg(feature = "postgres")]
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    fn cell(&self, column: usize) -> Result<ValueRef<'_>, StoreError> {
        match self.source {
            Source::Sqlite(row) => Ok(row.get_ref(column)?),
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => crate::driver::postgres::cell(row, column),
        }
    }

    /// An integer.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.cell(column)? {
            ValueRef::Integer(value) => Ok(value),
            other => Err(self.wrong(column, "an integer", &other)),
        }
    }

    /// An integer of 32 bits: a day, a count, a code.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn int32(&self, column: usize) -> Result<i32, StoreError> {
        let value = self.int(column)?;
        i32::try_from(value)
            .map_err(|_| self.inconsistent(column, format!("{value} does not fit its 32 bits")))
    }

    /// 0 or 1.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.inconsistent(column, format!("{other} is neither 0 nor 1"))),
        }
    }

    /// An integer or NULL.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.cell(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            other => Err(self.wrong(column, "an integer or NULL", &other)),
        }
    }

    /// A 32-bit integer or NULL.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn opt_int32(&self, column: usize) -> Result<Option<i32>, StoreError> {
        if self.opt_int(column)?.is_none() { Ok(None) } else { self.int32(column).map(Some) }
    }

    /// Text, borrowed from the row.
    ///
    /// # Errors
    /// The column holds something else, or bytes that are no UTF-8.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.cell(column)? {
            ValueRef::Text(bytes) => {
                std::str::from_utf8(bytes).map_err(|_| self.inconsistent(column, "no UTF-8".into()))
            }
            other => Err(self.wrong(column, "text", &other)),
        }
    }

    /// Text or NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.cell(column)? {
            ValueRef::Null => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// Bytes, borrowed from the row.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.cell(column)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            other => Err(self.wrong(column, "bytes", &other)),
        }
    }

    /// Bytes or NULL.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.cell(column)? {
            ValueRef::Null => Ok(None),
            _ => self.bytes(column).map(Some),
        }
    }

    /// Whatever the column holds.
    ///
    /// # Errors
    /// Bytes that are no UTF-8 in a text column, or a number that is no integer.
    pub fn value(&self, column: usize) -> Result<Value<'_>, StoreError> {
        match self.cell(column)? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(value) => Ok(Value::Int(value)),
            ValueRef::Text(_) => self.text(column).map(Value::Text),
            ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
            other @ ValueRef::Real(_) => Err(self.wrong(column, "no fraction", &other)),
        }
    }

    /// An error that names the table, the column and the row.
    pub fn inconsistent(&self, column: usize, detail: String) -> StoreError {
        let name = match self.source {
            Source::Sqlite(row) => row.as_ref().column_name(column).unwrap_or("?"),
            #[cfg(feature = "postgres")]
            Source::Postgres(row) => row.columns().get(column).map_or("?", postgres::Column::name),
        };
        StoreError::Inconsistent {
            table: first_table(self.sql).into(),
            column: name.into(),
            row: self.place,
            detail,
        }
    }

    fn wrong(&self, column: usize, expected: &str, found: &ValueRef<'_>) -> StoreError {
        self.inconsistent(column, format!("expected {expected}, found {}", found.data_type()))
    }
}

fn first_table(sql: &str) -> &str {
    let mut words = sql.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("from"));
    words.next().unwrap_or("?")
}
