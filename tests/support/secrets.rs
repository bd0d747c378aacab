//! What a stolen database would tell.

use std::fmt::Debug;

use charter_persistence::entity::{
    api_key, attempt, audit_entry, idempotency_record, invite, mail_link, mail_wish,
    oauth_application, outbox_message, password, saml_assertion, saml_request, saml_ticket,
    session, sign_up, user,
};
use sea_orm::{DatabaseConnection, EntityTrait, ModelTrait};

use super::World;

impl World {
    /// Whether any row that could hold `secret` does, as text or as bytes.
    pub async fn db_holds(&self, secret: &str) -> bool {
        let database = self.database.connect().await;
        let mut rows = Vec::new();
        rows.extend(texts::<api_key::Entity>(&database).await);
        rows.extend(texts::<audit_entry::Entity>(&database).await);
        rows.extend(texts::<invite::Entity>(&database).await);
        rows.extend(texts::<oauth_application::Entity>(&database).await);
        rows.extend(texts::<outbox_message::Entity>(&database).await);
        rows.extend(texts::<idempotency_record::Entity>(&database).await);
        rows.extend(texts::<user::Entity>(&database).await);
        rows.extend(texts::<sign_up::Entity>(&database).await);
        rows.extend(texts::<session::Entity>(&database).await);
        rows.extend(texts::<mail_link::Entity>(&database).await);
        rows.extend(texts::<mail_wish::Entity>(&database).await);
        rows.extend(texts::<attempt::Entity>(&database).await);
        rows.extend(texts::<saml_request::Entity>(&database).await);
        rows.extend(texts::<saml_assertion::Entity>(&database).await);
        rows.extend(texts::<saml_ticket::Entity>(&database).await);
        rows.extend(hashes(&database).await);
        database.close().await.unwrap();
        assert!(!rows.is_empty(), "there is nothing to look at");
        // Columns of bytes print as numbers.
        let bytes = format!("{:?}", secret.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        rows.iter()
            .any(|row| row.contains(secret) || row.contains(bytes))
    }
}

/// The hashes of passwords, which no row shows by itself.
async fn hashes(database: &DatabaseConnection) -> Vec<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a thief looks into every account"
    )]
    let rows = password::Entity::find().all(database).await.unwrap();
    rows.into_iter().map(|row| row.hash).collect()
}

async fn texts<E>(database: &DatabaseConnection) -> Vec<String>
where
    E: EntityTrait,
    E::Model: ModelTrait + Debug + Sync,
{
    #[expect(
        clippy::disallowed_methods,
        reason = "a thief looks into every organisation"
    )]
    let rows = E::find().all(database).await.unwrap();
    rows.iter().map(|row| format!("{row:?}")).collect()
}
