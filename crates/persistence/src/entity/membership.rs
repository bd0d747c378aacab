//! Who belongs to which organisation, and as what.

use sea_orm::entity::prelude::*;

/// One row of `memberships`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "memberships")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: Uuid,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The user's address. The database keeps it the same as the user's.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// The user's display name. The database keeps it the same as the user's.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The role of the user in the organisation.
    pub role: Role,
    /// Moment of joining.
    pub joined_at: i64,
    /// Moment at which role or title was last changed, or else that of joining.
    pub updated_at: i64,
    /// Name and address as they are searched in.
    #[sea_orm(column_type = "Text")]
    pub search: String,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Role {
    /// Manages members, invites, keys and the plan.
    #[sea_orm(string_value = "admin")]
    Admin,
    /// Uses the organisation.
    #[sea_orm(string_value = "member")]
    Member,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
