//! The password of a user.

use sea_orm::entity::prelude::*;

/// One row of `passwords`. A user without one signs in another way.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passwords")]
pub struct Model {
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// Argon2id, as a PHC string.
    #[sea_orm(column_type = "Text")]
    pub hash: String,
    /// Moment from which it holds.
    pub set_at: i64,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Model")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
