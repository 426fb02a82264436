//! Values as the server's binary format has them, and its errors as ours.

use std::error::Error;
use std::fmt;

use bytes::{BufMut, BytesMut};
use postgres::error::SqlState;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::ValueRef;

use super::connect::{is_lost, words};
use crate::{StoreError, Value};

type Refused = Box<dyn Error + Sync + Send>;

/// A parameter. What it holds is not written to any log.
pub(crate) struct Param<'a>(pub(crate) Value<'a>);

impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        if self.0 == Value::Null {
            return Ok(IsNull::Yes);
        }
        put(self.0, ty, out)?;
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Writes what a value is as a type, unless it is NULL.
pub(crate) fn put(value: Value<'_>, ty: &Type, out: &mut impl BufMut) -> Result<(), String> {
    match value {
        Value::Null => {}
        Value::Int(value) if *ty == Type::INT8 => out.put_i64(value),
        Value::Int(value) if *ty == Type::INT4 => {
            out.put_i32(i32::try_from(value).map_err(|_| format!("{value} does not fit 32 bits"))?);
        }
        Value::Text(text) if *ty == Type::TEXT || *ty == Type::VARCHAR => out.put_slice(text.as_bytes()),
        Value::Bytes(bytes) if *ty == Type::BYTEA => out.put_slice(bytes),
        Value::Int(_) => return Err(format!("an integer where the statement wants {ty}")),
        Value::Text(_) => return Err(format!("text where the statement wants {ty}")),
        Value::Bytes(_) => return Err(format!("bytes where the statement wants {ty}")),
    }
    Ok(())
}

/// What a column holds, borrowed from the row. Booleans are 0 and 1.
struct Found<'a>(ValueRef<'a>);

impl<'a> FromSql<'a> for Found<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Refused> {
        Ok(Self(match *ty {
            Type::INT8 => ValueRef::Integer(i64::from_be_bytes(raw.try_into()?)),
            Type::TEXT | Type::VARCHAR => ValueRef::Text(raw),
            Type::BYTEA => ValueRef::Blob(raw),
            Type::INT4 => ValueRef::Integer(i32::from_be_bytes(raw.try_into()?).into()),
            Type::INT2 => ValueRef::Integer(i16::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => ValueRef::Integer((raw != [0]).into()),
            _ => return Err(format!("{ty} is no integer, text or bytes").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Refused> {
        Ok(Self(ValueRef::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

pub(crate) fn cell(row: &postgres::Row, column: usize) -> Result<ValueRef<'_>, StoreError> {
    Ok(row.try_get::<_, Found<'_>>(column)?.0)
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        let detail = words(&error);
        if is_lost(&error) {
            return Self::Unavailable { detail };
        }
        let Some(refused) = error.as_db_error() else { return Self::Statement { detail } };
        let code = refused.code();
        let busy = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        if busy.contains(code) {
            return Self::Busy;
        }
        if *code == SqlState::CHARACTER_NOT_IN_REPERTOIRE || *code == SqlState::UNTRANSLATABLE_CHARACTER {
            return Self::Constraint {
                constraint: "a text holds a zero byte, which PostgreSQL cannot keep".into(),
            };
        }
        match code.code().get(..2) {
            Some("23") => Self::Constraint { constraint: detail },
            // No such database, no right to it, out of disk, memory or connections, stopped, broken.
            Some("28" | "3D" | "53" | "57" | "58" | "XX") => Self::Unavailable { detail },
            _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => Self::Unavailable { detail },
            _ => Self::Statement { detail },
        }
    }
}
