//! Failed attempts to sign in, and where people are at home.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid};

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
                    .table("attempts")
                    // HMAC of the address: attempts on addresses without an
                    // account are counted like all others.
                    .col(blob("subject"))
                    // The network that they came from; empty for all networks
                    // together but those where the account is at home.
                    .col(text("place"))
                    .col(big_integer("failures"))
                    .col(big_integer("window_start"))
                    .col(big_integer_null("blocked_until"))
                    // The block that the audit log tells about.
                    .col(big_integer_null("told_until"))
                    .primary_key(
                        Index::create()
                            .name("pk_attempts")
                            .col("subject")
                            .col("place"),
                    )
                    .to_owned(),
            )
            .await?;
        // For clearing away.
        manager
            .create_index(
                Index::create()
                    .name("ix_attempts_window")
                    .table("attempts")
                    .col("window_start")
                    .to_owned(),
            )
            .await?;

        manager
            .create_table(
                clustered(manager)
                    .table("homes")
                    .col(uuid("user_id"))
                    .col(text("place"))
                    .col(big_integer("last_success_at"))
                    .primary_key(Index::create().name("pk_homes").col("user_id").col("place"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_homes_user")
                            .from("homes", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_homes_age")
                    .table("homes")
                    .col("last_success_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["homes", "attempts"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
