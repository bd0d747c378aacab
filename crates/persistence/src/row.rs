//! Rows of statements of our own.
//!
//! SeaORM reads its entities by the names of their columns, through rows that
//! own every value. Where a join is read on every request that is a good part of
//! the work, so these rows are read by position, straight from the database.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::marker::PhantomData;

use rusqlite::types::ValueRef;
use sea_orm::sqlx::error::BoxDynError;
use sea_orm::sqlx::postgres::{PgRow, PgValueRef};
use sea_orm::sqlx::{Column, Decode, Postgres, Row as _, Type, ValueRef as _};
use sea_orm::{ActiveEnum as _, DbErr, Value};
use uuid::Uuid;

use crate::database::Reads;
use crate::entity::outbox_message::Outcome;
use crate::entity::{Role, legal_document, mail_wish, plan, saml_provider, saml_ticket, session};

/// A row at hand.
#[derive(Clone, Copy)]
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a PgRow),
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
                debug_assert_eq!(row.try_column(index).map(Column::name).ok(), Some(name));
                let stored = row
                    .try_get_raw(index)
                    .map_err(|error| wrong(name, &error))?;
                // Which type a column has is written in the migrations; looking
                // at it once more for each value is a good part of reading it.
                debug_assert!(
                    T::Stored::compatible(&stored.type_info()),
                    "column {name} is {}",
                    stored.type_info()
                );
                T::from_postgres(stored).map_err(|error| wrong(name, &error))
            }
        }
    }
}

fn wrong(name: &str, found: &dyn std::fmt::Display) -> DbErr {
    DbErr::Type(format!("column {name}: {found}"))
}

/// What a column can hold.
pub(crate) trait FromColumn: Sized {
    /// What PostgreSQL stores it as.
    type Stored: Type<Postgres>;

    /// The value that SQLite has stored, unless it is of another type.
    fn from_stored(stored: ValueRef<'_>) -> Option<Self>;

    /// The value that PostgreSQL has stored.
    fn from_postgres(stored: PgValueRef<'_>) -> Result<Self, BoxDynError>;
}

macro_rules! columns {
    ($($type:ty: $from_sqlite:expr),* $(,)?) => {$(
        impl FromColumn for $type {
            type Stored = Self;

            fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
                $from_sqlite(stored)
            }

            fn from_postgres(stored: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                Decode::<Postgres>::decode(stored)
            }
        }
    )*};
}

columns! {
    i64: |stored: ValueRef<'_>| stored.as_i64().ok(),
    bool: |stored: ValueRef<'_>| stored.as_i64().ok().map(|flag| flag != 0),
    String: |stored: ValueRef<'_>| stored.as_str().ok().map(str::to_owned),
    Vec<u8>: |stored: ValueRef<'_>| stored.as_blob().ok().map(<[u8]>::to_vec),
    Uuid: |stored: ValueRef<'_>| Self::from_slice(stored.as_blob().ok()?).ok(),
}

impl<T: FromColumn> FromColumn for Option<T> {
    type Stored = T::Stored;

    fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
        match stored {
            ValueRef::Null => Some(None),
            stored => T::from_stored(stored).map(Some),
        }
    }

    fn from_postgres(stored: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if stored.is_null() {
            return Ok(None);
        }
        T::from_postgres(stored).map(Some)
    }
}

macro_rules! enumerations {
    ($($enumeration:ty),*) => {$(
        impl FromColumn for $enumeration {
            type Stored = String;

            fn from_stored(stored: ValueRef<'_>) -> Option<Self> {
                Self::try_from_value(&String::from_stored(stored)?).ok()
            }

            fn from_postgres(stored: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                Ok(Self::try_from_value(&String::from_postgres(stored)?)?)
            }
        }
    )*};
}

enumerations!(
    Outcome,
    Role,
    legal_document::Provider,
    legal_document::Status,
    legal_document::Type,
    mail_wish::Kind,
    plan::Tier,
    saml_provider::Enforcement,
    saml_ticket::Account,
    session::Method
);

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

/// Puts the values of a list into a statement of our own, where `$*` stands for them.
/// They follow `values`. Statements are kept prepared, one for each length, so lists
/// have to be short.
pub(crate) fn spread(
    sql: &'static str,
    values: &mut Vec<Value>,
    list: impl IntoIterator<Item = Value>,
) -> String {
    debug_assert!(sql.contains("$*"), "{sql}");
    let mut places = String::new();
    for value in list {
        values.push(value);
        let comma = if places.is_empty() { "" } else { ", " };
        // Writing into a string does not fail.
        let _ = write!(places, "{comma}${}", values.len());
    }
    sql.replace("$*", &places)
}

/// A statement that yields rows.
pub(crate) struct Rows<M> {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    model: PhantomData<M>,
}

impl<M: FromRow> Rows<M> {
    /// `$1`, `$2` ... stand for the values on both databases.
    pub(crate) fn of(sql: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            sql: sql.into(),
            values: values.into_iter().collect(),
            model: PhantomData,
        }
    }

    /// With the values of a list for `$*`, see [`spread`].
    pub(crate) fn among(mut self, list: impl IntoIterator<Item = Value>) -> Self {
        if let Cow::Borrowed(sql) = self.sql {
            self.sql = spread(sql, &mut self.values, list).into();
        }
        self
    }

    /// The first row.
    pub(crate) async fn one(self, db: &impl Reads) -> Result<Option<M>, DbErr> {
        Ok(db.read(&self.sql, self.values, 1).await?.pop())
    }

    /// All rows.
    pub(crate) async fn all(self, db: &impl Reads) -> Result<Vec<M>, DbErr> {
        db.read(&self.sql, self.values, usize::MAX).await
    }
}
