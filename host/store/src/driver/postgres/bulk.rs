//! The bulk load: rows are gathered and sent by the hundreds. A plain INSERT becomes a COPY; whatever else changes one
//! row a row (constants among the values, an UPDATE by key) is joined with its rows as arrays.

use bytes::{BufMut, BytesMut};
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::Session;
use super::code::put;
use crate::{StoreError, Value};

/// What is gathered before it is sent.
const BYTES_MAX: usize = 2 * 1024 * 1024;
/// `PGCOPY`, its flags and no extension: see "Binary Format" under COPY in PostgreSQL's manual.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The length of a field, or of an array's element, that is NULL.
const NULL: i32 = -1;

/// One statement and the rows that wait for it.
pub(crate) struct Bulk<'a> {
    session: &'a dyn Session,
    table: String,
    types: Vec<Type>,
    way: Way,
    rows: usize,
    bytes: usize,
}

/// How the rows get there.
enum Way {
    /// Field by field; `order` says which parameter each column takes.
    Copy { sql: String, order: Vec<usize>, buffer: Vec<u8> },
    /// One array a parameter.
    Unnest { sql: String, columns: Vec<Column> },
}

impl<'a> Bulk<'a> {
    pub(crate) fn new(session: &'a (dyn Session + 'a), sql: &str) -> Result<Self, StoreError> {
        let types = session.types(sql)?;
        let way = match copy(sql) {
            Some((sql, order)) => Way::Copy { sql, order, buffer: COPY_HEADER.to_vec() },
            None => {
                let sql = unnest(sql, &types).ok_or_else(|| StoreError::Statement {
                    detail: "a bulk load is INSERT INTO t (...) VALUES (...) or UPDATE t SET ... WHERE ..."
                        .into(),
                })?;
                Way::Unnest { sql, columns: types.iter().map(Column::of).collect() }
            }
        };
        Ok(Self { session, table: table(sql).into(), types, way, rows: 0, bytes: 0 })
    }

    pub(crate) fn row(&mut self, params: &[Value<'_>]) -> Result<usize, StoreError> {
        let (wants, got) = (self.types.len(), params.len());
        if wants != got {
            return Err(StoreError::Statement { detail: format!("it wants {wants} parameters, not {got}") });
        }
        match &mut self.way {
            Way::Copy { order, buffer, .. } => {
                buffer.put_i16(i16::try_from(order.len()).unwrap_or(i16::MAX));
                for place in order {
                    field(params[*place], &self.types[*place], buffer)?;
                }
                self.bytes = buffer.len();
            }
            Way::Unnest { columns, .. } => {
                for (column, value) in columns.iter_mut().zip(params) {
                    let before = column.elements.len();
                    field(*value, &column.ty, &mut column.elements)?;
                    column.nulls |= *value == Value::Null;
                    self.bytes += column.elements.len() - before;
                }
            }
        }
        self.rows += 1;
        if self.bytes >= BYTES_MAX {
            self.flush()?;
        }
        Ok(1)
    }

    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        self.flush()
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.rows == 0 {
            return Ok(());
        }
        let changed = match &mut self.way {
            Way::Copy { sql, buffer, .. } => {
                buffer.put_i16(-1);
                let changed = self.session.copy(sql, buffer)?;
                buffer.truncate(COPY_HEADER.len());
                changed
            }
            Way::Unnest { sql, columns } => {
                columns.iter_mut().for_each(|column| column.rows = self.rows);
                let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as _).collect();
                let changed = self.session.execute_encoded(sql, &params)?;
                columns.iter_mut().for_each(Column::clear);
                changed
            }
        };
        let (expected, changed) = (self.rows, usize::try_from(changed).unwrap_or(usize::MAX));
        (self.rows, self.bytes) = (0, 0);
        if changed == expected {
            return Ok(());
        }
        Err(StoreError::Affected { table: self.table.clone(), expected, changed })
    }
}

fn field(value: Value<'_>, ty: &Type, out: &mut Vec<u8>) -> Result<(), StoreError> {
    if value == Value::Null {
        out.put_i32(NULL);
        return Ok(());
    }
    let at = out.len();
    out.put_i32(0);
    put(value, ty, out).map_err(|detail| StoreError::Statement { detail })?;
    let length = i32::try_from(out.len() - at - 4)
        .map_err(|_| StoreError::Statement { detail: "a value is longer than 2 GiB".into() })?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// One parameter of all rows, as the elements of an array.
struct Column {
    ty: Type,
    elements: Vec<u8>,
    nulls: bool,
    rows: usize,
}

impl Column {
    fn of(ty: &Type) -> Self {
        Self { ty: ty.clone(), elements: Vec::new(), nulls: false, rows: 0 }
    }

    fn clear(&mut self) {
        self.elements.clear();
        self.nulls = false;
    }
}

impl std::fmt::Debug for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.rows, self.ty)
    }
}

impl ToSql for Column {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        // Dimensions, whether there are NULLs, of what, how many, numbered from 1.
        out.put_i32(1);
        out.put_i32(self.nulls.into());
        out.put_u32(self.ty.oid());
        out.put_i32(i32::try_from(self.rows)?);
        out.put_i32(1);
        out.put_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// `INSERT INTO t (a, b) VALUES ($2, $1)` as a COPY, and which parameter each column takes; none for anything else.
fn copy(sql: &str) -> Option<(String, Vec<usize>)> {
    let (head, values) = insert_parts(sql)?;
    let number = |value: &str| value.trim().strip_prefix('$')?.parse::<usize>().ok()?.checked_sub(1);
    let order = values.split(',').map(number).collect::<Option<Vec<_>>>()?;
    let target = head.strip_prefix("INSERT INTO ")?;
    Some((format!("COPY {target} FROM STDIN (FORMAT binary)"), order))
}

/// The same statement over rows that come as one array a parameter.
fn unnest(sql: &str, types: &[Type]) -> Option<String> {
    let numbers = 1..=types.len();
    let arrays: Vec<String> =
        numbers.clone().zip(types).map(|(n, ty)| format!("${n}::{}[]", ty.name())).collect();
    let names: Vec<String> = numbers.map(|n| format!("c{n}")).collect();
    let from = format!("FROM unnest({}) AS bulk ({})", arrays.join(", "), names.join(", "));
    if sql.starts_with("UPDATE ") {
        let (set, filter) = sql.split_once(" WHERE ")?;
        return Some(format!("{} {from} WHERE {}", named(set), named(filter)));
    }
    let (head, values) = insert_parts(sql)?;
    Some(format!("{head} SELECT {} {from}", named(values)))
}

/// `INSERT INTO t (...)` and what stands in the parentheses of VALUES, where nothing follows them.
fn insert_parts(sql: &str) -> Option<(&str, &str)> {
    let (head, rest) = sql.trim().split_once(" VALUES (")?;
    let values = rest.strip_suffix(')')?;
    (head.starts_with("INSERT INTO ") && !values.contains(['(', ')'])).then_some((head, values))
}

/// `$3` is what the third array holds.
fn named(sql: &str) -> String {
    sql.replace('$', "bulk.c")
}

fn table(sql: &str) -> &str {
    let rest = sql.trim_start_matches("INSERT INTO ").trim_start_matches("UPDATE ");
    rest.split([' ', '(']).next().unwrap_or("?")
}
