//! Users, organisations, and who belongs to which.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid};

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
                    .table("users")
                    .col(uuid("id"))
                    // Twice: as written, because mail servers may care, and as
                    // compared, because nobody else does.
                    .col(text("email"))
                    .col(text("email_normalised"))
                    .col(text("name"))
                    .col(text_null("first_name"))
                    .col(text_null("last_name"))
                    // For mails.
                    .col(text("language"))
                    // What the person said at sign-up to be. It grants nothing:
                    // rights come from memberships.
                    .col(text_null("came_as"))
                    .col(big_integer("created_at"))
                    // Null until the person has shown that the address is theirs.
                    .col(big_integer_null("confirmed_at"))
                    .col(big_integer_null("last_login_at"))
                    .primary_key(Index::create().name("pk_users").col("id"))
                    .to_owned(),
            )
            .await?;
        // What memberships repeat of their user refers to it.
        manager
            .create_index(
                Index::create()
                    .name("uq_users_shown")
                    .table("users")
                    .col("id")
                    .col("email")
                    .col("name")
                    .unique()
                    .to_owned(),
            )
            .await?;
        // One account per address, of those that have confirmed it: otherwise
        // whoever signs up first with another's address would keep its owner
        // out, and an answer would tell that there is an account.
        manager
            .create_index(
                Index::create()
                    .name("uq_users_email")
                    .table("users")
                    .col("email_normalised")
                    .unique()
                    .cond_where(Expr::col("confirmed_at").is_not_null())
                    .to_owned(),
            )
            .await?;
        // The others are found by address when one of them is confirmed, and by
        // age when nobody does.
        manager
            .create_index(
                Index::create()
                    .name("ix_users_pending")
                    .table("users")
                    .col("email_normalised")
                    .col("created_at")
                    .cond_where(Expr::col("confirmed_at").is_null())
                    .to_owned(),
            )
            .await?;

        manager
            .create_table(
                clustered(manager)
                    .table("organisations")
                    .col(uuid("id"))
                    .col(text("name"))
                    .col(text("plan_id"))
                    .col(text_null("billing_email"))
                    // Counted up by every change; the ETag that If-Match is
                    // compared with.
                    .col(big_integer("version"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .primary_key(Index::create().name("pk_organisations").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_organisations_plan")
                            .from("organisations", "plan_id")
                            .to("plans", "id")
                            .on_delete(ForeignKeyAction::Restrict),
                    )
                    .to_owned(),
            )
            .await?;

        manager
            .create_table(
                clustered(manager)
                    .table("memberships")
                    .col(uuid("organisation_id"))
                    .col(uuid("user_id"))
                    // The user's, once more: a list of members reads one place
                    // instead of as many as it has members, which lie anywhere
                    // in a large table. The foreign key keeps them the same.
                    .col(text("email"))
                    .col(text("name"))
                    .col(text("role"))
                    .col(big_integer("joined_at"))
                    // The pair is the key: nobody is a member twice, however
                    // many invites are accepted at the same moment.
                    .primary_key(
                        Index::create()
                            .name("pk_memberships")
                            .col("organisation_id")
                            .col("user_id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_memberships_organisation")
                            .from("memberships", "organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_memberships_user")
                            .from("memberships", ("user_id", "email", "name"))
                            .to("users", ("id", "email", "name"))
                            .on_update(ForeignKeyAction::Cascade)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(super::one_of(
                        "ck_memberships_role",
                        "role",
                        ["admin", "member"],
                    ))
                    .to_owned(),
            )
            .await?;
        // The primary key begins with the organisation; "my organisations" asks
        // by user.
        manager
            .create_index(
                Index::create()
                    .name("ix_memberships_user")
                    .table("memberships")
                    .col("user_id")
                    .col("organisation_id")
                    .to_owned(),
            )
            .await?;

        manager
            .create_table(
                clustered(manager)
                    .table("active_organisations")
                    .col(uuid("user_id"))
                    .col(uuid("organisation_id"))
                    .primary_key(
                        Index::create()
                            .name("pk_active_organisations")
                            .col("user_id"),
                    )
                    // Refers to the membership, not to the organisation: who
                    // leaves or is removed, or whose organisation goes, has no
                    // active organisation any more, and no code has to see to
                    // it. It is also why this is not a column of users.
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_active_organisations_membership")
                            .from("active_organisations", ("organisation_id", "user_id"))
                            .to("memberships", ("organisation_id", "user_id"))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_active_organisations_membership")
                    .table("active_organisations")
                    .col("organisation_id")
                    .col("user_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "active_organisations",
            "memberships",
            "organisations",
            "users",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
