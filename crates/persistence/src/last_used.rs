//! When keys and sessions were last used, to the minute and off the requests' way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use charter_contract::{CredentialKind, Internal, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::{api_key, session};
use crate::tenant::update_across_tenants;

const MINUTE: i64 = 60_000_000;

/// The uses that are not written yet: the latest minute of each credential.
#[derive(Debug, Default)]
pub(crate) struct LastUsed {
    keys: Uses,
    sessions: Uses,
}

#[derive(Debug, Default)]
struct Uses(Mutex<HashMap<Uuid, i64>>);

impl LastUsed {
    /// Notes a use of a credential, unless the database knows the minute already.
    pub(crate) fn note(
        &self,
        kind: CredentialKind,
        credential: Uuid,
        now: Timestamp,
        written: Option<i64>,
    ) {
        let uses = match kind {
            CredentialKind::Key => &self.keys,
            CredentialKind::Session => &self.sessions,
        };
        uses.note(credential, now, written);
    }
}

impl Uses {
    fn note(&self, credential: Uuid, now: Timestamp, written: Option<i64>) {
        let minute = now.micros() - now.micros().rem_euclid(MINUTE);
        if written.is_none_or(|written| written < minute) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(credential, minute);
        }
    }

    /// The credentials used within a minute, for each minute.
    fn take(&self) -> HashMap<i64, Vec<Uuid>> {
        let mut minutes: HashMap<i64, Vec<Uuid>> = HashMap::new();
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (credential, minute) in uses {
            minutes.entry(minute).or_default().push(credential);
        }
        minutes
    }
}

impl Store {
    /// Writes the noted uses: one statement for all keys, and one for all sessions,
    /// used within a minute. The use of a session also moves its idle end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write_last_used(&self) -> Result<(), Internal> {
        for (minute, keys) in self.last_used().keys.take() {
            // Whoever used the key has shown it.
            update_across_tenants::<api_key::Entity>()
                .col_expr(api_key::Column::LastUsedAt, Expr::value(minute))
                .filter(api_key::Column::Id.is_in(keys))
                .filter(
                    Condition::any()
                        .add(api_key::Column::LastUsedAt.is_null())
                        .add(api_key::Column::LastUsedAt.lt(minute)),
                )
                .exec(self.database().writer())
                .await
                .stored()?;
        }
        for (minute, sessions) in self.last_used().sessions.take() {
            let idle_end =
                Timestamp::from_micros(minute).plus_seconds(self.identity().session_idle_seconds);
            #[expect(
                clippy::disallowed_methods,
                reason = "whoever used the session has shown it"
            )]
            let update = session::Entity::update_many();
            update
                .col_expr(session::Column::LastUsedAt, Expr::value(minute))
                .col_expr(
                    session::Column::IdleExpiresAt,
                    Expr::case(
                        Expr::col(session::Column::ExpiresAt).lt(idle_end.micros()),
                        Expr::col(session::Column::ExpiresAt),
                    )
                    .finally(idle_end.micros())
                    .into(),
                )
                .filter(session::Column::Id.is_in(sessions))
                .filter(session::Column::LastUsedAt.lt(minute))
                .filter(session::Column::RevokedAt.is_null())
                .exec(self.database().writer())
                .await
                .stored()?;
        }
        Ok(())
    }
}
