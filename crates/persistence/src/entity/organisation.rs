//! The tenant.

use sea_orm::entity::prelude::*;

/// One row of `organisations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisations")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The plan in force.
    #[sea_orm(column_type = "Text")]
    pub plan_id: String,
    /// Where bills go.
    #[sea_orm(column_type = "Text", nullable)]
    pub billing_email: Option<String>,
    /// Counts the changes of what is shown of this row; the ETag of the organisation.
    pub version: i64,
    /// Moment of creation.
    pub created_at: i64,
    /// Moment of the last change of this row.
    pub updated_at: i64,
    /// How many members it has; counted by whoever joins or goes, while the
    /// organisation is held.
    pub members: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
