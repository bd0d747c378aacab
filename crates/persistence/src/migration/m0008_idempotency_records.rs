//! Answers kept for retries under the same Idempotency-Key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, uuid};

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
                Table::create()
                    .table("idempotency_records")
                    // The user or organisation behind the calling key, so that
                    // a rotated key still finds its answers and nobody finds
                    // another's.
                    .col(uuid("principal_id"))
                    .col(blob("key_hash"))
                    .col(blob("fingerprint"))
                    // Sealed: the answer that made an API key holds the key.
                    .col(blob("reply"))
                    // An answer may tell what became of a mail, which leaves
                    // after the transaction. Repetitions wait until then.
                    .col(big_integer_null("provisional_until"))
                    .col(big_integer("created_at"))
                    .col(big_integer("expires_at"))
                    .primary_key(
                        Index::create()
                            .name("pk_idempotency_records")
                            .col("principal_id")
                            .col("key_hash"),
                    )
                    .to_owned(),
            )
            .await?;
        // For clearing away.
        manager
            .create_index(
                Index::create()
                    .name("ix_idempotency_records_expiry")
                    .table("idempotency_records")
                    .col("expires_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("idempotency_records").to_owned())
            .await
    }
}
