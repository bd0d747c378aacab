//! Projects of an organisation, and who belongs to those that not every member sees.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_pk_auto, boolean, text, uuid};

use super::{Check, clustered};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        projects(manager).await?;
        members(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["project_members", "projects"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

async fn projects(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("projects")
                // A number of the whole installation that is never given again.
                .col(big_pk_auto("id"))
                .col(uuid("organisation_id"))
                .col(text("name"))
                // The name as it is searched in: SQLite folds the case of ASCII alone.
                .col(text("name_search"))
                .col(boolean("is_demo"))
                .col(text("timezone"))
                // Whether members need a row in `project_members` to see it.
                .col(boolean("access_control"))
                .col(boolean("completed_snippet_onboarding"))
                // All settings that lists do not show, as one JSON object.
                .col(text("settings"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_projects_organisation")
                        .from("projects", "organisation_id")
                        .to("organisations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    // The list of an organisation, and what members of a project refer to.
    manager
        .create_index(
            Index::create()
                .name("uq_projects_organisation")
                .table("projects")
                .col("organisation_id")
                .col("id")
                .unique()
                .to_owned(),
        )
        .await
}

async fn members(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("project_members")
                .col(big_integer("project_id"))
                .col(uuid("organisation_id"))
                .col(uuid("user_id"))
                // 1 sees the project, 8 changes it.
                .col(big_integer("level"))
                .primary_key(
                    Index::create()
                        .name("pk_project_members")
                        .col("project_id")
                        .col("user_id"),
                )
                // A project of the organisation that the user is a member of.
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_project_members_project")
                        .from("project_members", ("organisation_id", "project_id"))
                        .to("projects", ("organisation_id", "id"))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_project_members_membership")
                        .from("project_members", ("organisation_id", "user_id"))
                        .to("memberships", ("organisation_id", "user_id"))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .check(Check::named(
                    "ck_project_members_level",
                    Expr::col("level").is_in([1, 8]),
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_project_members_user")
                .table("project_members")
                .col("user_id")
                .col("project_id")
                .to_owned(),
        )
        .await
}
