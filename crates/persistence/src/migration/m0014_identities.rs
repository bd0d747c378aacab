//! Whom providers vouch for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

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
                    .table("identities")
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    // `google`, or the id of an organisation's identity provider.
                    .col(text("provider"))
                    // Who it is there; addresses change, this does not.
                    .col(text("subject"))
                    // The address by which the link was made.
                    .col(text("email"))
                    .col(big_integer("linked_at"))
                    .primary_key(Index::create().name("pk_identities").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_identities_user")
                            .from("identities", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_identities_subject")
                    .table("identities")
                    .col("provider")
                    .col("subject")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_identities_user")
                    .table("identities")
                    .col("user_id")
                    .col("linked_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("identities").to_owned())
            .await
    }
}
