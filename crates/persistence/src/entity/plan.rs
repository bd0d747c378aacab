//! A subscription plan.

use sea_orm::entity::prelude::*;

/// One row of `plans`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    /// A slug such as `professional`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// Human-readable name.
    #[sea_orm(column_type = "Text")]
    pub display_name: String,
    /// Pages a day.
    pub daily_page_limit: i64,
    /// Price a month, in cents.
    pub monthly_price_cents: i64,
    /// Whether organisations can choose it.
    pub active: bool,
    /// Order on the price list.
    pub position: i64,
    /// What the plan is called where prices are not the subject.
    pub tier: Tier,
    /// Invites a month; `None` if the plan sets no limit.
    pub invite_limit: Option<i64>,
}

/// The size of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Tier {
    /// Costs nothing.
    #[sea_orm(string_value = "free")]
    Free,
    /// For small organisations.
    #[sea_orm(string_value = "starter")]
    Starter,
    /// For organisations that grow.
    #[sea_orm(string_value = "growth")]
    Growth,
    /// For large ones.
    #[sea_orm(string_value = "enterprise")]
    Enterprise,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
