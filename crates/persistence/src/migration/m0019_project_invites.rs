//! What invites carry besides a role: words of the inviter, access to projects, and
//! the request to set the organisation up.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text_null, uuid};

use super::{Check, clustered};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Kept, so that sending the invite again says the same.
        for column in ["first_name", "message"] {
            let column = text_null(column);
            manager
                .alter_table(
                    Table::alter()
                        .table("invites")
                        .add_column(column)
                        .to_owned(),
                )
                .await?;
        }
        projects(manager).await?;
        delegations(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["setup_delegations", "invite_projects"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        for column in ["message", "first_name"] {
            manager
                .alter_table(
                    Table::alter()
                        .table("invites")
                        .drop_column(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}

/// Which projects an invite gives access to. Accepting copies the rows.
async fn projects(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("invite_projects")
                .col(uuid("invite_id"))
                .col(big_integer("project_id"))
                .col(uuid("organisation_id"))
                // As in `project_members`.
                .col(big_integer("level"))
                .primary_key(
                    Index::create()
                        .name("pk_invite_projects")
                        .col("invite_id")
                        .col("project_id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_invite_projects_invite")
                        .from("invite_projects", "invite_id")
                        .to("invites", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                // A project of the organisation, and of no other.
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_invite_projects_project")
                        .from("invite_projects", ("organisation_id", "project_id"))
                        .to("projects", ("organisation_id", "id"))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .check(Check::named(
                    "ck_invite_projects_level",
                    Expr::col("level").is_in([1, 8]),
                ))
                .to_owned(),
        )
        .await?;
    // Deleting a project asks which invites name it.
    manager
        .create_index(
            Index::create()
                .name("ix_invite_projects_project")
                .table("invite_projects")
                .col("organisation_id")
                .col("project_id")
                .to_owned(),
        )
        .await
}

/// Who has let somebody else set the organisation up.
async fn delegations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("setup_delegations")
                .col(uuid("organisation_id"))
                .col(uuid("user_id"))
                .col(uuid("invite_id"))
                // A word of the client's.
                .col(text_null("step"))
                .col(big_integer("delegated_at"))
                // The last one counts.
                .primary_key(
                    Index::create()
                        .name("pk_setup_delegations")
                        .col("organisation_id")
                        .col("user_id"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_setup_delegations_membership")
                        .from("setup_delegations", ("organisation_id", "user_id"))
                        .to("memberships", ("organisation_id", "user_id"))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_setup_delegations_invite")
                        .from("setup_delegations", "invite_id")
                        .to("invites", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    // Sending an invite again asks whether it is one.
    manager
        .create_index(
            Index::create()
                .name("ix_setup_delegations_invite")
                .table("setup_delegations")
                .col("invite_id")
                .to_owned(),
        )
        .await
}
