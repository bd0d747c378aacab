//! The outbox: what committed changes still owe the world.

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
                    .table("outbox")
                    .col(uuid("id"))
                    .col(text("kind"))
                    .col(uuid_null("organisation_id"))
                    // Sealed under the server key, because a mail that waits
                    // here carries a live link, and emptied once it is settled.
                    .col(blob("payload"))
                    .col(big_integer("attempts"))
                    // Also the lease: beginning a delivery moves it ahead, so
                    // that nobody else begins and a crash is retried.
                    .col(big_integer("next_attempt_at"))
                    .col(text_null("outcome"))
                    .col(big_integer_null("settled_at"))
                    .col(text_null("last_failure"))
                    .col(big_integer("created_at"))
                    .primary_key(Index::create().name("pk_outbox").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_outbox_organisation")
                            .from("outbox", "organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(super::one_of("ck_outbox_kind", "kind", ["mail"]))
                    .check(super::one_of(
                        "ck_outbox_outcome",
                        "outcome",
                        ["delivered", "failed", "skipped", "cancelled"],
                    ))
                    .check(super::Check::named(
                        "ck_outbox_settled",
                        Expr::col("outcome")
                            .is_null()
                            .and(Expr::col("settled_at").is_null())
                            .or(Expr::col("outcome")
                                .is_not_null()
                                .and(Expr::col("settled_at").is_not_null())),
                    ))
                    .to_owned(),
            )
            .await?;
        // The worker looks only at what is left to do, which is next to nothing
        // beside what was done.
        manager
            .create_index(
                Index::create()
                    .name("ix_outbox_due")
                    .table("outbox")
                    .col("next_attempt_at")
                    .cond_where(Expr::col("outcome").is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_outbox_organisation")
                    .table("outbox")
                    .col("organisation_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("outbox").to_owned())
            .await
    }
}
