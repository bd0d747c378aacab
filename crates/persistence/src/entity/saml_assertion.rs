//! An assertion that has been used.

use sea_orm::entity::prelude::*;

/// One row of `saml_assertions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saml_assertions")]
pub struct Model {
    /// Whose assertion it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider_id: Uuid,
    /// Its id there.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub assertion_id: String,
    /// From then on it is refused for its age alone.
    pub expires_at: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
