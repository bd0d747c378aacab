//! When keys were last used, to the minute and off the requests' way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use charter_contract::{Internal, Timestamp};
use sea_orm::{ColumnTrait as _, Condition, QueryFilter as _};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::api_key;
use crate::tenant::update_across_tenants;

const MINUTE: i64 = 60_000_000;

/// The uses that are not written yet: the latest minute of each key.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<HashMap<Uuid, i64>>);

impl LastUsed {
    /// Notes a use, unless the database knows the minute already.
    pub(crate) fn note(&self, key: Uuid, now: Timestamp, written: Option<i64>) {
        let minute = now.micros() - now.micros().rem_euclid(MINUTE);
        if written.is_none_or(|written| written < minute) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key, minute);
        }
    }

    fn take(&self) -> HashMap<Uuid, i64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Writes the noted uses: one statement for all keys used within a minute.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write_last_used(&self) -> Result<(), Internal> {
        let mut minutes: HashMap<i64, Vec<Uuid>> = HashMap::new();
        for (key, minute) in self.last_used().take() {
            minutes.entry(minute).or_default().push(key);
        }
        for (minute, keys) in minutes {
            // Whoever used the key has shown it.
            update_across_tenants::<api_key::Entity>()
                .col_expr(
                    api_key::Column::LastUsedAt,
                    sea_orm::sea_query::Expr::value(minute),
                )
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
        Ok(())
    }
}
