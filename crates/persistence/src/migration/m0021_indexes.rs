//! Indexes that follow the statements: a page of a team is read from one place, and
//! what no statement looks for costs no write.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "ix_audit_log_organisation", "audit_log").await?;
        // With what lists show of members: else each of them is another search.
        let columns = [
            "organisation_id",
            "joined_at",
            "user_id",
            "email",
            "name",
            "role",
            "updated_at",
        ];
        joined(manager, &columns).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        joined(manager, &["organisation_id", "joined_at", "user_id"]).await?;
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
}

/// Puts an index of these columns in the place of the one before.
async fn joined(manager: &SchemaManager<'_>, columns: &[&'static str]) -> Result<(), DbErr> {
    drop_index(manager, "ix_memberships_joined", "memberships").await?;
    let mut index = Index::create();
    index.name("ix_memberships_joined").table("memberships");
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

async fn drop_index(
    manager: &SchemaManager<'_>,
    name: &'static str,
    table: &'static str,
) -> Result<(), DbErr> {
    manager
        .drop_index(Index::drop().name(name).table(table).to_owned())
        .await
}
