//! API keys.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid, uuid_null};

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
                    .table("api_keys")
                    .col(uuid("id"))
                    .col(uuid_null("owner_user_id"))
                    .col(uuid_null("owner_organisation_id"))
                    // Where the key works. A user's key may be bound to one
                    // organisation or follow the user's active one (null); an
                    // organisation's key works in its owner.
                    .col(uuid_null("organisation_id"))
                    .col(text("name"))
                    .col(text("prefix"))
                    // SHA-256. Keys are 256 random bits, so a slow hash would
                    // only slow down every request.
                    .col(blob("hash"))
                    .col(text("scopes"))
                    // Whoever made an organisation's key may leave; the key
                    // stays.
                    .col(uuid_null("created_by"))
                    .col(big_integer("created_at"))
                    // Set by rotation: the old key works on for a while.
                    .col(big_integer_null("expires_at"))
                    .col(big_integer_null("revoked_at"))
                    .col(uuid_null("replaced_by"))
                    .col(big_integer_null("last_used_at"))
                    .primary_key(Index::create().name("pk_api_keys").col("id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_api_keys_owner_user")
                            .from("api_keys", "owner_user_id")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_api_keys_owner_organisation")
                            .from("api_keys", "owner_organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_api_keys_organisation")
                            .from("api_keys", "organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_api_keys_creator")
                            .from("api_keys", "created_by")
                            .to("users", "id")
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_api_keys_successor")
                            .from("api_keys", "replaced_by")
                            .to("api_keys", "id")
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .check(super::Check::named(
                        "ck_api_keys_one_owner",
                        Expr::col("owner_user_id")
                            .is_null()
                            .and(Expr::col("owner_organisation_id").is_not_null())
                            .or(Expr::col("owner_user_id")
                                .is_not_null()
                                .and(Expr::col("owner_organisation_id").is_null())),
                    ))
                    // An organisation's key works in its owner and nowhere else.
                    .check(super::Check::named(
                        "ck_api_keys_owner_is_place",
                        Expr::col("owner_organisation_id").is_null().or(Expr::col(
                            "owner_organisation_id",
                        )
                        .equals("organisation_id")
                        .and(Expr::col("organisation_id").is_not_null())),
                    ))
                    .to_owned(),
            )
            .await?;
        // Authentication finds a key by its hash.
        manager
            .create_index(
                Index::create()
                    .name("uq_api_keys_hash")
                    .table("api_keys")
                    .col("hash")
                    .unique()
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("ix_api_keys_owner_user", "owner_user_id"),
            ("ix_api_keys_organisation", "organisation_id"),
        ] {
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table("api_keys")
                        .col(column)
                        .col("id")
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("api_keys").to_owned())
            .await
    }
}
