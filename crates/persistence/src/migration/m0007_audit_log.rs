//! The audit log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob_null, text, text_null, uuid, uuid_null};

use super::clustered;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                clustered(manager)
                    .table("audit_log")
                    .col(uuid("id"))
                    // No foreign keys: that an organisation was deleted is told
                    // by a row about an organisation that is no more.
                    .col(uuid_null("organisation_id"))
                    .col(uuid_null("actor_user_id"))
                    .col(uuid_null("actor_key_id"))
                    .col(uuid_null("actor_session_id"))
                    .col(text("event"))
                    .col(text("outcome"))
                    // Of a refusal: the kind of problem that the caller was told,
                    // and what the caller was not told.
                    .col(text_null("reason"))
                    .col(text_null("detail"))
                    // HMAC of the address that it was about, so that attempts on
                    // one address can be counted and strangers' addresses are
                    // nowhere.
                    .col(blob_null("subject"))
                    .col(text_null("remote"))
                    .col(text_null("target_kind"))
                    .col(text_null("target_id"))
                    .col(text("request_id"))
                    .col(big_integer("created_at"))
                    .primary_key(Index::create().name("pk_audit_log").col("id"))
                    .check(super::one_of(
                        "ck_audit_log_outcome",
                        "outcome",
                        ["success", "refused"],
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_audit_log_organisation")
                    .table("audit_log")
                    .col("organisation_id")
                    .col("id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("audit_log").to_owned())
            .await
    }
}
