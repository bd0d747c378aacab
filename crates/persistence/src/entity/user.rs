//! A person who can sign in.

use sea_orm::entity::prelude::*;

/// One row of `users`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address as the user wrote it; mail goes here.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// The address as it is compared, see [`Address`](crate::Address).
    #[sea_orm(column_type = "Text")]
    pub email_normalised: String,
    /// Display name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Moment of creation.
    pub created_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
