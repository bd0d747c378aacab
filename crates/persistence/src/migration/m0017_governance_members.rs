//! What governance shows of members, and the OAuth applications of organisations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, boolean, text, text_null, uuid};
use sea_orm_migration::sea_orm::Statement;
use uuid::Uuid;

use super::clustered;
use crate::search;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        levels(manager).await?;
        searched(manager).await?;
        logins(manager).await?;
        applications(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("oauth_applications").to_owned())
            .await?;
        for (table, column) in [
            ("identities", "login"),
            ("memberships", "search"),
            ("memberships", "updated_at"),
        ] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// When what a member is was last changed. Of what was before, nobody knows more than
/// the moment of joining.
async fn levels(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(
        manager,
        "memberships",
        big_integer("updated_at").default(0).to_owned(),
    )
    .await?;
    manager
        .get_connection()
        .execute_unprepared("UPDATE memberships SET updated_at = joined_at")
        .await?;
    Ok(())
}

/// Name and address as they are searched in: SQLite by itself knows the small letters of
/// ASCII alone.
async fn searched(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(
        manager,
        "memberships",
        text("search").default("").to_owned(),
    )
    .await?;
    let connection = manager.get_connection();
    let backend = manager.get_database_backend();
    let mut last = Uuid::nil();
    loop {
        // In pages: there may be many, and what is searched in is made here. It is the
        // same in each organisation that somebody belongs to.
        let page = connection
            .query_all_raw(Statement::from_sql_and_values(
                backend,
                "SELECT id, name, email FROM users WHERE id > $1 ORDER BY id LIMIT 1000",
                [last.into()],
            ))
            .await?;
        for row in &page {
            last = row.try_get("", "id")?;
            let (name, email): (String, String) =
                (row.try_get("", "name")?, row.try_get("", "email")?);
            connection
                .execute_raw(Statement::from_sql_and_values(
                    backend,
                    "UPDATE memberships SET search = $2 WHERE user_id = $1",
                    [last.into(), search::text(&name, &email).into()],
                ))
                .await?;
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

/// What people are called at their provider, where that is another thing than who they
/// are. It is known of those who sign in from now on.
async fn logins(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(manager, "identities", text_null("login")).await
}

/// Programs of others that people may let in. The operator registers them.
async fn applications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("oauth_applications")
                .col(uuid("id"))
                .col(uuid("organisation_id"))
                .col(text("name"))
                // What it calls itself; no secret.
                .col(text("client_id"))
                // A list, in JSON: it is read as a whole.
                .col(text("redirect_uris"))
                .col(boolean("is_verified"))
                // SHA-256. Secrets are 256 random bits, as keys are.
                .col(blob("secret_hash"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(Index::create().name("pk_oauth_applications").col("id"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_oauth_applications_organisation")
                        .from("oauth_applications", "organisation_id")
                        .to("organisations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_oauth_applications_client_id")
                .table("oauth_applications")
                .col("client_id")
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_oauth_applications_organisation")
                .table("oauth_applications")
                .col("organisation_id")
                .col("id")
                .to_owned(),
        )
        .await
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager
        .alter_table(Table::alter().table(table).add_column(column).to_owned())
        .await
}
