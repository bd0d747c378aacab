//! The audit log, which no operation shows.

use charter_api_organisations::models::{OrganisationId, UserId};
use charter_persistence::entity::audit_entry;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::World;

impl World {
    /// The rows of the audit log about `event`, oldest first.
    pub async fn db_audit(&self, event: &str) -> Vec<audit_entry::Model> {
        let database = self.database.connect().await;
        #[expect(
            clippy::disallowed_methods,
            reason = "the log is read from outside of any organisation"
        )]
        let rows = audit_entry::Entity::find()
            .filter(audit_entry::Column::Event.eq(event))
            .order_by_asc(audit_entry::Column::Id)
            .all(&database)
            .await
            .unwrap();
        database.close().await.unwrap();
        rows
    }
}

/// What callers were refused for, and what they were not told, oldest first.
pub fn refusals(rows: &[audit_entry::Model]) -> Vec<(&str, Option<&str>)> {
    rows.iter()
        .filter(|row| row.outcome == audit_entry::Outcome::Refused)
        .map(|row| (row.reason.as_deref().unwrap(), row.detail.as_deref()))
        .collect()
}

/// What was done, oldest first.
pub fn successes(rows: &[audit_entry::Model]) -> Vec<&audit_entry::Model> {
    rows.iter()
        .filter(|row| row.outcome == audit_entry::Outcome::Success)
        .collect()
}

/// The ids of a row as the document prints them.
pub trait Audited {
    /// The organisation in which it happened.
    fn organisation(&self) -> String;
    /// The user who did it.
    fn actor(&self) -> String;
    /// What it was done to.
    fn target(&self) -> &str;
}

impl Audited for audit_entry::Model {
    fn organisation(&self) -> String {
        OrganisationId::from(self.organisation_id.unwrap()).to_string()
    }

    fn actor(&self) -> String {
        UserId::from(self.actor_user_id.unwrap()).to_string()
    }

    fn target(&self) -> &str {
        self.target_id.as_deref().unwrap()
    }
}
