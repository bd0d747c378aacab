//! Single sign-on with the identity providers of organisations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, boolean, text, text_null, uuid,
};

use super::{clustered, one_of};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        providers(manager).await?;
        domains(manager).await?;
        requests(manager).await?;
        assertions(manager).await?;
        tickets(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "saml_tickets",
            "saml_assertions",
            "saml_requests",
            "saml_domains",
            "saml_providers",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

async fn providers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("saml_providers")
                .col(uuid("id"))
                .col(uuid("organisation_id"))
                .col(text("entity_id"))
                .col(text("sso_url"))
                // Each in base64 on a line of its own.
                .col(text("certificates"))
                .col(text_null("name_id_format"))
                .col(boolean("wants_signed_requests"))
                .col(text("enforcement"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().name("pk_saml_providers").col("id"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_saml_providers_organisation")
                        .from("saml_providers", "organisation_id")
                        .to("organisations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .check(one_of(
                    "ck_saml_providers_enforcement",
                    "enforcement",
                    ["optional", "enforced"],
                ))
                .to_owned(),
        )
        .await?;
    // A response names its provider by it.
    manager
        .create_index(
            Index::create()
                .name("uq_saml_providers_entity")
                .table("saml_providers")
                .col("entity_id")
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_saml_providers_organisation")
                .table("saml_providers")
                .col("organisation_id")
                .to_owned(),
        )
        .await
}

async fn domains(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("saml_domains")
                .col(text("domain"))
                .col(uuid("provider_id"))
                .primary_key(Index::create().name("pk_saml_domains").col("domain"))
                .foreign_key(&mut of_provider("fk_saml_domains_provider", "saml_domains"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_saml_domains_provider")
                .table("saml_domains")
                .col("provider_id")
                .to_owned(),
        )
        .await
}

async fn requests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("saml_requests")
                .col(uuid("id"))
                .col(uuid("provider_id"))
                .col(text("request_id"))
                // SHA-256, both: what they are of is random.
                .col(blob("relay_state"))
                .col(blob("state"))
                .col(text_null("language"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("answered_at"))
                .primary_key(Index::create().name("pk_saml_requests").col("id"))
                .foreign_key(&mut of_provider(
                    "fk_saml_requests_provider",
                    "saml_requests",
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_saml_requests_request")
                .table("saml_requests")
                .col("request_id")
                .unique()
                .to_owned(),
        )
        .await?;
    // For clearing away.
    manager
        .create_index(
            Index::create()
                .name("ix_saml_requests_end")
                .table("saml_requests")
                .col("expires_at")
                .to_owned(),
        )
        .await
}

async fn assertions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("saml_assertions")
                .col(uuid("provider_id"))
                .col(text("assertion_id"))
                .col(big_integer("expires_at"))
                .primary_key(
                    Index::create()
                        .name("pk_saml_assertions")
                        .col("provider_id")
                        .col("assertion_id"),
                )
                .foreign_key(&mut of_provider(
                    "fk_saml_assertions_provider",
                    "saml_assertions",
                ))
                .to_owned(),
        )
        .await?;
    // For clearing away.
    manager
        .create_index(
            Index::create()
                .name("ix_saml_assertions_end")
                .table("saml_assertions")
                .col("expires_at")
                .to_owned(),
        )
        .await
}

async fn tickets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("saml_tickets")
                .col(uuid("id"))
                // SHA-256: tickets are 256 random bits.
                .col(blob("hash"))
                .col(uuid("request_id"))
                .col(uuid("user_id"))
                .col(text("account"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("used_at"))
                .primary_key(Index::create().name("pk_saml_tickets").col("id"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_saml_tickets_request")
                        .from("saml_tickets", "request_id")
                        .to("saml_requests", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_saml_tickets_user")
                        .from("saml_tickets", "user_id")
                        .to("users", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .check(one_of(
                    "ck_saml_tickets_account",
                    "account",
                    ["new", "known"],
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_saml_tickets_hash")
                .table("saml_tickets")
                .col("hash")
                .unique()
                .to_owned(),
        )
        .await?;
    // A request is answered once.
    manager
        .create_index(
            Index::create()
                .name("uq_saml_tickets_request")
                .table("saml_tickets")
                .col("request_id")
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_saml_tickets_user")
                .table("saml_tickets")
                .col("user_id")
                .to_owned(),
        )
        .await
}

/// What belongs to a provider goes with it.
fn of_provider(name: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(name)
        .from(table, "provider_id")
        .to("saml_providers", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
