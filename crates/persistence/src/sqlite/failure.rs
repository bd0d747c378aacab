//! SQLite's refusals in the words of SeaORM, so that both databases' failures
//! are told apart in one place.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use rusqlite::Error;
use rusqlite::ffi;
use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// What SQLite says when it refuses.
#[derive(Debug)]
struct Refusal {
    code: ffi::Error,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "(code: {}) {}",
            self.code.extended_code, self.message
        )
    }
}

impl StdError for Refusal {}

impl DatabaseError for Refusal {
    fn message(&self) -> &str {
        &self.message
    }

    /// The extended result code.
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.extended_code.to_string().into())
    }

    fn kind(&self) -> ErrorKind {
        match self.code.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                ErrorKind::UniqueViolation
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }
}

fn said(error: Error) -> RuntimeErr {
    match error {
        Error::SqliteFailure(code, message) => {
            let message = message.unwrap_or_else(|| code.to_string());
            let refusal = Box::new(Refusal { code, message });
            RuntimeErr::SqlxError(SqlxError::Database(refusal).into())
        }
        other => RuntimeErr::Internal(other.to_string()),
    }
}

/// Whether another connection is in the way.
pub(super) fn is_busy(error: &Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// While a connection was opened.
pub(super) fn connecting(error: Error) -> DbErr {
    DbErr::Conn(said(error))
}

/// While a statement changed something.
pub(super) fn executing(error: Error) -> DbErr {
    DbErr::Exec(said(error))
}

/// While a statement read something.
pub(super) fn querying(error: Error) -> DbErr {
    DbErr::Query(said(error))
}
