//! Values on their way into SQLite and out of it.

use rusqlite::types::{ToSqlOutput, ValueRef};
use sea_orm::{DbErr, Value};
use uuid::Uuid;

/// A value as SQLite stores it.
pub(super) fn bound(value: &Value) -> Result<ToSqlOutput<'_>, DbErr> {
    fn or_null<T>(
        value: Option<T>,
        stored: impl FnOnce(T) -> ValueRef<'static>,
    ) -> ValueRef<'static> {
        value.map_or(ValueRef::Null, stored)
    }
    let stored = match value {
        Value::String(text) => text
            .as_deref()
            .map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
        Value::Bytes(bytes) => bytes.as_deref().map_or(ValueRef::Null, ValueRef::Blob),
        Value::Uuid(id) => id
            .as_ref()
            .map_or(ValueRef::Null, |id| ValueRef::Blob(id.as_bytes())),
        Value::BigInt(number) => or_null(*number, ValueRef::Integer),
        Value::Int(number) => or_null(*number, |number| ValueRef::Integer(number.into())),
        Value::Bool(flag) => or_null(*flag, |flag| ValueRef::Integer(flag.into())),
        Value::Double(number) => or_null(*number, ValueRef::Real),
        Value::BigUnsigned(Some(number)) => {
            let number = i64::try_from(*number)
                .map_err(|_| DbErr::Type(format!("{number} is more than SQLite can hold")))?;
            ValueRef::Integer(number)
        }
        Value::BigUnsigned(None) => ValueRef::Null,
        Value::Json(None) => ValueRef::Null,
        Value::Json(Some(json)) => return Ok(ToSqlOutput::Owned(json.to_string().into())),
        other => {
            return Err(DbErr::Type(format!(
                "values like {other:?} are not stored on SQLite"
            )));
        }
    };
    Ok(ToSqlOutput::Borrowed(stored))
}

/// What a column was declared to hold. SQLite itself stores a UUID like any
/// blob, a boolean like any integer and JSON like any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Uuid,
    Boolean,
    Json,
    /// What it is stored as.
    AsStored,
    /// It is no column but an expression.
    Expression,
}

impl Declared {
    /// By the type's name, as SeaORM's migrations write it.
    pub(super) fn of(name: Option<&str>) -> Self {
        match name {
            Some("uuid_text") => Self::Uuid,
            Some("boolean") => Self::Boolean,
            Some("json_text") => Self::Json,
            Some(_) => Self::AsStored,
            None => Self::Expression,
        }
    }

    /// The stored value as entities have it.
    pub(super) fn value(self, stored: ValueRef<'_>) -> Result<Value, DbErr> {
        Ok(match (self, stored) {
            // Any kind of null is read as `None`, whatever it is a null of.
            (_, ValueRef::Null) => Value::BigInt(None),
            (Self::Boolean, ValueRef::Integer(number)) => Value::Bool(Some(number != 0)),
            (_, ValueRef::Integer(number)) => Value::BigInt(Some(number)),
            (_, ValueRef::Real(number)) => Value::Double(Some(number)),
            (Self::Json, ValueRef::Text(text)) => Value::Json(Some(Box::new(
                serde_json::from_slice(text).map_err(|error| DbErr::Json(error.to_string()))?,
            ))),
            (_, ValueRef::Text(text)) => Value::String(Some(
                std::str::from_utf8(text)
                    .map_err(|error| DbErr::Type(error.to_string()))?
                    .to_owned(),
            )),
            (Self::Uuid, ValueRef::Blob(bytes)) => Value::Uuid(Some(
                Uuid::from_slice(bytes).map_err(|error| DbErr::Type(error.to_string()))?,
            )),
            // Whether it is a UUID nobody knows; read as what it is not, an
            // optional one would silently be absent.
            (Self::Expression, ValueRef::Blob(_)) => {
                return Err(DbErr::Type(
                    "an expression must not yield a blob; select the column itself".to_owned(),
                ));
            }
            (_, ValueRef::Blob(bytes)) => Value::Bytes(Some(bytes.to_owned())),
        })
    }
}
