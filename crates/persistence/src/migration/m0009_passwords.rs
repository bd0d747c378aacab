//! Passwords.

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
                    .table("passwords")
                    // No row, no password: such an account signs in another way.
                    .col(uuid("user_id"))
                    // Argon2id as a PHC string, which has its own parameters, so
                    // that they can be raised.
                    .col(text("hash"))
                    .col(big_integer("set_at"))
                    .primary_key(Index::create().name("pk_passwords").col("user_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_passwords_user")
                            .from("passwords", "user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("passwords").to_owned())
            .await
    }
}
