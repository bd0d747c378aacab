//! Where a user has signed in from.

use sea_orm::entity::prelude::*;

/// One row of `homes`. Failures elsewhere do not keep the user out here.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "homes")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The network.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub place: String,
    /// Moment of the latest sign-in from there.
    pub last_success_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
