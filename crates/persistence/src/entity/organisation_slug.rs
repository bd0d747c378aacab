//! What an organisation is called in addresses.

use sea_orm::entity::prelude::*;

/// One row of `organisation_slugs`. A new name of the organisation does not change it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation_slugs")]
pub struct Model {
    /// Nobody else has it.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub slug: String,
    /// The organisation.
    pub organisation_id: Uuid,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
