//! Sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, text_null, uuid};

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
                    .table("sessions")
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    // SHA-256: tokens are 256 random bits.
                    .col(blob("hash"))
                    .col(text("method"))
                    .col(text_null("address"))
                    .col(text_null("user_agent"))
                    .col(big_integer("created_at"))
                    .col(big_integer("last_used_at"))
                    // Moves on with the use; the other end stays.
                    .col(big_integer("idle_expires_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("revoked_at"))
                    .primary_key(Index::create().name("pk_sessions").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_sessions_user")
                            .from("sessions", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(super::one_of(
                        "ck_sessions_method",
                        "method",
                        ["local", "google", "linkedin", "github", "facebook", "saml"],
                    ))
                    .to_owned(),
            )
            .await?;
        // Authentication finds a session by its hash.
        manager
            .create_index(
                Index::create()
                    .name("uq_sessions_hash")
                    .table("sessions")
                    .col("hash")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_sessions_user")
                    .table("sessions")
                    .col("user_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        // For clearing away.
        manager
            .create_index(
                Index::create()
                    .name("ix_sessions_end")
                    .table("sessions")
                    .col("idle_expires_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("sessions").to_owned())
            .await
    }
}
