//! Invitations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, uuid, uuid_null};

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
                    .table("invites")
                    .col(uuid("id"))
                    .col(uuid("organisation_id"))
                    .col(text("email"))
                    .col(text("email_normalised"))
                    .col(text("role"))
                    // There is no token column. The link is derived from id and
                    // generation under the server key, so that a copy of the
                    // database opens nothing; counting the generation up kills
                    // the links that went out before.
                    .col(big_integer("generation"))
                    // The inviter may leave the service; the invite stays good.
                    .col(uuid_null("invited_by"))
                    .col(big_integer("created_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("accepted_at"))
                    .col(uuid_null("accepted_by"))
                    .col(big_integer_null("revoked_at"))
                    // An expired invite whose address was invited anew. It still
                    // counts as expired, and can be resent once the other one
                    // has ended.
                    .col(big_integer_null("superseded_at"))
                    // What became of the mail is told by the outbox alone.
                    .col(uuid_null("mail_id"))
                    .primary_key(Index::create().name("pk_invites").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_invites_organisation")
                            .from("invites", "organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_invites_inviter")
                            .from("invites", "invited_by")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_invites_accepter")
                            .from("invites", "accepted_by")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_invites_mail")
                            .from("invites", "mail_id")
                            .to("outbox", "id")
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .check(super::one_of(
                        "ck_invites_role",
                        "role",
                        ["admin", "member"],
                    ))
                    // An invite ends once.
                    .check(super::Check::named(
                        "ck_invites_one_end",
                        Expr::col("accepted_at")
                            .is_null()
                            .or(Expr::col("revoked_at").is_null()),
                    ))
                    .to_owned(),
            )
            .await?;
        // One open invite per address and organisation. An index cannot know
        // the time, so an expired invite still counts as open here until the
        // address is invited anew: that supersedes it in the same transaction.
        manager
            .create_index(
                Index::create()
                    .name("uq_invites_open")
                    .table("invites")
                    .col("organisation_id")
                    .col("email_normalised")
                    .unique()
                    .cond_where(Expr::col("accepted_at").is_null())
                    .cond_where(Expr::col("revoked_at").is_null())
                    .cond_where(Expr::col("superseded_at").is_null())
                    .to_owned(),
            )
            .await?;
        // Lists page by id within the organisation.
        manager
            .create_index(
                Index::create()
                    .name("ix_invites_organisation")
                    .table("invites")
                    .col("organisation_id")
                    .col("id")
                    .to_owned(),
            )
            .await?;
        // Clearing the outbox asks which mails invites still tell about.
        manager
            .create_index(
                Index::create()
                    .name("ix_invites_mail")
                    .table("invites")
                    .col("mail_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("invites").to_owned())
            .await
    }
}
