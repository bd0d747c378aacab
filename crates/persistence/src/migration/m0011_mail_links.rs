//! Links in mails, and the wishes for them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, text, text_null, uuid, uuid_null,
};

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
                    .table("mail_links")
                    .col(uuid("id"))
                    .col(text("kind"))
                    .col(uuid("user_id"))
                    // SHA-256: tokens are 256 random bits.
                    .col(blob("hash"))
                    .col(big_integer("created_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("used_at"))
                    .col(big_integer_null("replaced_at"))
                    .primary_key(Index::create().name("pk_mail_links").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_mail_links_user")
                            .from("mail_links", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(super::one_of(
                        "ck_mail_links_kind",
                        "kind",
                        ["reset", "confirm"],
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_mail_links_hash")
                    .table("mail_links")
                    .col("hash")
                    .unique()
                    .to_owned(),
            )
            .await?;
        // One link of a kind works at a time.
        manager
            .create_index(
                Index::create()
                    .name("uq_mail_links_live")
                    .table("mail_links")
                    .col("user_id")
                    .col("kind")
                    .unique()
                    .cond_where(
                        Expr::col("used_at")
                            .is_null()
                            .and(Expr::col("replaced_at").is_null()),
                    )
                    .to_owned(),
            )
            .await?;
        // For clearing away.
        manager
            .create_index(
                Index::create()
                    .name("ix_mail_links_expiry")
                    .table("mail_links")
                    .col("expires_at")
                    .to_owned(),
            )
            .await?;

        // Whoever wishes for a link is answered before anybody has looked whether
        // the address has an account: the worker looks, so answers and times tell
        // nothing.
        manager
            .create_table(
                Table::create()
                    .table("mail_wishes")
                    .col(uuid("id"))
                    .col(text("kind"))
                    // HMAC of the address, to find repetitions by.
                    .col(blob("subject"))
                    // Sealed: the address may be a stranger's. Emptied once the
                    // wish is done.
                    .col(blob("address"))
                    // The account that a sign-up has opened.
                    .col(uuid_null("user_id"))
                    // Null where the account's own is meant.
                    .col(text_null("language"))
                    // From where it came, for the mail to say so.
                    .col(text_null("remote"))
                    // Also the lease: beginning moves it ahead.
                    .col(big_integer("not_before"))
                    .col(big_integer_null("done_at"))
                    .col(big_integer("created_at"))
                    .primary_key(Index::create().name("pk_mail_wishes").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_mail_wishes_user")
                            .from("mail_wishes", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(super::one_of(
                        "ck_mail_wishes_kind",
                        "kind",
                        ["sign_up", "confirm", "reset"],
                    ))
                    .to_owned(),
            )
            .await?;
        // Of several wishes at once one counts.
        manager
            .create_index(
                Index::create()
                    .name("uq_mail_wishes_open")
                    .table("mail_wishes")
                    .col("subject")
                    .col("kind")
                    .unique()
                    .cond_where(Expr::col("done_at").is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_mail_wishes_due")
                    .table("mail_wishes")
                    .col("not_before")
                    .cond_where(Expr::col("done_at").is_null())
                    .to_owned(),
            )
            .await?;
        // How many mails an address got lately; and for clearing away.
        manager
            .create_index(
                Index::create()
                    .name("ix_mail_wishes_done")
                    .table("mail_wishes")
                    .col("done_at")
                    .col("subject")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["mail_wishes", "mail_links"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
