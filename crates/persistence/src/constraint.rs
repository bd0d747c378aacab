//! The database's refusals that callers can meet, by name.
//!
//! Rules that must hold whatever happens at the same moment are constraints.
//! Where a row is written, the constraint it can run into is mapped to the
//! documented failure; every other refusal is a fault of ours.

use charter_contract::Internal;
use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// A constraint that a caller can run into.
#[derive(Debug)]
pub(crate) enum Constraint {
    /// A primary key or unique index.
    Unique {
        /// Its name, which PostgreSQL reports.
        name: &'static str,
        /// Its columns, which SQLite reports instead.
        columns: &'static str,
    },
    /// A foreign key.
    Reference {
        /// Its name, which PostgreSQL reports. SQLite says no more than that a
        /// foreign key was violated.
        name: &'static str,
    },
}

/// One account per confirmed address.
pub(crate) static USER_ADDRESS: Constraint = Constraint::Unique {
    name: "uq_users_email",
    columns: "users.email_normalised",
};

/// Somebody at a provider is one user here.
pub(crate) static IDENTITY_SUBJECT: Constraint = Constraint::Unique {
    name: "uq_identities_subject",
    columns: "identities.provider, identities.subject",
};

/// An identity provider is one organisation's.
pub(crate) static SAML_ENTITY: Constraint = Constraint::Unique {
    name: "uq_saml_providers_entity",
    columns: "saml_providers.entity_id",
};

/// An identity provider belongs to an organisation that is there.
pub(crate) static SAML_PROVIDER_OF: Constraint = Constraint::Reference {
    name: "fk_saml_providers_organisation",
};

/// An OAuth application belongs to an organisation that is there.
pub(crate) static OAUTH_APPLICATION_OF: Constraint = Constraint::Reference {
    name: "fk_oauth_applications_organisation",
};

/// One identity provider vouches for a domain.
pub(crate) static SAML_DOMAIN: Constraint = Constraint::Unique {
    name: "pk_saml_domains",
    columns: "saml_domains.domain",
};

/// An assertion counts once.
pub(crate) static SAML_ASSERTION: Constraint = Constraint::Unique {
    name: "pk_saml_assertions",
    columns: "saml_assertions.provider_id, saml_assertions.assertion_id",
};

/// One open invite per address and organisation.
pub(crate) static OPEN_INVITE: Constraint = Constraint::Unique {
    name: "uq_invites_open",
    columns: "invites.organisation_id, invites.email_normalised",
};

/// One legal document of each type and organisation.
pub(crate) static LEGAL_DOCUMENT_TYPE: Constraint = Constraint::Unique {
    name: "uq_legal_documents_type",
    columns: "legal_documents.organisation_id, legal_documents.document_type",
};

/// Who has an organisation active is a member of it.
pub(crate) static ACTIVE_MEMBERSHIP: Constraint = Constraint::Reference {
    name: "fk_active_organisations_membership",
};

/// Usage is some organisation's.
pub(crate) static USED_BY: Constraint = Constraint::Reference {
    name: "fk_usage_events_organisation",
};

impl Constraint {
    /// Whether `error` is this constraint's refusal.
    pub(crate) fn refused(&self, error: &DbErr) -> bool {
        let (DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))) = error
        else {
            return false;
        };
        let Some(error) = error.as_database_error() else {
            return false;
        };
        let (Self::Unique { name, .. } | Self::Reference { name }) = self;
        match (error.constraint(), self) {
            (Some(reported), _) => reported == *name,
            (None, Self::Unique { columns, .. }) => error
                .message()
                .strip_prefix("UNIQUE constraint failed: ")
                .is_some_and(|reported| reported == *columns),
            (None, Self::Reference { .. }) => error.is_foreign_key_violation(),
        }
    }
}

/// Ways out of a [`DbErr`], which goes no further than this crate.
pub(crate) trait Stored<T> {
    /// Any failure is a fault of ours, or the database's.
    fn stored(self) -> Result<T, Internal>;

    /// The refusal of `constraint` is the caller's; any other failure is not.
    fn on_constraint<E: From<Internal>>(
        self,
        constraint: &Constraint,
        refusal: impl FnOnce() -> E,
    ) -> Result<T, E>;
}

impl<T> Stored<T> for Result<T, DbErr> {
    fn stored(self) -> Result<T, Internal> {
        self.map_err(internal)
    }

    fn on_constraint<E: From<Internal>>(
        self,
        constraint: &Constraint,
        refusal: impl FnOnce() -> E,
    ) -> Result<T, E> {
        self.map_err(|error| {
            if constraint.refused(&error) {
                refusal()
            } else {
                internal(error).into()
            }
        })
    }
}

/// A database that does not answer is unavailable; everything else is a fault.
fn internal(error: DbErr) -> Internal {
    let unavailable = match &error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            is_lost(error)
        }
        _ => false,
    };
    if unavailable {
        Internal::unavailable(error)
    } else {
        Internal::from(error)
    }
}

/// Whether the connection broke, or the database says that it serves nobody
/// now.
pub(crate) fn is_lost(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed => true,
        SqlxError::Database(error) => error.code().is_some_and(|code| {
            // PostgreSQL: connection exceptions, shutdown, start, too many
            // connections. SQLite: another process has been writing for longer
            // than we wait.
            code.starts_with("08")
                || ["57P01", "57P02", "57P03", "53300", "5", "261", "517"].contains(&&*code)
        }),
        _ => false,
    }
}
