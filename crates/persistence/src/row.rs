//! Rows of statements of our own.
//!
//! SeaORM reads its entities by the names of their columns, through rows that
//! own every value. Where a join is read on every request that is a good part of
//! the work, so these rows are read by position, straight from the database.

use std::marker::PhantomData;

use rusqlite::types::ValueRef;
use sea_orm::{ActiveEnum, DbErr, QueryResult, TryGetable, Value};
use uuid::Uuid;

use crate::database::Reads;
use crate::entity::outbox_message::Outcome;
use crate::entity::{Role, mail_wish, session};

/// A row at hand.
#[derive(Clone, Copy)]
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a QueryResult),
}

/// Its columns, from the first to the last.
pub(crate) struct Columns<'a> {
    row: Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) const fn of(row: Row<'a>) -> Self {
        Self { row, next: 0 }
    }

    /// The value of the next column, which has this name.
    pub(crate) fn next<T: FromColumn>(&mut self, name: &'static str) -> Result<T, DbErr> {
        let index = self.next;
        self.next += 1;
        match self.row {
            Row::Sqlite(row) => {
                debug_assert_eq!(row.as_ref().column_name(index), Ok(name));
                let stored = row.get_ref(index).map_err(|error| wrong(name, &error))?;
                T::from_stored(stored).ok_or_else(|| wrong(name, &stored.data_type()))
            }
            Row::Postgres(row) => {
                debug_assert_eq!(
                    row.column_names().get(index).map(String::as_str),
                    Some(name)
                );
                T::try_get_by(row, index).map_err(Into::into)
            }
        }
    }
}

fn wrong(name: &str, found: &dyn std::fmt::Display) -> DbErr {
    DbErr::Type(format!("column {name}: {found}"))
}

/// What a column can hold.
pub(crate) trait FromColumn: TryGetable {
    /// The value that SQLite has stored, unless it is of another type.
    fn from_stored(stored: ValueRef<'_>) -> Option<Self>;
}

impl FromColumn for i64 {
    fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
        stored.as_i64().ok()
    }
}

impl FromColumn for String {
    fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
        stored.as_str().ok().map(str::to_owned)
    }
}

impl FromColumn for Vec<u8> {
    fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
        stored.as_blob().ok().map(<[u8]>::to_vec)
    }
}

impl FromColumn for Uuid {
    fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
        Self::from_slice(stored.as_blob().ok()?).ok()
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
        match stored {
            ValueRef::Null => Some(None),
            stored => T::from_stored(stored).map(Some),
        }
    }
}

macro_rules! enumerations {
    ($($enumeration:ty),*) => {$(
        impl FromColumn for $enumeration {
            fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
                Self::try_from_value(&String::from_stored(stored)?).ok()
            }
        }
    )*};
}

enumerations!(Outcome, Role, mail_wish::Kind, session::Method);

/// What is read from a row. [`row!`] writes it.
pub(crate) trait FromRow: Sized + Send {
    /// From the columns in the order of the fields.
    fn from_row(row: Row<'_>) -> Result<Self, DbErr>;
}

/// A struct whose fields are the columns of a statement, in its order and by its
/// names.
macro_rules! row {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        $visibility struct $name {
            $($(#[$field_attribute])* $field_visibility $field: $type),*
        }

        impl $crate::row::FromRow for $name {
            fn from_row(row: $crate::row::Row<'_>) -> Result<Self, sea_orm::DbErr> {
                let mut columns = $crate::row::Columns::of(row);
                Ok(Self { $($field: columns.next(stringify!($field))?),* })
            }
        }
    };
}

pub(crate) use row;

/// A statement that yields rows.
pub(crate) struct Rows<M> {
    sql: &'static str,
    values: Vec<Value>,
    model: PhantomData<M>,
}

impl<M: FromRow> Rows<M> {
    /// `$1`, `$2` ... stand for the values on both databases.
    pub(crate) fn of(sql: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            sql,
            values: values.into_iter().collect(),
            model: PhantomData,
        }
    }

    /// The first row.
    pub(crate) async fn one(self, db: &impl Reads) -> Result<Option<M>, DbErr> {
        Ok(db.read(self.sql, self.values, 1).await?.pop())
    }

    /// All rows.
    pub(crate) async fn all(self, db: &impl Reads) -> Result<Vec<M>, DbErr> {
        db.read(self.sql, self.values, usize::MAX).await
    }
}
