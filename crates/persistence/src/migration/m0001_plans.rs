//! Subscription plans, and the first price list.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, text};

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
                    .table("plans")
                    // A slug, because it is what people write into a request.
                    .col(text("id"))
                    .col(text("display_name"))
                    .col(big_integer("daily_page_limit"))
                    // Cents and not a decimal: money is counted, never measured.
                    .col(big_integer("monthly_price_cents"))
                    // A plan that organisations still have is withdrawn, not
                    // deleted.
                    .col(boolean("active"))
                    .col(big_integer("position"))
                    .primary_key(Index::create().name("pk_plans").col("id"))
                    .check(super::Check::named(
                        "ck_plans_not_negative",
                        Expr::col("daily_page_limit")
                            .gte(0)
                            .and(Expr::col("monthly_price_cents").gte(0)),
                    ))
                    .to_owned(),
            )
            .await?;

        // What a new installation offers. `legacy` is the plan that can be kept
        // but no longer chosen.
        let plans = [
            ("free", "Free", 100_i64, 0_i64, true),
            ("starter", "Starter", 1_000, 1_900, true),
            ("professional", "Professional", 10_000, 9_900, true),
            ("enterprise", "Enterprise", 100_000, 49_900, true),
            ("legacy", "Legacy", 500, 900, false),
        ];
        let mut insert = Query::insert()
            .into_table("plans")
            .columns([
                "id",
                "display_name",
                "daily_page_limit",
                "monthly_price_cents",
                "active",
                "position",
            ])
            .to_owned();
        for (position, (id, display_name, limit, price, active)) in (1_i32..).zip(plans) {
            insert.values_panic([
                id.into(),
                display_name.into(),
                limit.into(),
                price.into(),
                active.into(),
                position.into(),
            ]);
        }
        manager.execute(insert).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("plans").to_owned())
            .await
    }
}
