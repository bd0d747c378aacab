//! Metered usage.

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
                    .table("usage_events")
                    .col(uuid("organisation_id"))
                    .col(text("source"))
                    .col(text("event_id"))
                    .col(text("kind"))
                    .col(big_integer("quantity"))
                    .col(big_integer("occurred_at"))
                    .col(big_integer("recorded_at"))
                    // Reporting an event twice must count once, so what names
                    // it is the key.
                    .primary_key(
                        Index::create()
                            .name("pk_usage_events")
                            .col("organisation_id")
                            .col("source")
                            .col("event_id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_usage_events_organisation")
                            .from("usage_events", "organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .check(super::one_of(
                        "ck_usage_events_kind",
                        "kind",
                        ["job", "page"],
                    ))
                    .check(super::Check::named(
                        "ck_usage_events_quantity",
                        Expr::col("quantity").gt(0),
                    ))
                    .to_owned(),
            )
            .await?;

        // Every question about usage is about days, and a day's million events
        // must not be counted to answer it. The sums are written with the
        // events, in one transaction.
        manager
            .create_table(
                clustered(manager)
                    .table("usage_daily")
                    .col(uuid("organisation_id"))
                    // Days since 1970-01-01, UTC.
                    .col(big_integer("day"))
                    .col(big_integer("jobs"))
                    .col(big_integer("pages"))
                    .primary_key(
                        Index::create()
                            .name("pk_usage_daily")
                            .col("organisation_id")
                            .col("day"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk_usage_daily_organisation")
                            .from("usage_daily", "organisation_id")
                            .to("organisations", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["usage_daily", "usage_events"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
