//! What the directory shows of an organisation: a slug, an owner, a tier, and how many
//! of its invites are left.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, TimeDelta};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, uuid};
use sea_orm_migration::sea_orm::{Statement, Value};
use uuid::Uuid;

use super::{clustered, one_of};
use crate::slug;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tiers(manager).await?;
        members(manager).await?;
        owners(manager).await?;
        slugs(manager).await?;
        cycles(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["invite_cycles", "organisation_slugs", "owners"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        manager
            .drop_index(
                Index::drop()
                    .name("ix_memberships_joined")
                    .table("memberships")
                    .to_owned(),
            )
            .await?;
        for (table, column) in [
            ("organisations", "members"),
            ("plans", "invite_limit"),
            ("plans", "tier"),
        ] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// What plans are called where prices are not the subject, and how many invites they
/// allow a month.
async fn tiers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let tier = text("tier")
        // Plans of an operator's own had no limit, and keep none.
        .default("enterprise")
        .check(one_of(
            "ck_plans_tier",
            "tier",
            ["free", "starter", "growth", "enterprise"],
        ))
        .to_owned();
    add(manager, "plans", tier).await?;
    let limit = big_integer_null("invite_limit")
        .check(Check::named(
            "ck_plans_invite_limit",
            Expr::col("invite_limit").gte(0),
        ))
        .to_owned();
    add(manager, "plans", limit).await?;
    for (plan, tier, limit) in [
        ("free", "free", 10_i64),
        ("starter", "starter", 100),
        ("legacy", "starter", 100),
        ("professional", "growth", 1_000),
    ] {
        manager
            .execute(
                Query::update()
                    .table("plans")
                    .value("tier", tier)
                    .value("invite_limit", limit)
                    .and_where(Expr::col("id").eq(plan))
                    .to_owned(),
            )
            .await?;
    }
    Ok(())
}

/// How many members an organisation has, without counting them, and who joined first,
/// without sorting them.
async fn members(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(
        manager,
        "organisations",
        big_integer("members").default(0).to_owned(),
    )
    .await?;
    manager
        .get_connection()
        .execute_unprepared(
            "UPDATE organisations SET members = \
                 (SELECT COUNT(*) FROM memberships m WHERE m.organisation_id = organisations.id)",
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_memberships_joined")
                .table("memberships")
                .col("organisation_id")
                .col("joined_at")
                .col("user_id")
                .to_owned(),
        )
        .await
}

/// One admin of each organisation is its owner; to begin with, the one who joined first.
async fn owners(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("owners")
                .col(uuid("organisation_id"))
                .col(uuid("user_id"))
                // One at most.
                .primary_key(Index::create().name("pk_owners").col("organisation_id"))
                // And always a member.
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_owners_membership")
                        .from("owners", ("organisation_id", "user_id"))
                        .to("memberships", ("organisation_id", "user_id"))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    manager
        .get_connection()
        .execute_unprepared(
            "INSERT INTO owners (organisation_id, user_id) \
             SELECT organisation_id, user_id FROM \
                 (SELECT organisation_id, user_id, ROW_NUMBER() OVER \
                      (PARTITION BY organisation_id ORDER BY joined_at, user_id) AS place \
                  FROM memberships WHERE role = 'admin') AS admins \
             WHERE place = 1",
        )
        .await?;
    Ok(())
}

/// Names as they can stand in addresses.
async fn slugs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("organisation_slugs")
                .col(text("slug"))
                .col(uuid("organisation_id"))
                .primary_key(Index::create().name("pk_organisation_slugs").col("slug"))
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_organisation_slugs_organisation")
                        .from("organisation_slugs", "organisation_id")
                        .to("organisations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_organisation_slugs_organisation")
                .table("organisation_slugs")
                .col("organisation_id")
                .unique()
                .to_owned(),
        )
        .await?;
    let mut last = Uuid::nil();
    loop {
        // In pages: an installation may have many, and the name of each is made here.
        let page = rows(
            manager,
            "SELECT id, name FROM organisations WHERE id > $1 ORDER BY id LIMIT 1000",
            [last.into()],
        )
        .await?;
        for row in &page {
            let (id, name): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "name")?);
            name_it(manager, id, &name).await?;
            last = id;
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

async fn name_it(manager: &SchemaManager<'_>, id: Uuid, name: &str) -> Result<(), DbErr> {
    for slug in slug::candidates(name, id) {
        let inserted = run(
            manager,
            "INSERT INTO organisation_slugs (slug, organisation_id) VALUES ($1, $2) \
             ON CONFLICT DO NOTHING",
            [slug.into(), id.into()],
        )
        .await?;
        if inserted == 1 {
            return Ok(());
        }
    }
    Err(DbErr::RecordNotInserted)
}

/// How many invites were made in each month: what the quota is counted by. Those that
/// were made before count as well.
async fn cycles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            clustered(manager)
                .table("invite_cycles")
                .col(uuid("organisation_id"))
                // The first day of the month, in UTC.
                .col(big_integer("starts_on"))
                .col(big_integer("used"))
                .primary_key(
                    Index::create()
                        .name("pk_invite_cycles")
                        .col("organisation_id")
                        .col("starts_on"),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("fk_invite_cycles_organisation")
                        .from("invite_cycles", "organisation_id")
                        .to("organisations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .check(Check::named(
                    "ck_invite_cycles_not_negative",
                    Expr::col("used").gte(0),
                ))
                .to_owned(),
        )
        .await?;
    let mut used = BTreeMap::<(Uuid, i64), i64>::new();
    for row in rows(
        manager,
        "SELECT organisation_id, created_at / 86400000000 AS day, COUNT(*) AS made \
         FROM invites GROUP BY organisation_id, created_at / 86400000000",
        [],
    )
    .await?
    {
        let organisation: Uuid = row.try_get("", "organisation_id")?;
        let day: i64 = row.try_get("", "day")?;
        let made: i64 = row.try_get("", "made")?;
        *used.entry((organisation, first_of_month(day))).or_default() += made;
    }
    for ((organisation, starts_on), used) in used {
        run(
            manager,
            "INSERT INTO invite_cycles (organisation_id, starts_on, used) VALUES ($1, $2, $3)",
            [organisation.into(), starts_on.into(), used.into()],
        )
        .await?;
    }
    Ok(())
}

/// The first day of the month of a day, both counted from 1970-01-01.
fn first_of_month(day: i64) -> i64 {
    let epoch = DateTime::UNIX_EPOCH.date_naive();
    let date = TimeDelta::try_days(day).and_then(|days| epoch.checked_add_signed(days));
    day - date.map_or(0, |date| i64::from(date.day0()))
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager
        .alter_table(Table::alter().table(table).add_column(column).to_owned())
        .await
}

async fn rows<const N: usize>(
    manager: &SchemaManager<'_>,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(manager.get_database_backend(), sql, values);
    manager.get_connection().query_all_raw(statement).await
}

async fn run<const N: usize>(
    manager: &SchemaManager<'_>,
    sql: &str,
    values: [Value; N],
) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(manager.get_database_backend(), sql, values);
    let done = manager.get_connection().execute_raw(statement).await?;
    Ok(done.rows_affected())
}
