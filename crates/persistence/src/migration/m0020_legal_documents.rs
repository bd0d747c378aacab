//! Legal documents: how far each is on its way to be signed, the signatures, and what
//! documents that are gone leave to be done elsewhere.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, boolean, text, text_null, uuid, uuid_null,
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
        documents(manager).await?;
        signatures(manager).await?;
        remnants(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["legal_remnants", "signatures", "legal_documents"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

async fn documents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const STATUSES: [&str; 7] = [
        "preparing",
        "sending",
        "submitted",
        "voiding",
        "finishing",
        "signed",
        "failed",
    ];
    manager
        .create_table(
            Table::create()
                .table("legal_documents")
                .col(uuid("id"))
                .col(uuid("organisation_id"))
                .col(text("document_type"))
                .col(text("company_name"))
                .col(text("company_address"))
                .col(text("representative_email"))
                // The other side as it was called when the document was made: whoever is
                // called otherwise later has signed under the earlier name.
                .col(text("operator_name"))
                .col(text_null("operator_address"))
                .col(text("status"))
                // Who collects the signature, and by what name the document goes there.
                .col(text("provider"))
                .col(text_null("envelope_id"))
                .col(text_null("object_draft"))
                .col(text_null("object_signed"))
                .col(blob_null("draft_sha256"))
                // The mail with the link, to be taken back when the document is.
                .col(uuid_null("mail_id"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .col(big_integer_null("submitted_at"))
                .col(big_integer_null("signed_at"))
                // Links of an earlier one are dead.
                .col(big_integer("generation"))
                // When the worker has something to do; null while it has nothing.
                .col(big_integer_null("next_poll_at"))
                // Until then somebody is at it, and nobody else begins.
                .col(big_integer_null("lease_until"))
                .col(text_null("status_before_voiding"))
                .primary_key(Index::create().name("pk_legal_documents").col("id"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_legal_documents_organisation")
                        .from("legal_documents", "organisation_id")
                        .to("organisations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_legal_documents_created_by")
                        .from("legal_documents", "created_by")
                        .to("users", "id")
                        .on_delete(ForeignKeyAction::SetNull),
                )
                .check(one_of(
                    "ck_legal_documents_type",
                    "document_type",
                    ["BAA", "DPA"],
                ))
                .check(one_of("ck_legal_documents_status", "status", STATUSES))
                .check(one_of(
                    "ck_legal_documents_provider",
                    "provider",
                    ["built-in", "pandadoc"],
                ))
                // What is signed has its PDF, and what is on its way back knows where it
                // came from.
                .check(Check::named(
                    "ck_legal_documents_signed",
                    Expr::col("status")
                        .ne("signed")
                        .or(Expr::col("object_signed")
                            .is_not_null()
                            .and(Expr::col("signed_at").is_not_null())),
                ))
                .check(Check::named(
                    "ck_legal_documents_voiding",
                    Expr::col("status")
                        .eq("voiding")
                        .eq(Expr::col("status_before_voiding").is_not_null()),
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_legal_documents_type")
                .table("legal_documents")
                .col("organisation_id")
                .col("document_type")
                .unique()
                .to_owned(),
        )
        .await?;
    // What is signed or waits for somebody else is not looked at by the worker.
    manager
        .create_index(
            Index::create()
                .name("ix_legal_documents_due")
                .table("legal_documents")
                .col("next_poll_at")
                .cond_where(Expr::col("next_poll_at").is_not_null())
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_legal_documents_created_by")
                .table("legal_documents")
                .col("created_by")
                .to_owned(),
        )
        .await
}

/// Who has signed here, when, and from where; a signing service keeps its own record.
async fn signatures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("signatures")
                .col(uuid("document_id"))
                .col(text("name"))
                .col(text("address"))
                .col(text_null("agent"))
                .col(boolean("by_mailed_link"))
                .col(big_integer("signed_at"))
                .col(blob("draft_sha256"))
                // One signature for each document.
                .primary_key(Index::create().name("pk_signatures").col("document_id"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_signatures_document")
                        .from("signatures", "document_id")
                        .to("legal_documents", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await
}

/// A row refers to nothing: what it is about is gone. The outbox, which admits mails alone,
/// could not hold it.
async fn remnants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("legal_remnants")
                .col(uuid("document_id"))
                .col(uuid("organisation_id"))
                .col(big_integer("generation"))
                .col(text_null("provider"))
                .col(text_null("envelope_id"))
                .col(big_integer("attempts"))
                // Also the lease, as in the outbox.
                .col(big_integer("next_attempt_at"))
                .col(big_integer("created_at"))
                .primary_key(Index::create().name("pk_legal_remnants").col("document_id"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_legal_remnants_due")
                .table("legal_remnants")
                .col("next_attempt_at")
                .to_owned(),
        )
        .await
}
