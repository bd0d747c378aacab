//! Whom a provider vouches for.

use sea_orm::entity::prelude::*;

/// One row of `identities`: a person at a provider, who is this user.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who it is here.
    pub user_id: Uuid,
    /// The provider: `google`, `linkedin`, `github` or `facebook`.
    #[sea_orm(column_type = "Text")]
    pub provider: String,
    /// Who it is there, for ever.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    /// The address by which the link was made.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// Moment of the link.
    pub linked_at: i64,
    /// What the person is called there, where people have logins; told at each sign-in.
    #[sea_orm(column_type = "Text", nullable)]
    pub login: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
