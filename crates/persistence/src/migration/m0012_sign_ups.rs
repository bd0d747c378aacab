//! What people told at sign-up, for the moment in which they confirm it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text_null, uuid, uuid_null};

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
                    .table("sign_ups")
                    .col(uuid("user_id"))
                    // No foreign key: an invite that is no more is not accepted,
                    // and the sign-up counts all the same.
                    .col(uuid_null("invite_id"))
                    .col(text_null("company_name"))
                    .col(text_null("plan_id"))
                    .col(text_null("modules"))
                    .col(text_null("tech_size"))
                    // Objects of the document as JSON.
                    .col(text_null("campaign"))
                    .col(text_null("address"))
                    .col(text_null("privacy"))
                    // Also the moment of the consents.
                    .col(big_integer("created_at"))
                    // When the invite was accepted and the company created; the
                    // rest is kept.
                    .col(big_integer_null("consumed_at"))
                    .primary_key(Index::create().name("pk_sign_ups").col("user_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_sign_ups_user")
                            .from("sign_ups", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("sign_ups").to_owned())
            .await
    }
}
