//! One metered event, kept so that reporting it again counts nothing.

use sea_orm::entity::prelude::*;

/// One row of `usage_events`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_events")]
pub struct Model {
    /// The organisation that is charged.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: Uuid,
    /// The system that reports.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub source: String,
    /// The id that the source gave the event.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub event_id: String,
    /// What is counted.
    pub kind: Kind,
    /// How many.
    pub quantity: i64,
    /// Moment of the event; decides the day that it counts for.
    pub occurred_at: i64,
    /// Moment of its report.
    pub recorded_at: i64,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// A job was created.
    #[sea_orm(string_value = "job")]
    Job,
    /// A page was crawled.
    #[sea_orm(string_value = "page")]
    Page,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
